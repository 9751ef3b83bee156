package athena

import (
	"maps"
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// cell is one column of a query's answer: where its text belongs in the record,
// and how it is read.
type cell struct {
	keys  []string // from the record's top
	last  schema.Column
	typ   schema.Type // that the source declares
	expr  sqlgen.Expr
	order []int // its place among the layout's columns, a number a level

	// Of several plans: the texts of the source's anchor field with which a rule
	// looks at the cell; nil where it is always wanted.
	when map[string]bool
}

// name gives what the query calls the cell.
func (c *cell) name() string { return strings.Join(c.keys, ".") }

// text writes the cell in a list of SELECT. What few rules look at is read for
// the events alone that they can match: anchor is that field in lower case.
func (c *cell) text(anchor sqlgen.Expr) string {
	expr := c.expr.String()
	if c.when != nil && !anchor.IsZero() {
		return sqlgen.If(sqlgen.In(anchor, literals(c.when)...), c.expr).String() + " AS " + sqlgen.Ident(c.name()).String()
	}
	if len(c.keys) == 1 && strings.EqualFold(expr, c.keys[0]) {
		return expr
	}
	return expr + " AS " + sqlgen.Ident(c.name()).String()
}

// shape gives the cells of a batch's answer, in the layout's order: what shows
// and dates an event, and where the evaluator has a say all that it looks at.
// A source without identity needs whole events, whose text identifies them.
func shape(b compiler.Batch, layout *schema.Layout) []*cell {
	s := &shaper{layout: layout, seen: map[string]*cell{}}
	source := b.Source
	whole := source.ID == ""
	for _, name := range slices.Concat([]string{source.Time, source.ID, source.Anchor},
		source.Columns.Who, source.Columns.From, source.Columns.What, source.Columns.Where) {
		if p, _, ok := source.Resolve(name); ok {
			s.add(p)
		}
	}
	for _, plan := range b.Plans {
		for _, p := range plan.Show {
			s.add(p)
		}
		decided := plan.Residual
		if decided == nil && len(b.Plans) > 1 {
			decided = plan
		}
		if decided == nil {
			continue
		}
		s.when = nil
		if needed, known := compiler.Needed(decided.Where, source.Anchor); known && len(b.Plans) > 1 {
			s.when = setOf(needed)
		}
		compiler.Walk(decided.Where, func(p compiler.Pred) {
			if _, ok := p.(compiler.Keyword); ok {
				whole = true
			}
			for _, f := range compiler.Fields(p) {
				s.add(f)
			}
		})
		s.when = nil
	}
	if whole {
		for i, c := range layout.Columns {
			s.leaves([]schema.Column{c}, []int{i})
		}
	}
	slices.SortStableFunc(s.cells, func(a, b *cell) int { return slices.Compare(a.order, b.order) })
	return s.cells
}

// want has the cell be there for more texts of the anchor, or always.
func (c *cell) want(when map[string]bool) {
	if when == nil {
		c.when = nil
	} else if c.when != nil {
		maps.Copy(c.when, when)
	}
}

type shaper struct {
	layout *schema.Layout
	cells  []*cell
	seen   map[string]*cell // by name
	when   map[string]bool  // what is added now is for; nil: always
}

func setOf(texts []string) map[string]bool {
	set := map[string]bool{}
	for _, t := range texts {
		set[t] = true
	}
	return set
}

func literals(set map[string]bool) []sqlgen.Expr {
	var list []sqlgen.Expr
	for _, t := range slices.Sorted(maps.Keys(set)) {
		list = append(list, sqlgen.Str(t))
	}
	return list
}

// add adds the cells that hold a path, if the layout has it.
func (s *shaper) add(p schema.Path) {
	steps, _, ok := s.layout.Locate(p)
	if !ok {
		return
	}
	if s.layout.Source.AnyField {
		s.cell(steps, nil)
		return
	}
	order := make([]int, 0, len(steps))
	columns := s.layout.Columns
	for i, step := range steps {
		order = append(order, slices.IndexFunc(columns, func(c schema.Column) bool { return c.Field == step.Field }))
		if step.Type == schema.RowList { // is taken whole
			steps = steps[:i+1]
			break
		}
		columns = step.Members
	}
	if steps[len(steps)-1].Type == schema.Row { // one whose members are all NULL is there as well
		s.cell(steps, order)
	}
	s.leaves(steps, order)
}

// leaves adds a column's cell, or those of all members of a struct.
func (s *shaper) leaves(steps []schema.Column, order []int) {
	last := steps[len(steps)-1]
	if last.Type != schema.Row {
		s.cell(steps, order)
		return
	}
	for i, m := range last.Members {
		s.leaves(append(steps[:len(steps):len(steps)], m), append(order[:len(order):len(order)], i))
	}
}

func (s *shaper) cell(steps []schema.Column, order []int) {
	c := &cell{last: steps[len(steps)-1], order: order}
	if c.last.Type == schema.Opaque {
		return
	}
	for _, step := range steps {
		c.keys = append(c.keys, step.Field)
	}
	if before := s.seen[c.name()]; before != nil {
		before.want(s.when)
		return
	}
	s.seen[c.name()] = c
	c.when = maps.Clone(s.when)
	if p, _, ok := s.layout.Source.Resolve(c.name()); ok {
		c.typ = p.Type
	}
	c.expr = dialect{layout: s.layout}.answer(steps)
	s.cells = append(s.cells, c)
}
