package athena

import (
	"net/netip"
	"regexp/syntax"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// dialect spells tests over one table.
type dialect struct{ layout *schema.Layout }

// v is the variable of lambdas that open JSON; tests use others.
var v = sqlgen.Raw("v")

// Access gives a column or a struct's member; the texts in a list of structs;
// or the texts in JSON.
func (d dialect) Access(p schema.Path, objects bool) sqlgen.Access {
	steps, rest, ok := d.layout.Locate(p)
	if !ok {
		panic("athena: a path that is not legal: " + p.Name())
	}
	x := sqlgen.Ident(steps[0].Name)
	for i, step := range steps[1:] {
		if steps[i].Type == schema.RowList {
			return sqlgen.Access{List: x, Text: func(e sqlgen.Expr) sqlgen.Expr { return sqlgen.Member(e, step.Name) }}
		}
		x = sqlgen.Member(x, step.Name)
	}
	switch last := steps[len(steps)-1]; last.Type {
	case schema.Integer:
		return sqlgen.Access{Column: x, Number: true}
	case schema.JSONText, schema.LowerJSON:
		return sqlgen.Access{List: elements(x, keys(rest, last.Type)), Text: text(objects)}
	case schema.TextMap:
		if len(rest) > 0 {
			return sqlgen.Access{Column: sqlgen.Call("element_at", x, sqlgen.Str(strings.Join(rest, ".")))}
		}
		return sqlgen.Access{Column: sqlgen.Call("json_format", sqlgen.Cast("CAST", x, "json"))}
	case schema.Varchar:
		if d.layout.NullText != "" {
			x = sqlgen.Call("nullif", x, sqlgen.Str(d.layout.NullText))
		}
		return sqlgen.Access{Column: x}
	default: // a whole struct or list, of which only null can be asked
		return sqlgen.Access{Column: x}
	}
}

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

// elements gives the JSON values at the end of a path inside a column, arrays
// opened.
func elements(column sqlgen.Expr, keys []string) sqlgen.Expr { return open(reached(column, keys)) }

// reached gives the JSON value at the end of a path of one key, or the list of
// them at the end of a longer one, where each step opens arrays.
func reached(column sqlgen.Expr, keys []string) (x sqlgen.Expr, isList bool) {
	x = sqlgen.Call("json_extract", column, jsonPath(keys[:min(1, len(keys))]...))
	for _, key := range keys[min(1, len(keys)):] {
		x = sqlgen.Call("transform", open(x, isList), sqlgen.Lambda("", v, " -> ", sqlgen.Call("json_extract", v, jsonPath(key))))
		isList = true
	}
	return x, isList
}

// jsonPath gives the path of Trino's JSON functions through keys, which may
// hold any character.
func jsonPath(keys ...string) sqlgen.Expr {
	var b strings.Builder
	b.WriteByte('$')
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	for _, k := range keys {
		b.WriteString(`["` + escape.Replace(k) + `"]`)
	}
	return sqlgen.Str(b.String())
}

// open gives a list in which arrays have given way to their elements.
func open(x sqlgen.Expr, isList bool) sqlgen.Expr {
	if !isList {
		return sqlgen.Call("coalesce", sqlgen.Cast("try_cast", x, "array(json)"), sqlgen.List("ARRAY[", x))
	}
	return sqlgen.Call("flatten", sqlgen.Call("transform", x, sqlgen.Lambda("", v, " -> ", open(v, false))))
}

// text gives how a JSON value's text is had, NULL for null; that of objects only
// where a test could hold for it.
func text(objects bool) func(sqlgen.Expr) sqlgen.Expr {
	return func(x sqlgen.Expr) sqlgen.Expr {
		scalar := sqlgen.Call("json_extract_scalar", x, sqlgen.Str("$"))
		if !objects {
			return scalar
		}
		return sqlgen.Call("coalesce", scalar, sqlgen.Call("nullif", sqlgen.Call("json_format", x), sqlgen.Str("null")))
	}
}

func (dialect) AnyOf(list sqlgen.Expr, variable sqlgen.Code, test sqlgen.Expr) sqlgen.Expr {
	return sqlgen.AnyOf("any_match(", list, ", ", variable, " -> ", test, ")")
}

// Null holds in JSON where nothing but null is reached, and no empty array.
func (d dialect) Null(p schema.Path) sqlgen.Expr {
	a := d.Access(p, true)
	if !a.Column.IsZero() {
		return sqlgen.IsNull(a.Column)
	}
	some := d.AnyOf(a.List, "x", sqlgen.IsNotNull(a.Text(sqlgen.Raw("x"))))
	steps, rest, _ := d.layout.Locate(p)
	last := steps[len(steps)-1]
	if last.Type != schema.JSONText && last.Type != schema.LowerJSON {
		return sqlgen.Not(some)
	}
	x, isList := reached(sqlgen.Ident(steps[0].Name), keys(rest, last.Type))
	hollow := func(x sqlgen.Expr) sqlgen.Expr {
		return sqlgen.Compare(sqlgen.Call("json_array_length", x), "=", sqlgen.Int(0))
	}
	if isList {
		return sqlgen.Not(sqlgen.Or(some, d.AnyOf(x, "x", hollow(sqlgen.Raw("x")))))
	}
	return sqlgen.Not(sqlgen.Or(some, hollow(x)))
}

// Exists is never asked: the target's row on presence has it rewritten.
func (dialect) Exists(p schema.Path) sqlgen.Expr {
	panic("athena: exists is not legal: " + p.Name())
}

// Record is never asked: the target refuses keywords.
func (dialect) Record() sqlgen.Expr { panic("athena: keywords are not legal") }

func (dialect) Fold(x sqlgen.Expr) sqlgen.Expr { return sqlgen.Call("lower", x) }

func (dialect) Prefix(x, prefix sqlgen.Expr) sqlgen.Expr {
	return sqlgen.Call("starts_with", x, prefix)
}

func (dialect) Suffix(x, suffix sqlgen.Expr, n int) sqlgen.Expr {
	if n > 0 {
		return sqlgen.Compare(sqlgen.Call("substr", x, sqlgen.Int(-n)), "=", suffix)
	}
	return sqlgen.Compare(sqlgen.Call("strpos", sqlgen.Call("reverse", x), sqlgen.Call("reverse", suffix)), "=", sqlgen.Int(1))
}

func (dialect) Holds(x, part sqlgen.Expr) sqlgen.Expr {
	return sqlgen.Compare(sqlgen.Call("strpos", x, part), ">", sqlgen.Int(0))
}

func (dialect) Glob(x sqlgen.Expr, p sigma.Pattern) sqlgen.Expr {
	return sqlgen.Like(x, sqlgen.LikePattern(p))
}

// Regexp spells RE2's reading out: Perl classes as sets, the end of the text as
// \z, flags as groups, so that Java's syntax means the same.
func (dialect) Regexp(x sqlgen.Expr, r compiler.Regexp) sqlgen.Expr {
	re, err := syntax.Parse(r.Source(), syntax.Perl)
	if err != nil {
		panic("athena: a regular expression passed the loader: " + err.Error())
	}
	plainEnds(re)
	return sqlgen.Call("regexp_like", x, sqlgen.Str(re.String()))
}

// plainEnds makes $ the end of the text, which in Java it is only almost.
func plainEnds(re *syntax.Regexp) {
	if re.Op == syntax.OpEndText {
		re.Flags &^= syntax.WasDollar
	}
	for _, sub := range re.Sub {
		plainEnds(sub)
	}
}

// CIDR asks for the family too, since Trino takes ::ffff:10.0.0.1 for 10.0.0.1.
func (dialect) CIDR(x sqlgen.Expr, prefix netip.Prefix) sqlgen.Expr {
	colon := sqlgen.Call("strpos", x, sqlgen.Str(":"))
	family := sqlgen.Compare(colon, "=", sqlgen.Int(0))
	if prefix.Addr().Is6() {
		family = sqlgen.Compare(colon, ">", sqlgen.Int(0))
	}
	return sqlgen.And(family, sqlgen.Call("contains", sqlgen.Str(prefix.String()), sqlgen.Cast("try_cast", x, "ipaddress")))
}

// Number compares exactly up to 20 digits before the point and 17 behind it,
// and as doubles beyond.
func (dialect) Number(x sqlgen.Expr, operator sqlgen.Code, bound record.Decimal) sqlgen.Expr {
	numeric := sqlgen.Call("regexp_like", x, sqlgen.Str(`\A-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?\z`))
	plain := sqlgen.Call("regexp_like", x, sqlgen.Str(`\A-?[0-9]{1,20}(\.[0-9]{1,17})?\z`))
	limit := sqlgen.Decimal(bound)
	return sqlgen.Either(plain,
		sqlgen.Compare(sqlgen.Cast("try_cast", x, "decimal(38,17)"), operator, limit),
		sqlgen.And(numeric, sqlgen.Compare(sqlgen.Cast("try_cast", x, "double"), operator, limit)))
}

// parts names the functions of a time's parts; week is the ISO week.
var parts = map[compiler.Part]sqlgen.Code{
	compiler.Minute: "minute", compiler.Hour: "hour", compiler.Day: "day",
	compiler.Week: "week", compiler.Month: "month", compiler.Year: "year",
}

func (dialect) TimePart(x sqlgen.Expr, part compiler.Part, operator sqlgen.Code, bound int) sqlgen.Expr {
	iso := sqlgen.Call("regexp_like", x, sqlgen.Str(`\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-]00:00)\z`))
	at := sqlgen.Call("try", sqlgen.Call("from_iso8601_timestamp", x))
	return sqlgen.Compare(sqlgen.If(iso, sqlgen.Call(parts[part], at)), operator, sqlgen.Int(bound))
}

func (dialect) UnixPart(x sqlgen.Expr, part compiler.Part, operator sqlgen.Code, bound int) sqlgen.Expr {
	at := sqlgen.Call("from_unixtime", x, sqlgen.Str("UTC"))
	return sqlgen.Compare(sqlgen.Call(parts[part], at), operator, sqlgen.Int(bound))
}

func (dialect) NumberText(x sqlgen.Expr) sqlgen.Expr { return sqlgen.Cast("CAST", x, "varchar") }
