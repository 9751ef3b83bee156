// Package sqlgen writes SQL for the engines that speak it. Expressions are an
// opaque type: literals and names are made by quoters alone, parentheses are
// set by the printer alone, and text known at run time has no other way in.
package sqlgen

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Expr is a SQL expression. The zero value is none.
type Expr struct {
	op    op
	text  string // of an atom: its SQL on one line
	parts []Expr

	// Of an atom that a long line breaks: what stands before, between and
	// behind its parts.
	around []string

	searches bool // a regular expression
}

// op is an operator, in the order of precedence, the weakest first.
type op int

const (
	opOr op = iota + 1
	opAnd
	opNot
	opCompare // =, <, LIKE, IN, BETWEEN, IS NULL: not chained
	opConcat
	opAtom
)

// Code is SQL that stands in the program's text; it can only be a constant.
type Code string

// Raw gives a constant piece of SQL that needs no parentheses: a name, a call
// without arguments, a number.
func Raw(c Code) Expr { return Expr{op: opAtom, text: string(c)} }

// IsZero reports whether there is no expression.
func (e Expr) IsZero() bool { return e.op == 0 }

// opensLists reports whether a test looks at the elements of a list.
func (e Expr) opensLists() bool {
	return e.around != nil || slices.ContainsFunc(e.parts, Expr.opensLists)
}

// cost ranks tests: those of columns, those by regular expressions, those of lists.
func (e Expr) cost() int {
	switch {
	case e.opensLists():
		return 2
	case e.searches || slices.ContainsFunc(e.parts, func(p Expr) bool { return p.cost() > 0 }):
		return 1
	default:
		return 0
	}
}

// CheapFirst puts tests of lists, such as JSON opens into, behind those of
// columns, in place: engines take the parts of an AND or an OR in their order and
// stop at the first that decides it.
func CheapFirst(tests []Expr) []Expr {
	slices.SortStableFunc(tests, func(a, b Expr) int { return cmp.Compare(a.cost(), b.cost()) })
	return tests
}

// Int gives a whole number.
func Int[T ~int | ~int64](n T) Expr {
	return Expr{op: opAtom, text: strconv.FormatInt(int64(n), 10)}
}

// Ident quotes a name when it is not a plain lower-case word, and always when
// it is one that SQL reserves.
func Ident(name string) Expr {
	plain := name != "" && !reserved[strings.ToLower(name)]
	for i, c := range name {
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			plain = false
		}
	}
	if !plain {
		name = `"` + strings.ReplaceAll(strings.ReplaceAll(name, "\x00", ""), `"`, `""`) + `"`
	}
	return Expr{op: opAtom, text: name}
}

// Str gives a text literal. Characters that do not show, or that turn a
// terminal's writing around, are written by their number.
func Str(s string) Expr {
	var pieces []Expr
	var plain strings.Builder
	flush := func() {
		if plain.Len() > 0 {
			pieces = append(pieces, Expr{op: opAtom, text: "'" + strings.ReplaceAll(plain.String(), "'", "''") + "'"})
			plain.Reset()
		}
	}
	for _, r := range s {
		if shows(r) {
			plain.WriteRune(r)
			continue
		}
		flush()
		pieces = append(pieces, Call("chr", Int(int(r))))
	}
	flush()
	switch len(pieces) {
	case 0:
		return Expr{op: opAtom, text: "''"}
	case 1:
		return pieces[0]
	default:
		return Expr{op: opConcat, parts: pieces}
	}
}

func shows(r rune) bool {
	return r == ' ' || r != utf8.RuneError && unicode.IsGraphic(r) && !unicode.Is(unicode.Bidi_Control, r) && !unicode.IsSpace(r)
}

// Call gives a function's call.
func Call(name Code, args ...Expr) Expr {
	texts := make([]string, len(args))
	for i, a := range args {
		texts[i] = a.flat()
	}
	return Expr{op: opAtom, text: string(name) + "(" + strings.Join(texts, ", ") + ")"}
}

// Lambda gives an anonymous function of one variable in an engine's own
// writing: before, the variable, between, the body.
func Lambda(before Code, variable Expr, between Code, body Expr) Expr {
	return Expr{op: opAtom, text: string(before) + variable.text + string(between) + body.flat()}
}

// AnyOf gives a test of a list's elements, such as any_match(list, x -> test),
// from the constant text before the list, between list and test, and behind.
func AnyOf(before Code, list Expr, between, variable, arrow Code, test Expr, behind Code) Expr {
	e := Expr{op: opAtom, parts: []Expr{list, test}, around: []string{string(before), string(between + variable + arrow), string(behind)}}
	return e.withTest(test)
}

// withTest gives a test of a list's elements with another test.
func (e Expr) withTest(test Expr) Expr {
	e.parts = []Expr{e.parts[0], test}
	e.text = e.around[0] + e.parts[0].flat() + e.around[1] + test.flat() + e.around[2]
	return e
}

