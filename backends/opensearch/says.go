package opensearch

import (
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// says reports whether a leaf over a declared field can be said exactly. The
// type wildcard marks the ends of a text by NUL, and so does not find one that a
// query asks for; its lower case takes U+0130 for an i. Numbers are doubles there.
func says(p compiler.Pred) bool {
	switch p := p.(type) {
	case compiler.Text:
		_, ok := luceneGlob(p.Pattern, false)
		return ok && !slices.ContainsFunc(p.Pattern, func(t sigma.Token) bool { return holdsNUL(t.Literal) || p.Fold && holdsDotted(t.Literal) })
	case compiler.In:
		return !slices.ContainsFunc(p.Values, func(v string) bool { return p.Fold && holdsDotted(v) || !p.Fold && holdsNUL(v) })
	case compiler.Num:
		return len(numbers([]string{p.Bound.String()})) == 1
	case compiler.Regexp:
		re := parse(p)
		_, ok := luceneRegexp(re)
		return ok && !asksForNUL(re)
	default:
		return true
	}
}

func holdsNUL(s string) bool { return strings.Contains(s, "\x00") }

func holdsDotted(s string) bool { return strings.Contains(s, "İ") }

// asksForNUL reports whether an expression holds NUL as a literal, which the
// candidates are looked up by; a class is not.
func asksForNUL(re *syntax.Regexp) bool {
	return re.Op == syntax.OpLiteral && slices.Contains(re.Rune, 0) || slices.ContainsFunc(re.Sub, asksForNUL)
}

// parse reads an expression that passed the loader.
func parse(p compiler.Regexp) *syntax.Regexp {
	re, err := syntax.Parse(p.Source(), syntax.Perl)
	if err != nil {
		panic("opensearch: a regular expression passed the loader: " + err.Error())
	}
	return re
}
