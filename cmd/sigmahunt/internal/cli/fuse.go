package cli

import (
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// fuse writes all plans in the fewest queries that the engine takes.
func (a *app) fuse(plans []*compiler.Plan, emit backends.Emit, w backends.Window, o *compileOptions) []written {
	plans = slices.DeleteFunc(slices.Clone(plans), func(p *compiler.Plan) bool { return a.tooWide(p, o) })
	var out []written
	for _, batch := range compiler.Fuse(plans, o.backend.Target()) {
		queries, refused := backends.EmitAll(o.naming(emit), batch, w)
		for _, q := range queries {
			out = append(out, written{plans: q.Batch.Plans, query: q})
		}
		for _, r := range refused {
			a.say("sigmahunt: %s: %v", r.At(), r.Err)
		}
	}
	return out
}

// naming adds the names of the rules to a query, where its language has comments.
// The names count towards the size that the engine takes.
func (o *compileOptions) naming(emit backends.Emit) backends.Emit {
	comment, t := o.engine.Language.Comment, o.backend.Target()
	if comment == "" {
		return emit
	}
	return func(batch compiler.Batch, w backends.Window) (backends.Query, error) {
		q, err := emit(batch, w)
		if err != nil {
			return q, err
		}
		q.Text = answered(batch, t, comment) + q.Text
		if limit := t.Limits.QueryBytes; limit > 0 && len(q.Text) > limit {
			return backends.Query{}, backends.TooLarge("the query of %d rules with their names is longer than the %d bytes that %s takes", len(batch.Plans), limit, t.Name)
		}
		return q, nil
	}
}

// answered names the rules of a statement that has several, in comments. A
// statement of one rule has a header of its own.
func answered(batch compiler.Batch, t *compiler.Target, comment string) string {
	if len(batch.Plans) == 1 {
		return ""
	}
	lines := []string{"rules:"}
	for _, p := range batch.Plans {
		lines = append(lines, diag.Printable(p.Rule.Title)+" ["+diag.Printable(p.Rule.Ref())+"]")
	}
	switch t.Attribution {
	case compiler.ByQuery:
		lines = append(lines, "each row lists the rules that it matched, counted from 0 in this order")
	case compiler.ByEvaluator:
		lines = append(lines, "the rows do not name their rules: use sigmahunt scan, or run the query of each rule")
	}
	return comment + strings.Join(lines, "\n"+comment) + "\n"
}
