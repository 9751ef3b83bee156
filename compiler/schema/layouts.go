package schema

import (
	"slices"
	"strings"
)

// Athena are the tables that AWS's documentation creates for each source, the
// most common first.
var Athena = slices.Concat(cloudTrailLayouts, vpcFlowLayouts, guardDutyLayouts)

// AthenaLayouts gives a source's layouts, the default first.
func AthenaLayouts(source string) []*Layout { return layoutsOf(Athena, source) }

func layoutsOf(all []*Layout, source string) []*Layout {
	var list []*Layout
	for _, l := range all {
		if l.Source.Name == source {
			list = append(list, l)
		}
	}
	return list
}

// columns makes the columns of AWS's tables from declared fields: names in
// lower case, scalars as text, structs as rows, the rest as JSON text. Fields
// that the table does not have are left out by their dotted names.
func columns(fields []Field, prefix string, without []string) []Column {
	var out []Column
	for _, f := range fields {
		name := prefix + f.Name
		if slices.Contains(without, name) {
			continue
		}
		c := Column{Field: f.Name, Name: strings.ToLower(f.Name), Type: Varchar}
		switch f.Type {
		case Struct:
			c.Type, c.Members = Row, columns(f.Fields, name+".", without)
		case List:
			c.Type, c.Members = RowList, columns(f.Fields, name+".", without)
		case JSON:
			c.Type = JSONText
		case Text, Number, Bool, Time:
		}
		out = append(out, c)
	}
	return out
}

// change alters the column that a dotted name of fields leads to.
func change(cols []Column, name string, to func(*Column)) []Column {
	first, rest, nested := strings.Cut(name, ".")
	for i := range cols {
		switch {
		case cols[i].Field != first:
		case nested:
			cols[i].Members = change(cols[i].Members, rest, to)
		default:
			to(&cols[i])
		}
	}
	return cols
}

// with changes the type of the column that a dotted name leads to.
func with(cols []Column, name string, t ColumnType) []Column {
	return change(cols, name, func(c *Column) { c.Type = t })
}
