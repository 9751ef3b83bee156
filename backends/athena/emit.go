package athena

import (
	"fmt"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// Engine is the entry in the list of engines. Queries can be written, not run.
var Engine = backends.Engine{Name: "athena", Writes: true, New: newBackend}

type backend struct{ target *compiler.Target }

// newBackend chooses a table layout for each source: the named one, else the
// first.
func newBackend(c backends.Config) (backends.Backend, error) {
	layouts := map[string]*schema.Layout{}
	for _, source := range schema.Names() {
		known := schema.AthenaLayouts(source)
		layouts[source] = known[0]
		if want := c.Layouts[source]; want != "" {
			if layouts[source] = find(known, want); layouts[source] == nil {
				return nil, fmt.Errorf("there is no layout %q for %s: the layouts are %s", want, source, names(known))
			}
		}
	}
	for source := range c.Layouts {
		if layouts[source] == nil {
			return nil, fmt.Errorf("there is no source %q: the sources are %s", source, strings.Join(schema.Names(), ", "))
		}
	}
	layouts[schema.Open.Name] = schema.OpenLayout
	return backend{newTarget(layouts)}, nil
}

func find(layouts []*schema.Layout, name string) *schema.Layout {
	for _, l := range layouts {
		if l.Name == name {
			return l
		}
	}
	return nil
}

func names(layouts []*schema.Layout) string {
	var list []string
	for _, l := range layouts {
		list = append(list, l.Name)
	}
	return strings.Join(list, ", ")
}

// Target says what Athena can say over the chosen tables.
func (b backend) Target() *compiler.Target { return b.target }

// Emit writes the query of one rule.
func (b backend) Emit(batch compiler.Batch, w backends.Window) (backends.Query, error) {
	plan := batch.Plans[0]
	layout := b.target.Layouts[batch.Source.Name]
	var text strings.Builder
	text.WriteString(sqlgen.Header(plan.Rule))
	if plan.Residual != nil {
		text.WriteString("-- a superset: Athena cannot say all of the rule\n")
	}
	tests := partitionTests(layout, w)
	if at, _, ok := layout.Source.Resolve(layout.Source.Time); ok {
		tests = append(tests, sqlgen.InWindow(dialect{layout}.Access(at, false).Column, layout.Source, w)...)
	}
	tests = append(tests, sqlgen.Predicate(plan.Where, dialect{layout}))
	fmt.Fprintf(&text, "SELECT %s\nFROM %s\nWHERE %s\n", strings.Join(selected(plan, layout), ", "),
		sqlgen.Ident(layout.Table), sqlgen.Print(sqlgen.And(tests...), "  "))
	if text.Len() > maxQuery {
		return backends.Query{}, fmt.Errorf("the query of %s is longer than the %d bytes that Athena takes", diag.Printable(plan.Rule.Title), maxQuery)
	}
	return backends.Query{Target: b.target.Name, Batch: batch, Text: text.String(), Table: layout.Table, Window: w}, nil
}

// selected gives the columns that a person wants to see: time, id, and those
// that hold the fields to show; all where neither rule nor source names any.
func selected(plan *compiler.Plan, layout *schema.Layout) []string {
	var columns []string
	seen := map[string]bool{}
	add := func(name string) {
		p, _, ok := plan.Source.Resolve(name)
		if !ok {
			return
		}
		if steps, _, ok := layout.Locate(p); ok && !seen[steps[0].Name] {
			seen[steps[0].Name] = true
			columns = append(columns, sqlgen.Ident(steps[0].Name).String())
		}
	}
	for _, name := range []string{plan.Source.Time, plan.Source.ID, plan.Source.Anchor} {
		add(name)
	}
	for _, p := range plan.Show {
		add(p.Name())
	}
	if len(columns) == 0 {
		return []string{"*"}
	}
	return columns
}
