package hunt

import (
	"context"
	"fmt"
	"slices"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
)

// toStage returns those of some correlations that are run in two stages, and the
// others. Where all rules of one report, their events are read anyway.
func toStage(c *compiler.Program, list []*compiler.CorrelationPlan, b backends.Backend) (staged []*compiler.Prefilter, others []*compiler.CorrelationPlan) {
	var some []*compiler.CorrelationPlan
	for _, of := range list {
		if slices.ContainsFunc(of.Bases(), func(p *compiler.Plan) bool { return p.Rule.Base }) {
			some = append(some, of)
		} else {
			others = append(others, of)
		}
	}
	staged, more := backends.InStages(c, some, b)
	return staged, append(others, more...)
}

// runStages returns the episodes of the correlations that are run in two stages. If
// the events of one cannot be read, the failure is noted and the others still run.
func (r *run) runStages(ctx context.Context) ([]correlate.Episode, error) {
	var all []correlate.Episode
	for i, of := range r.staged {
		episodes, problems, err := r.runStaged(ctx, of)
		r.options.left(inBothStages(r.staged[i+1:]))
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			r.fail(Failure{Kind: CorrelationFailed, Of: of.Of, Err: fmt.Errorf("%s: it was not run, since its events could not be had: %w", of.Of.Rule.At, err)})
			continue
		}
		all = append(all, episodes...)
		r.note(problems)
	}
	return all, nil
}

// inBothStages is how many searches some correlations take if there are candidates
// of each, and the engine takes one search for the rules that are alike.
func inBothStages(list []*compiler.Prefilter) (n int) {
	for _, of := range list {
		n += 2 * len(backends.LeavesAlike(of))
	}
	return n
}

// runStaged finds where a correlation may fire, and correlates the events there.
func (r *run) runStaged(ctx context.Context, of *compiler.Prefilter) ([]correlate.Episode, []correlate.Problem, error) {
	window := r.window.Reaching(of.Of.LookBack())
	found, err := backends.FindCandidates(ctx, r.session.Backend, r.session.Executor, of, window)
	if err != nil {
		return nil, nil, err
	}
	return backends.CorrelateCandidates(ctx, r.session.Backend, r.session.Executor, of, window, found)
}
