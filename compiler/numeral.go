package compiler

import (
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// noteNumeral says that a leaf over declared texts takes a number there by its
// spelling.
func (l *legalizer) noteNumeral(p Pred) {
	if l.target.Numerals != BySpelling || !TellsSpellings(p) {
		return
	}
	for _, f := range Fields(p) {
		if !f.Dynamic() && f.Type != schema.Number {
			l.diags.Notef(diag.ReadAs, p.Span(), "", "%s compares a number in %s as it is spelled there, where 1.50 and 1e1 may not be 1.5 and 10", l.target.Title, f.Name())
			return
		}
	}
}

// TellsSpellings reports whether a leaf may match one spelling of a JSON number and
// not another one of the same number, as an engine does that compares the spellings
// as texts.
func TellsSpellings(p Pred) bool {
	switch p := p.(type) {
	case Text:
		return tellsSpellings(p.Pattern)
	case In:
		return slices.ContainsFunc(p.Values, func(v string) bool {
			_, number := record.ParseDecimal(v)
			return number
		})
	case Regexp:
		return !leavesNumbers(p.Parse())
	case FieldEq:
		return true
	default:
		return false
	}
}

func tellsSpellings(p sigma.Pattern) bool {
	if len(p) == 1 && p[0].Kind == sigma.AnyRun {
		return false
	}
	return !slices.ContainsFunc(p, func(t sigma.Token) bool { return !ofNumbers(t.Literal) })
}

// ofNumbers reports whether numbers are spelled with these characters alone.
func ofNumbers(s string) bool { return strings.Trim(s, "0123456789+-.eE") == "" }

// leavesNumbers reports whether every match of an expression holds a character that
// no number has.
func leavesNumbers(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral:
		return !ofNumbers(string(re.Rune))
	case syntax.OpConcat:
		return slices.ContainsFunc(re.Sub, leavesNumbers)
	case syntax.OpCapture, syntax.OpPlus:
		return leavesNumbers(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min > 0 && leavesNumbers(re.Sub[0])
	case syntax.OpAlternate:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !leavesNumbers(sub) })
	default:
		return false
	}
}
