package sqlgen

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// Dialect is how one engine reaches fields and spells the tests.
type Dialect interface {
	// Access gives the way to a field's values.
	Access(p schema.Path, asks Asks) Access
	// AnyOf gives the test that some element of a list, called by the variable's
	// name, satisfies. The result may be NULL where the list is.
	AnyOf(list Expr, variable Code, test Expr) Expr
	Null(p schema.Path) Expr
	Exists(p schema.Path) Expr
	// Record gives the event's whole text, for keywords.
	Record() Expr

	// Fold gives text in lower case, U+0130 as itself. Against is what it is
	// compared with: engines that take U+0130 for an i need care where that
	// holds one of the two.
	Fold(text Expr, against string) Expr
	Prefix(text, prefix Expr) Expr
	// Suffix tests the end of a text; n is the suffix's length in code points,
	// -1 when it is not known.
	Suffix(text, suffix Expr, n int) Expr
	Holds(text, part Expr) Expr
	// Glob tests a pattern of several literals or wildcards, see LikePattern.
	Glob(text Expr, p sigma.Pattern) Expr
	Regexp(text Expr, r compiler.Regexp) Expr
	CIDR(text Expr, prefix netip.Prefix) Expr
	// Number compares text that is wholly numeric, and is not true of other text.
	Number(text Expr, operator Code, bound record.Decimal) Expr
	// TimePart compares a part of ISO 8601 UTC text.
	TimePart(text Expr, part compiler.Part, operator Code, bound int) Expr
	// UnixPart compares a part of a number of seconds.
	UnixPart(seconds Expr, part compiler.Part, operator Code, bound int) Expr
	// NumberText gives a number column's canonical text.
	NumberText(number Expr) Expr
}

// Asks says for which kinds of values, beside texts, a test may hold.
type Asks struct {
	Objects bool // by their text
	Numbers bool // by their canonical text
	Seconds bool // of numbers that are seconds since 1970
}

// Access is the way to a field's values: one column, or a list of texts.
type Access struct {
	Column Expr                    // NULL when the field is missing or null
	Number bool                    // the column is of integers of 64 bits or fewer
	List   Expr                    // instead of Column: all leaves
	Text   func(element Expr) Expr // of an element of List, NULL when it is no leaf
}

// Predicate writes a legal predicate as a test, which may be NULL where it is
// not true.
func Predicate(p compiler.Pred, d Dialect) Expr {
	g := &generator{d: d}
	return g.pred(p)
}

type generator struct {
	d     Dialect
	depth int // of tests inside tests of lists
}

// variables name the text at hand, by depth; a comparison of two fields needs
// two.
var variables = []Code{"x", "y"}

// pred is the flat switch over the predicates.
func (g *generator) pred(p compiler.Pred) Expr {
	switch p := p.(type) {
	case compiler.All:
		return And(CheapFirst(g.list(p.Of))...)
	case compiler.Any:
		return Or(g.alternatives(p.Of)...)
	case compiler.Not:
		return Not(g.pred(p.Of))
	case compiler.Const:
		if p.Value {
			return Raw("TRUE")
		}
		return Raw("FALSE")
	case compiler.In, compiler.Text, compiler.Regexp, compiler.CIDR:
		return g.texts([]compiler.Pred{p})
	case compiler.Num:
		return g.number(p)
	case compiler.TimePart:
		return g.timePart(p)
	case compiler.FieldEq:
		return g.fieldEq(p)
	case compiler.Null:
		return g.d.Null(p.Field)
	case compiler.Exists:
		return g.d.Exists(p.Field)
	case compiler.Keyword:
		if p.Regexp != nil {
			return g.search(g.d.Record(), *p.Regexp)
		}
		return g.pattern(g.fold(g.d.Record(), p.Fold, literals(p.Pattern)), p.Pattern)
	default:
		panic(fmt.Sprintf("sqlgen: a predicate that is not legal: %T", p))
	}
}

func (g *generator) list(list []compiler.Pred) []Expr {
	out := make([]Expr, len(list))
	for i, p := range list {
		out[i] = g.pred(p)
	}
	return out
}

