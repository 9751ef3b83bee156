package episodes

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
)

// Behind the rule and the values of the group stand these columns.
var columns = []string{"opened", "opening_event", "opening_source", "first_event", "last_event", "events", "event_ids", "value", "undecided_events"}

// Columns names the columns of a correlation's statement: the rule, the names
// that it groups by, and what is told of an episode. No two are the same.
func Columns(of *compiler.CorrelationPlan) []string {
	names := []string{"rule"}
	taken := map[string]bool{"rule": true}
	for _, c := range columns {
		taken[c] = true
	}
	for _, g := range of.Rule.GroupBy {
		want := strings.ReplaceAll(g.Text, "\x00", "")
		name := want
		for i := 2; name == "" || taken[strings.ToLower(name)]; i++ {
			name = fmt.Sprintf("%s_%d", want, i)
		}
		taken[strings.ToLower(name)] = true
		names = append(names, name)
	}
	return append(names, columns...)
}

// Read makes the episode of a row, whose cells are as many as the columns; nil
// is NULL. The error is an *backends.Undecided where the row tells of events that
// were not decided.
func Read(of *compiler.CorrelationPlan, cells []*string) (e correlate.Episode, err error) {
	groups := len(of.Rule.GroupBy)
	if len(cells) != 1+groups+len(columns) {
		return e, fmt.Errorf("a row of %d columns, not %d", len(cells), 1+groups+len(columns))
	}
	r := &row{cells: cells[1:]}
	e.Of = of
	for range groups {
		e.Group = append(e.Group, r.text())
	}
	told := r.cells
	r.cells = r.cells[len(columns)-1:]
	switch undecided := r.number(); {
	case r.err != nil:
		return e, fmt.Errorf("a row of episodes: %w", r.err)
	case undecided > 0:
		return e, &backends.Undecided{Events: undecided}
	}
	r.cells = told
	e.Opening.At, e.Opening.ID, e.Opening.Source = r.time(), r.text(), r.text()
	e.First, e.Last, e.Count = r.time(), r.time(), int(r.number())
	if text := r.text(); r.err == nil {
		r.err = json.Unmarshal([]byte(text), &e.IDs)
	}
	if e.Value = r.value(); r.err != nil {
		return e, fmt.Errorf("a row of episodes: %w", r.err)
	}
	return e, nil
}

// row reads cells from left to right, and keeps the first error.
type row struct {
	cells []*string
	err   error
}

func (r *row) text() string {
	cell := r.cells[0]
	if r.cells = r.cells[1:]; cell == nil {
		return ""
	}
	return *cell
}

func (r *row) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *row) number() int64 {
	n, err := strconv.ParseInt(r.text(), 10, 64)
	if err != nil {
		r.fail(err)
	}
	return n
}

func (r *row) time() time.Time {
	t, err := time.Parse(time.RFC3339Nano, r.text())
	if err != nil {
		r.fail(err)
	}
	return t.UTC()
}

func (r *row) value() *big.Rat {
	text := r.text()
	v, ok := new(big.Rat).SetString(text)
	if !ok {
		r.fail(fmt.Errorf("%q is no measure", text))
	}
	return v
}
