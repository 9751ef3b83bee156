package hunt

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// Options say how a program is run, and who is told of it. Every function may be nil.
type Options struct {
	FromEvents bool // correlate from the events of rules even where the engine has statements of correlations
	Keep       int  // findings of one rule from one file; 0: all

	Left     func(statements int)                            // so many statements are yet to be run, as far as is known
	LookBack func(time.Duration)                             // the events of correlations are read from so far before the window
	FellBack func(*compiler.CorrelationPlan, error)          // a statement failed: correlated from the events of its rules instead
	Event    func(*compiler.Plan, *Finding) error            // a finding of a rule, valid during the call; an error ends the run
	Episode  func(*compiler.CorrelationPlan, *Finding) error // a finding of a correlation, likewise
}

func (o *Options) left(statements int) {
	if o.Left != nil {
		o.Left(statements)
	}
}

// Result is what a run cost, and what it did not do.
type Result struct {
	Stats    backends.Stats
	Failures []Failure
}

// Run runs a program over the events of a window. Findings of rules come in the
// order of files and records, then those of correlations in the order in which
// their episodes opened. If one query fails the others still run, and the failure
// is in the result. The error is what ended the run early.
func Run(ctx context.Context, c *compiler.Program, s Session, w backends.Window, o Options) (Result, error) {
	a := runStatements(ctx, s, c, w, &o)
	if back := compiler.LookBack(a.rest); back > 0 && !s.ReadsFiles && o.LookBack != nil {
		o.LookBack(back)
	}
	r := newRun(c, a, s, w, &o)
	err := r.all(ctx)
	return Result{s.Executor.Stats(), r.failures}, err
}

// run is one answer to all rules and correlations.
type run struct {
	session   Session
	window    backends.Window
	options   *Options
	asks      []ask
	report    []*compiler.CorrelationPlan // whose episodes are findings
	answers   answers                     // of the correlations that were run as statements
	staged    []*compiler.Prefilter       // those of the others that are run in two stages
	collector *correlate.Collector        // of the events of the remaining ones
	partial   bool                        // rows that correlations require are missing
	failures  []Failure
}

// ask is a batch and the time that it is asked for.
type ask struct {
	batch  compiler.Batch
	window backends.Window
}

// newRun plans the queries. The events of correlations are read from so far before
// the window that it is known which episodes open in it. Files are read once for
// all; elsewhere the queries of the other rules are bounded by the window.
func newRun(c *compiler.Program, a answers, s Session, w backends.Window, o *Options) *run {
	r := &run{session: s, window: w, options: o, report: c.Reporting(), answers: a}
	staged, others := toStage(c, a.rest, s.Backend)
	r.staged, r.collector = staged, correlate.NewCollector(others, correlate.Limits{})
	wide, plain := slices.Concat(c.Plans, c.Bases), []*compiler.Plan(nil)
	if !s.ReadsFiles {
		plain = slices.DeleteFunc(slices.Clone(c.Plans), func(p *compiler.Plan) bool { return r.collector.Wants(p.Rule) })
		wide = slices.DeleteFunc(wide, func(p *compiler.Plan) bool { return !r.collector.Wants(p.Rule) })
	}
	for _, batch := range compiler.Fuse(plain, s.Backend.Target()) {
		r.asks = append(r.asks, ask{batch, w})
	}
	for _, batch := range compiler.Fuse(wide, s.Backend.Target()) {
		r.asks = append(r.asks, ask{batch, w.Reaching(compiler.LookBack(others))})
	}
	return r
}

// statements is how many a remote engine is given, as far as can be told before
// they are written.
func (r *run) statements() int { return len(r.asks) + inBothStages(r.staged) }

// all answers every batch and reports what it finds, in the order of files and
// records, then what the correlations find. A statement that fails leaves the
// others.
func (r *run) all(ctx context.Context) error {
	var seqs []iter.Seq2[backends.BatchRow, error]
	var asked []compiler.Batch
	for _, a := range r.asks {
		queries, refused := backends.EmitAll(r.session.Backend.Emit, a.batch, a.window)
		for _, f := range refused {
			r.miss(fmt.Errorf("%s: %w", f.At(), f.Err), f.Plans...)
		}
		for _, query := range queries {
			query.Keep = r.options.Keep
			seqs = append(seqs, r.tagged(ctx, backends.Finish(r.session.Executor.Run(ctx, query), query.Batch), query.Batch, len(asked)))
			asked = append(asked, query.Batch)
		}
	}
	r.options.left(len(seqs) + inBothStages(r.staged))
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
	return r.correlate(staged)
}

// miss notes that the rows of plans are not all there, and why.
func (r *run) miss(err error, plans ...*compiler.Plan) {
	r.fail(Failure{Kind: QueryFailed, Plans: plans, Err: err})
	r.partial = r.partial || slices.ContainsFunc(plans, func(p *compiler.Plan) bool { return r.collector.Wants(p.Rule) })
}

// tagged says of each row which batch it answers, by the number of that, and ends
// at a failure.
func (r *run) tagged(ctx context.Context, rows iter.Seq2[backends.Row, error], batch compiler.Batch, number int) iter.Seq2[backends.BatchRow, error] {
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
func (r *run) row(batch compiler.Batch, row backends.Row, rec *record.Record) error {
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
		if r.options.Event == nil {
			continue
		}
		f := FromEvent(p, rec)
		if err := r.options.Event(p, &f); err != nil {
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
func (r *run) correlate(episodes []correlate.Episode) error {
	if r.partial {
		none := "none was made"
		if len(r.staged) > 0 {
			none = "none but those in two stages was made"
		}
		r.fail(Failure{Kind: RowsMissing, Err: errors.New("correlations: " + none + ", since rows of their rules are missing")})
	} else {
		more, problems := r.collector.Episodes()
		episodes = append(episodes, more...)
		r.note(problems)
	}
	episodes = append(episodes, r.answers.episodes...)
	correlate.Sort(episodes, r.report)
	for i := range episodes {
		e := &episodes[i]
		if r.options.Episode == nil || !r.window.Contains(e.Opening.At) {
			continue
		}
		f := FromEpisode(e)
		if err := r.options.Episode(e.Of, &f); err != nil {
			return fmt.Errorf("writing findings: %w", err)
		}
	}
	return nil
}

// note takes over what correlations could not do.
func (r *run) note(problems []correlate.Problem) {
	for _, p := range problems {
		of := "correlations"
		if p.Of != nil {
			of = p.Of.At.String()
		}
		r.fail(Failure{Kind: EventsOmitted, Err: fmt.Errorf("%s: %s", of, p.Message)})
	}
}

func (r *run) fail(f Failure) { r.failures = append(r.failures, f) }
