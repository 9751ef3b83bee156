package sigma

import "strings"

// Pattern is a value's text split into literals and wildcards, the only form
// in which values leave this package: no later step sees a backslash that
// means something.
type Pattern []Token

// Token is a piece of a pattern.
type Token struct {
	Kind    TokenKind
	Literal string // for Literal tokens only, never empty
}

// TokenKind tells literals from wildcards.
type TokenKind int

// The kinds: literal text, * (any run of characters, also none) and ? (exactly
// one character). Wildcards cross newlines.
const (
	Literal TokenKind = iota + 1
	AnyRun
	AnyOne
)

// ParsePattern splits a value by the escaping rules of the specification:
// \* and \? are literal, \\ is one backslash, and a backslash before any other
// character or at the end stands for itself (Sigma specification 2.1,
// "Escaping").
func ParsePattern(text string) Pattern {
	var p Pattern
	var lit strings.Builder
	flush := func() {
		if lit.Len() > 0 {
			p = append(p, Token{Kind: Literal, Literal: lit.String()})
			lit.Reset()
		}
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text) && strings.IndexByte(`\*?`, text[i+1]) >= 0:
			i++
			lit.WriteByte(text[i])
		case c == '*':
			flush()
			p = p.With(AnyRun)
		case c == '?':
			flush()
			p = p.With(AnyOne)
		default:
			lit.WriteByte(c)
		}
	}
	flush()
	return p
}

// LiteralPattern gives the pattern that is exactly text.
func LiteralPattern(text string) Pattern {
	if text == "" {
		return nil
	}
	return Pattern{{Kind: Literal, Literal: text}}
}

// With appends a wildcard; a run next to a run stays one.
func (p Pattern) With(kind TokenKind) Pattern {
	if kind == AnyRun && len(p) > 0 && p[len(p)-1].Kind == AnyRun {
		return p
	}
	return append(p, Token{Kind: kind})
}

// Concat puts patterns together: literals that meet become one, and so do runs.
func Concat(patterns ...Pattern) Pattern {
	var q Pattern
	for _, p := range patterns {
		for _, t := range p {
			last := len(q) - 1
			switch {
			case t.Kind != Literal:
				q = q.With(t.Kind)
			case last >= 0 && q[last].Kind == Literal:
				q[last].Literal += t.Literal
			default:
				q = append(q, t)
			}
		}
	}
	return q
}

// Open gives the pattern with a run of any characters before it, after it, or
// both, as startswith, endswith and contains ask.
func (p Pattern) Open(before, after bool) Pattern {
	var q Pattern
	if before {
		q = q.With(AnyRun)
	}
	q = Concat(q, p)
	if after {
		q = q.With(AnyRun)
	}
	return q
}

// Plain gives the text of a pattern without wildcards; ok is false when it has
// some.
func (p Pattern) Plain() (text string, ok bool) {
	switch {
	case len(p) == 0:
		return "", true
	case len(p) == 1 && p[0].Kind == Literal:
		return p[0].Literal, true
	default:
		return "", false
	}
}

// Len gives the bytes of the pattern's literals.
func (p Pattern) Len() int {
	n := 0
	for _, t := range p {
		n += len(t.Literal)
	}
	return n
}

// Map gives the pattern with f applied to its literals.
func (p Pattern) Map(f func(string) string) Pattern {
	q := make(Pattern, len(p))
	for i, t := range p {
		if t.Kind == Literal {
			t.Literal = f(t.Literal)
		}
		q[i] = t
	}
	return q
}

var escape = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`)

// String writes the pattern as a Sigma value.
func (p Pattern) String() string {
	var b strings.Builder
	for _, t := range p {
		switch t.Kind {
		case AnyRun:
			b.WriteByte('*')
		case AnyOne:
			b.WriteByte('?')
		case Literal:
			b.WriteString(escape.Replace(t.Literal))
		}
	}
	return b.String()
}
