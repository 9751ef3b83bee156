package compiler

import (
	"net/netip"
	"regexp/syntax"
	"slices"
	"unicode"

	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// Pred is a two-valued test of one event. Over a field that is missing or null
// every leaf but Null is false, so Not over it is true (docs/semantics.md, S6).
//
// The set is closed: All, Any, Not and Const combine; Text, In, Regexp, CIDR,
// Num, TimePart, FieldEq, Null, Exists and Keyword are leaves. A leaf over a
// field is true when some value that the path reaches satisfies it.
type Pred interface {
	pred()
	// Span is the place in the rule that asked for the test.
	Span() diag.Span
}

// Node is what every predicate carries: the place in the rule it comes from.
type Node struct{ At diag.Span }

func (Node) pred() {}

// Span gives the place in the rule that asked for the test.
func (n Node) Span() diag.Span { return n.At }

// All is true when every part is; an empty All is true.
type All struct {
	Node
	Of []Pred
}

// Any is true when some part is; an empty Any is false.
type Any struct {
	Node
	Of []Pred
}

// Not is true when its part is not.
type Not struct {
	Node
	Of Pred
}

// Const is true or false whatever the event holds.
type Const struct {
	Node
	Value bool
}

// Text compares a value's text with a pattern of literals and wildcards. Fold
// asks for both sides in simple lower case; the pattern's literals are then
// already folded. A pattern is never a single literal with Fold equal among
// several values of one item: those are an In.
type Text struct {
	Node
	Field   schema.Path
	Pattern sigma.Pattern
	Fold    bool
}

// In is true when a value's whole text is one of Values, which are sorted,
// distinct and folded when Fold is set. One value is the plain equality.
type In struct {
	Node
	Field  schema.Path
	Values []string
	Fold   bool
}

// Regexp searches a value's text for an RE2 expression, unanchored and
// case-sensitive but for its flags.
type Regexp struct {
	Node
	Field  schema.Path
	Expr   string // as the rule wrote it, without flags
	Flags  RegexpFlags
	Prefix bool // the match must begin where the text begins (startswith)
	Suffix bool // the match must end where the text ends (endswith)
}

// RegexpFlags are the sub-modifiers of re.
type RegexpFlags struct {
	IgnoreCase, Multiline, DotAll bool
}

// Source gives the expression with its flags and anchors in RE2's own syntax.
func (r Regexp) Source() string {
	flags := ""
	if r.Flags.IgnoreCase {
		flags += "i"
	}
	if r.Flags.Multiline {
		flags += "m"
	}
	if r.Flags.DotAll {
		flags += "s"
	}
	expr := r.Expr
	if r.Prefix || r.Suffix {
		expr = "(?:" + expr + ")"
	}
	if r.Prefix {
		expr = `\A` + expr
	}
	if r.Suffix {
		expr += `\z`
	}
	if flags != "" {
		expr = "(?" + flags + ")" + expr
	}
	return expr
}

// Parse gives the syntax tree of Source, which was read when the rule was lowered.
func (r Regexp) Parse() *syntax.Regexp {
	re, err := syntax.Parse(r.Source(), syntax.Perl)
	if err != nil {
		panic("compiler: a regular expression passed the loader: " + err.Error())
	}
	return re
}

// FindsAll reports that the expression finds nothing, at least, at the end of any text.
func (r Regexp) FindsAll() bool { return findsNothingAtTheEnd(r.Parse()) }

func findsNothingAtTheEnd(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpEndText, syntax.OpEndLine, syntax.OpStar, syntax.OpQuest:
		return true
	case syntax.OpRepeat:
		return re.Min == 0 || findsNothingAtTheEnd(re.Sub[0])
	case syntax.OpPlus, syntax.OpCapture:
		return findsNothingAtTheEnd(re.Sub[0])
	case syntax.OpAlternate:
		return slices.ContainsFunc(re.Sub, findsNothingAtTheEnd)
	case syntax.OpConcat:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !findsNothingAtTheEnd(sub) })
	default:
		return false
	}
}

// Cases gives a character with all that RE2's flag i takes for it, in order.
func Cases(c rune) []rune {
	cases := []rune{c}
	for other := unicode.SimpleFold(c); other != c; other = unicode.SimpleFold(other) {
		cases = append(cases, other)
	}
	slices.Sort(cases)
	return cases
}

// CIDR is true when a value is an address of the prefix's family inside it.
type CIDR struct {
	Node
	Field  schema.Path
	Prefix netip.Prefix // masked
}

// Op is an order relation.
type Op int

// The relations, as in "value Op bound". Equal is used by time parts only.
const (
	Less Op = iota + 1
	LessEqual
	Greater
	GreaterEqual
	Equal
)

// Num compares a value that is a JSON number or wholly numeric text with a
// bound, exactly whatever their size.
type Num struct {
	Node
	Field schema.Path
	Op    Op
	Bound record.Decimal
}

// Part is a part of a point in time, in UTC.
type Part int

// The parts. Week is the ISO week of the year.
const (
	Minute Part = iota + 1
	Hour
	Day
	Week
	Month
	Year
)

// TimePart compares one part of an ISO 8601 UTC time (or of seconds since 1970
// where the source's time is that) with a whole number.
type TimePart struct {
	Node
	Field schema.Path
	Part  Part
	Op    Op
	Bound int
}

// The seconds since 1970 that lie in the years 0 to 9999. Others are no times.
const (
	FirstSecond = -62167219200
	LastSecond  = 253402300799
)

// Relation is how two fields' texts are held against each other.
type Relation int

// The relations of FieldEq: Field's text is, starts with, ends with or holds
// Other's text.
const (
	Same Relation = iota + 1
	HasPrefix
	HasSuffix
	Holds
)

// FieldEq compares the values of two fields with each other, any with any. It
// is false when either is missing.
type FieldEq struct {
	Node
	Field    schema.Path
	Other    schema.Path
	Relation Relation
	Fold     bool
}

// Null is true when the path reaches no value and no empty array.
type Null struct {
	Node
	Field schema.Path
}

// Exists is true when the path's last key is present, even with null.
type Exists struct {
	Node
	Field schema.Path
}

// Keyword searches the event's whole compact JSON text for a pattern, which is
// already open at both ends, or for a regular expression.
type Keyword struct {
	Node
	Pattern sigma.Pattern
	Fold    bool
	Regexp  *Regexp // instead of Pattern; it has no Field
}
