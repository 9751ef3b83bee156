package opensearch

import (
	"encoding/json"
	"math"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// wholeInDoubles is the first whole number that a double cannot distinguish from the
// next.
const wholeInDoubles = 1 << 53

// asNumber reads a value that a number can have as its canonical text, and that is the
// shortest of those that round to the same double. The index parses a text as well, so
// 443 finds the text "443.0", which no log of AWS holds.
func asNumber(value string) (json.Number, bool) {
	f, err := strconv.ParseFloat(value, 64)
	if err != nil || math.Abs(f) >= wholeInDoubles {
		return "", false
	}
	d, ok := record.ParseDecimal(strconv.FormatFloat(f, 'g', -1, 64))
	return json.Number(value), ok && d.String() == value
}

// beginsObject reports whether a value can be an object's, whose text the index does not
// have.
func beginsObject(value string) bool { return strings.HasPrefix(value, "{") }

// mayBeObject reports whether a pattern can match the text of an object.
func mayBeObject(p sigma.Pattern) bool {
	first, last := p[0], p[len(p)-1]
	return (first.Kind != sigma.Literal || strings.HasPrefix(first.Literal, "{")) &&
		(last.Kind != sigma.Literal || strings.HasSuffix(last.Literal, "}"))
}

var dates = regexp.MustCompile(`^([0-9]{4}|[-+][0-9]{4,})($|[-/T])`)

// datelike matches what OpenSearch takes for a date where it meets it first.
func datelike(value string) bool { return dates.MatchString(value) }

// foldedFrom holds the characters, apart from itself, that sigma.Fold turns into one.
var foldedFrom = sync.OnceValue(func() map[rune]bool {
	from := map[rune]bool{}
	for _, c := range unicode.CaseRanges {
		for r := rune(c.Lo); r <= rune(c.Hi); r++ {
			if folded := sigma.FoldRune(r); folded != r {
				from[folded] = true
			}
		}
	}
	return from
})

// caseless reports whether a folded text is the only one that folds to it.
func caseless(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return foldedFrom()[r] || sigma.FoldRune(r) != r })
}

// anyCase returns a pattern for a query with case_insensitive over texts as stored.
// Such a query takes the two cases of an ASCII letter for each other and nothing
// else, so a character that has other cases, as k has U+212A, becomes a wildcard.
// exact is false where the query then finds a superset.
//
// A field of the type wildcard lower-cases the stored text as Java does, which
// makes two characters of U+0130 and takes a sigma at the end of a word for
// another one.
func (v view) anyCase(p sigma.Pattern) (out sigma.Pattern, exact bool) {
	exact = true
	add := func(t sigma.Token) {
		if n := len(out); t.Kind == sigma.Literal && n > 0 && out[n-1].Kind == sigma.Literal {
			out[n-1].Literal += t.Literal
			return
		}
		out = append(out, t)
	}
	wild := sigma.Token{Kind: sigma.AnyOne}
	if v.kind == pattern {
		wild.Kind = sigma.AnyRun
	}
	for _, t := range p {
		switch t.Kind {
		case sigma.AnyRun:
			add(t)
		case sigma.AnyOne:
			exact = exact && v.kind != pattern
			add(wild)
		case sigma.Literal:
			for _, r := range t.Literal {
				ascii := r < utf8.RuneSelf
				switch {
				case ascii && r != 'k' && sigma.FoldRune(r) == r, !ascii && v.kind != pattern && caseless(string(r)):
					exact = exact && (r != 'i' || v.kind != pattern)
					add(sigma.Token{Kind: sigma.Literal, Literal: string(r)})
				default:
					exact = false
					add(wild)
				}
			}
		}
	}
	return out, exact
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}

func literals(p sigma.Pattern) string {
	var b strings.Builder
	for _, t := range p {
		b.WriteString(t.Literal)
	}
	return b.String()
}

// asksForNUL reports whether an expression holds NUL as a literal, which the
// candidates are looked up by; a class is not.
func asksForNUL(re *syntax.Regexp) bool {
	return re.Op == syntax.OpLiteral && slices.Contains(re.Rune, 0) || slices.ContainsFunc(re.Sub, asksForNUL)
}
