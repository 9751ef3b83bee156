//go:build cgo

package duckdb

import (
	"slices"
	"strconv"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends/files"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// Limits of a batch: rows, as many as DuckDB takes at once, and bytes of text,
// beyond which no further row is begun.
const (
	batchRows = 2048
	batchText = 4 << 20
)

// batch is rows on their way from a reading goroutine to DuckDB, by column.
type batch struct {
	columns []column
	cells   [][]cell // by column; nil where a column is not used
	text    strings.Builder
	rows    int
}

// cell is a value: where in the batch's text it stands, or in from a number, or
// 0 or 1.
type cell struct{ from, to int64 }

// null is the SQL NULL.
var null = cell{-1, -1 << 63}

func newBatch(columns []column, used []bool, text int) *batch {
	b := &batch{columns: columns, cells: make([][]cell, len(columns))}
	for i := range columns {
		if used[i] {
			b.cells[i] = make([]cell, 0, batchRows)
		}
	}
	b.text.Grow(text)
	return b
}

func (b *batch) full() bool { return b.rows == batchRows || b.text.Len() >= batchText }

// filler makes batches of the records of one goroutine.
type filler struct {
	source  *schema.Source
	shape   *shape
	columns []column
	used    []bool
	check   bool           // a used column depends on whether the record is irregular
	values  []record.Value // by field
	scratch []byte
	batch   *batch
	size    int // of the last batch's text
}

func newFiller(t *tableLayout, used []bool) *filler {
	fields := len(t.source.Fields)
	return &filler{
		source: t.source, shape: shapes[t.source], columns: t.columns, used: used,
		check:  slices.Contains(used[:fields], true) || used[fields+irregularColumn],
		values: make([]record.Value, fields),
	}
}

// add appends a record, and gives the batch when it is full.
func (f *filler) add(rec *record.Record, at files.Position) *batch {
	if f.batch == nil {
		f.batch = newBatch(f.columns, f.used, f.size+f.size/8)
	}
	b := f.batch
	odd := f.check && irregular(f.source, rec)
	f.find(rec, odd)
	for i, v := range f.values {
		if f.used[i] {
			b.cells[i] = append(b.cells[i], f.cell(v, &f.columns[i]))
		}
	}
	f.extra(recordColumn, func() cell { return f.compact(rec.Raw) })
	f.extra(irregularColumn, func() cell { return flag(odd) })
	f.extra(fileColumn, func() cell { return cell{from: int64(at.Number)} })
	f.extra(indexColumn, func() cell { return cell{from: int64(at.Index)} })
	if b.rows++; !b.full() {
		return nil
	}
	return f.take()
}

// take gives the batch begun, nil when there is none.
func (f *filler) take() *batch {
	b := f.batch
	if b != nil {
		f.batch, f.size = nil, b.text.Len()
	}
	return b
}

// find looks up the fields' values; of an irregular record none is given.
func (f *filler) find(rec *record.Record, odd bool) {
	clear(f.values)
	if odd {
		return
	}
	for i := range rec.Members {
		if s := f.shape.below(rec.Members[i].Key); s != nil {
			f.values[s.column] = rec.Members[i].Value
		}
	}
}

// extra appends to one of the columns behind the fields.
func (f *filler) extra(c int, value func() cell) {
	if c += len(f.values); f.used[c] {
		f.batch.cells[c] = append(f.batch.cells[c], value())
	}
}

func (f *filler) cell(v record.Value, c *column) cell {
	switch {
	case v.Kind == record.Absent:
		return null
	case c.json:
		return f.compact(v.Raw)
	case v.Kind == record.Null:
		return null
	case c.kind == bigint:
		n, err := strconv.ParseInt(string(v.Raw), 10, 64)
		if err != nil {
			return null // irregular keeps such records away
		}
		return cell{from: n}
	}
	f.scratch = v.AppendText(f.scratch[:0])
	return f.put()
}

func (f *filler) compact(raw []byte) cell {
	f.scratch = record.AppendCompact(f.scratch[:0], raw)
	return f.put()
}

// put adds what is in scratch to the text.
func (f *filler) put() cell {
	from := f.batch.text.Len()
	f.batch.text.Write(f.scratch)
	return cell{int64(from), int64(f.batch.text.Len())}
}

func flag(b bool) cell {
	if b {
		return cell{from: 1}
	}
	return cell{}
}
