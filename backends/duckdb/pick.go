//go:build cgo

package duckdb

import (
	"fmt"
	"slices"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler/eval"
	"github.com/sigmahunt/sigmahunt/compiler/record"
)

// found is a row of a statement.
type found struct {
	file, index int64
	irregular   bool
	record      []byte
	rules       duckdb.Composite[[]int]
}

// picking tells the plans of a statement's rows and counts them.
type picking struct {
	query    backends.Query
	reader   *eval.Reader  // of irregular records; nil until there is one
	record   record.Record // the last of them
	matches  []int64       // by plan
	finished int64
	file     int64 // that kept counts
	kept     []int // by plan
}

func newPicking(q backends.Query) *picking {
	n := len(q.Batch.Plans)
	return &picking{query: q, matches: make([]int64, n), kept: make([]int, n), file: -1}
}

// pick gives the plans that a row is wanted for, ascending; none where it was
// irregular and matches nothing, or where all have enough rows of the file.
func (p *picking) pick(f *found) ([]int, error) {
	matched := f.rules.Get()
	if f.irregular {
		var err error
		if matched, err = p.decide(f.record); err != nil {
			return nil, err
		}
	}
	if f.file != p.file {
		p.file = f.file
		clear(p.kept)
	}
	var plans []int
	for _, i := range matched {
		if i < 0 || i >= len(p.matches) {
			return nil, fmt.Errorf("DuckDB returned rule %d of %d", i, len(p.matches))
		}
		p.matches[i]++
		if p.kept[i]++; p.query.Keep == 0 || p.kept[i] <= p.query.Keep {
			plans = append(plans, i)
		}
	}
	slices.Sort(plans)
	return plans, nil
}

// decide does for an irregular record what SQL does for others: it holds it
// against the window, and the evaluator against the plans.
func (p *picking) decide(event []byte) ([]int, error) {
	if err := record.ParseInto(&p.record, event); err != nil {
		return nil, fmt.Errorf("a record that DuckDB returned: %w", err)
	}
	p.finished++
	if !p.query.Window.Holds(&p.record, p.query.Batch.Source) {
		return nil, nil
	}
	if p.reader == nil {
		p.reader = eval.NewSet(p.query.Batch.Plans).Reader()
	}
	return p.reader.Match(&p.record), nil
}