// alternatives writes what an OR joins. Tests of the same field's text, one
// after the other, become one test of that field: that some text satisfies one
// of them.
func (g *generator) alternatives(list []compiler.Pred) []Expr {
	var out []Expr
	for i := 0; i < len(list); {
		n := 1
		if f, ok := textField(list[i]); ok {
			for i+n < len(list) {
				if other, ok := textField(list[i+n]); !ok || other.Name() != f.Name() {
					break
				}
				n++
			}
			out = append(out, g.texts(list[i:i+n]))
		} else {
			out = append(out, g.pred(list[i]))
		}
		i += n
	}
	return out
}

// textField gives the field of a test of a text.
func textField(p compiler.Pred) (schema.Path, bool) {
	switch p.(type) {
	case compiler.In, compiler.Text, compiler.Regexp, compiler.CIDR:
		return compiler.Fields(p)[0], true
	default:
		return schema.Path{}, false
	}
}

// texts writes tests of one field's text, of which any suffices.
func (g *generator) texts(list []compiler.Pred) Expr {
	field, _ := textField(list[0])
	if g.d.Access(field, Asks{}).Number {
		return Or(g.numbers(list)...)
	}
	var asks Asks
	for _, p := range list {
		asks.Objects = asks.Objects || mayBeObject(p)
		asks.Numbers = asks.Numbers || mayBeNumber(p)
	}
	return g.some(field, asks, func(x Expr) Expr {
		tests := make([]Expr, len(list))
		for i, p := range list {
			tests[i] = g.text(x, p, field.Plain)
		}
		return Or(tests...)
	})
}

// search writes the search of a text for a regular expression.
func (g *generator) search(x Expr, r compiler.Regexp) Expr {
	if r.FindsAll() { // Joni misses it behind a character of several bytes (seen on Trino 476)
		return IsNotNull(x)
	}
	test := g.d.Regexp(x, r)
	test.searches = true
	return test
}

// text writes the test of one text.
func (g *generator) text(x Expr, p compiler.Pred, plain bool) Expr {
	switch p := p.(type) {
	case compiler.In:
		values := make([]Expr, len(p.Values))
		for i, v := range p.Values {
			values[i] = Str(v)
		}
		return In(g.fold(x, p.Fold, against(strings.Join(p.Values, ""), plain)), values...)
	case compiler.Text:
		if len(p.Pattern) == 1 && p.Pattern[0].Kind == sigma.AnyRun {
			return IsNotNull(x)
		}
		return g.pattern(g.fold(x, p.Fold, against(literals(p.Pattern), plain)), p.Pattern)
	case compiler.Regexp:
		return g.search(x, p)
	case compiler.CIDR:
		return g.d.CIDR(x, p.Prefix)
	default:
		panic(fmt.Sprintf("sqlgen: no test of a text: %T", p))
	}
}

// numbers writes tests of a number column: equalities against numbers, which
// are all that its text can equal, and the rest against its text.
func (g *generator) numbers(list []compiler.Pred) []Expr {
	var out []Expr
	for _, p := range list {
		if in, ok := p.(compiler.In); ok {
			out = append(out, g.numberIn(in))
		} else {
			field, _ := textField(p)
			out = append(out, g.some(field, Asks{}, func(x Expr) Expr { return g.text(x, p, true) }))
		}
	}
	return out
}

func (g *generator) numberIn(p compiler.In) Expr {
	var numbers []Expr
	for _, v := range p.Values {
		if n, err := strconv.ParseInt(v, 10, 64); err == nil && strconv.FormatInt(n, 10) == v {
			numbers = append(numbers, Int(n))
		}
	}
	if len(numbers) == 0 {
		return Raw("FALSE")
	}
	return In(g.d.Access(p.Field, Asks{}).Column, numbers...)
}

// some tests a field's column, or any text of its list.
func (g *generator) some(p schema.Path, asks Asks, test func(Expr) Expr) Expr {
	a := g.d.Access(p, asks)
	switch {
	case a.Column.IsZero():
		x := variables[g.depth]
		g.depth++
		body := test(a.Text(Raw(x)))
		g.depth--
		return g.d.AnyOf(a.List, x, body)
	case a.Number:
		return test(g.d.NumberText(a.Column))
	default:
		return test(a.Column)
	}
}

func (g *generator) fold(x Expr, fold bool, against string) Expr {
	if fold {
		return g.d.Fold(x, against)
	}
	return x
}

// against gives what folded text is compared with; in a plain field there is
// nothing that could be taken for an i.
func against(text string, plain bool) string {
	if plain {
		return ""
	}
	return text
}

