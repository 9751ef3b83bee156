package eval

import (
	"bytes"
	"unicode/utf8"

	"github.com/sigmahunt/sigmahunt/sigma"
)

// pattern is a Sigma pattern made ready to match bytes.
type pattern struct {
	shape shape
	text  []byte // the literal of the simple shapes
	parts sigma.Pattern
}

// shape is the form of a pattern; all but glob match without wildcards.
type shape int

const (
	present  shape = iota + 1 // *
	equal                     // text
	prefix                    // text*
	suffix                    // *text
	contains                  // *text*
	glob                      // anything else
)

func newPattern(p sigma.Pattern) pattern {
	if text, ok := p.Plain(); ok {
		return pattern{shape: equal, text: []byte(text)}
	}
	kind := func(i int, k sigma.TokenKind) bool { return p[i].Kind == k }
	switch {
	case len(p) == 1 && kind(0, sigma.AnyRun):
		return pattern{shape: present}
	case len(p) == 2 && kind(0, sigma.Literal) && kind(1, sigma.AnyRun):
		return pattern{shape: prefix, text: []byte(p[0].Literal)}
	case len(p) == 2 && kind(0, sigma.AnyRun) && kind(1, sigma.Literal):
		return pattern{shape: suffix, text: []byte(p[1].Literal)}
	case len(p) == 3 && kind(0, sigma.AnyRun) && kind(1, sigma.Literal) && kind(2, sigma.AnyRun):
		return pattern{shape: contains, text: []byte(p[1].Literal)}
	default:
		return pattern{shape: glob, parts: p}
	}
}

func (p *pattern) match(text []byte) bool {
	switch p.shape {
	case present:
		return true
	case equal:
		return bytes.Equal(text, p.text)
	case prefix:
		return bytes.HasPrefix(text, p.text)
	case suffix:
		return bytes.HasSuffix(text, p.text)
	case contains:
		return bytes.Contains(text, p.text)
	case glob:
		return matchGlob(p.parts, text)
	default:
		panic("eval: unknown shape of a pattern")
	}
}

// matchGlob matches a whole text. When a part fails it goes back to the last *
// only, which may always take more: what the earlier ones took need not change.
func matchGlob(parts sigma.Pattern, text []byte) bool {
	part, at := 0, 0
	star, mark := -1, 0 // the part after the last *, and where it was last tried
	for {
		if part < len(parts) && parts[part].Kind == sigma.AnyRun {
			part++
			if part == len(parts) {
				return true
			}
			star, mark = part, at
			continue
		}
		n := -1
		switch {
		case part == len(parts):
			if at == len(text) {
				return true
			}
		default:
			n = step(parts[part], text[at:])
		}
		if n >= 0 {
			part, at = part+1, at+n
			continue
		}
		if star < 0 || mark >= len(text) {
			return false
		}
		_, size := utf8.DecodeRune(text[mark:])
		mark += size
		part, at = star, mark
	}
}

// step gives how many bytes of the text a literal or ? takes at its start, -1
// when it does not match there.
func step(t sigma.Token, text []byte) int {
	if t.Kind == sigma.Literal {
		if len(text) >= len(t.Literal) && string(text[:len(t.Literal)]) == t.Literal {
			return len(t.Literal)
		}
		return -1
	}
	if len(text) == 0 {
		return -1
	}
	_, size := utf8.DecodeRune(text)
	return size
}
