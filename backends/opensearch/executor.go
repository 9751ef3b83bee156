package opensearch

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// executor runs queries at one OpenSearch.
type executor struct {
	client  *client
	backend backend
	size    int // records of a page
	tracker *backends.Tracker
	stats   backends.Stats
}

func open(ctx context.Context, c backends.Config) (backends.Executor, error) {
	return newExecutor(ctx, c, backends.WallClock{})
}

func newExecutor(ctx context.Context, c backends.Config, clock backends.Sleeper) (*executor, error) {
	b, err := newBackend(c)
	if err != nil {
		return nil, misconfigured(err)
	}
	client, err := newClient(ctx, remoteOf(c), clock)
	if err != nil {
		return nil, err
	}
	return &executor{client: client, backend: b.(backend), size: pageRecords, tracker: backends.NewTracker(c.Progress), stats: backends.Stats{Matches: map[*compiler.Plan]int64{}}}, nil
}

// Run reads what a query finds, page by page from one state of the indexes, in
// the order of the events' times. What shards could not answer is a problem.
func (x *executor) Run(ctx context.Context, q backends.Query) iter.Seq2[backends.Row, error] {
	return func(yield func(backends.Row, error) bool) {
		a := &answer{query: q, executor: x, keeper: backends.NewKeeper(q, &x.stats), reported: map[string]bool{}}
		r := &reading{client: x.client, sort: x.backend.sortBy(q.Batch.Source), size: x.size, limit: pageBytes}
		r.instant, _ = x.backend.index(q.Batch.Source.Name).instant()
		if err := json.Unmarshal([]byte(q.Text), &r.query); err != nil {
			yield(backends.Row{}, fmt.Errorf("opensearch: the query is no JSON object: %w", err))
			return
		}
		x.stats.Statements++
		defer x.tracker.Ended()
		pit, err := x.client.open(ctx, q.Table)
		if err != nil {
			yield(backends.Row{}, err)
			return
		}
		a.missing(pit.Shards)
		r.pit = pit.ID
		defer func() { x.client.close(ctx, r.pit) }()
		for page, err := range r.pages(ctx) {
			if err != nil {
				yield(backends.Row{}, err)
				return
			}
			if !a.page(page, yield) {
				return
			}
		}
	}
}

// answer makes rows of what a query finds.
type answer struct {
	query    backends.Query
	executor *executor
	index    int64 // of the next row
	keeper   *backends.Keeper
	reported map[string]bool // the problems so far; a shard that is away is away for every page
}

// page yields the rows of a page, and reports whether more are wanted.
func (a *answer) page(p *page, yield func(backends.Row, error) bool) bool {
	a.executor.stats.Engine += time.Duration(p.Took) * time.Millisecond
	a.executor.tracker.Rows(len(p.Hits.Hits))
	a.missing(*p.Shards)
	if p.TimedOut {
		a.problem("", "the search ran out of time, and records are missing: ask for a shorter window, or give it more time")
	}
	for _, h := range p.Hits.Hits {
		row, err := a.row(h)
		if err == nil && len(row.Plans) == 0 {
			continue
		}
		row.Where.Index = a.index
		a.index++
		if !yield(row, err) || err != nil {
			return false
		}
	}
	return true
}

// row makes the row of a record, with the plans that it matched.
func (a *answer) row(h hit) (backends.Row, error) {
	event, err := h.event(a.executor.backend.index(a.query.Batch.Source.Name).layout)
	if err != nil {
		return backends.Row{}, err
	}
	matched, err := plansOf(h, len(a.query.Batch.Plans))
	if err != nil {
		return backends.Row{}, err
	}
	if len(matched) == 0 {
		a.problem("", fmt.Sprintf("OpenSearch returned the record %s of %s, which no rule matches", h.ID, h.Index))
	}
	return backends.Row{Event: event, Plans: a.keeper.Keep(matched)}, nil
}

// event returns the record that a hit holds.
func (h hit) event(l *schema.Layout) ([]byte, error) {
	if len(h.Source) == 0 {
		return nil, fmt.Errorf("opensearch: the index %s does not keep its records (_source is off)", h.Index)
	}
	return RecordOf(l, h.Source)
}

// plansOf returns the plans that a hit matched, ascending. The names of a query are
// places in its batch; of one plan no name is read.
func plansOf(h hit, plans int) ([]int, error) {
	if plans == 1 {
		return []int{0}, nil
	}
	var list []int
	for _, name := range h.Matched {
		i, err := placeOf(name)
		if err != nil || i < 0 || i >= plans {
			return nil, fmt.Errorf("opensearch: the record %s matched %q, which is none of %d queries", h.ID, name, plans)
		}
		list = append(list, i)
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}

// missing reports the shards that an answer lacks. OpenSearch names one of those
// that lack for the same reason.
func (a *answer) missing(s shards) {
	if s.Failed == 0 && s.Successful >= s.Total {
		return
	}
	text := fmt.Sprintf("only %d of %d shards answered", s.Successful, s.Total)
	for _, f := range s.Failures {
		a.problem(fmt.Sprintf("shard %d of %s", f.Shard, f.Index), text+": "+f.Reason.String())
	}
	if len(s.Failures) == 0 {
		a.problem("", text)
	}
}

func (a *answer) problem(where, message string) {
	if key := where + "\n" + message; !a.reported[key] {
		a.reported[key] = true
		a.executor.stats.AddProblem(backends.Problem{File: a.query.Table, Where: where, Message: message})
	}
}

// RunsCorrelations returns what runs first stages.
func (x *executor) RunsCorrelations() backends.CorrelationRunner {
	return backends.CorrelationRunner{Count: x.count}
}

// Stats returns what the requests cost. OpenSearch does not report how much it read.
func (x *executor) Stats() backends.Stats {
	stats := x.stats
	stats.Bytes = x.client.received.Load()
	return stats
}

// Close ends the connections.
func (x *executor) Close() error {
	x.client.Close()
	return nil
}