// literals gives the literal text of a pattern.
func literals(p sigma.Pattern) string {
	var text strings.Builder
	for _, t := range p {
		text.WriteString(t.Literal)
	}
	return text.String()
}

// mayBeNumber reports whether a test can hold for the text of a number, or for
// one spelling of it alone.
func mayBeNumber(p compiler.Pred) bool {
	numeric := func(text string) bool { return strings.Trim(text, "0123456789.+-eE") == "" }
	switch p := p.(type) {
	case compiler.In:
		return slices.ContainsFunc(p.Values, numeric)
	case compiler.Text:
		if len(p.Pattern) == 1 && p.Pattern[0].Kind == sigma.AnyRun {
			return false
		}
		return !slices.ContainsFunc(p.Pattern, func(t sigma.Token) bool { return !numeric(t.Literal) })
	case compiler.CIDR:
		return false
	default:
		return true
	}
}

// mayBeObject reports whether a test can hold for the text of an object, which
// begins with { and ends with }.
func mayBeObject(p compiler.Pred) bool {
	switch p := p.(type) {
	case compiler.In:
		return slices.ContainsFunc(p.Values, func(v string) bool { return strings.HasPrefix(v, "{") })
	case compiler.Text:
		if len(p.Pattern) == 0 {
			return false
		}
		first, last := p.Pattern[0], p.Pattern[len(p.Pattern)-1]
		return (first.Kind != sigma.Literal || strings.HasPrefix(first.Literal, "{")) &&
			(last.Kind != sigma.Literal || strings.HasSuffix(last.Literal, "}"))
	case compiler.CIDR:
		return false
	default:
		return true
	}
}

// operators are SQL's comparisons.
var operators = map[compiler.Op]Code{
	compiler.Less: "<", compiler.LessEqual: "<=", compiler.Greater: ">", compiler.GreaterEqual: ">=", compiler.Equal: "=",
}

func (g *generator) number(p compiler.Num) Expr {
	if a := g.d.Access(p.Field, Asks{}); a.Number {
		return integer(a.Column, p.Op, p.Bound)
	}
	return g.some(p.Field, Asks{}, func(x Expr) Expr { return g.d.Number(x, operators[p.Op], p.Bound) })
}

// integer compares a column of integers with a bound, which is made an integer too: an
// engine takes 1e-400 for 0, and refuses numbers of 40 digits.
func integer(x Expr, op compiler.Op, bound record.Decimal) Expr {
	floor, whole, beyond := bound.Floor()
	upwards := op == compiler.Greater || op == compiler.GreaterEqual
	switch {
	case beyond != 0 && upwards == (beyond < 0) && op != compiler.Equal:
		return IsNotNull(x)
	case beyond != 0 || op == compiler.Equal && !whole:
		return Raw("FALSE")
	case whole:
		return Compare(x, operators[op], Int(floor))
	case upwards:
		return Compare(x, operators[compiler.Greater], Int(floor))
	default:
		return Compare(x, operators[compiler.LessEqual], Int(floor))
	}
}

func (g *generator) timePart(p compiler.TimePart) Expr {
	if a := g.d.Access(p.Field, Asks{Seconds: true}); a.Number {
		inYears := Between(a.Column, Int(compiler.FirstSecond), Int(compiler.LastSecond)) // an engine may fail on others
		return g.d.UnixPart(If(inYears, a.Column), p.Part, operators[p.Op], p.Bound)
	}
	return g.some(p.Field, Asks{}, func(x Expr) Expr { return g.d.TimePart(x, p.Part, operators[p.Op], p.Bound) })
}

func (g *generator) fieldEq(p compiler.FieldEq) Expr {
	return g.some(p.Field, Asks{Objects: true, Numbers: true}, func(a Expr) Expr {
		return g.some(p.Other, Asks{Objects: true, Numbers: true}, func(b Expr) Expr {
			return g.related(g.fold(a, p.Fold, "i"), g.fold(b, p.Fold, "i"), p.Relation)
		})
	})
}

func (g *generator) related(a, b Expr, r compiler.Relation) Expr {
	switch r {
	case compiler.Same:
		return Compare(a, "=", b)
	case compiler.HasPrefix:
		return g.d.Prefix(a, b)
	case compiler.HasSuffix:
		return g.d.Suffix(a, b, -1)
	case compiler.Holds:
		return g.d.Holds(a, b)
	default:
		panic("sqlgen: unknown relation")
	}
}
