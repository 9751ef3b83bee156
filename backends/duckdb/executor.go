//go:build cgo

package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"slices"
	"sync"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/files"
	"github.com/sigmahunt/sigmahunt/compiler"
)

// executor runs statements over files. Several runs may be open at a time; each
// has a connection and reads the files for itself.
type executor struct {
	config backends.Config
	files  []files.File
	temp   string
	db     *sql.DB

	mu    sync.Mutex
	stats backends.Stats // but for what scans read
	read  files.Stats    // of one scan, see scanned
	whole bool           // read is of a scan of all files
}

func open(ctx context.Context, c backends.Config) (backends.Executor, error) {
	temp, err := os.MkdirTemp("", "sigmahunt-duckdb-")
	if err != nil {
		return nil, fmt.Errorf("a folder for temporary files: %w", err)
	}
	x := &executor{config: c, temp: temp}
	if err := x.open(ctx); err != nil {
		return nil, errors.Join(err, x.Close())
	}
	return x, nil
}

func (x *executor) open(ctx context.Context) (err error) {
	found, problems := files.Find(x.config.Paths)
	if x.files, err = spool(ctx, found, x.config.Stdin, x.temp); err != nil {
		return err
	}
	files.AccountProblems(&x.stats, problems)
	x.db, err = openDatabase(x.config.Workers, x.temp)
	return err
}

// Close ends the database and removes its temporary files.
func (x *executor) Close() error {
	var err error
	if x.db != nil {
		err = x.db.Close()
	}
	return errors.Join(err, os.RemoveAll(x.temp))
}

// RunsCorrelations returns what runs the statements of correlations.
func (x *executor) RunsCorrelations() backends.CorrelationRunner {
	return backends.CorrelationRunner{Episodes: x.episodes}
}

// Stats tells what was read and matched so far.
func (x *executor) Stats() backends.Stats {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.stats
	s.Problems, s.Skipped = slices.Clone(s.Problems), maps.Clone(s.Skipped)
	files.Account(&s, x.read)
	return s
}

// scanned keeps the account of one scan. All scans read the same files and come
// upon the same problems, which are told once: those of the first scan that
// read all, and until there is one, of that which came farthest.
func (x *executor) scanned(stats files.Stats, whole bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.whole && (whole || stats.Bytes >= x.read.Bytes) {
		x.read, x.whole = stats, whole
	}
}

// Run runs the statement and yields its rows in the order of files and records.
func (x *executor) Run(ctx context.Context, q backends.Query) iter.Seq2[backends.Row, error] {
	return func(yield func(backends.Row, error) bool) {
		if err := x.run(ctx, q, func(row backends.Row) bool { return yield(row, nil) }); err != nil {
			yield(backends.Row{}, err)
		}
	}
}

func (x *executor) run(ctx context.Context, q backends.Query, yield func(backends.Row) bool) error {
	return x.answer(ctx, q.Text, func(rows *sql.Rows) error { return x.rows(ctx, rows, q, yield) })
}

// rows yields what a statement returned.
func (x *executor) rows(ctx context.Context, rows *sql.Rows, q backends.Query, yield func(backends.Row) bool) error {
	p := newPicking(q)
	defer x.count(p)
	for rows.Next() {
		var f found
		if err := rows.Scan(&f.file, &f.index, &f.irregular, &f.record, &f.rules); err != nil {
			return fmt.Errorf("a row of DuckDB: %w", err)
		}
		plans, err := p.pick(&f)
		if err != nil {
			return err
		}
		if len(plans) == 0 {
			continue
		}
		where := backends.Origin{File: x.files[f.file].Name, Number: int(f.file), Index: f.index}
		if !yield(backends.Row{Event: f.record, Plans: plans, Where: where}) {
			return nil
		}
	}
	return failed(ctx, rows.Err())
}

// failed prefers the reason of the context to DuckDB's word for it.
func failed(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	return fmt.Errorf("DuckDB: %w", err)
}

func (x *executor) count(p *picking) {
	x.mu.Lock()
	defer x.mu.Unlock()
	matches := map[*compiler.Plan]int64{} // Stats has given the former one away
	for plan, n := range x.stats.Matches {
		matches[plan] = n
	}
	for i, plan := range p.query.Batch.Plans {
		matches[plan] += p.matches[i]
	}
	x.stats.Matches = matches
	x.stats.Finished += p.finished
}
