package backends

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// named gives the plan that wants an event of that name.
func named(t *testing.T, name string) *compiler.Plan {
	t.Helper()
	s := schema.ByName("cloudtrail")
	path, _, ok := s.Resolve("eventName")
	if !ok {
		t.Fatal("cloudtrail has no eventName")
	}
	return &compiler.Plan{Source: s, Where: compiler.In{Field: path, Values: []string{name}}}
}

// widened gives the plan that an engine can only answer with every event.
func widened(t *testing.T, name string) *compiler.Plan {
	p := named(t, name)
	return &compiler.Plan{Source: p.Source, Where: compiler.Const{Value: true}, Residual: p}
}

func rowsOf(rows []Row, err error) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for _, r := range rows {
			r.Plans = slices.Clone(r.Plans)
			if !yield(r, nil) {
				return
			}
		}
		if err != nil {
			yield(Row{}, err)
		}
	}
}

func event(name string) []byte { return fmt.Appendf(nil, `{"eventName":%q}`, name) }

func TestFinishDecidesOnlyWhatTheEngineWidened(t *testing.T) {
	batch := compiler.Batch{Plans: []*compiler.Plan{named(t, "A"), widened(t, "A"), widened(t, "B"), named(t, "B")}}
	rows := []Row{
		{Event: event("A"), Plans: []int{0, 1, 2}, Where: at(0, 0)},
		{Event: event("B"), Plans: []int{1, 2, 3}, Where: at(0, 1)},
		{Event: event("C"), Plans: []int{1, 2}, Where: at(0, 2)},    // nothing is left of it
		{Event: event("C"), Plans: []int{0, 1, 3}, Where: at(0, 3)}, // what is exact is the engine's word
		{Event: event("A"), Plans: []int{1}, Where: at(1, 0)},
	}
	var got []string
	for row, err := range Finish(rowsOf(rows, nil), batch) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(row.Where.Number, row.Where.Index, row.Plans))
	}
	want := []string{"0 0 [0 1]", "0 1 [2 3]", "0 3 [0 3]", "1 0 [1]"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestFinishPassesRowsOfExactPlansUnread(t *testing.T) {
	for name, batch := range map[string]compiler.Batch{
		"alone":                {Plans: []*compiler.Plan{named(t, "A")}},
		"beside a widened one": {Plans: []*compiler.Plan{named(t, "A"), widened(t, "B")}},
	} {
		n := 0
		for row, err := range Finish(rowsOf([]Row{{Event: []byte("no event"), Plans: []int{0}}}, nil), batch) {
			if err != nil || string(row.Event) != "no event" {
				t.Errorf("%s: %q, %v", name, row.Event, err)
			}
			n++
		}
		if n != 1 {
			t.Errorf("%s: %d rows, want 1", name, n)
		}
	}
}

func TestFinishEndsWithTheFirstError(t *testing.T) {
	broken := errors.New("broken")
	batch := compiler.Batch{Plans: []*compiler.Plan{widened(t, "A")}}
	good := Row{Event: event("A"), Plans: []int{0}}
	for name, c := range map[string]struct {
		rows iter.Seq2[Row, error]
		is   error
		text string
	}{
		"of the engine":         {rowsOf([]Row{good, good}, broken), broken, "broken"},
		"a row that is no text": {rowsOf([]Row{good, good, {Event: []byte(`{"a":`), Plans: []int{0}}, good}, nil), nil, "no event"},
	} {
		n := 0
		var last error
		for _, err := range Finish(c.rows, batch) {
			if last != nil {
				t.Errorf("%s: more came after the error", name)
			}
			if last = err; err == nil {
				n++
			}
		}
		if n != 2 || last == nil || !strings.Contains(last.Error(), c.text) || c.is != nil && !errors.Is(last, c.is) {
			t.Errorf("%s: %d rows, then %v", name, n, last)
		}
	}
}

func TestFinishStopsTheEngineWhenItsReaderStops(t *testing.T) {
	batch := compiler.Batch{Plans: []*compiler.Plan{widened(t, "A")}}
	taken, stopped := 0, false
	engine := func(yield func(Row, error) bool) {
		defer func() { stopped = true }()
		for ; taken < 100; taken++ {
			if !yield(Row{Event: event("A"), Plans: []int{0}}, nil) {
				return
			}
		}
	}
	for range Finish(engine, batch) {
		break
	}
	if taken != 0 || !stopped {
		t.Errorf("the engine gave %d more rows, stopped: %t", taken, stopped)
	}
}
