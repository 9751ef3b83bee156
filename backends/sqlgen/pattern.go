package sqlgen

import (
	"strings"
	"unicode/utf8"

	"github.com/sigmahunt/sigmahunt/sigma"
)

// pattern writes a pattern in the plainest form that says it.
func (g *generator) pattern(x Expr, p sigma.Pattern) Expr {
	kinds := make([]sigma.TokenKind, len(p))
	for i, t := range p {
		kinds[i] = t.Kind
	}
	is := func(want ...sigma.TokenKind) bool {
		if len(want) != len(kinds) {
			return false
		}
		for i := range want {
			if want[i] != kinds[i] {
				return false
			}
		}
		return true
	}
	switch {
	case is():
		return Compare(x, "=", Str(""))
	case is(sigma.Literal):
		return Compare(x, "=", Str(p[0].Literal))
	case is(sigma.AnyRun):
		return IsNotNull(x)
	case is(sigma.Literal, sigma.AnyRun):
		return g.d.Prefix(x, Str(p[0].Literal))
	case is(sigma.AnyRun, sigma.Literal):
		return g.d.Suffix(x, Str(p[1].Literal), utf8.RuneCountInString(p[1].Literal))
	case is(sigma.AnyRun, sigma.Literal, sigma.AnyRun):
		return g.d.Holds(x, Str(p[1].Literal))
	}
	return g.d.Glob(x, p)
}

// LikePattern writes a pattern for Like.
func LikePattern(p sigma.Pattern) string {
	var like strings.Builder
	for _, t := range p {
		switch t.Kind {
		case sigma.AnyRun:
			like.WriteByte('%')
		case sigma.AnyOne:
			like.WriteByte('_')
		case sigma.Literal:
			like.WriteString(EscapeLike(t.Literal))
		}
	}
	return like.String()
}
