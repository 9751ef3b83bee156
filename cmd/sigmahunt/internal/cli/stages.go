package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
)

// inStages gives those of some correlations that a target takes in two stages, and
// the others.
func inStages(c *compiler.Program, list []*compiler.CorrelationPlan, b backends.Backend) (staged []*compiler.Prefilter, others []*compiler.CorrelationPlan) {
	_, can := b.(backends.Stager)
	for _, of := range list {
		if prefilter := compiler.NewPrefilter(of, c.Legal, b.Target()); can && prefilter != nil {
			staged = append(staged, prefilter)
		} else {
			others = append(others, of)
		}
	}
	return staged, others
}

// toStage gives those of some correlations that a scan runs in two stages, and the others.
// Where all rules of one report, their events are read anyway.
func toStage(c *compiler.Program, list []*compiler.CorrelationPlan, b backends.Backend) (staged []*compiler.Prefilter, others []*compiler.CorrelationPlan) {
	var some []*compiler.CorrelationPlan
	for _, of := range list {
		if slices.ContainsFunc(of.Bases(), func(p *compiler.Plan) bool { return p.Rule.Base }) {
			some = append(some, of)
		} else {
			others = append(others, of)
		}
	}
	staged, more := inStages(c, some, b)
	return staged, append(others, more...)
}

// stages writes the correlations that the target takes in two stages, and gives
// the others.
func (a *app) stages(c *compiler.Program, b backends.Backend, w backends.Window, o *compileOptions) (list []written, others []*compiler.CorrelationPlan) {
	if o.exact || o.form.Write != nil && !o.form.Stages {
		return nil, c.Reporting()
	}
	staged, others := inStages(c, c.Reporting(), b)
	for _, of := range staged {
		q, err := a.bothStages(of, b.(backends.Stager), w)
		if err != nil {
			a.say("sigmahunt: %s: %v", of.Of.Rule.At, err)
			continue
		}
		list = append(list, written{of: of.Of, query: q, stages: true})
	}
	return list, others
}

// bothStages writes a correlation as its two stages.
func (a *app) bothStages(of *compiler.Prefilter, b backends.Stager, w backends.Window) (backends.Query, error) {
	q, err := b.EmitStages(of, w.Reaching(of.Of.LookBack()))
	if err == nil {
		a.say("sigmahunt: %s: note: the query is two stages: one that finds where it may fire, from %s before the time that is looked at, and one for the events there; sigmahunt scan runs both and correlates", of.Of.Rule.At, of.Of.LookBack())
	}
	return q, err
}

// runStages gives the episodes of the correlations that are run in two stages. One
// whose events cannot all be had is said, and leaves the others.
func (r *scanRun) runStages(ctx context.Context) ([]correlate.Episode, error) {
	var all []correlate.Episode
	for i, of := range r.staged {
		episodes, problems, err := r.runStaged(ctx, of)
		r.progress.left(inBothStages(r.staged[i+1:]))
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			r.failed = append(r.failed, fmt.Errorf("%s: it was not run, since its events could not be had: %w", of.Of.Rule.At, err))
			continue
		}
		all = append(all, episodes...)
		r.say(problems)
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
func (r *scanRun) runStaged(ctx context.Context, of *compiler.Prefilter) ([]correlate.Episode, []correlate.Problem, error) {
	backend, executor := r.backend.(backends.Stager), r.executor.(backends.Counting)
	window := r.window.Reaching(of.Of.LookBack())
	found, err := backends.FindCandidates(ctx, backend, executor, of, window)
	if err != nil {
		return nil, nil, err
	}
	return backends.CorrelateCandidates(ctx, backend, r.executor, of, window, found)
}
