package athena

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/backends/sqlgen/episodes"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// statement writes one statement for a correlation and its rules.
func (b backend) statement(of *compiler.CorrelationPlan, legal map[*sigma.Rule]*compiler.Plan, w backends.Window) (backends.CorrelationQuery, error) {
	body, err := episodes.Write(of, legal, lists{b.target.Layouts}, w)
	if err != nil {
		return backends.CorrelationQuery{}, err
	}
	text := sqlgen.Header(&of.Rule.Header) + body + "\n"
	if len(text) > maxQuery {
		return backends.CorrelationQuery{}, fmt.Errorf("the statement of %s is longer than the %d bytes that Athena takes", diag.Printable(of.Rule.Title), maxQuery)
	}
	table := b.target.Layouts[of.Bases()[0].Source.Name].Table
	return backends.CorrelationQuery{Target: b.target.Name, Of: of, Text: text, Table: table, Window: w}, nil
}

// lists is what Trino says of lists, and of what else statements of episodes
// need.
type lists struct{ layouts map[string]*schema.Layout }

func (l lists) Reader(s *schema.Source, w backends.Window) episodes.Reader {
	return reading{dialect: dialect{layout: l.layouts[s.Name]}, window: w}
}

func (lists) List(items ...string) string { return "ARRAY[" + strings.Join(items, ", ") + "]" }

func (lists) Transform(list, variable, of string) string {
	return "transform(" + list + ", " + variable + " -> " + of + ")"
}

func (lists) Filter(list, variable, test string) string {
	return "filter(" + list + ", " + variable + " -> " + test + ")"
}

func (lists) Element(list, at string) string { return "element_at(" + list + ", " + at + ")" }
func (lists) Length(list string) string      { return "cardinality(" + list + ")" }

func (l lists) Total(list string) string {
	return "reduce(" + list + ", CAST(0 AS " + l.Wide() + "), (a, x) -> CAST(a + x AS " + l.Wide() + "), a -> a)"
}

func (lists) JSON(list string) string { return "json_format(CAST(" + list + " AS json))" }

func (lists) Head(list string, n int) string {
	return "slice(" + list + ", 1, " + strconv.Itoa(n) + ")"
}

func (lists) Unnest(columns, list, name, from string) string {
	return "SELECT " + columns + ", " + name + "\nFROM " + from + " CROSS JOIN UNNEST(" + list + ") AS each (" + name + ")"
}

// Once has nothing to say: Trino writes each part where it is referred to.
func (lists) Once() string { return "" }

func (lists) Alike(columns ...string) string { return strings.Join(columns, ", ") }

func (lists) Wide() string                { return "DECIMAL(38, 0)" }
func (lists) Quotient(a, b string) string { return a + " / " + b }
func (lists) Bytes(text string) string    { return "length(to_utf8(" + text + "))" }

func (lists) Matches(text, expression string) string {
	return "regexp_like(" + text + ", " + sqlgen.Str(`\A(?:`+expression+`)\z`).String() + ")"
}

func (lists) Clock(nanoseconds string) string {
	return "to_iso8601(from_unixtime_nanos(" + nanoseconds + "))"
}

// reading reads a layout's table.
type reading struct {
	dialect
	window backends.Window
}

func (r reading) Table() sqlgen.Expr { return sqlgen.Ident(r.layout.Table) }

func (r reading) Bounds() []sqlgen.Expr { return bounds(r.dialect, r.window) }

func (r reading) Test(p *compiler.Plan) sqlgen.Expr {
	return sqlgen.Chunk(sqlgen.Predicate(p.Where, r.dialect), maxWeight, lambda)
}

func (r reading) MayMatch(plans []*compiler.Plan) sqlgen.Expr { return anyOf(plans, r.dialect) }

func (reading) Odd() sqlgen.Expr { return sqlgen.Expr{} }

// ID gives the source's column. What has none there is known by a hash of the
// record that is made of the row.
func (r reading) ID() (sqlgen.Expr, error) {
	id, err := r.column(r.layout.Source.ID)
	return sqlgen.Call("nullif", id, sqlgen.Str("")), err
}

// column gives the text of a top-level field that has a column of its own.
func (r reading) column(name string) (sqlgen.Expr, error) {
	p, _, ok := r.layout.Source.Resolve(name)
	if ok {
		_, _, ok = r.layout.Locate(p)
	}
	if !ok || !r.Scalar(p) {
		return sqlgen.Expr{}, fmt.Errorf("the table layout %s has no column of text for %q", r.layout.Name, name)
	}
	return r.Access(p, sqlgen.Asks{}).Column, nil
}

// Nanos keeps to the years of which nanoseconds can be counted in 64 bits.
func (r reading) Nanos() sqlgen.Expr {
	text, err := r.column(r.layout.Source.Time)
	if err != nil {
		return sqlgen.Cast("CAST", sqlgen.Raw("NULL"), "BIGINT")
	}
	plain := sqlgen.Call("regexp_like", text, sqlgen.Str(`\A(19[1-9]|20[0-9]|21[0-8])[0-9]-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|\+00:00)\z`))
	day := sqlgen.Call("replace", sqlgen.Call("substr", text, sqlgen.Int(1), sqlgen.Int(19)), sqlgen.Str("T"), sqlgen.Str(" "))
	seconds := sqlgen.Call("date_diff", sqlgen.Str("second"), sqlgen.Raw("TIMESTAMP '1970-01-01 00:00:00'"), sqlgen.Cast("try_cast", day, "timestamp(0)"))
	digits := sqlgen.Call("coalesce", sqlgen.Call("regexp_extract", text, sqlgen.Str(`\.([0-9]{1,9})`), sqlgen.Int(1)), sqlgen.Str("0"))
	fraction := sqlgen.Cast("CAST", sqlgen.Call("rpad", digits, sqlgen.Int(9), sqlgen.Str("0")), "BIGINT")
	return sqlgen.If(plain, sqlgen.Plus(sqlgen.Times(seconds, 1_000_000_000), fraction))
}

