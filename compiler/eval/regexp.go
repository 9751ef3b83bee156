package eval

import (
	"bytes"
	"regexp"
	"regexp/syntax"

	"github.com/sigmahunt/sigmahunt/compiler"
)

// regexpMatch searches a field's texts. A literal that every match must hold is
// looked for first, which is far cheaper than the expression.
type regexpMatch struct {
	field    int
	re       *regexp.Regexp
	required []byte
}

func newRegexp(p compiler.Regexp, f *fields) node {
	return regexpMatch{f.id(p.Field), regexp.MustCompile(p.Source()), []byte(required(p.Source()))}
}

func (n regexpMatch) match(ev *Event) bool {
	for _, l := range ev.leaves(n.field) {
		if bytes.Contains(l.text, n.required) && n.re.Match(l.text) {
			return true
		}
	}
	return false
}

// required gives the longest literal that every match of an expression holds.
func required(expr string) string {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return ""
	}
	return literal(re)
}

func literal(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return string(re.Rune)
		}
	case syntax.OpCapture, syntax.OpPlus:
		return literal(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return literal(re.Sub[0])
		}
	case syntax.OpConcat:
		longest := ""
		for _, sub := range re.Sub {
			if l := literal(sub); len(l) > len(longest) {
				longest = l
			}
		}
		return longest
	default:
	}
	return ""
}
