package files

import (
	"context"
	"sync"
)

// board passes results from workers, each at a file of its own, to one reader
// who wants them in the order of the files.
//
// Its memory is bounded: results that wait count against a limit, and so do
// files that were started and are not drained. It cannot dead-lock. Files are
// started in order, so the file being drained, the head, always has a worker or
// is finished; that worker may put results whenever none of its own wait, so it
// never waits for other files; hence the head ends, and the next one becomes
// the head. Workers of other files wait, at the limit, for that.
type board[T any] struct {
	mu      sync.Mutex
	changed sync.Cond
	files   int        // how many there are
	next    int        // the file to start next
	started []*task[T] // in order, from the head on
	waiting int        // size of all results that wait
	stopped bool

	maxWaiting, maxStarted int
}

// task is a file that was started.
type task[T any] struct {
	file     int
	chunks   []results[T] // that wait
	finished bool
	stats    Stats
}

type results[T any] struct {
	list []T
	size int
}

// The limits of what waits: bytes of records, and files.
const (
	waitingBytes = 64 << 20
	waitingFiles = 4096
)

// resultSize is what a result counts beside its record's bytes.
const resultSize = 64

// newBoard makes the board of that many files. It stops with the context.
func newBoard[T any](ctx context.Context, files int) *board[T] {
	b := &board[T]{files: files, maxWaiting: waitingBytes, maxStarted: waitingFiles}
	b.changed.L = &b.mu
	context.AfterFunc(ctx, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.stopped = true
		b.changed.Broadcast()
	})
	return b
}

// start returns the next file to read, nil when there is none or all is stopped.
func (b *board[T]) start() *task[T] {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.started) >= b.maxStarted && !b.stopped {
		b.changed.Wait()
	}
	if b.stopped || b.next == b.files {
		return nil
	}
	t := &task[T]{file: b.next}
	b.next++
	b.started = append(b.started, t)
	b.changed.Broadcast()
	return t
}

// put hands over results of a file, whose records have size bytes. False means
// that all is stopped.
func (b *board[T]) put(t *task[T], list []T, size int) bool {
	if len(list) == 0 {
		return true
	}
	size += resultSize * len(list)
	b.mu.Lock()
	defer b.mu.Unlock()
	for !b.stopped && b.waiting+size > b.maxWaiting && (b.started[0] != t || len(t.chunks) > 0) {
		b.changed.Wait()
	}
	if b.stopped {
		return false
	}
	t.chunks = append(t.chunks, results[T]{list, size})
	b.waiting += size
	b.changed.Broadcast()
	return true
}

// finish says that a file is read.
func (b *board[T]) finish(t *task[T], stats *Stats) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t.stats, t.finished = *stats, true
	b.changed.Broadcast()
}

// drain hands every file's results to emit, in order, and adds up the files'
// stats. It ends with the last file, with emit's first error, or when all is
// stopped.
func (b *board[T]) drain(emit func(T) error, total *Stats) error {
	for range b.files {
		for {
			list, more := b.take(total)
			for _, v := range list {
				if err := emit(v); err != nil {
					return err
				}
			}
			if !more {
				break
			}
		}
	}
	return nil
}

// take returns results of the head, and whether there may be more of it; when not,
// it makes the next file the head.
func (b *board[T]) take(total *Stats) (list []T, more bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for !b.stopped && (len(b.started) == 0 || len(b.started[0].chunks) == 0 && !b.started[0].finished) {
		b.changed.Wait()
	}
	if b.stopped {
		return nil, false
	}
	head := b.started[0]
	if len(head.chunks) == 0 {
		total.add(&head.stats)
		b.started[0] = nil
		b.started = b.started[1:]
		b.changed.Broadcast()
		return nil, false
	}
	chunk := head.chunks[0]
	head.chunks = head.chunks[1:]
	b.waiting -= chunk.size
	b.changed.Broadcast()
	return chunk.list, true
}
