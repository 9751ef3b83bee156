//go:build cgo

package duckdb

import (
	"context"
	"sync"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/files"
	"github.com/sigmahunt/sigmahunt/compiler/record"
)

// reader is what the tables of one statement read files with. Its context ends
// all scans that it has started.
type reader struct {
	ctx      context.Context
	files    []files.File
	options  files.Options
	progress func(backends.Progress)
	done     func(files.Stats, bool) // told of each scan that has ended, and whether it was whole
	running  sync.WaitGroup
}

// feed is the scan behind one table of a statement. The zero value is ready to
// be opened.
type feed struct {
	once    sync.Once
	batches chan *batch
}

// open starts the scan with the first call, and gives what it makes of the
// records. The channel is closed when all were sent or the reader's context has
// ended.
func (f *feed) open(r *reader, t *tableLayout, used func() []bool) <-chan *batch {
	f.once.Do(func() {
		f.batches = make(chan *batch, 2) // a full and a half-filled one a thread are enough
		columns := used()
		r.running.Go(func() {
			defer close(f.batches)
			f.scan(r, t, columns)
		})
	})
	return f.batches
}

// meterStep is how many records a goroutine reads before it tells the meter.
const meterStep = 512

func (f *feed) scan(r *reader, t *tableLayout, used []bool) {
	var mu sync.Mutex
	var fillers []*filler
	meter := files.NewMeter(r.files, r.progress)
	options := r.options
	options.Progress = meter.Bytes
	worker := func() func(*record.Record, files.Position) (struct{}, bool) {
		fill := newFiller(t, used)
		mu.Lock()
		fillers = append(fillers, fill)
		mu.Unlock()
		seen := int64(0)
		return func(rec *record.Record, at files.Position) (struct{}, bool) {
			if seen++; seen%meterStep == 0 {
				meter.Events(meterStep)
			}
			if at.Source == t.source.Name {
				f.send(r.ctx, fill.add(rec, at))
			}
			return struct{}{}, false
		}
	}
	// Batches go their own way, in any order: the statement sorts what it
	// returns. So the scan has no results of its own.
	stats, err := files.Scan(r.ctx, r.files, options, worker, func(struct{}) error { return nil })
	for _, fill := range fillers {
		f.send(r.ctx, fill.take())
	}
	r.done(stats, err == nil)
}

func (f *feed) send(ctx context.Context, b *batch) {
	if b == nil {
		return
	}
	select {
	case f.batches <- b:
	case <-ctx.Done(): // the scan sees it by itself
	}
}
