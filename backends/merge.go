package backends

import (
	"iter"
)

// Merge joins sequences of rows that are each ordered by file and record into
// one that is, so that an engine which reads a source at a time gives the order
// of one that reads all at once.
func Merge(seqs []iter.Seq2[BatchRow, error]) iter.Seq2[BatchRow, error] {
	if len(seqs) == 1 {
		return seqs[0]
	}
	return func(yield func(BatchRow, error) bool) {
		heads := make([]head, len(seqs))
		for i, seq := range seqs {
			next, stop := iter.Pull2(seq)
			defer stop()
			heads[i].next = next
			heads[i].advance()
		}
		for {
			first := -1
			for i := range heads {
				if heads[i].ok && (first < 0 || heads[i].before(&heads[first])) {
					first = i
				}
			}
			if first < 0 {
				return
			}
			h := &heads[first]
			if !yield(h.row, h.err) || h.err != nil {
				return
			}
			h.advance()
		}
	}
}

// BatchRow is a row with the batch that its plans are counted in.
type BatchRow struct {
	Row   Row
	Batch int
}

// head is the next row of one sequence.
type head struct {
	next func() (BatchRow, error, bool)
	row  BatchRow
	err  error
	ok   bool
}

func (h *head) advance() { h.row, h.err, h.ok = h.next() }

// before orders errors first, then by file and record.
func (h *head) before(o *head) bool {
	a, b := h.row.Row.Where, o.row.Row.Where
	switch {
	case h.err != nil || o.err != nil:
		return h.err != nil
	case a.Number != b.Number:
		return a.Number < b.Number
	default:
		return a.Index < b.Index
	}
}
