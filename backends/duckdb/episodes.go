package duckdb

import (
	"strconv"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/backends/sqlgen/episodes"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// statement writes one statement for a correlation and its rules.
func (backend) statement(of *compiler.CorrelationPlan, legal map[*sigma.Rule]*compiler.Plan, w backends.Window) (backends.CorrelationQuery, error) {
	body, err := episodes.Write(of, legal, lists{}, w)
	if err != nil {
		return backends.CorrelationQuery{}, err
	}
	body += ";\n"
	text := sqlgen.Header(&of.Rule.Header) + prelude(body) + body
	return backends.CorrelationQuery{Target: target.Name, Of: of, Text: text, Table: of.Bases()[0].Source.Name, Window: w}, nil
}

// lists is what DuckDB says of lists, and of what else statements of episodes
// need.
type lists struct{}

func (lists) Reader(s *schema.Source, w backends.Window) episodes.Reader {
	return reading{dialect{s}, w}
}

func (lists) List(items ...string) string { return "[" + strings.Join(items, ", ") + "]" }

func (lists) Transform(list, variable, of string) string {
	return "list_transform(" + list + ", lambda " + variable + ": " + of + ")"
}

func (lists) Filter(list, variable, test string) string {
	return "list_filter(" + list + ", lambda " + variable + ": " + test + ")"
}

func (lists) Element(list, at string) string { return "list_extract(" + list + ", " + at + ")" }
func (lists) Length(list string) string      { return "len(" + list + ")" }
func (lists) Total(list string) string       { return "coalesce(list_sum(" + list + "), 0)" }
func (lists) JSON(list string) string        { return "CAST(to_json(" + list + ") AS VARCHAR)" }

func (lists) Head(list string, n int) string {
	return "list_slice(" + list + ", 1, " + strconv.Itoa(n) + ")"
}

func (lists) Unnest(columns, list, name, from string) string {
	return "SELECT " + columns + ", unnest(" + list + ") AS " + name + "\nFROM " + from
}

// Once keeps the optimizer from pushing tests down through a chain of
// correlations, for which it takes time that is a power of their number.
func (lists) Once() string { return "MATERIALIZED " }

func (lists) Alike(columns ...string) string { return "hash(" + strings.Join(columns, ", ") + ")" }

func (lists) Wide() string                { return "HUGEINT" }
func (lists) Quotient(a, b string) string { return a + " // " + b }
func (lists) Bytes(text string) string    { return "strlen(" + text + ")" }

func (lists) Matches(text, expression string) string {
	return "regexp_full_match(" + text + ", " + sqlgen.Str(expression).String() + ")"
}

// Clock spells the digits out by itself: the %n of DuckDB 1.5 reaches beyond its
// buffer.
func (lists) Clock(nanoseconds string) string { return "sigma_clock(" + nanoseconds + ")" }

// reading reads the table that doc.go describes.
type reading struct {
	dialect
	window backends.Window
}

func (r reading) Table() sqlgen.Expr { return sqlgen.Ident(r.source.Name) }

func (r reading) Bounds() []sqlgen.Expr {
	return sqlgen.InWindow(sqlgen.Ident(r.source.Time), r.source, r.window)
}

func (r reading) Test(p *compiler.Plan) sqlgen.Expr { return sqlgen.Predicate(p.Where, r.dialect) }

func (r reading) MayMatch(plans []*compiler.Plan) sqlgen.Expr {
	tests := make([]sqlgen.Expr, len(plans))
	for i, p := range plans {
		tests[i] = r.Test(p)
	}
	return mayMatch(compiler.Batch{Source: r.source, Plans: plans}, tests, r.dialect)
}

func (reading) Odd() sqlgen.Expr { return sqlgen.Raw("irregular") }

// ID gives what eval.EventID does: a column of the source, or a hash of the
// record. true and false may be of no text, which identifies nothing.
func (r reading) ID() (sqlgen.Expr, error) {
	if r.source.ID == "" {
		hash := sqlgen.Call("sha256", sqlgen.Ident("record"))
		return sqlgen.Call("substr", hash, sqlgen.Int(1), sqlgen.Int(32)), nil
	}
	id := sqlgen.Ident(r.source.ID)
	return sqlgen.If(sqlgen.Not(sqlgen.In(id, sqlgen.Str(""), sqlgen.Str("true"), sqlgen.Str("false"))), id), nil
}

// Nanos keeps to the years of which nanoseconds can be counted in 64 bits.
func (r reading) Nanos() sqlgen.Expr {
	at := sqlgen.Ident(r.source.Time)
	if r.source.TimeUnix {
		return sqlgen.If(sqlgen.Between(at, sqlgen.Int(-2_000_000_000), sqlgen.Int(7_000_000_000)), sqlgen.Times(at, 1_000_000_000))
	}
	return sqlgen.Call("sigma_nanos", at)
}

func (r reading) Scalar(p schema.Path) bool { return !r.Access(p, sqlgen.Asks{}).Column.IsZero() }

func (r reading) First(p schema.Path) (text, odd sqlgen.Expr, err error) {
	switch a := r.Access(p, sqlgen.Asks{}); {
	case a.Column.IsZero():
		return sqlgen.Call("list_extract", someTexts(a.List), sqlgen.Int(1)), odd, nil
	case a.Number:
		return r.NumberText(a.Column), odd, nil
	default:
		return a.Column, odd, nil
	}
}

func (r reading) All(p schema.Path) (list, odd sqlgen.Expr, err error) {
	if !r.Scalar(p) {
		return someTexts(r.Access(p, sqlgen.Asks{}).List), odd, nil
	}
	text, odd, err := r.First(p)
	return someTexts(sqlgen.List("[", text)), odd, err
}

// someTexts leaves what is NULL out of a list.
func someTexts(list sqlgen.Expr) sqlgen.Expr {
	x := sqlgen.Raw("x")
	return sqlgen.Call("list_filter", list, sqlgen.Lambda("lambda ", x, ": ", sqlgen.IsNotNull(x)))
}
