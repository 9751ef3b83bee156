package eval

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"github.com/sigmahunt/sigmahunt/sigma"
)

// glob is a prepared pattern. It matches whole texts; its wildcards cross
// newlines, and invalid UTF-8 counts as a character a byte.
type glob interface{ match(text []byte) bool }

func newGlob(p sigma.Pattern) glob {
	if slices.ContainsFunc(p, func(t sigma.Token) bool { return t.Kind == sigma.AnyOne }) {
		return newSteps(p)
	}
	parts := [][]byte{nil}
	for _, t := range p {
		if t.Kind == sigma.AnyRun {
			parts = append(parts, nil)
		} else {
			last := &parts[len(parts)-1]
			*last = append(*last, t.Literal...)
		}
	}
	if len(parts) == 1 {
		return exactly(parts[0])
	}
	return runs{head: parts[0], middle: parts[1 : len(parts)-1], tail: parts[len(parts)-1]}
}

// exactly is a pattern without wildcards.
type exactly []byte

func (g exactly) match(text []byte) bool { return bytes.Equal(text, g) }

// runs is a pattern of literals with a run of any characters between each and
// the next. Empty literals are fine anywhere.
type runs struct {
	head   []byte
	middle [][]byte
	tail   []byte
}

func (g runs) match(text []byte) bool {
	if len(text) < len(g.head)+len(g.tail) || !bytes.HasPrefix(text, g.head) || !bytes.HasSuffix(text, g.tail) {
		return false
	}
	text = text[len(g.head) : len(text)-len(g.tail)]
	for _, literal := range g.middle {
		i := bytes.Index(text, literal) // the first place leaves most for the rest
		if i < 0 {
			return false
		}
		text = text[i+len(literal):]
	}
	return true
}

// steps is a pattern that holds a ?.
type steps []step

type step struct {
	kind    sigma.TokenKind
	literal []byte
}

func newSteps(p sigma.Pattern) steps {
	g := make(steps, len(p))
	for i, t := range p {
		g[i] = step{t.Kind, []byte(t.Literal)}
	}
	return g
}

// match goes back to the last run only: what an earlier run could take beyond
// its first fit, the last one can take as well. So the work is at most the
// text's length times the pattern's.
func (g steps) match(text []byte) bool {
	at, i := 0, 0          // offset in text, step
	after, resume := -1, 0 // the step behind the last run, and where it was last tried
	for i < len(g) || at < len(text) {
		if i < len(g) {
			if g[i].kind == sigma.AnyRun {
				i++
				after, resume = i, at
				continue
			}
			if n := g[i].take(text[at:]); n >= 0 {
				at += n
				i++
				continue
			}
		}
		if after < 0 || resume == len(text) {
			return false
		}
		if after == len(g) {
			return true
		}
		if resume = g[after].next(text, resume); resume < 0 {
			return false
		}
		at, i = resume, after
	}
	return true
}

// take gives the length of what the step matches at the start of text, or -1.
func (s *step) take(text []byte) int {
	switch {
	case s.kind == sigma.Literal && bytes.HasPrefix(text, s.literal):
		return len(s.literal)
	case s.kind == sigma.AnyOne && len(text) > 0:
		_, size := utf8.DecodeRune(text)
		return size
	default:
		return -1
	}
}

// next gives the next place behind at where the step may begin, or -1. A
// literal is valid UTF-8 and so begins where a character does.
func (s *step) next(text []byte, at int) int {
	_, size := utf8.DecodeRune(text[at:])
	at += size
	if s.kind != sigma.Literal {
		return at
	}
	i := bytes.Index(text[at:], s.literal)
	if i < 0 {
		return -1
	}
	return at + i
}
