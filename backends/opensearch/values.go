package opensearch

import (
	"encoding/json"
	"math"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// wholeInDoubles is the first whole number that a double does not tell from the
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

// caseless reports whether a folded text is the only one that folds to it.
func caseless(value string) bool {
	for _, r := range value {
		if c := globRune(r, true); !slices.Equal(c, globRune(r, false)) {
			return false
		}
	}
	return true
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
