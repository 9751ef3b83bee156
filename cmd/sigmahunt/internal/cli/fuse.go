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
		out = append(out, a.fuseBatch(batch, b, w)...)
	}
	return out
}

// fuseBatch writes a batch as one statement, or as two halves where it is
// longer than the engine takes.
func (a *app) fuseBatch(batch compiler.Batch, b backends.Backend, w backends.Window) []written {
	query, err := b.Emit(batch, w)
	switch n := len(batch.Plans); {
	case err == nil:
		query.Text = answered(batch, b.Target()) + query.Text
		return []written{{batch.Plans, query}}
	case n == 1:
		a.say("sigmahunt: %s: %v", batch.Plans[0].Rule.At, err)
		return nil
	default:
		first := a.fuseBatch(compiler.Batch{Source: batch.Source, Plans: batch.Plans[:n/2]}, b, w)
		return append(first, a.fuseBatch(compiler.Batch{Source: batch.Source, Plans: batch.Plans[n/2:]}, b, w)...)
	}
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
