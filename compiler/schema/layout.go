package schema

import "slices"

// Layout is one physical table that holds a source's events: which declared
// fields it has, under which columns, and how it is partitioned. Layouts are
// data; engines read them.
type Layout struct {
	Name       string // as in --layout NAME
	Title      string // for people
	Source     *Source
	Table      string // the name that AWS's documentation gives the table
	Columns    []Column
	Partitions Partitions
	NullText   string // text that stands for null in its columns; empty: none
}

// Column is a column of a table, or a member of a ROW.
type Column struct {
	Field   string // the declared field it holds
	Name    string // its physical name
	Type    ColumnType
	Members []Column // of a Row or RowList
}

// ColumnType is how a table stores a field.
type ColumnType int

// The column types.
const (
	Varchar   ColumnType = iota + 1 // text
	Integer                         // a whole number
	Row                             // a struct
	RowList                         // an array of structs
	JSONText                        // JSON as text, keys as AWS writes them
	LowerJSON                       // JSON as text, keys in lower case (the OpenX SerDe)
	TextMap                         // map(varchar, varchar)
)

// Partitions is how a table is cut, which a query must name to read less.
type Partitions struct {
	Scheme Scheme
	Column string // for schemes of one column
}

// Scheme is a way of cutting a table by day.
type Scheme int

// The schemes.
const (
	Unpartitioned Scheme = iota + 1
	SlashDay             // one text column, 2026/03/10
	DateDay              // one date column
	YearMonthDay         // text columns year, month, day
)

// Locate finds the column that holds a path, the columns down to it through
// structs, and the keys that remain inside a JSON or map column. ok is false
// when the table does not have it.
func (l *Layout) Locate(p Path) (steps []Column, rest []string, ok bool) {
	if l.Source.AnyField {
		return []Column{openColumn(p.Name())}, nil, true
	}
	columns := l.Columns
	for i, key := range p.Keys {
		at := slices.IndexFunc(columns, func(c Column) bool { return c.Field == key })
		if at < 0 {
			return nil, nil, false
		}
		c := columns[at]
		steps = append(steps, c)
		switch c.Type {
		case JSONText, LowerJSON, TextMap:
			return steps, p.Keys[i+1:], true
		case Varchar, Integer, Row, RowList:
			columns = c.Members
		}
	}
	return steps, nil, true
}
