package sqlgen

import (
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// plain is a dialect that says the least: a field is a column of its last key,
// a number where the schema says so, and a list where its path has a member.
type plain struct{}

func (plain) Access(p schema.Path, _ Asks) Access {
	if len(p.Keys) > 1 {
		return Access{List: Ident(p.Keys[0]), Text: func(e Expr) Expr { return Call("text", e) }}
	}
	return Access{Column: Ident(p.Keys[0]), Number: p.Type == schema.Number}
}

func (plain) AnyOf(list Expr, variable Code, test Expr) Expr {
	return AnyOf("any_match(", list, ", ", variable, " -> ", test, ")")
}
func (plain) Null(p schema.Path) Expr               { return IsNull(Ident(p.Keys[0])) }
func (plain) Exists(p schema.Path) Expr             { return IsNotNull(Ident(p.Keys[0])) }
func (plain) Record() Expr                          { return Raw("record") }
func (plain) Fold(x Expr, _ string) Expr            { return Call("lower", x) }
func (plain) Prefix(x, prefix Expr) Expr            { return Call("starts_with", x, prefix) }
func (plain) Suffix(x, suffix Expr, n int) Expr     { return Call("ends_with", x, suffix, Int(n)) }
func (plain) Holds(x, part Expr) Expr               { return Call("contains", x, part) }
func (plain) Regexp(x Expr, r compiler.Regexp) Expr { return Call("regexp", x, Str(r.Source())) }
func (plain) CIDR(x Expr, p netip.Prefix) Expr      { return Call("inside", x, Str(p.String())) }
func (plain) Number(x Expr, operator Code, bound record.Decimal) Expr {
	return Compare(Call("number", x), operator, Call("decimal", Str(bound.String())))
}
func (plain) TimePart(x Expr, _ compiler.Part, operator Code, bound int) Expr {
	return Compare(Call("part", x), operator, Int(bound))
}
func (plain) UnixPart(x Expr, _ compiler.Part, operator Code, bound int) Expr {
	return Compare(Call("unix_part", x), operator, Int(bound))
}
func (plain) Glob(x Expr, p sigma.Pattern) Expr { return Like(x, LikePattern(p)) }
func (plain) NumberText(x Expr) Expr            { return Call("number_text", x) }

func text(key string) schema.Path {
	return schema.Path{Keys: []string{key}, Declared: 1, Type: schema.Text}
}
func number(key string) schema.Path {
	return schema.Path{Keys: []string{key}, Declared: 1, Type: schema.Number}
}
func list(key string) schema.Path {
	return schema.Path{Keys: []string{key, "m"}, Declared: 2, Type: schema.Text, Lists: true}
}

func in(p schema.Path, values ...string) compiler.Pred { return compiler.In{Field: p, Values: values} }
func like(p schema.Path, pattern string) compiler.Pred {
	return compiler.Text{Field: p, Pattern: sigma.ParsePattern(pattern)}
}
func anyOf(of ...compiler.Pred) compiler.Pred { return compiler.Any{Of: of} }
func allOf(of ...compiler.Pred) compiler.Pred { return compiler.All{Of: of} }
func not(of compiler.Pred) compiler.Pred      { return compiler.Not{Of: of} }

func decimal(t *testing.T, s string) record.Decimal {
	t.Helper()
	d, ok := record.ParseDecimal(s)
	if !ok {
		t.Fatalf("%s is no number", s)
	}
	return d
}

func TestPredicates(t *testing.T) {
	for _, c := range []struct {
		name string
		p    compiler.Pred
		want string
	}{
		{"constant", anyOf(compiler.Const{Value: true}, compiler.Const{}), `TRUE OR FALSE`},
		{"nothing of all", allOf(), `TRUE`},
		{"nothing of any", anyOf(), `FALSE`},
		{"equality", in(text("a"), "x"), `a = 'x'`},
		{"several", in(text("a"), "x", "y'"), `a IN ('x', 'y''')`},
		{"folded", compiler.In{Field: text("a"), Values: []string{"x"}, Fold: true}, `lower(a) = 'x'`},
		{"prefix", like(text("a"), "x*"), `starts_with(a, 'x')`},
		{"suffix in code points", like(text("a"), "*é😀"), `ends_with(a, 'é😀', 2)`},
		{"part", like(text("a"), "*x*"), `contains(a, 'x')`},
		{"any text", like(text("a"), "*"), `a IS NOT NULL`},
		{"literal", like(text("a"), "x"), `a = 'x'`},
		{"wildcards", like(text("a"), "x*y?_%!"), `a LIKE 'x%y_!_!%!!' ESCAPE '!'`},
		{"address", compiler.CIDR{Field: text("a"), Prefix: netip.MustParsePrefix("10.0.0.0/8")}, `inside(a, '10.0.0.0/8')`},
		{"expression", compiler.Regexp{Field: text("a"), Expr: "x'", Flags: compiler.RegexpFlags{IgnoreCase: true}}, `regexp(a, '(?i)x''')`},
		{"keyword", compiler.Keyword{Pattern: sigma.ParsePattern("*x*"), Fold: true}, `contains(lower(record), 'x')`},
		{"null", compiler.Null{Field: text("a")}, `a IS NULL`},
		{"exists", compiler.Exists{Field: text("a")}, `a IS NOT NULL`},
		{"number as text", compiler.Num{Field: text("a"), Op: compiler.GreaterEqual, Bound: decimal(t, "12345678901234567890")}, `number(a) >= decimal('12345678901234567890')`},
		{"integer and fraction", compiler.Num{Field: number("n"), Op: compiler.Less, Bound: decimal(t, "1.5")}, `n <= 1`},
		{"integer and negative fraction", compiler.Num{Field: number("n"), Op: compiler.GreaterEqual, Bound: decimal(t, "-1.5")}, `n > -2`},
		{"integer and whole number", compiler.Num{Field: number("n"), Op: compiler.Less, Bound: decimal(t, "10.0")}, `n < 10`},
		{"integer below all", compiler.Num{Field: number("n"), Op: compiler.LessEqual, Bound: decimal(t, "1e19")}, `n IS NOT NULL`},
		{"integer above none", compiler.Num{Field: number("n"), Op: compiler.GreaterEqual, Bound: decimal(t, "1e19")}, `FALSE`},
		{"integer above all", compiler.Num{Field: number("n"), Op: compiler.Greater, Bound: decimal(t, "-1e19")}, `n IS NOT NULL`},
		{"integer below none", compiler.Num{Field: number("n"), Op: compiler.Less, Bound: decimal(t, "-1e19")}, `FALSE`},
		{"integer equal to a fraction", compiler.Num{Field: number("n"), Op: compiler.Equal, Bound: decimal(t, "1.5")}, `FALSE`},
		{"integer equal to none", compiler.Num{Field: number("n"), Op: compiler.Equal, Bound: decimal(t, "1e19")}, `FALSE`},
		{"part of a time", compiler.TimePart{Field: text("a"), Part: compiler.Hour, Op: compiler.Equal, Bound: 8}, `part(a) = 8`},
		{"part of seconds", compiler.TimePart{Field: number("n"), Part: compiler.Hour, Op: compiler.LessEqual, Bound: 8}, `unix_part(CASE WHEN n BETWEEN -62167219200 AND 253402300799 THEN n END) <= 8`},
		{"list", in(list("l"), "x"), `any_match(l, x -> text(x) = 'x')`},
		{"two fields", compiler.FieldEq{Field: text("a"), Other: text("b"), Relation: compiler.HasSuffix, Fold: true}, `ends_with(lower(a), lower(b), -1)`},
		{"two lists", compiler.FieldEq{Field: list("l"), Other: list("k"), Relation: compiler.Same},
			`any_match(l, x -> any_match(k, y -> text(x) = text(y)))`},

		{"not", not(in(text("a"), "x")), `NOT COALESCE(a = 'x', FALSE)`},
		{"not a list", not(in(list("l"), "x")), `NOT COALESCE(any_match(l, x -> text(x) = 'x'), FALSE)`},
		{"not not", not(not(in(text("a"), "x"))), `NOT COALESCE(NOT COALESCE(a = 'x', FALSE), FALSE)`},
		{"not all", not(allOf(in(text("a"), "x"), compiler.Exists{Field: text("b")})), `NOT COALESCE(a = 'x' AND b IS NOT NULL, FALSE)`},
		{"all of any", allOf(anyOf(in(text("a"), "x"), in(text("b"), "y")), not(in(text("c"), "z"))),
			`(a = 'x' OR b = 'y') AND NOT COALESCE(c = 'z', FALSE)`},

		{"number among numbers", in(number("n"), "22", "443"), `n IN (22, 443)`},
		{"what no number is", in(number("n"), "0443", "22", "x", "-0", "+5", "1.5", "", "9223372036854775808"), `n = 22`},
		{"no number at all", in(number("n"), "x"), `FALSE`},
		{"smallest number", in(number("n"), "-9223372036854775808"), `n = -9223372036854775808`},
		{"pattern of a number", anyOf(in(number("n"), "7"), like(number("n"), "44*")), `n = 7 OR starts_with(number_text(n), '44')`},
	} {
		if got := Predicate(c.p, plain{}).String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// Tests of one list's elements, of which any suffices, go through it once.
func TestAlternativesOfOneFieldAreOneTest(t *testing.T) {
	for _, c := range []struct {
		p    compiler.Pred
		want string
	}{
		{anyOf(in(list("l"), "x"), like(list("l"), "y*")), `any_match(l, x -> text(x) = 'x' OR starts_with(text(x), 'y'))`},
		{anyOf(in(list("l"), "x"), in(list("k"), "x"), like(list("l"), "y*")),
			`any_match(l, x -> text(x) = 'x') OR any_match(k, x -> text(x) = 'x') OR any_match(l, x -> starts_with(text(x), 'y'))`},
		{anyOf(in(list("l"), "x"), not(in(list("l"), "y"))), `any_match(l, x -> text(x) = 'x') OR NOT COALESCE(any_match(l, x -> text(x) = 'y'), FALSE)`},
		{anyOf(in(list("l"), "x"), compiler.Null{Field: list("l")}), `any_match(l, x -> text(x) = 'x') OR l IS NULL`},
		// All asks each of some element, not of the same one: never one test.
		{allOf(in(list("l"), "x"), like(list("l"), "y*")), `any_match(l, x -> text(x) = 'x') AND any_match(l, x -> starts_with(text(x), 'y'))`},
		{anyOf(in(text("a"), "x"), like(text("a"), "y*")), `a = 'x' OR starts_with(a, 'y')`},
	} {
		if got := Predicate(c.p, plain{}).String(); got != c.want {
			t.Errorf("%s\nwant %s", got, c.want)
		}
	}
}

// An object's text begins with { and ends with }: only a test that may hold for
// such a text asks the engine for it.
func TestOnlyTestsThatAnObjectCanPassAskForObjects(t *testing.T) {
	for _, c := range []struct {
		p    compiler.Pred
		want bool
	}{
		{in(text("a"), "x", "{"), true}, {in(text("a"), "x", ""), false},
		{like(text("a"), "*x*"), true}, {like(text("a"), "x*"), false}, {like(text("a"), "{*"), true},
		{like(text("a"), "*x"), false}, {like(text("a"), "*}"), true}, {like(text("a"), "?x?"), true},
		{compiler.Text{Field: text("a"), Pattern: nil}, false},
		{compiler.CIDR{Field: text("a")}, false}, {compiler.Regexp{Field: text("a"), Expr: "x"}, true},
	} {
		if got := mayBeObject(c.p); got != c.want {
			t.Errorf("%+v: %t, want %t", c.p, got, c.want)
		}
	}
}

func TestLongPredicatesReadTheSame(t *testing.T) {
	var of []compiler.Pred
	for i := range 40 {
		name := "field_" + strconv.Itoa(i)
		of = append(of, anyOf(in(text(name), "a b", "x"), not(allOf(in(list(name), strings.Repeat("y", i)), like(text(name), "*z*")))))
	}
	e := Predicate(allOf(of...), plain{})
	text := Print(e, "  ")
	if strings.Count(text, "\n") < 40 {
		t.Errorf("not broken: %s", text)
	}
	want, err := read(commas(e.String()))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := read(commas(text)); err != nil || got != want {
		t.Errorf("several lines say\n%s\n%v; one line says\n%s", text, err, e)
	}
}

// commas writes IN as a call, which the reader knows.
func commas(text string) string { return strings.ReplaceAll(text, " IN (", " = among(") }

func TestNothingOfARuleLeavesTheHeader(t *testing.T) {
	for _, h := range []string{"a\nSELECT 1", "a\r\nDROP TABLE x; --", "a\rb", "*/ SELECT", "\x00\x1b[31m", "a\u2028SELECT\u2029b\u0085c\vd\fe", "\u202e"} {
		r := &sigma.Rule{}
		r.Title, r.ID, r.Level, r.Tags = h, h, h, []string{"attack.t1136.003", "attack.t" + h}
		text := Header(&r.Header)
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		if len(lines) < 4 || !strings.HasSuffix(text, "\n") {
			t.Errorf("%q: %q", h, text)
		}
		for _, line := range lines {
			if !strings.HasPrefix(line, "-- ") || strings.ContainsAny(line, "\r\x00\x1b\u2028\u2029\u0085\v\f\u202e") {
				t.Errorf("%q: the line %q", h, line)
			}
		}
	}
	r := &sigma.Rule{}
	r.Title, r.Level = "User created", "high"
	if got := Header(&r.Header); got != "-- User created\n-- level: high\n" {
		t.Errorf("what a rule lacks is left out: %q", got)
	}
}
