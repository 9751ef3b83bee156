package athena

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval"
	"github.com/sigmahunt/sigmahunt/compiler/record"
)

// executor runs queries at Athena and makes records of what they answer.
type executor struct {
	session *session
	backend backend
	stats   backends.Stats
}

func open(ctx context.Context, c backends.Config) (backends.Executor, error) {
	layouts, err := newBackend(c)
	if err != nil {
		return nil, err
	}
	s, err := newSession(ctx, Options{Remote: c.Remote, Settings: settingsOf(c)})
	if err != nil {
		return nil, err
	}
	s.tracker = backends.NewTracker(c.Progress)
	return &executor{session: s, backend: layouts.(backend), stats: backends.Stats{Matches: map[*compiler.Plan]int64{}}}, nil
}

// Run runs the statement of a batch. One that Athena finds too large is cut in
// two, and again, down to a single rule; an event that rules of both halves
// match is then a row of each.
func (x *executor) Run(ctx context.Context, q backends.Query) iter.Seq2[backends.Row, error] {
	return func(yield func(backends.Row, error) bool) {
		index, ended := int64(0), sync.OnceFunc(x.session.tracker.Ended)
		defer ended()
		x.run(ctx, q, ended, func(row backends.Row, err error) bool {
			row.Where.Index = index
			index++
			return yield(row, err)
		})
	}
}

// run yields the rows of a query, and reports whether more are wanted. It tells when
// Athena has ended the query, of one in halves when it has ended the last.
func (x *executor) run(ctx context.Context, q backends.Query, ended func(), yield func(backends.Row, error) bool) bool {
	a := newAnswer(q, x)
	for cells, err := range x.session.rows(ctx, q.Text, a.rebuilder.columns()) {
		if tooLarge(err) && len(q.Batch.Plans) > 1 {
			return x.halves(ctx, q, ended, yield)
		}
		ended()
		var row backends.Row
		if err == nil {
			row, err = a.row(cells)
		}
		if err == nil && len(row.Plans) == 0 {
			continue
		}
		if !yield(row, err) || err != nil {
			return false
		}
	}
	return true
}

func tooLarge(err error) bool {
	var f *Failure
	return errors.As(err, &f) && f.TooLarge()
}

// halves runs a batch as two. Athena refuses a statement before it gives rows.
func (x *executor) halves(ctx context.Context, q backends.Query, ended func(), yield func(backends.Row, error) bool) bool {
	plans := q.Batch.Plans
	middle := len(plans) / 2
	for _, part := range []struct {
		from, to int
		ended    func()
	}{{0, middle, func() {}}, {middle, len(plans), ended}} {
		half, err := x.backend.Emit(compiler.Batch{Source: q.Batch.Source, Plans: plans[part.from:part.to]}, q.Window)
		if err != nil {
			return yield(backends.Row{}, err)
		}
		half.Keep = q.Keep
		more := x.run(ctx, half, part.ended, func(row backends.Row, err error) bool {
			for i := range row.Plans {
				row.Plans[i] += part.from
			}
			return yield(row, err)
		})
		if !more {
			return false
		}
	}
	return true
}

// answer makes rows of what a query answers.
type answer struct {
	query     backends.Query
	executor  *executor
	rebuilder *rebuilder
	reader    *eval.Reader // of a batch of several plans
	record    record.Record
	keeper    *backends.Keeper
}

func newAnswer(q backends.Query, x *executor) *answer {
	a := &answer{query: q, executor: x, keeper: backends.NewKeeper(q, &x.stats)}
	a.rebuilder = newRebuilder(q.Batch, x.backend.target.Layouts[q.Batch.Source.Name])
	if len(q.Batch.Plans) > 1 {
		a.reader = eval.NewSet(q.Batch.Plans).Reader()
	}
	return a
}

// row makes the row of an answer's cells, with the plans that want it. Of one
// plan the statement decides; of several the evaluator tells which matched.
func (a *answer) row(cells []*string) (backends.Row, error) {
	event, err := a.rebuilder.record(cells)
	if err != nil {
		return backends.Row{}, fmt.Errorf("athena: %w", err)
	}
	matched := []int{0}
	if a.reader != nil {
		if err := record.ParseInto(&a.record, event); err != nil {
			return backends.Row{}, fmt.Errorf("athena: a row that makes no event: %w", err)
		}
		matched = slices.Clone(a.reader.Match(&a.record))
		slices.Sort(matched)
	}
	stats := &a.executor.stats
	if len(matched) == 0 {
		stats.AddProblem(backends.Problem{
			File: a.query.Table, Message: "Athena returned an event that no rule matches: " + string(event[:min(len(event), 200)]),
		})
	}
	return backends.Row{Event: event, Plans: a.keeper.Keep(matched)}, nil
}

// RunsCorrelations returns what runs the statements of correlations.
func (x *executor) RunsCorrelations() backends.CorrelationRunner {
	return backends.CorrelationRunner{Episodes: x.episodes}
}

// Stats tells what the statements cost. Athena counts bytes, not events.
func (x *executor) Stats() backends.Stats {
	stats, cost := x.stats, x.session.cost()
	stats.Compressed = cost.Scanned
	stats.Statements, stats.Queued, stats.Engine, stats.Dollars = int64(cost.Statements), cost.Queued, cost.Engine, cost.Dollars
	return stats
}

// Close has nothing to close: statements end with the iteration over their rows.
func (x *executor) Close() error { return nil }
