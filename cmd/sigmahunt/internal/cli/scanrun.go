package cli

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/hunt"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// scanRun is one answer to all rules and correlations.
type scanRun struct {
	asks      []ask
	backend   backends.Backend
	executor  backends.Executor
	window    backends.Window
	report    []*compiler.CorrelationPlan // whose episodes are findings
	pushed    pushed                      // what the engine correlated itself
	staged    []*compiler.Prefilter       // those of the others that are run in two stages
	collector *correlate.Collector        // of the events that the rest looks at
	keep      int                         // rows of one rule from one file; 0: all
	writer    findingWriter
	found     *tally
	progress  *progress // of a remote engine; one that is off unless it is set
	partial   bool      // rows that correlations look at are missing
	failed    []error   // statements that a remote engine did not answer, and correlations not done
}

// ask is a batch and the time that it is asked for.
type ask struct {
	batch  compiler.Batch
	window backends.Window
}

// newScanRun plans what to ask. The events that correlations look at are read
// from as far before the window as tells which episodes open in it. Files are
// read once for all; elsewhere the other rules are not asked for more time than
// is wanted of them.
func newScanRun(c *compiler.Program, p pushed, b backends.Backend, x backends.Executor, w backends.Window, readsFiles bool) *scanRun {
	r := &scanRun{backend: b, executor: x, window: w, report: c.Reporting(), pushed: p, progress: &progress{}}
	staged, others := toStage(c, p.rest, b)
	r.staged, r.collector = staged, correlate.NewCollector(others, correlate.Limits{})
	wide, plain := slices.Concat(c.Plans, c.Bases), []*compiler.Plan(nil)
	if !readsFiles {
		plain = slices.DeleteFunc(slices.Clone(c.Plans), func(p *compiler.Plan) bool { return r.collector.Wants(p.Rule) })
		wide = slices.DeleteFunc(wide, func(p *compiler.Plan) bool { return !r.collector.Wants(p.Rule) })
	}
	for _, batch := range compiler.Fuse(plain, b.Target()) {
		r.asks = append(r.asks, ask{batch, w})
	}
	for _, batch := range compiler.Fuse(wide, b.Target()) {
		r.asks = append(r.asks, ask{batch, w.Reaching(compiler.LookBack(others))})
	}
	return r
}

// statements is how many a remote engine is given, as far as can be told before
// they are written.
func (r *scanRun) statements() int { return len(r.asks) + inBothStages(r.staged) }

// run answers every batch and writes what it finds, in the order of files and
// records, then what the correlations find. A statement that fails leaves the
// others.
func (r *scanRun) run(ctx context.Context) error {
	var seqs []iter.Seq2[backends.BatchRow, error]
	var asked []compiler.Batch
	for _, a := range r.asks {
		queries, refused := backends.EmitAll(r.backend, a.batch, a.window)
		for _, f := range refused {
			r.miss(fmt.Errorf("%s: %w", f.Plan.Rule.At, f.Err), f.Plan)
		}
		for _, query := range queries {
			query.Keep = r.keep
			seqs = append(seqs, r.tagged(ctx, backends.Finish(r.executor.Run(ctx, query), query.Batch), query.Batch, len(asked)))
			asked = append(asked, query.Batch)
		}
	}
	r.progress.left(len(seqs) + inBothStages(r.staged))
	var rec record.Record
	for row, err := range backends.Merge(seqs) {
		if err != nil {
			return err
		}
		if err := r.row(asked[row.Batch], row.Row, &rec); err != nil {
			return err
		}
	}
	staged, err := r.runStages(ctx)
	if err != nil {
		return err
	}
	r.found.count(r.executor.Stats())
	return r.correlate(staged)
}

// miss notes that the rows of plans are not all there, and why.
func (r *scanRun) miss(err error, plans ...*compiler.Plan) {
	r.failed = append(r.failed, err)
	r.partial = r.partial || slices.ContainsFunc(plans, func(p *compiler.Plan) bool { return r.collector.Wants(p.Rule) })
}

// tagged says of each row which batch it answers, by the number of that, and ends
// at a failure.
func (r *scanRun) tagged(ctx context.Context, rows iter.Seq2[backends.Row, error], batch compiler.Batch, number int) iter.Seq2[backends.BatchRow, error] {
	return func(yield func(backends.BatchRow, error) bool) {
		for row, err := range rows {
			if err != nil && ctx.Err() == nil {
				r.miss(err, batch.Plans...)
				return
			}
			if !yield(backends.BatchRow{Row: row, Batch: number}, err) {
				return
			}
		}
	}
}

// row writes the findings of a row and hands it to the correlations.
func (r *scanRun) row(batch compiler.Batch, row backends.Row, rec *record.Record) error {
	if err := record.ParseInto(rec, row.Event); err != nil {
		return fmt.Errorf("%s: record %d: the engine returned a row that is no event: %w", row.Where.File, row.Where.Index, err)
	}
	var correlated []*sigma.Rule
	for _, i := range row.Plans {
		p := batch.Plans[i]
		if r.collector.Wants(p.Rule) {
			correlated = append(correlated, p.Rule)
		}
		if p.Rule.Base || !r.window.Holds(rec, p.Source) {
			continue
		}
		r.found.event(p)
		f := hunt.FromEvent(p, rec)
		if err := r.writer.Write(&f); err != nil {
			return fmt.Errorf("writing findings: %w", err)
		}
	}
	if len(correlated) > 0 {
		r.collector.Add(batch.Plans[row.Plans[0]].Source, rec, correlated...)
	}
	return nil
}

// correlate writes the episodes that open in the window, with those that were made
// elsewhere. It makes none where events are missing: counts of the others would be
// a guess.
func (r *scanRun) correlate(episodes []correlate.Episode) error {
	if r.partial {
		none := "none was made"
		if len(r.staged) > 0 {
			none = "none but those in two stages was made"
		}
		r.failed = append(r.failed, errors.New("correlations: "+none+", since rows of their rules are missing"))
	} else {
		more, problems := r.collector.Episodes()
		episodes = append(episodes, more...)
		r.say(problems)
	}
	episodes = append(episodes, r.pushed.episodes...)
	correlate.Sort(episodes, r.report)
	for i := range episodes {
		e := &episodes[i]
		if !r.window.Contains(e.Opening.At) {
			continue
		}
		r.found.episode(e.Of)
		f := hunt.FromEpisode(e)
		if err := r.writer.Write(&f); err != nil {
			return fmt.Errorf("writing findings: %w", err)
		}
	}
	return nil
}

// say notes what correlations could not do.
func (r *scanRun) say(problems []correlate.Problem) {
	for _, p := range problems {
		of := "correlations"
		if p.Of != nil {
			of = p.Of.At.String()
		}
		r.failed = append(r.failed, fmt.Errorf("%s: %s", of, p.Message))
	}
}