// Scalar holds of what lies neither in JSON nor in a list.
func (r reading) Scalar(p schema.Path) bool { return !r.Access(p, sqlgen.Asks{}).Column.IsZero() }

// unread is why a field's leaves cannot be told as the rows tell them; empty
// where they can.
func (r reading) unread(p schema.Path) string {
	steps, _, _ := r.layout.Locate(p)
	for i, s := range steps {
		last := i == len(steps)-1
		switch {
		case s.Type == schema.TextMap:
			return "lies in a map"
		case s.Type == schema.RowList && r.layout.NullText != "":
			return "lies in a list where a text stands for null"
		case last && (s.Type == schema.Row || s.Type == schema.RowList):
			return "is a whole struct"
		case last && s.Type == schema.Varchar && p.Type == schema.JSON:
			return "is JSON in a column of text"
		}
	}
	return ""
}

func (r reading) First(p schema.Path) (text, odd sqlgen.Expr, err error) {
	if r.Scalar(p) {
		return r.scalar(p)
	}
	list, odd, err := r.All(p)
	return sqlgen.Call("element_at", list, sqlgen.Int(1)), odd, err
}

// scalar gives a column's text. That of a number is doubtful where it is neither
// plain nor could be made so.
func (r reading) scalar(p schema.Path) (text, odd sqlgen.Expr, err error) {
	if why := r.unread(p); why != "" {
		return text, odd, fmt.Errorf("%s %s in the table layout %s", p.Name(), why, r.layout.Name)
	}
	a := r.Access(p, sqlgen.Asks{Numbers: true})
	switch {
	case a.Number:
		return r.NumberText(a.Column), odd, nil
	case p.Type == schema.Number:
		return a.Column, doubtful(a.Column), nil
	default:
		return a.Column, odd, nil
	}
}

// plainNumber matches the numbers whose text here is that of the evaluator.
const plainNumber = `\A-?(0|[1-9][0-9]{0,17})(\.[0-9]{0,14}[1-9])?\z`

func doubtful(text sqlgen.Expr) sqlgen.Expr {
	numeric := sqlgen.Call("regexp_like", text, sqlgen.Str(`\A-?[0-9]`))
	minusZero := sqlgen.Compare(text, "=", sqlgen.Str("-0"))
	return sqlgen.And(numeric, sqlgen.Or(minusZero, sqlgen.Not(sqlgen.Call("regexp_like", text, sqlgen.Str(plainNumber)))))
}

// All gives the leaves' texts. Trino's JSON functions spell objects in an order
// of their own, read numbers with fractions as doubles, and know no lone
// surrogates; lists are opened three deep. What is no JSON, the rows hold as text.
func (r reading) All(p schema.Path) (list, odd sqlgen.Expr, err error) {
	if why := r.unread(p); why != "" {
		return list, odd, fmt.Errorf("%s %s in the table layout %s", p.Name(), why, r.layout.Name)
	}
	x := sqlgen.Raw("x")
	texts := func(list sqlgen.Expr, text func(sqlgen.Expr) sqlgen.Expr) sqlgen.Expr {
		all := sqlgen.Call("transform", list, sqlgen.Lambda("", x, " -> ", text(x)))
		return sqlgen.Call("filter", all, sqlgen.Lambda("", x, " -> ", sqlgen.IsNotNull(x)))
	}
	a := r.Access(p, sqlgen.Asks{Objects: true, Numbers: true})
	if !a.Column.IsZero() {
		text, odd, err := r.scalar(p)
		return texts(sqlgen.List("ARRAY[", text), func(x sqlgen.Expr) sqlgen.Expr { return x }), odd, err
	}
	steps, _, _ := r.layout.Locate(p)
	if _, member := place(steps); member != nil {
		return texts(a.List, a.Text), odd, nil
	}
	return texts(a.List, a.Text), r.oddLeaves(steps, a), nil
}

// oddLeaves holds where some leaf in JSON may have another text than the
// evaluator gives it.
func (r reading) oddLeaves(steps []schema.Column, a sqlgen.Access) sqlgen.Expr {
	x := sqlgen.Raw("x")
	column, _ := place(steps)
	like := func(text sqlgen.Expr, expression string) sqlgen.Expr {
		return sqlgen.Call("regexp_like", text, sqlgen.Str(expression))
	}
	written := sqlgen.Call("json_format", x)
	number := sqlgen.Raw(`regexp_like(json_format(x), '\A-?[0-9]')`)
	leaf := sqlgen.Or(
		like(written, `\A[\[{]`),
		sqlgen.And(number, sqlgen.Not(like(a.Text(x), plainNumber))),
		sqlgen.And(number, like(written, `[.eE]`), like(column, `[0-9][0-9.]{15,}`)))
	test := sqlgen.Call("any_match", a.List, sqlgen.Lambda("", x, " -> ", leaf))
	broken := sqlgen.And(sqlgen.IsNotNull(column), sqlgen.IsNull(parsed(column)))
	return sqlgen.Or(test, broken, like(column, `\\u[dD][89a-fA-F]`))
}
