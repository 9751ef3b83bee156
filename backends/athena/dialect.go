package athena

import (
	"net/netip"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// dialect spells tests over one table.
type dialect struct {
	layout  *schema.Layout
	members map[string]sqlgen.Expr // names that stand for a struct's member
	folded  map[string]sqlgen.Expr // names that stand for a column's text in lower case
	lowers  *lowering              // is told of what is put into lower case; nil: nobody is
	gate    sqlgen.Expr            // that events must pass for the test to hold; none where it is not known
}

// Access gives a column or a struct's member; the texts in a list of structs;
// or the texts in JSON.
func (d dialect) Access(p schema.Path, asks sqlgen.Asks) sqlgen.Access {
	steps, rest, ok := d.layout.Locate(p)
	if !ok {
		panic("athena: a path that is not legal: " + p.Name())
	}
	x, member := d.place(steps)
	if member != nil {
		return sqlgen.Access{List: x, Text: member}
	}
	switch last := steps[len(steps)-1]; last.Type {
	case schema.Integer:
		return sqlgen.Access{Column: x, Number: true}
	case schema.JSONText, schema.LowerJSON:
		return sqlgen.Access{List: d.gated(leaves(x, keys(rest, last.Type)), rest), Text: text(asks)}
	case schema.TextMap:
		if len(rest) > 0 {
			return sqlgen.Access{Column: sqlgen.Call("element_at", x, sqlgen.Str(strings.Join(rest, ".")))}
		}
		return sqlgen.Access{Column: asWritten(sqlgen.Cast("CAST", x, "json"))}
	default: // of a whole struct or list only null can be asked
		x = d.value(x, steps)
		if p.Type == schema.Number && asks.Seconds && d.layout.Source.TimeUnix {
			return sqlgen.Access{Column: sqlgen.Cast("try_cast", x, "bigint"), Number: true}
		}
		if p.Type == schema.Number && asks.Numbers {
			x = canonical(x, x)
		}
		return sqlgen.Access{Column: x}
	}
}

// anchor gives the source's anchor field and its column, where the table has one of
// text.
func (d dialect) anchor() (field schema.Path, column sqlgen.Expr, ok bool) {
	field, _, ok = d.layout.Source.Resolve(d.layout.Source.Anchor)
	if ok {
		_, _, ok = d.layout.Locate(field)
	}
	if !ok {
		return field, column, false
	}
	access := d.Access(field, sqlgen.Asks{})
	return field, access.Column, !access.Number && !access.Column.IsZero()
}

func (dialect) AnyOf(list sqlgen.Expr, variable sqlgen.Code, test sqlgen.Expr) sqlgen.Expr {
	return sqlgen.AnyOf("any_match(", list, ", ", variable, " -> ", test, ")")
}

// Record is never asked: the target refuses keywords.
func (dialect) Record() sqlgen.Expr { panic("athena: keywords are not legal") }

// Fold hides U+0130 from lower, which takes it for an i, behind U+FFFF, a code
// point that stands for no character.
func (d dialect) Fold(x sqlgen.Expr, against string) sqlgen.Expr {
	dot, hidden := sqlgen.Str("\u0130"), sqlgen.Str("\uffff")
	switch {
	case strings.Contains(against, "\u0130"):
		return sqlgen.Call("replace", sqlgen.Call("lower", sqlgen.Call("replace", x, dot, hidden)), hidden, dot)
	case strings.Contains(against, "i"):
		return sqlgen.Call("lower", sqlgen.Call("replace", x, dot, hidden))
	}
	d.lowers.note(x, against == "")
	if name, ok := d.folded[x.String()]; ok {
		return name
	}
	return sqlgen.Call("lower", x)
}

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

// Regexp spells RE2's reading out: Perl classes and letters of any case as sets, the
// end of the text as \z, flags as groups, so that Joni's syntax means the same.
func (dialect) Regexp(x sqlgen.Expr, r compiler.Regexp) sqlgen.Expr {
	re := r.Parse()
	plainParts(re)
	text := strings.ReplaceAll(re.String(), lineStart.String(), `(?:\A|(?<=\n))`)
	return sqlgen.Call("regexp_like", x, sqlgen.Str(byteEscape.ReplaceAllStringFunc(text, func(escape string) string {
		if len(escape) == len(`\x85`) {
			return `\x{` + escape[2:] + `}`
		}
		return escape
	})))
}

// lineStart stands for the beginning of a line, which Joni does not see behind a newline
// that ends the text. No other group has a name.
var lineStart = &syntax.Regexp{Op: syntax.OpCapture, Name: "line", Sub: []*syntax.Regexp{{Op: syntax.OpEmptyMatch}}}

// byteEscape matches an escape of two hex digits, which Joni takes for a byte,
// and passes over the other escapes.
var byteEscape = regexp.MustCompile(`\\(?:x[0-9a-f]{2}|.)`)

// plainParts makes $ the end of the text, which in Joni it is only almost, takes the
// names of groups away, whose syntax differs, and spells out what the flag i takes for
// a letter: Joni takes "ss" for a sharp s too, but not its capital (seen on Trino 476).
func plainParts(re *syntax.Regexp) {
	if re.Op == syntax.OpLiteral && re.Flags&syntax.FoldCase != 0 {
		*re = *inAnyCase(re.Rune)
		return
	}
	switch re.Op {
	case syntax.OpEndText:
		re.Flags &^= syntax.WasDollar
	case syntax.OpBeginLine:
		*re = *lineStart
		return
	default:
	}
	re.Name = ""
	for _, sub := range re.Sub {
		plainParts(sub)
	}
}

// inAnyCase is a literal in which each letter may be of any case.
func inAnyCase(literal []rune) *syntax.Regexp {
	all := &syntax.Regexp{Op: syntax.OpConcat}
	for _, c := range literal {
		cases := compiler.Cases(c)
		one := &syntax.Regexp{Op: syntax.OpLiteral, Rune: cases}
		if len(cases) > 1 {
			one = &syntax.Regexp{Op: syntax.OpCharClass}
			for _, c := range cases {
				one.Rune = append(one.Rune, c, c)
			}
		}
		all.Sub = append(all.Sub, one)
	}
	return all
}

// CIDR asks for the family's characters too: Trino takes ::ffff:10.0.0.1 for
// 10.0.0.1, and the digits of other scripts for digits.
func (dialect) CIDR(x sqlgen.Expr, prefix netip.Prefix) sqlgen.Expr {
	family := `\A[0-9.]+\z`
	if prefix.Addr().Is6() {
		family = `\A[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\z`
	}
	address := sqlgen.Cast("try_cast", x, "ipaddress")
	return sqlgen.And(sqlgen.Call("regexp_like", x, sqlgen.Str(family)), sqlgen.Call("contains", sqlgen.Str(prefix.String()), address))
}

// Number compares exactly up to 20 digits before the point and 17 behind it,
// and as doubles beyond.
func (dialect) Number(x sqlgen.Expr, operator sqlgen.Code, bound record.Decimal) sqlgen.Expr {
	numeric := sqlgen.Call("regexp_like", x, sqlgen.Str(`\A-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?\z`))
	double := sqlgen.Compare(sqlgen.Cast("try_cast", x, "double"), operator, sqlgen.Cast("CAST", sqlgen.Str(bound.String()), "double"))
	if !isDecimal.MatchString(bound.String()) {
		return sqlgen.And(numeric, double)
	}
	plain := sqlgen.Call("regexp_like", x, sqlgen.Str(`\A-?[0-9]{1,20}(\.[0-9]{1,17})?\z`))
	limit := sqlgen.Prefixed("DECIMAL ", sqlgen.Str(bound.String()))
	return sqlgen.Either(plain,
		sqlgen.Compare(sqlgen.Cast("try_cast", x, "decimal(38,17)"), operator, limit),
		sqlgen.And(numeric, double))
}

// isDecimal matches what Trino's decimal(38,17) holds.
var isDecimal = regexp.MustCompile(`^-?[0-9]{1,20}(\.[0-9]{1,17})?$`)

// parts names the functions of a time's parts; week is the ISO week.
var parts = map[compiler.Part]sqlgen.Code{
	compiler.Minute: "minute", compiler.Hour: "hour", compiler.Day: "day",
	compiler.Week: "week", compiler.Month: "month", compiler.Year: "year",
}

func (dialect) TimePart(x sqlgen.Expr, part compiler.Part, operator sqlgen.Code, bound int) sqlgen.Expr {
	iso := sqlgen.Call("regexp_like", x, sqlgen.Str(`\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|\+00:00)\z`))
	at := sqlgen.Call("try", sqlgen.Call("from_iso8601_timestamp", x))
	return sqlgen.Compare(sqlgen.If(iso, sqlgen.Call(parts[part], at)), operator, sqlgen.Int(bound))
}

func (dialect) UnixPart(x sqlgen.Expr, part compiler.Part, operator sqlgen.Code, bound int) sqlgen.Expr {
	at := sqlgen.Call("from_unixtime", x, sqlgen.Str("UTC"))
	return sqlgen.Compare(sqlgen.Call(parts[part], at), operator, sqlgen.Int(bound))
}

func (dialect) NumberText(x sqlgen.Expr) sqlgen.Expr { return sqlgen.Cast("CAST", x, "varchar") }
