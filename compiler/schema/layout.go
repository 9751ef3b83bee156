package schema

import "slices"

// Layout is one physical table that holds a source's events: which declared
// fields it has, under which columns, how it is partitioned and in which files
// it lies. Layouts are data; engines read them.
type Layout struct {
	Name       string // as in --layout NAME
	Title      string // for people
	Source     *Source
	Table      string // the name that AWS's documentation gives the table
	Columns    []Column
	Partitions Partitions
	NullText   string // text that stands for null in its columns; empty: none
	Storage    Storage
}

// Column is a column of a table, or a member of a ROW.
type Column struct {
	Field   string   // the declared field it holds
	Name    string   // its physical name; empty: a struct of the source that the table does not have, only its members
	In      []string // structs of the table around it that the source does not have, outermost first
	Or      string   // a sibling that holds the value where this column is null; of Varchar
	Inside  string   // the key that leads to the field in a JSON column that holds more than the field
	Type    ColumnType
	Hive    string   // its type in DDL where that is not the usual one of Type
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
	Timestamp                       // a timestamp without time zone, UTC
	Boolean                         // true or false
	Opaque                          // of the type Hive; no rule can ask for it
)

// Locate finds the column that holds a path, the columns down to it through
// structs, one a key, and the keys that remain inside a JSON or map column. ok
// is false when the table does not have it. Place gives the columns' names.
func (l *Layout) Locate(p Path) (steps []Column, rest []string, ok bool) {
	if l.Source.AnyField {
		return []Column{openColumn(p.Name())}, nil, true
	}
	columns := l.Columns
	for i, key := range p.Keys {
		at := slices.IndexFunc(columns, func(c Column) bool { return c.Field == key })
		if at < 0 || columns[at].Type == Opaque {
			return nil, nil, false
		}
		c := columns[at]
		steps = append(steps, c)
		switch c.Type {
		case JSONText, LowerJSON, TextMap:
			if rest = p.Keys[i+1:]; c.Inside != "" {
				rest = append([]string{c.Inside}, rest...)
			}
			return steps, rest, true
		case Varchar, Integer, Row, RowList, Timestamp, Boolean, Opaque:
			columns = c.Members
		}
	}
	if n := len(steps); n > 0 && steps[n-1].Name == "" {
		return nil, nil, false
	}
	return steps, nil, true
}

// Place returns the names that lead to the last of steps: a column's, then those
// of members. Behind a RowList the names are those of the list's elements, so a
// caller cuts the steps there.
func Place(steps []Column) []string {
	var names []string
	for _, s := range steps {
		names = append(names, s.In...)
		if s.Name != "" {
			names = append(names, s.Name)
		}
	}
	return names
}

// Physical returns the columns as the table has them, each name once, without the
// partition columns: Name, Type, Hive and Members alone are set.
func (l *Layout) Physical() []Column {
	columns := physical(l.Columns)
	return slices.DeleteFunc(columns, func(c Column) bool {
		return slices.ContainsFunc(l.Partitions.Keys, func(k Key) bool { return k.Name == c.Name })
	})
}

func physical(columns []Column) []Column {
	var out []Column
	for _, c := range columns {
		members := physical(c.Members)
		if c.Name == "" {
			for _, m := range members {
				out = put(out, c.In, m)
			}
			continue
		}
		out = put(out, c.In, Column{Name: c.Name, Type: c.Type, Hive: c.Hive, Members: members})
		if c.Or != "" {
			out = put(out, c.In, Column{Name: c.Or, Type: c.Type, Hive: c.Hive})
		}
	}
	return out
}

// put adds a column below structs, which it makes where they are missing.
func put(columns []Column, in []string, c Column) []Column {
	name := c.Name
	if len(in) > 0 {
		name = in[0]
	}
	at := slices.IndexFunc(columns, func(c Column) bool { return c.Name == name })
	switch {
	case at < 0 && len(in) > 0:
		return append(columns, Column{Name: name, Type: Row, Members: put(nil, in[1:], c)})
	case at < 0:
		return append(columns, c)
	case len(in) > 0:
		columns[at].Members = put(columns[at].Members, in[1:], c)
	default:
		for _, m := range c.Members {
			columns[at].Members = put(columns[at].Members, nil, m)
		}
	}
	return columns
}
