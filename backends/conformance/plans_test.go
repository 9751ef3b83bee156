package conformance

import (
	"fmt"
	"net/netip"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

func planOf(source *schema.Source, p compiler.Pred) *compiler.Plan {
	return &compiler.Plan{Rule: new(sigma.Rule), Source: source, Where: p}
}

func (r *random) pred(depth int) compiler.Pred {
	if depth == 0 || r.chance(30) {
		return r.leaf()
	}
	switch r.IntN(3) {
	case 0:
		return compiler.All{Of: r.preds(depth - 1)}
	case 1:
		return compiler.Any{Of: r.preds(depth - 1)}
	default:
		return compiler.Not{Of: r.pred(depth - 1)}
	}
}

func (r *random) preds(depth int) []compiler.Pred {
	list := make([]compiler.Pred, r.IntN(4))
	for i := range list {
		list[i] = r.pred(depth)
	}
	return list
}

func (r *random) leaf() compiler.Pred {
	field, fold := pick(r, r.paths), r.chance(70)
	switch r.IntN(11) {
	case 0, 1:
		return r.in(field, fold)
	case 2, 3:
		return compiler.Text{Field: field, Pattern: r.pattern(fold), Fold: fold}
	case 4:
		return r.regexp(field)
	case 5:
		if r.chance(60) {
			field = r.path(r.of.address)
		}
		return compiler.CIDR{Field: field, Prefix: netip.MustParsePrefix(pick(r, networks)).Masked()}
	case 6:
		return compiler.Num{Field: field, Op: compiler.Op(1 + r.IntN(4)), Bound: r.bound()}
	case 7:
		return r.timePart(field)
	case 8:
		return compiler.FieldEq{Field: field, Other: pick(r, r.paths), Relation: compiler.Relation(1 + r.IntN(4)), Fold: fold}
	case 9:
		if r.chance(50) {
			return compiler.Null{Field: field}
		}
		return compiler.Exists{Field: field}
	default:
		return compiler.Keyword{Pattern: r.pattern(fold).Open(true, true), Fold: fold}
	}
}

func folded(s string, fold bool) string {
	if fold {
		return sigma.Fold(s)
	}
	return s
}

func (r *random) in(field schema.Path, fold bool) compiler.Pred {
	var values []string
	for range 1 + r.IntN(12) {
		values = append(values, folded(r.text(), fold))
	}
	slices.Sort(values)
	return compiler.In{Field: field, Values: slices.Compact(values), Fold: fold}
}

// pattern gives literals and wildcards in any order, often the common shapes.
func (r *random) pattern(fold bool) sigma.Pattern {
	literal := func() string { return sigma.LiteralPattern(folded(r.text(), fold)).String() }
	var text string
	switch r.IntN(6) {
	case 0:
		text = literal() + "*"
	case 1:
		text = "*" + literal()
	case 2:
		text = "*" + literal() + "*"
	case 3:
		text = literal() + "*" + literal()
	default:
		for range 1 + r.IntN(4) {
			text += pick(r, []string{"*", "?", "??", "*?", "?*", literal()})
		}
	}
	p := sigma.ParsePattern(text)
	if _, plain := p.Plain(); plain {
		return p.Open(true, r.chance(50)) // a Text without wildcards is an In
	}
	return p
}

var networks = []string{
	"1.2.3.0/24", "1.2.3.4/32", "0.0.0.0/0", "10.0.0.0/8", "128.0.0.0/1", "1.2.3.128/25", "255.255.255.255/32",
	"::/0", "2001:db8::/32", "::ffff:0:0/96", "::1/128", "fe80::/10", "::/96", "2001:db8::1/127", "8000::/1", "1:2:3:4:5:6:100::/104",
}

var expressions = []string{
	"a", "^a", "b$", "^$", ".", "^.$", "^..$", "a.b", "[^a]", `\d+`, `\w`, `^\W+$`, `\s`, `\S+`, "(?i)k", "(?i)s", `\bk`, `\Bb`, "^(a|b)+$", `\x{212a}`, `\pL`,
	`\p{Greek}`, `\PL`, "[[:alpha:]]", "[[:^space:]]", "a*?b", ".*", `\\`, "'", "%|_", "(?:a|ab)(?:c|b)", "(ab){1,2}$", `\A`, `\z`, "$", "😀", "(?s)a.b", "ab(?:)", "abc(?:)|b", `[\x00-\x1f]`,
	`\Qa.b\E`, `[^\n]`, "(?U)a+", "(?m)^b", "(?m)a$", "(?i:ß)", "(?i)é", `\x{1F600}`, "[a-z]", "(?i)[^a-z]", `\.`, "^[0-9.]+$", "^-?\\d+$", "true|null", "", "a||b", "(?i)Σ", "[[:word:]]", `\t`, `"`,
	"^a.*b$", "^ab", "ab$", "^ab$", "a.*b", "_", "%", "a_b", "^%", "(?P<name>a)b?", "[]a]", `[\]\\]`, `(?i)\x{130}`, `\x{10428}`, `(?i)\x{10428}`,
}

func (r *random) regexp(field schema.Path) compiler.Pred {
	for {
		p := compiler.Regexp{Field: field, Prefix: r.chance(15), Suffix: r.chance(15)}
		switch n := r.IntN(100); {
		case n < 25:
			p.Expr = regexp.QuoteMeta(r.text())
		case n < 60:
			p.Expr = r.expression(3)
		default:
			p.Expr = pick(r, expressions)
		}
		p.Flags = compiler.RegexpFlags{IgnoreCase: r.chance(30), Multiline: r.chance(20), DotAll: r.chance(20)}
		if _, err := syntax.Parse(p.Source(), syntax.Perl); err == nil {
			return p
		}
	}
}

// expression gives one of RE2's, of the characters that texts are made of.
func (r *random) expression(depth int) string {
	if depth == 0 {
		return r.oneCharacter()
	}
	inner := func() string { return r.expression(depth - 1) }
	switch r.IntN(8) {
	case 0, 1:
		return inner() + inner()
	case 2:
		return "(?:" + inner() + "|" + inner() + ")"
	case 3:
		return "(" + inner() + ")" + pick(r, []string{"*", "+", "?", "*?", "??", "{0,2}", "{1,2}", "{2}", "{1,}"})
	case 4:
		return pick(r, []string{"^", `\A`, "(?m:^)"}) + inner()
	case 5:
		return inner() + pick(r, []string{"$", `\z`, "(?m:$)"})
	case 6:
		return pick(r, []string{"(?i:", "(?s:", "(?-i:", "(?m:"}) + inner() + ")"
	default:
		return r.oneCharacter()
	}
}

// oneCharacter gives an expression that takes a character or a few, or none.
func (r *random) oneCharacter() string {
	literal := func() string { return regexp.QuoteMeta(pick(r, r.atoms)) }
	switch r.IntN(10) {
	case 0:
		return pick(r, []string{".", ".", `\d`, `\w`, `\W`, `\s`, `\S`, `\pL`, `\PL`, "[[:punct:]]", ""})
	case 1:
		return "[" + literal() + literal() + "]"
	case 2:
		return "[^" + literal() + "]"
	default:
		return literal()
	}
}

func (r *random) bound() record.Decimal {
	for {
		list := numerals
		if r.chance(40) {
			list = oddities
		}
		if d, ok := record.ParseDecimal(pick(r, list)); ok {
			return d
		}
	}
}

func (r *random) timePart(field schema.Path) compiler.Pred {
	if r.chance(60) {
		field = r.path(r.of.time)
	}
	p := compiler.TimePart{Field: field, Part: compiler.Part(1 + r.IntN(6)), Op: compiler.Op(1 + r.IntN(5))}
	p.Bound = pick(r, []int{0, 1, 3, 5, 8, 12, 23, 29, 31, 52, 53, 59, 2026, 2020, -1, 9999, 100000})
	return p
}

// dump writes a predicate for a person who looks for what went wrong.
func dump(p compiler.Pred) string {
	list := func(name string, of []compiler.Pred) string {
		parts := make([]string, len(of))
		for i, q := range of {
			parts[i] = dump(q)
		}
		return name + "(" + strings.Join(parts, ", ") + ")"
	}
	switch p := p.(type) {
	case compiler.All:
		return list("all", p.Of)
	case compiler.Any:
		return list("any", p.Of)
	case compiler.Not:
		return "not " + dump(p.Of)
	case compiler.Const:
		return fmt.Sprint(p.Value)
	case compiler.In:
		return fmt.Sprintf("%q in %q fold=%v", p.Field.Name(), p.Values, p.Fold)
	case compiler.Text:
		return fmt.Sprintf("%q like %q fold=%v", p.Field.Name(), p.Pattern.String(), p.Fold)
	case compiler.Regexp:
		return fmt.Sprintf("%q matches %q", p.Field.Name(), p.Source())
	case compiler.CIDR:
		return fmt.Sprintf("%q inside %s", p.Field.Name(), p.Prefix)
	case compiler.Num:
		return fmt.Sprintf("%q op%d %s", p.Field.Name(), p.Op, p.Bound)
	case compiler.TimePart:
		return fmt.Sprintf("part%d of %q op%d %d", p.Part, p.Field.Name(), p.Op, p.Bound)
	case compiler.FieldEq:
		return fmt.Sprintf("%q relation%d %q fold=%v", p.Field.Name(), p.Relation, p.Other.Name(), p.Fold)
	case compiler.Null:
		return fmt.Sprintf("%q null", p.Field.Name())
	case compiler.Exists:
		return fmt.Sprintf("%q exists", p.Field.Name())
	case compiler.Keyword:
		return fmt.Sprintf("keyword %q fold=%v", p.Pattern.String(), p.Fold)
	default:
		panic(fmt.Sprintf("no predicate: %T", p))
	}
}

// parts gives the predicates inside a predicate, the smallest first.
func parts(p compiler.Pred) []compiler.Pred {
	var out []compiler.Pred
	switch q := p.(type) {
	case compiler.All:
		for _, x := range q.Of {
			out = append(out, parts(x)...)
		}
	case compiler.Any:
		for _, x := range q.Of {
			out = append(out, parts(x)...)
		}
	case compiler.Not:
		out = parts(q.Of)
	}
	return append(out, p)
}
