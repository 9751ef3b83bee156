package backends_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
)

func TestATrackerReportsEachChangeOfTheWhole(t *testing.T) {
	var got []backends.Progress
	tr := backends.NewTracker(func(p backends.Progress) { got = append(got, p) })
	tr.Scanned(100)
	tr.Scanned(0)
	tr.Rows(3)
	tr.Ended()
	tr.Rows(2)
	want := []backends.Progress{{Done: 100}, {Done: 100, Rows: 3}, {Done: 100, Rows: 3, Statements: 1}, {Done: 100, Rows: 5, Statements: 1}}
	if !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	none := backends.NewTracker(nil)
	none.Scanned(1)
	none.Rows(1)
	none.Ended()
}

func TestReportsOfSeveralStatementsComeInOrder(t *testing.T) {
	var got []backends.Progress
	tr := backends.NewTracker(func(p backends.Progress) { got = append(got, p) })
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				tr.Rows(1)
			}
			tr.Ended()
		})
	}
	all.Wait()
	for i, p := range got {
		if p.Rows+p.Statements != int64(i)+1 {
			t.Fatalf("report %d is %+v", i, p)
		}
	}
	if last := got[len(got)-1]; last != (backends.Progress{Rows: 800, Statements: 8}) {
		t.Errorf("the last is %+v", last)
	}
}
