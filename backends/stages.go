package backends

import (
	"context"
	"slices"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// StageWriter writes correlations in two stages.
type StageWriter struct {
	// Counts writes the queries of the first stage over a window, which together
	// count the events of all leaves.
	Counts func(*compiler.Prefilter, Window) ([]CountQuery, error)
	// Within is Backend.Emit for events that lie in candidates.
	Within func(compiler.Batch, Window, Within) (Query, error)
	// Both writes both stages for people, with what the first finds left open in
	// the second.
	Both func(*compiler.Prefilter, Window) (Query, error)
}

// CountQuery counts the events of some leaves of a correlation by group and cell.
type CountQuery struct {
	Of     *compiler.Prefilter
	Leaves []int
	Text   string
	Table  string
	Window Window
}

// Within restricts a query to the candidates of a correlation, which are of the
// values of some fields.
type Within struct {
	Group []schema.Path
	Any   []compiler.Candidate
}

// InStages returns those of some correlations of a program that the target takes in
// two stages, and the others.
func InStages(c *compiler.Program, list []*compiler.CorrelationPlan, b Backend) (staged []*compiler.Prefilter, others []*compiler.CorrelationPlan) {
	can := b.WritesCorrelations().Stages != nil
	for _, of := range list {
		if prefilter := compiler.NewPrefilter(of, c.Legal, b.Target()); can && prefilter != nil {
			staged = append(staged, prefilter)
		} else {
			others = append(others, of)
		}
	}
	return staged, others
}

// FindCandidates runs the first stage of a correlation. Where the engine takes no
// query for it nothing is kept out.
func FindCandidates(ctx context.Context, b Backend, x Executor, of *compiler.Prefilter, w Window) ([]compiler.Candidate, error) {
	queries, err := b.WritesCorrelations().Stages.Counts(of, w)
	if err != nil {
		return compiler.Everything(), nil // the queries of the rules report what else is wrong
	}
	counter := compiler.NewCounter(of)
	for _, q := range queries {
		for n, err := range x.RunsCorrelations().Count(ctx, q) {
			if err != nil {
				return nil, err
			}
			if !counter.Add(n) {
				return compiler.Everything(), nil
			}
		}
	}
	return counter.Candidates(), nil
}

// EmitCandidates writes the second stage of a correlation: the queries of its
// rules for the events of candidates, or for all where the engine takes none that
// names them.
func EmitCandidates(b Backend, of *compiler.Prefilter, w Window, found []compiler.Candidate) (queries []Query, refused []Refused) {
	if len(found) == 0 {
		return nil, nil
	}
	queries, refused = emitWithin(b, of, w, found)
	if len(refused) > 0 {
		return emitWithin(b, of, w, compiler.Everything())
	}
	return queries, nil
}

func emitWithin(b Backend, of *compiler.Prefilter, w Window, found []compiler.Candidate) (queries []Query, refused []Refused) {
	for _, alike := range LeavesAlike(of) {
		var plans []*compiler.Plan
		for _, l := range alike {
			plans = append(plans, of.Leaves[l].Plan)
		}
		candidates := Within{of.Leaves[alike[0]].Group, found}
		inside := func(batch compiler.Batch, w Window) (Query, error) {
			return b.WritesCorrelations().Stages.Within(batch, w, candidates)
		}
		for _, batch := range compiler.Fuse(plans, b.Target()) {
			q, r := EmitAll(inside, batch, w)
			queries, refused = append(queries, q...), append(refused, r...)
		}
	}
	return queries, refused
}

// CorrelateCandidates runs the second stage of a correlation: it fetches the events
// of candidates, finishes them and makes the episodes of those. An error says that
// some could not be had, and then there are no episodes: those of the others would
// be a guess.
func CorrelateCandidates(ctx context.Context, b Backend, x Executor, of *compiler.Prefilter, w Window, found []compiler.Candidate) ([]correlate.Episode, []correlate.Problem, error) {
	queries, refused := EmitCandidates(b, of, w, found)
	if len(refused) > 0 {
		return nil, nil, refused[0].Err
	}
	collector := correlate.NewCollector([]*compiler.CorrelationPlan{of.Of}, correlate.Limits{})
	var rec record.Record
	for _, q := range queries {
		for row, err := range Finish(x.Run(ctx, q), q.Batch) {
			if err == nil {
				err = record.ParseInto(&rec, row.Event)
			}
			if err != nil {
				return nil, nil, err
			}
			for _, i := range row.Plans {
				collector.Add(q.Batch.Source, &rec, q.Batch.Plans[i].Rule)
			}
		}
	}
	episodes, problems := collector.Episodes()
	return episodes, problems, nil
}

// LeavesAlike puts the leaves of one source that are grouped by the same fields
// together, which one query can count and fetch.
func LeavesAlike(of *compiler.Prefilter) [][]int {
	var out [][]int
	for i, l := range of.Leaves {
		at := slices.IndexFunc(out, func(list []int) bool {
			o := of.Leaves[list[0]]
			return o.Plan.Source == l.Plan.Source && slices.EqualFunc(o.Group, l.Group, func(a, b schema.Path) bool { return a.Name() == b.Name() })
		})
		if at < 0 {
			out = append(out, []int{i})
			continue
		}
		out[at] = append(out[at], i)
	}
	return out
}
