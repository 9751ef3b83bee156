package duckdb

import (
	"fmt"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/compiler"
)

// Engine is the entry in the list of engines.
var Engine = backends.Engine{Name: target.Name, ReadsFiles: true, Language: &backends.Language{Extension: ".sql", Comment: "-- "}, Tables: &tables, New: newBackend, Open: open}

type backend struct{}

func newBackend(backends.Config) (backends.Backend, error) { return backend{}, nil }

// Target says what DuckDB can say.
func (backend) Target() *compiler.Target { return &target }

// WritesCorrelations returns the statement of a correlation.
func (b backend) WritesCorrelations() backends.CorrelationWriter {
	return backends.CorrelationWriter{Statement: b.statement}
}

// Emit writes one statement for all plans of the batch, which are of one
// source. Its rows tell by number which plans matched.
func (backend) Emit(b compiler.Batch, w backends.Window) (backends.Query, error) {
	d := dialect{b.Source}
	var text strings.Builder
	if len(b.Plans) == 1 {
		text.WriteString(sqlgen.Header(&b.Plans[0].Rule.Header))
	}
	body := selectText(b, d, w)
	text.WriteString(prelude(body))
	text.WriteString(body)
	return backends.Query{Target: target.Name, Batch: b, Text: text.String(), Table: b.Source.Name, Window: w}, nil
}

func selectText(b compiler.Batch, d dialect, w backends.Window) string {
	tests := make([]sqlgen.Expr, len(b.Plans))
	for i, p := range b.Plans {
		tests[i] = sqlgen.Predicate(p.Where, d)
	}
	var text strings.Builder
	text.WriteString("SELECT _file, _index, irregular, record, ")
	filter := tests[0]
	if len(b.Plans) == 1 {
		text.WriteString("[0] AS rules\n")
	} else {
		text.WriteString("list_filter([\n")
		for i, test := range tests {
			comma := ","
			if i == len(tests)-1 {
				comma = ""
			}
			fmt.Fprintf(&text, "  CASE WHEN %s THEN %d END%s\n", sqlgen.Print(test, "    "), i, comma)
		}
		text.WriteString("], lambda r: r IS NOT NULL) AS rules\n")
		filter = mayMatch(b, tests, d)
	}
	where := sqlgen.Or(sqlgen.Raw("irregular"), sqlgen.And(append(sqlgen.InWindow(sqlgen.Ident(b.Source.Time), b.Source, w), filter)...))
	fmt.Fprintf(&text, "FROM %s\nWHERE %s\nORDER BY _file, _index;\n", sqlgen.Ident(b.Source.Name), sqlgen.Print(where, "  "))
	return text.String()
}

// mayMatch gives a test that holds wherever some plan does: the values that the
// plans need in the anchor field, and the tests of plans that need none. It is
// cheaper than all tests, which then run on few rows.
func mayMatch(b compiler.Batch, tests []sqlgen.Expr, d dialect) sqlgen.Expr {
	anchor, _, ok := b.Source.Resolve(b.Source.Anchor)
	if !ok {
		return sqlgen.Or(tests...)
	}
	access := d.Access(anchor, sqlgen.Asks{})
	if access.Number {
		return sqlgen.Or(tests...)
	}
	var texts []sqlgen.Expr
	seen := map[string]bool{}
	var rest []sqlgen.Expr
	for i, p := range b.Plans {
		needed, known := compiler.Needed(p.Where, anchor.Name())
		if !known {
			rest = append(rest, tests[i])
		}
		for _, t := range needed {
			if !seen[t] {
				seen[t] = true
				texts = append(texts, sqlgen.Str(t))
			}
		}
	}
	if len(texts) > 0 {
		rest = append([]sqlgen.Expr{sqlgen.In(d.Fold(access.Column, ""), texts...)}, rest...)
	}
	return sqlgen.Or(rest...)
}