// List gives values between brackets, as in ARRAY[1, 2] or [1, 2].
func List(open Code, items ...Expr) Expr {
	texts := make([]string, len(items))
	for i, e := range items {
		texts[i] = e.flat()
	}
	return Expr{op: opAtom, text: string(open) + strings.Join(texts, ", ") + "]"}
}

// Member gives a struct's member: x.name.
func Member(x Expr, name string) Expr {
	return Expr{op: opAtom, text: x.within(opAtom) + "." + Ident(name).text}
}

// Cast gives CAST or TRY_CAST of x to a type.
func Cast(cast Code, x Expr, typ Code) Expr {
	return Expr{op: opAtom, text: string(cast) + "(" + x.flat() + " AS " + string(typ) + ")"}
}

// If gives x where the test holds and NULL elsewhere.
func If(test, x Expr) Expr {
	return Expr{op: opAtom, text: "CASE WHEN " + test.flat() + " THEN " + x.flat() + " END"}
}

// Compare gives two operands around a comparison.
func Compare(a Expr, operator Code, b Expr) Expr {
	return Expr{op: opCompare, text: a.within(opConcat) + " " + string(operator) + " " + b.within(opConcat)}
}

// Between gives x between two bounds, both in.
func Between(x, low, high Expr) Expr {
	return Expr{op: opCompare, text: x.within(opConcat) + " BETWEEN " + low.within(opConcat) + " AND " + high.within(opConcat)}
}

// In gives membership in a list; one value is an equality.
func In(x Expr, list ...Expr) Expr {
	if len(list) == 1 {
		return Compare(x, "=", list[0])
	}
	texts := make([]string, len(list))
	for i, e := range list {
		texts[i] = e.flat()
	}
	return Expr{op: opCompare, text: x.within(opConcat) + " IN (" + strings.Join(texts, ", ") + ")"}
}

// IsNull gives x IS NULL.
func IsNull(x Expr) Expr { return Expr{op: opCompare, text: x.within(opConcat) + " IS NULL"} }

// IsNotNull gives x IS NOT NULL.
func IsNotNull(x Expr) Expr { return Expr{op: opCompare, text: x.within(opConcat) + " IS NOT NULL"} }

// LikeEscape is the character that takes the meaning off a wildcard in Like.
const LikeEscape = "!"

// Like gives x LIKE a pattern whose literals were escaped by EscapeLike.
func Like(x Expr, pattern string) Expr {
	text := x.within(opConcat) + " LIKE " + Str(pattern).within(opConcat)
	if strings.Contains(pattern, LikeEscape) {
		text += " ESCAPE '" + LikeEscape + "'"
	}
	return Expr{op: opCompare, text: text}
}

// EscapeLike makes text literal inside a pattern of Like.
func EscapeLike(s string) string {
	return strings.NewReplacer("%", LikeEscape+"%", "_", LikeEscape+"_", LikeEscape, LikeEscape+LikeEscape).Replace(s)
}

// And gives the conjunction; of nothing it is TRUE.
func And(list ...Expr) Expr { return join(opAnd, "TRUE", list) }

// Or gives the disjunction; of nothing it is FALSE.
func Or(list ...Expr) Expr { return join(opOr, "FALSE", list) }

func join(o op, empty Code, list []Expr) Expr {
	var parts []Expr
	for _, e := range list {
		if e.op == o {
			parts = append(parts, e.parts...)
		} else if !e.IsZero() {
			parts = append(parts, e)
		}
	}
	switch list = parts; len(list) {
	case 0:
		return Raw(empty)
	case 1:
		return list[0]
	default:
		return Expr{op: o, parts: list}
	}
}

// Not gives the negation of a test that may be NULL, which counts as false.
// This is the one place where SQL's third value is handled: AND and OR are
// monotone, so it can do harm nowhere else.
func Not(x Expr) Expr {
	return Expr{op: opNot, text: "NOT COALESCE(" + x.flat() + ", FALSE)", parts: []Expr{x}}
}

// Either gives a where the test holds and b elsewhere.
func Either(test, a, b Expr) Expr {
	return Expr{op: opAtom, text: "CASE WHEN " + test.flat() + " THEN " + a.flat() + " ELSE " + b.flat() + " END"}
}

// Times gives a number times a whole number.
func Times(x Expr, n int64) Expr {
	return Expr{op: opAtom, text: "(" + x.within(opAtom) + " * " + strconv.FormatInt(n, 10) + ")"}
}

// Plus gives the sum of two numbers.
func Plus(a, b Expr) Expr {
	return Expr{op: opAtom, text: "(" + a.within(opAtom) + " + " + b.within(opAtom) + ")"}
}

// Prefixed gives a typed literal, such as DATE '2026-03-10'.
func Prefixed(typ Code, literal Expr) Expr {
	return Expr{op: opAtom, text: string(typ) + literal.flat()}
}
