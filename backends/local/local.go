// Package local is the embedded engine: it reads files and holds every record
// against the evaluator. It has no query language; its query is the batch.
package local

import (
	"context"
	"errors"
	"iter"
	"sync/atomic"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/files"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// Engine is the entry in the list of engines.
var Engine = backends.Engine{Name: target.Name, ReadsFiles: true, New: newBackend, Open: open}

type backend struct{}

func newBackend(backends.Config) (backends.Backend, error) { return backend{}, nil }

// Target says what the evaluator can say: everything.
func (backend) Target() *compiler.Target { return &target }

// Emit wraps the batch; there is nothing to write.
func (backend) Emit(b compiler.Batch, w backends.Window) (backends.Query, error) {
	return backends.Query{Target: target.Name, Batch: b, Window: w}, nil
}

// WritesCorrelations returns no way: rows are correlated.
func (backend) WritesCorrelations() backends.CorrelationWriter { return backends.CorrelationWriter{} }

type executor struct {
	config backends.Config
	files  []files.File
	stats  backends.Stats
}

func open(_ context.Context, c backends.Config) (backends.Executor, error) {
	found, problems := files.Find(c.Paths)
	x := &executor{config: c, files: found}
	files.AccountProblems(&x.stats, problems)
	return x, nil
}

// Stats tells what was read and matched so far.
func (x *executor) Stats() backends.Stats { return x.stats }

// RunsCorrelations returns nothing, since there is no query to run.
func (x *executor) RunsCorrelations() backends.CorrelationRunner { return backends.CorrelationRunner{} }

// Close has nothing to close.
func (x *executor) Close() error { return nil }

var errStopped = errors.New("the reader of rows has stopped")

// Run reads every file once and yields the records that match, in the order of
// files and records.
func (x *executor) Run(ctx context.Context, q backends.Query) iter.Seq2[backends.Row, error] {
	return func(yield func(backends.Row, error) bool) {
		m := newMatching(q)
		m.meter = files.NewMeter(x.files, x.config.Progress)
		opt := files.Options{Workers: x.config.Workers, Stdin: x.config.Stdin, Source: x.config.Source, Progress: m.meter.Bytes}
		stats, err := files.Scan(ctx, x.files, opt, m.worker, func(row backends.Row) error {
			if !yield(row, nil) {
				return errStopped
			}
			return nil
		})
		files.Account(&x.stats, stats)
		x.stats.Matches = m.counts(x.stats.Matches)
		if err != nil && !errors.Is(err, errStopped) {
			yield(backends.Row{}, err)
		}
	}
}

// matching is a query made ready: a set of plans for each source, and what was
// counted by all workers.
type matching struct {
	query   backends.Query
	sets    map[string]*sourceSet
	matches []atomic.Int64 // by plan
	meter   *files.Meter
}

type sourceSet struct {
	source *schema.Source
	set    *eval.Set
	plan   []int // the set's plans in the batch's numbers
}

func newMatching(q backends.Query) *matching {
	m := &matching{query: q, sets: map[string]*sourceSet{}, matches: make([]atomic.Int64, len(q.Batch.Plans))}
	plans := map[string][]*compiler.Plan{}
	for i, p := range q.Batch.Plans {
		name := p.Source.Name
		if m.sets[name] == nil {
			m.sets[name] = &sourceSet{source: p.Source}
		}
		m.sets[name].plan = append(m.sets[name].plan, i)
		plans[name] = append(plans[name], p)
	}
	for name, s := range m.sets {
		s.set = eval.NewSet(plans[name])
	}
	return m
}

// counts adds the matches of this run to those of the runs before it, in a map
// of its own: Stats has given the former one away.
func (m *matching) counts(before map[*compiler.Plan]int64) map[*compiler.Plan]int64 {
	counts := map[*compiler.Plan]int64{}
	for p, n := range before {
		counts[p] = n
	}
	for i, p := range m.query.Batch.Plans {
		counts[p] += m.matches[i].Load()
	}
	return counts
}

// worker gives the function that one goroutine calls with its records.
func (m *matching) worker() func(*record.Record, files.Position) (backends.Row, bool) {
	w := &worker{matching: m, readers: map[string]*eval.Reader{}, file: -1}
	return w.record
}

// meterStep is how many records a worker reads before it tells the meter.
const meterStep = 512

// worker holds what one goroutine keeps between records.
type worker struct {
	*matching
	readers map[string]*eval.Reader
	file    int   // the file that kept counts
	kept    []int // rows kept of this file, by plan
	seen    int64 // records that the meter was not told of
}

func (w *worker) record(rec *record.Record, at files.Position) (backends.Row, bool) {
	if w.seen++; w.seen == meterStep {
		w.meter.Events(w.seen)
		w.seen = 0
	}
	s := w.sets[at.Source]
	if s == nil || !w.query.Window.Holds(rec, s.source) {
		return backends.Row{}, false
	}
	reader := w.readers[at.Source]
	if reader == nil {
		reader = s.set.Reader()
		w.readers[at.Source] = reader
	}
	var plans []int
	for _, i := range reader.Match(rec) {
		plan := s.plan[i]
		w.matches[plan].Add(1)
		if w.keep(plan, at.Number) {
			plans = append(plans, plan)
		}
	}
	if len(plans) == 0 {
		return backends.Row{}, false
	}
	where := backends.Origin{File: at.File, Number: at.Number, Index: int64(at.Index)}
	return backends.Row{Event: append([]byte(nil), rec.Raw...), Plans: plans, Where: where}, true
}

// keep reports whether a further row of a plan is wanted from a file.
func (w *worker) keep(plan, file int) bool {
	if w.query.Keep == 0 {
		return true
	}
	if w.file != file {
		w.file, w.kept = file, make([]int, len(w.query.Batch.Plans))
	}
	w.kept[plan]++
	return w.kept[plan] <= w.query.Keep
}
