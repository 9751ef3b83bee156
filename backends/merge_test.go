package backends

import (
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
)

func at(file int, index int64) Origin { return Origin{Number: file, Index: index} }

// source is a sequence of rows that counts what was taken and tells when it
// was let go.
type source struct {
	batch   int
	rows    []Origin
	err     error // after the rows
	taken   int
	stopped bool
}

func (s *source) all() iter.Seq2[BatchRow, error] {
	return func(yield func(BatchRow, error) bool) {
		defer func() { s.stopped = true }()
		for _, o := range s.rows {
			s.taken++
			if !yield(BatchRow{Row: Row{Where: o}, Batch: s.batch}, nil) {
				return
			}
		}
		if s.err != nil {
			yield(BatchRow{Batch: s.batch}, s.err)
		}
	}
}

func merged(sources []*source) iter.Seq2[BatchRow, error] {
	var seqs []iter.Seq2[BatchRow, error]
	for _, s := range sources {
		seqs = append(seqs, s.all())
	}
	return Merge(seqs)
}

func TestMergeOrdersByFileThenRecord(t *testing.T) {
	sources := []*source{
		{batch: 0, rows: []Origin{at(0, 3), at(2, 0), at(2, 9)}},
		{batch: 1},
		{batch: 2, rows: []Origin{at(0, 1), at(0, 4), at(1, 100), at(10, 0)}},
		{batch: 3, rows: []Origin{at(2, 1)}},
	}
	var got []string
	for row, err := range merged(sources) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%d:%d of %d", row.Row.Where.Number, row.Row.Where.Index, row.Batch))
	}
	want := []string{"0:1 of 2", "0:3 of 0", "0:4 of 2", "1:100 of 2", "2:0 of 0", "2:1 of 3", "2:9 of 0", "10:0 of 2"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// However rows are dealt out to sequences, merging gives them all in order.
func TestMergeUndoesAnyDeal(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		sources := make([]*source, random.IntN(6))
		for i := range sources {
			sources[i] = &source{batch: i}
		}
		var want []Origin
		for file := range random.IntN(5) {
			for index := range random.IntN(8) {
				if len(sources) > 0 {
					want = append(want, at(file, int64(index)))
					s := sources[random.IntN(len(sources))]
					s.rows = append(s.rows, at(file, int64(index)))
				}
			}
		}
		var got []Origin
		for row, err := range merged(sources) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, row.Row.Where)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%d sequences: %v, want %v", len(sources), got, want)
		}
	}
}

func TestMergeYieldsAnErrorBeforeWaitingRowsAndEnds(t *testing.T) {
	broken := errors.New("broken")
	for _, place := range []int{0, 1, 2} {
		sources := []*source{
			{rows: []Origin{at(0, 0), at(5, 0)}},
			{rows: []Origin{at(0, 1), at(5, 1)}},
		}
		sources = slices.Insert(sources, place, &source{rows: []Origin{at(0, 2)}, err: broken})
		var rows []Origin
		var errs []error
		for row, err := range merged(sources) {
			if err != nil {
				errs = append(errs, err)
				continue
			}
			rows = append(rows, row.Row.Where)
		}
		if want := []Origin{at(0, 0), at(0, 1), at(0, 2)}; !slices.Equal(rows, want) {
			t.Errorf("error in sequence %d: rows %v, want %v", place, rows, want)
		}
		if len(errs) != 1 || !errors.Is(errs[0], broken) {
			t.Errorf("error in sequence %d: errors %v", place, errs)
		}
		for i, s := range sources {
			if !s.stopped {
				t.Errorf("error in sequence %d: sequence %d was left hanging", place, i)
			}
		}
	}
}

func TestMergeLetsGoWhenItsReaderStops(t *testing.T) {
	for _, count := range []int{1, 3} {
		sources := make([]*source, count)
		for i := range sources {
			sources[i] = &source{batch: i}
			for n := range 100 {
				sources[i].rows = append(sources[i].rows, at(0, int64(n*count+i)))
			}
		}
		read := 0
		for range merged(sources) {
			if read++; read == 5 {
				break
			}
		}
		for i, s := range sources {
			if !s.stopped || s.taken > 7 {
				t.Errorf("of %d sequences, number %d: stopped %t after %d rows", count, i, s.stopped, s.taken)
			}
		}
	}
}
