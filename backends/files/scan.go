package files

import (
	"context"
	"runtime"
	"sync"

	"github.com/sigmahunt/sigmahunt/compiler/record"
)

// Scan reads every file, a file at a time in each of opt.Workers goroutines,
// and hands on what the workers make of the records in the order of the files
// and their records, whatever the number of workers.
//
// newWorker is called once a worker; its function sees the records of one
// goroutine and returns a result and whether there is one. The record is valid
// until it returns. emit is called in the caller's goroutine.
//
// What cannot be read is counted, and everything else still read. The error is
// emit's, or the context's; either stops everything, and Scan returns when the
// goroutines have ended, but for one that waits for standard input. The stats
// are those of the files looked at until then.
//
// Memory is constant: see board.
func Scan[T any](ctx context.Context, files []File, opt Options, newWorker func() func(*record.Record, Position) (T, bool), emit func(T) error) (Stats, error) {
	if opt.Workers <= 0 {
		opt.Workers = runtime.GOMAXPROCS(0)
	}
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	b := newBoard[T](inner, len(files))
	var running sync.WaitGroup
	for range min(opt.Workers, len(files)) {
		running.Go(func() {
			work(inner, files, &opt, b, newWorker())
		})
	}
	total := Stats{Sources: map[string]int64{}, Counts: map[ProblemKind]int64{}}
	err := b.drain(emit, &total)
	cancel()
	running.Wait()
	if err == nil {
		err = context.Cause(ctx)
	}
	return total, err
}

// Limits of a chunk of results: how many, and of how many bytes of records.
const (
	chunkResults = 256
	chunkBytes   = 1 << 20
)

// work reads files until there are no more.
func work[T any](ctx context.Context, files []File, opt *Options, b *board[T], see func(*record.Record, Position) (T, bool)) {
	r := newReader(ctx, opt, opt.Workers > len(files))
	defer r.close()
	for t := b.start(); t != nil; t = b.start() {
		var list []T
		size := 0
		flush := func() bool {
			ok := b.put(t, list, size)
			list, size = nil, 0
			return ok
		}
		r.idle = func() { flush() } // what someone types is answered at once
		stats := r.read(files[t.file], t.file, func(rec *record.Record, at Position) bool {
			if result, ok := see(rec, at); ok {
				list = append(list, result)
				size += len(rec.Raw)
			}
			if len(list) < chunkResults && size < chunkBytes {
				return ctx.Err() == nil
			}
			return flush()
		})
		flush()
		b.finish(t, stats)
	}
}
