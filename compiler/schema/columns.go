package schema

import (
	"slices"
	"strings"
)

// TableColumns returns the columns of AWS's tables for declared fields: names in
// lower case, scalars as text, structs as rows, the rest as JSON text. without are
// the dotted names of fields that the table does not have; prefix stands before
// the fields' own names.
func TableColumns(fields []Field, prefix string, without []string) []Column {
	var out []Column
	for _, f := range fields {
		name := prefix + f.Name
		if slices.Contains(without, name) {
			continue
		}
		c := Column{Field: f.Name, Name: strings.ToLower(f.Name), Type: Varchar}
		switch f.Type {
		case Struct:
			c.Type, c.Members = Row, TableColumns(f.Fields, name+".", without)
		case List:
			c.Type, c.Members = RowList, TableColumns(f.Fields, name+".", without)
		case JSON:
			c.Type = JSONText
		case Text, Number, Bool, Time:
		}
		out = append(out, c)
	}
	return out
}

// Change alters, in place, the column that a dotted name of fields leads to.
func Change(cols []Column, name string, to func(*Column)) []Column {
	first, rest, nested := strings.Cut(name, ".")
	for i := range cols {
		switch {
		case cols[i].Field != first:
		case nested:
			cols[i].Members = Change(cols[i].Members, rest, to)
		default:
			to(&cols[i])
		}
	}
	return cols
}

// WithType changes the type of the column that a dotted name leads to.
func WithType(cols []Column, name string, t ColumnType) []Column {
	return Change(cols, name, func(c *Column) { c.Type = t })
}

// UsualType returns the type of a field's column where a layout does not choose
// another.
func UsualType(f *Field) ColumnType {
	switch f.Type {
	case Struct:
		return Row
	case List:
		return RowList
	case JSON:
		return JSONText
	case Number:
		if f.Whole {
			return Integer
		}
		return Varchar
	default:
		return Varchar
	}
}
