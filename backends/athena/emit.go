package athena

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// Engine is the entry in the list of engines.
var Engine = backends.Engine{Name: "athena", Language: &backends.Language{Extension: ".sql", Comment: "-- "}, Tables: &tables, Settings: newSettings, New: newBackend, Open: open}

type backend struct{ target *compiler.Target }

// newBackend chooses a table layout for each source: the named one, else the
// first.
func newBackend(c backends.Config) (backends.Backend, error) {
	layouts, err := schema.ChooseLayouts(c.Layouts, Choose)
	if err != nil {
		return nil, err
	}
	return backend{newTarget(layouts)}, nil
}

// Target says what Athena can say over the chosen tables.
func (b backend) Target() *compiler.Target { return b.target }

// WritesCorrelations returns the statement of a correlation.
func (b backend) WritesCorrelations() backends.CorrelationWriter {
	return backends.CorrelationWriter{Statement: b.statement}
}

// Emit writes one statement for all plans of the batch, which are of one source.
func (b backend) Emit(batch compiler.Batch, w backends.Window) (backends.Query, error) {
	layout := b.target.Layouts[batch.Source.Name]
	d := dialect{layout: layout}
	var text strings.Builder
	if len(batch.Plans) == 1 {
		text.WriteString(sqlgen.Header(&batch.Plans[0].Rule.Header))
	}
	if slices.ContainsFunc(batch.Plans, func(p *compiler.Plan) bool { return p.Residual != nil }) {
		text.WriteString("-- a superset: Athena cannot say all of it\n")
	}
	within := bounds(d, w)
	cells := shape(batch, layout)
	if f := fuse(batch, d); f != nil {
		f.write(&text, cells, within)
	} else {
		test := anyOf(batch.Plans, d)
		fmt.Fprintf(&text, "SELECT %s\nFROM %s\nWHERE %s\n", selected(cells, sqlgen.Expr{}), sqlgen.Ident(layout.Table), sqlgen.Print(sqlgen.And(append(within, test)...), "  "))
	}
	if text.Len() > maxQuery {
		return backends.Query{}, backends.TooLarge("the query of %s is longer than the %d bytes that Athena takes", titles(batch), maxQuery)
	}
	return backends.Query{Target: b.target.Name, Batch: batch, Text: text.String(), Table: layout.Table, Window: w}, nil
}

// bounds keep to a window, and to the partitions that may hold its events.
func bounds(d dialect, w backends.Window) []sqlgen.Expr {
	tests := partitionTests(d.layout, w)
	if at, _, ok := d.layout.Source.Resolve(d.layout.Source.Time); ok {
		tests = append(tests, sqlgen.InWindow(d.Access(at, sqlgen.Asks{}).Column, d.layout.Source, w)...)
	}
	return tests
}

func titles(batch compiler.Batch) string {
	if n := len(batch.Plans); n > 1 {
		return fmt.Sprintf("%d rules", n)
	}
	return diag.Printable(batch.Plans[0].Rule.Title)
}

// selected writes the columns of the answer; all where neither rule nor source
// names any.
func selected(cells []*cell, anchor sqlgen.Expr) string {
	var columns []string
	for _, c := range cells {
		columns = append(columns, c.text(anchor))
	}
	if len(columns) == 0 {
		return "*"
	}
	return lines(columns)
}

// lines joins columns by commas, over lines of a width that people read.
func lines(columns []string) string {
	const width = 100
	var text strings.Builder
	used := 0
	for i, c := range columns {
		switch {
		case i == 0:
		case used+len(c) > width:
			text.WriteString(",\n  ")
			used = 0
		default:
			text.WriteString(", ")
		}
		text.WriteString(c)
		used += len(c) + 2
	}
	return text.String()
}
