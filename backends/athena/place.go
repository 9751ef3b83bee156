package athena

import (
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// place gives what steps lead to: a column or a member of its structs; or the
// list of structs that lies on the way, and then how a member of an element is
// had.
func place(steps []schema.Column) (x sqlgen.Expr, member func(sqlgen.Expr) sqlgen.Expr) {
	list := slices.IndexFunc(steps, func(c schema.Column) bool { return c.Type == schema.RowList })
	if list < 0 || list == len(steps)-1 {
		names := schema.Place(steps)
		return down(sqlgen.Ident(names[0]), names[1:]), nil
	}
	names, below := schema.Place(steps[:list+1]), schema.Place(steps[list+1:])
	return down(sqlgen.Ident(names[0]), names[1:]), func(e sqlgen.Expr) sqlgen.Expr { return down(e, below) }
}

// place gives the name that stands for a member, where it has one.
func (d dialect) place(steps []schema.Column) (x sqlgen.Expr, member func(sqlgen.Expr) sqlgen.Expr) {
	x, member = place(steps)
	if name, ok := d.members[x.String()]; ok {
		x = name
	}
	return x, member
}

func down(x sqlgen.Expr, names []string) sqlgen.Expr {
	for _, n := range names {
		x = sqlgen.Member(x, n)
	}
	return x
}

// value gives the text of a scalar column, NULL for what stands for null. Text
// of times and booleans is that of AWS's records.
func (d dialect) value(x sqlgen.Expr, steps []schema.Column) sqlgen.Expr {
	switch last := steps[len(steps)-1]; {
	case last.Type == schema.Timestamp:
		text := sqlgen.Call("date_format", x, sqlgen.Str("%Y-%m-%dT%H:%i:%s.%fZ"))
		return sqlgen.Call("replace", text, sqlgen.Str(".000000Z"), sqlgen.Str("Z"))
	case last.Type == schema.Boolean:
		return sqlgen.Cast("CAST", x, "varchar")
	case last.Type != schema.Varchar:
		return x
	case last.Or != "":
		other := slices.Clone(steps)
		other[len(other)-1].Name = last.Or
		y, _ := place(other)
		return sqlgen.Call("coalesce", d.notNull(x), d.notNull(y))
	default:
		return d.notNull(x)
	}
}

// answer gives what a query answers for a column: its text, JSON text for what has
// members, or of a struct, whose members have columns of their own, that it is there.
func (d dialect) answer(steps []schema.Column) sqlgen.Expr {
	x, _ := place(steps)
	switch last := steps[len(steps)-1]; {
	case last.Type == schema.RowList:
		return sqlgen.Call("json_format", sqlgen.Cast("CAST", renamed(x, last.Members), "json"))
	case last.Type == schema.Row:
		return sqlgen.If(sqlgen.IsNotNull(x), sqlgen.Str("{}"))
	case last.Type == schema.TextMap:
		return asWritten(sqlgen.Cast("CAST", x, "json"))
	case last.Inside != "":
		return asWritten(sqlgen.Call("json_extract", x, jsonPath(last.Inside)))
	case last.Type == schema.Timestamp, last.Type == schema.Boolean, last.Or != "":
		return d.value(x, steps)
	default:
		return x
	}
}

// renamed gives a list whose structs have the source's names for their members,
// all of them text; it is the list itself where they have them but for case.
func renamed(list sqlgen.Expr, members []schema.Column) sqlgen.Expr {
	if !slices.ContainsFunc(members, func(m schema.Column) bool { return len(m.In) > 0 || m.Name != strings.ToLower(m.Field) }) {
		return list
	}
	e := sqlgen.Raw("e")
	names, values := make([]sqlgen.Expr, len(members)), make([]sqlgen.Expr, len(members))
	for i, m := range members {
		names[i] = sqlgen.Str(m.Field)
		values[i] = down(e, schema.Place([]schema.Column{m}))
	}
	object := sqlgen.Call("map", sqlgen.List("ARRAY[", names...), sqlgen.List("ARRAY[", values...))
	return sqlgen.Call("transform", list, sqlgen.Lambda("", e, " -> ", object))
}

// notNull has a text that stands for null be NULL.
func (d dialect) notNull(x sqlgen.Expr) sqlgen.Expr {
	if d.layout.NullText == "" {
		return x
	}
	return sqlgen.Call("nullif", x, sqlgen.Str(d.layout.NullText))
}
