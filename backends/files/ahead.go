package files

import (
	"context"
	"io"
)

// blockSize is what is read ahead at once, and blocks how often.
const (
	blockSize = 512 << 10
	blocks    = 3
)

// ahead reads on in a goroutine of its own while what it has read is used, so
// that decompressing overlaps with parsing.
type ahead struct {
	ctx    context.Context
	free   chan []byte
	full   chan block
	stop   chan struct{}
	ended  chan struct{} // closed when the goroutine has ended
	idle   func()        // called before Read waits; may be nil
	now    block
	unused []byte // of now
}

type block struct {
	data []byte
	err  error
}

// readAhead starts to read r, at least least bytes at once where there are as
// many.
func readAhead(ctx context.Context, r io.Reader, least int) *ahead {
	a := &ahead{
		ctx: ctx, free: make(chan []byte, blocks), full: make(chan block, blocks),
		stop: make(chan struct{}), ended: make(chan struct{}),
	}
	for range blocks {
		a.free <- make([]byte, blockSize)
	}
	go a.run(r, least)
	return a
}

func (a *ahead) run(r io.Reader, least int) {
	defer close(a.ended)
	for {
		var data []byte
		select {
		case data = <-a.free:
		case <-a.stop:
			return
		}
		n, err := 0, error(nil)
		for n < least && err == nil {
			var more int
			more, err = r.Read(data[n:])
			n += more
		}
		a.full <- block{data[:n], err} // has room for all blocks
		if err != nil {
			return
		}
	}
}

func (a *ahead) Read(p []byte) (int, error) {
	for len(a.unused) == 0 {
		if a.now.err != nil {
			return 0, a.now.err
		}
		if a.now.data != nil {
			a.free <- a.now.data[:blockSize]
			a.now.data = nil
		}
		if a.idle != nil && len(a.full) == 0 {
			a.idle()
		}
		select {
		case a.now = <-a.full:
			a.unused = a.now.data
		case <-a.ctx.Done():
			return 0, a.ctx.Err()
		}
	}
	n := copy(p, a.unused)
	a.unused = a.unused[n:]
	return n, nil
}

// close asks the goroutine to end, which it does with the read that it is in.
func (a *ahead) close() { close(a.stop) }
