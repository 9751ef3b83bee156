package cli

import (
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// fuse writes all plans in the fewest statements that the engine takes.
func (a *app) fuse(plans []*compiler.Plan, b backends.Backend, w backends.Window, o *compileOptions) []written {
	plans = slices.DeleteFunc(slices.Clone(plans), func(p *compiler.Plan) bool { return a.tooWide(p, o) })
	var out []written
	for _, batch := range compiler.Fuse(plans, b.Target()) {
		queries, refused := backends.EmitAll(b, batch, w)
		for _, q := range queries {
			q.Text = answered(q.Batch, b.Target()) + q.Text
			out = append(out, written{q.Batch.Plans, q})
		}
		for _, r := range refused {
			a.say("sigmahunt: %s: %v", r.Plan.Rule.At, r.Err)
		}
	}
	return out
}

// answered names the rules of a statement that has several, in comments.
func answered(batch compiler.Batch, t *compiler.Target) string {
	if len(batch.Plans) == 1 {
		return ""
	}
	var text strings.Builder
	text.WriteString("-- rules:\n")
	for _, p := range batch.Plans {
		text.WriteString("--   " + diag.Printable(p.Rule.Title) + " [" + diag.Printable(p.Rule.Ref()) + "]\n")
	}
	if t.Attribution == compiler.ByEvaluator {
		text.WriteString("-- which of them a row matched is told by sigmahunt scan, or by their own queries\n")
	}
	return text.String()
}
