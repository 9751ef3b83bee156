package athena

import (
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// The variables of lambdas that open JSON; tests use others.
var (
	v = sqlgen.Raw("v") // a JSON value
	s = sqlgen.Raw("s") // a list of JSON values
	k = sqlgen.Raw("k") // a path of one step
)

// maxDepth is how many arrays directly inside arrays are opened.
const maxDepth = 3

// keys gives the keys as the column spells them.
func keys(rest []string, t schema.ColumnType) []string {
	if t != schema.LowerJSON {
		return rest
	}
	lower := make([]string, len(rest))
	for i, k := range rest {
		lower[i] = strings.ToLower(k)
	}
	return lower
}

// leaves gives the list of JSON values at the end of a path inside a column,
// arrays opened wherever they are.
func leaves(column sqlgen.Expr, keys []string) sqlgen.Expr {
	return walked(column, keys, sqlgen.IsNotNull(length))
}

// leavesAndEmpty gives leaves, with arrays that have no elements among them.
func leavesAndEmpty(column sqlgen.Expr, keys []string) sqlgen.Expr {
	return walked(column, keys, sqlgen.Compare(length, ">", sqlgen.Int(0)))
}

// length is NULL of what is no array. To try a cast instead costs an exception for
// each such value.
var length = sqlgen.Call("json_array_length", v)

// walked goes down a column from key to key. Each step puts elements in the
// place of arrays, those that opens holds of, and then goes to a key; the step $
// stays where it is, so that it opens arrays inside arrays.
func walked(column sqlgen.Expr, keys []string, opens sqlgen.Expr) sqlgen.Expr {
	root := sqlgen.Call("json_extract", column, sqlgen.Str("$"))
	if len(keys) == 0 {
		root = sqlgen.Either(sqlgen.IsNotNull(parsed(column)), root, sqlgen.Cast("CAST", column, "json"))
	}
	var steps []sqlgen.Expr
	open := slices.Repeat([]sqlgen.Expr{sqlgen.Str("$")}, maxDepth)
	for _, key := range keys {
		steps = append(append(steps, open[1:]...), jsonPath(key))
	}
	steps = append(steps, open...)
	elements := sqlgen.Either(opens, sqlgen.Cast("CAST", v, "array(json)"), sqlgen.List("ARRAY[", v))
	opened := sqlgen.Call("flatten", sqlgen.Call("transform", s, sqlgen.Lambda("", v, " -> ", elements)))
	step := sqlgen.Call("transform", opened, sqlgen.Lambda("", v, " -> ", sqlgen.Call("json_extract", v, k)))
	return sqlgen.Call("reduce", sqlgen.List("ARRAY[", steps...), sqlgen.List("ARRAY[", root),
		sqlgen.Lambda("", sqlgen.Raw("(s, k)"), " -> ", step), sqlgen.Lambda("", s, " -> ", s))
}

// parsed gives a column's JSON, NULL where its text is none: json_extract reads what
// a text begins with, whatever follows. It does not give objects as they stand, but
// with their members in the order of their names.
func parsed(column sqlgen.Expr) sqlgen.Expr {
	return sqlgen.Call("try", sqlgen.Call("json_parse", column))
}

// gatedBy gives the dialect in which a plan's tests are written: with the names of
// events that it needs for a gate, unless they are tested once for many plans.
func (d dialect) gatedBy(p *compiler.Plan) dialect {
	anchor, column, ok := d.anchor()
	needed, _ := compiler.Needed(p.Where, anchor.Name())
	if ok && len(needed) > 0 && d.folded == nil {
		d.gate = sqlgen.In(d.Fold(column, ""), literals(setOf(needed))...)
	}
	return d
}

// gated has a whole column be opened for the events alone that pass the gate. A part
// of an AND that holds try is moved before the others by Trino (seen on 476), so
// each event's JSON would be read, whatever its name.
func (d dialect) gated(list sqlgen.Expr, keys []string) sqlgen.Expr {
	if d.gate.IsZero() || len(keys) > 0 {
		return list
	}
	return sqlgen.If(d.gate, list)
}

// jsonPath gives the path of Trino's JSON functions through a key, which may
// hold any character.
func jsonPath(key string) sqlgen.Expr {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	return sqlgen.Str(`$["` + escape.Replace(key) + `"]`)
}

// text gives how a JSON value's text is had, NULL for null; that of objects, and
// the canonical text of numbers, only where a test could tell the difference.
func text(asks sqlgen.Asks) func(sqlgen.Expr) sqlgen.Expr {
	return func(x sqlgen.Expr) sqlgen.Expr {
		t := sqlgen.Call("json_extract_scalar", x, sqlgen.Str("$"))
		if asks.Objects {
			t = sqlgen.Call("coalesce", t, sqlgen.Call("nullif", asWritten(x), sqlgen.Str("null")))
		}
		if asks.Numbers {
			t = canonical(sqlgen.Call("json_format", x), t)
		}
		return t
	}
}

// asWritten gives the text of JSON. json_extract makes two escapes of a character
// beyond the first plane; what a cast makes of it is the character again.
func asWritten(x sqlgen.Expr) sqlgen.Expr {
	list := sqlgen.Call("concat", sqlgen.Str("["), sqlgen.Call("json_format", x), sqlgen.Str("]"))
	again := sqlgen.Cast("CAST", sqlgen.Call("json_extract", list, sqlgen.Str("$")), "array(json)")
	return sqlgen.Call("json_format", sqlgen.Call("element_at", again, sqlgen.Int(1)))
}

// canonical gives the text of a number without exponent and needless zeros where
// written is one that is spelled otherwise, and other elsewhere. Decimals of
// Trino hold 21 digits before the point and 17 behind it, or 37 behind it; beyond
// that a number stays as it is spelled.
func canonical(written, other sqlgen.Expr) sqlgen.Expr {
	as := func(decimal sqlgen.Code) sqlgen.Expr {
		text := sqlgen.Cast("CAST", sqlgen.Cast("try_cast", written, decimal), "varchar")
		return sqlgen.Call("coalesce", sqlgen.Call("regexp_replace", text, sqlgen.Str(`\.?0*\z`), sqlgen.Str("")), other)
	}
	is := func(spelling string) sqlgen.Expr { return sqlgen.Call("regexp_like", written, sqlgen.Str(spelling)) }
	small := sqlgen.Either(is(`\A-?[0-9]\.[0-9]{1,17}E-(1?[0-9]|20)\z`), as("decimal(38,37)"), other)
	return sqlgen.Either(is(`\A-?[0-9]{1,20}(\.[0-9]{1,17}(E[0-9]{1,2})?|E[0-9]{1,2})\z`), as("decimal(38,17)"), small)
}

// Null holds in JSON where nothing but null is reached, and no empty array.
func (d dialect) Null(p schema.Path) sqlgen.Expr {
	steps, rest, _ := d.layout.Locate(p)
	last := steps[len(steps)-1].Type
	column, member := d.place(steps)
	switch {
	case member != nil:
		x := sqlgen.Raw("x")
		return sqlgen.Not(d.AnyOf(column, "x", sqlgen.IsNotNull(member(x))))
	case last != schema.JSONText && last != schema.LowerJSON:
		return sqlgen.IsNull(d.Access(p, sqlgen.Asks{}).Column)
	}
	x := sqlgen.Raw("x")
	list := d.gated(leavesAndEmpty(column, keys(rest, last)), rest)
	return sqlgen.Not(d.AnyOf(list, "x", sqlgen.Compare(sqlgen.Call("json_format", x), "<>", sqlgen.Str("null"))))
}

// Exists is asked of JSON and maps alone: the target's row on presence has the rest
// rewritten.
func (d dialect) Exists(p schema.Path) sqlgen.Expr {
	steps, rest, _ := d.layout.Locate(p)
	if steps[len(steps)-1].Type == schema.TextMap {
		return sqlgen.IsNotNull(d.Access(p, sqlgen.Asks{}).Column)
	}
	rest = keys(rest, steps[len(steps)-1].Type)
	column, _ := d.place(steps)
	if len(rest) == 0 {
		return sqlgen.IsNotNull(column)
	}
	x, key := sqlgen.Raw("x"), len(rest)-1
	return d.AnyOf(leaves(column, rest[:key]), "x", sqlgen.IsNotNull(sqlgen.Call("json_extract", x, jsonPath(rest[key]))))
}
