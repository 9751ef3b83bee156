//go:build cgo

package duckdb

import (
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// kind is the type of a column that a table function gives.
type kind uint8

const (
	varchar kind = iota // the value's text, or compact JSON
	bigint
	boolean
)

// tableLayout is a source's table.
type tableLayout struct {
	source  *schema.Source
	columns []column
}

// column is one of a table's columns: the source's top-level fields in the
// schema's order, then those of extraColumns.
type column struct {
	name string
	kind kind
	json bool // the text is compact JSON, where null is text as well
}

// The columns behind the fields: the record as compact JSON, whether SQL must
// leave it to the evaluator, and where it was read from.
var extraColumns = []column{
	{name: "record"}, {name: "irregular", kind: boolean}, {name: "_file", kind: bigint}, {name: "_index", kind: bigint},
}

// The places of extraColumns, counted from the last field.
const (
	recordColumn = iota
	irregularColumn
	fileColumn
	indexColumn
)

// columnsOf gives the columns of a source's table.
func columnsOf(src *schema.Source) []column {
	columns := make([]column, 0, len(src.Fields)+len(extraColumns))
	for _, f := range src.Fields {
		c := column{name: f.Name, kind: columnType(&f)}
		switch f.Type {
		case schema.Struct, schema.List, schema.JSON:
			c.json = true
		case schema.Text, schema.Number, schema.Bool, schema.Time:
		}
		columns = append(columns, c)
	}
	return append(columns, extraColumns...)
}

// columnType returns the column type of a field.
func columnType(f *schema.Field) kind {
	if f.Whole {
		return bigint
	}
	return varchar
}
