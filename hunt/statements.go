package hunt

import (
	"context"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
)

// answers is what an engine found with statements of correlations.
type answers struct {
	episodes []correlate.Episode
	rest     []*compiler.CorrelationPlan // still to be correlated from their rules' events
}

// runStatements has the engine correlate in single statements where it can. The
// other correlations are correlated from their rules' events, and so are those
// whose statement fails or meets events that it does not decide.
func runStatements(ctx context.Context, s Session, c *compiler.Program, w backends.Window, o *Options) answers {
	episodes := s.Executor.RunsCorrelations().Episodes
	if episodes == nil || s.ReadsFiles || o.FromEvents {
		return answers{rest: c.Reporting()}
	}
	var a answers
	var queries []backends.CorrelationQuery
	for _, of := range c.Reporting() {
		if q, err := backends.EmitCorrelation(s.Backend, of, c.Legal, w); err == nil {
			queries = append(queries, q)
		} else {
			a.rest = append(a.rest, of)
		}
	}
	o.left(len(queries) + newRun(c, a, s, w, o).statements())
	for _, q := range queries {
		found, err := episodes(ctx, q)
		switch {
		case ctx.Err() != nil: // the next query reports it
			a.rest = append(a.rest, q.Of)
		case err != nil:
			a.rest = append(a.rest, q.Of)
			if o.FellBack != nil {
				o.FellBack(q.Of, err)
			}
		default:
			a.episodes = append(a.episodes, found...)
		}
	}
	return a
}
