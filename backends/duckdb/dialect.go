package duckdb

import (
	"encoding/hex"
	"net/netip"
	"regexp"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// dialect spells tests over the table that doc.go describes.
type dialect struct{ source *schema.Source }

// Access gives a declared scalar as its column, or as a member of its struct's
// JSON text, and anything else as the list of its leaves' texts.
func (d dialect) Access(p schema.Path, _ sqlgen.Asks) sqlgen.Access {
	scalar := !p.Dynamic() && p.Type != schema.Struct && p.Type != schema.List && !p.Lists
	switch {
	case scalar && len(p.Keys) == 1:
		return sqlgen.Access{Column: sqlgen.Ident(p.Keys[0]), Number: p.Whole}
	case scalar:
		return sqlgen.Access{Column: sqlgen.Call("json_extract_string", sqlgen.Ident(p.Keys[0]), jsonPath(p.Keys[1:]...))}
	default:
		return sqlgen.Access{List: leaves(p.Keys), Text: itself}
	}
}

// itself is the text of an element that is one.
func itself(x sqlgen.Expr) sqlgen.Expr { return x }

// leaves gives the list of a path's texts.
func leaves(keys []string) sqlgen.Expr {
	if len(keys) == 1 {
		return sqlgen.Call("sigma_texts", reached(keys))
	}
	return sqlgen.Call("sigma_leaves", sqlgen.Ident(keys[0]), jsonPath(keys[1:]...), reached(keys))
}

// reached gives the list of JSON values at the end of a path.
func reached(keys []string) sqlgen.Expr {
	xs := sqlgen.List("[", sqlgen.Cast("CAST", sqlgen.Ident(keys[0]), "JSON"))
	for _, key := range keys[1:] {
		xs = sqlgen.Call("sigma_step", xs, jsonPath(key))
	}
	return xs
}

// jsonPath gives the JSON pointer through keys, in which any key can be written
// (RFC 6901); DuckDB's own paths take a quoted * for a wildcard.
func jsonPath(keys ...string) sqlgen.Expr {
	var b strings.Builder
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	for _, k := range keys {
		b.WriteString("/" + escape.Replace(k))
	}
	return sqlgen.Str(b.String())
}

func (dialect) AnyOf(list sqlgen.Expr, variable sqlgen.Code, test sqlgen.Expr) sqlgen.Expr {
	return sqlgen.AnyOf("list_bool_or(list_transform(", list, ", lambda ", variable, ": ", test, "))")
}

func (d dialect) Null(p schema.Path) sqlgen.Expr {
	if a := d.Access(p, sqlgen.Asks{}); !a.Column.IsZero() {
		return sqlgen.IsNull(a.Column)
	}
	return sqlgen.Call("sigma_null", reached(p.Keys))
}

// Exists looks at the record for a top-level scalar, whose column cannot tell
// null from missing.
func (d dialect) Exists(p schema.Path) sqlgen.Expr {
	last := len(p.Keys) - 1
	if last == 0 {
		exists := sqlgen.Call("json_exists", sqlgen.Ident("record"), jsonPath(p.Keys...))
		return sqlgen.If(sqlgen.Raw("NOT irregular"), exists) // DuckDB fails on some irregular records
	}
	return sqlgen.Call("sigma_has", reached(p.Keys[:last]), jsonPath(p.Keys[last]))
}

func (dialect) Record() sqlgen.Expr { return sqlgen.Ident("record") }

func (dialect) Fold(x sqlgen.Expr, _ string) sqlgen.Expr { return sqlgen.Call("lower", x) }

func (dialect) Prefix(x, prefix sqlgen.Expr) sqlgen.Expr {
	return sqlgen.Call("starts_with", x, prefix)
}

func (dialect) Suffix(x, suffix sqlgen.Expr, _ int) sqlgen.Expr {
	return sqlgen.Call("ends_with", x, suffix)
}

func (dialect) Holds(x, part sqlgen.Expr) sqlgen.Expr { return sqlgen.Call("contains", x, part) }

// Glob keeps to LIKE where DuckDB walks through the text once: it goes back for
// each further % where there is a _ or an ESCAPE, so that a few of them take
// hours, and cannot be stopped. RE2 needs time in proportion to the text.
func (d dialect) Glob(x sqlgen.Expr, p sigma.Pattern) sqlgen.Expr {
	runs, plain := 0, true
	var expr strings.Builder
	for _, t := range p {
		switch t.Kind {
		case sigma.AnyRun:
			runs++
			expr.WriteString(".*")
		case sigma.AnyOne:
			plain = false
			expr.WriteString(".")
		case sigma.Literal:
			plain = plain && sqlgen.EscapeLike(t.Literal) == t.Literal
			expr.WriteString(regexp.QuoteMeta(t.Literal))
		}
	}
	if runs <= 1 || plain {
		return sqlgen.Like(x, sqlgen.LikePattern(p))
	}
	return d.Regexp(x, compiler.Regexp{Expr: expr.String(), Prefix: true, Suffix: true, Flags: compiler.RegexpFlags{DotAll: true}})
}

// Regexp hands RE2 what Go's RE2 read, in its own plain spelling, since the two
// differ in what they accept. The group keeps DuckDB's optimizer away, which
// turns some expressions into LIKE wrongly: abc(?:) misses abcx.
func (dialect) Regexp(x sqlgen.Expr, r compiler.Regexp) sqlgen.Expr {
	return sqlgen.Call("regexp_matches", x, sqlgen.Str("("+r.Parse().String()+")"))
}

func (dialect) CIDR(x sqlgen.Expr, prefix netip.Prefix) sqlgen.Expr {
	low := prefix.Masked().Addr()
	high := last(prefix)
	if low.Is4() {
		return sqlgen.Between(sqlgen.Call("sigma_ipv4", x), sqlgen.Int(ipv4(low)), sqlgen.Int(ipv4(high)))
	}
	l, h := low.As16(), high.As16()
	return sqlgen.Between(sqlgen.Call("sigma_ipv6", x), sqlgen.Str(hex.EncodeToString(l[:])), sqlgen.Str(hex.EncodeToString(h[:])))
}

// last gives the last address of a network.
func last(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().AsSlice()
	for bit := p.Bits(); bit < len(b)*8; bit++ {
		b[bit/8] |= 1 << (7 - bit%8)
	}
	addr, _ := netip.AddrFromSlice(b)
	return addr
}

func ipv4(a netip.Addr) int64 {
	b := a.As4()
	return int64(b[0])<<24 | int64(b[1])<<16 | int64(b[2])<<8 | int64(b[3])
}

// Number compares exactly, whatever the size: sigma_number gives texts that sort
// as the numbers do.
func (dialect) Number(x sqlgen.Expr, operator sqlgen.Code, bound record.Decimal) sqlgen.Expr {
	return sqlgen.Compare(sqlgen.Call("sigma_number", x), operator, sqlgen.Call("sigma_number", sqlgen.Str(bound.String())))
}

// parts names the parts of a time as EXTRACT does; week is the ISO week.
var parts = map[compiler.Part]sqlgen.Code{
	compiler.Minute: "minute", compiler.Hour: "hour", compiler.Day: "day",
	compiler.Week: "week", compiler.Month: "month", compiler.Year: "year",
}

func (dialect) TimePart(x sqlgen.Expr, part compiler.Part, operator sqlgen.Code, bound int) sqlgen.Expr {
	return sqlgen.Compare(sqlgen.Call(parts[part], sqlgen.Call("sigma_time", x)), operator, sqlgen.Int(bound))
}

func (dialect) UnixPart(x sqlgen.Expr, part compiler.Part, operator sqlgen.Code, bound int) sqlgen.Expr {
	at := sqlgen.Call("make_timestamp", sqlgen.Times(x, 1_000_000))
	return sqlgen.Compare(sqlgen.Call(parts[part], at), operator, sqlgen.Int(bound))
}

func (dialect) NumberText(x sqlgen.Expr) sqlgen.Expr { return sqlgen.Cast("CAST", x, "VARCHAR") }
