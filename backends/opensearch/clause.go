package opensearch

import (
	"encoding/json"
	"fmt"
	"math"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// maxTerms is index.max_terms_count.
const maxTerms = 65_536

// clause writes a predicate. Every clause stands in filter context: nothing is
// scored.
func clause(p compiler.Pred) object {
	switch p := p.(type) {
	case compiler.All:
		return every(clauses(p.Of))
	case compiler.Any:
		return some(clauses(p.Of))
	case compiler.Not:
		return none(clause(p.Of))
	case compiler.Const:
		if p.Value {
			return object{"match_all": object{}}
		}
		return object{"match_none": object{}}
	case compiler.Text:
		return text(p)
	case compiler.In:
		return in(p)
	case compiler.Regexp:
		expr, ok := luceneRegexp(parse(p))
		if !ok {
			panic("opensearch: a regular expression that Lucene cannot say: " + p.Source())
		}
		return orEmpty(matching(p.Field, expr), p.Field, regexp.MustCompile(p.Source()).MatchString(""))
	case compiler.CIDR:
		return matching(p.Field, network(p.Prefix))
	case compiler.Num:
		return object{"range": object{p.Field.Name() + number: object{relations[p.Op]: json.Number(p.Bound.String())}}}
	case compiler.Null:
		return none(object{"exists": object{"field": p.Field.Name() + folded}})
	default:
		panic(fmt.Sprintf("opensearch: %T is not legal", p))
	}
}

var relations = map[compiler.Op]string{
	compiler.Less: "lt", compiler.LessEqual: "lte", compiler.Greater: "gt", compiler.GreaterEqual: "gte",
}

func clauses(list []compiler.Pred) []object {
	out := make([]object, len(list))
	for i, p := range list {
		out[i] = clause(p)
	}
	return out
}

func every(list []object) object { return object{"bool": object{"filter": list}} }

// some says how many must match: beside a filter the default is none.
func some(list []object) object {
	if len(list) == 1 {
		return list[0]
	}
	return object{"bool": object{"should": list, "minimum_should_match": 1}}
}

func none(list ...object) object { return object{"bool": object{"must_not": list}} }

// text writes a pattern.
func text(p compiler.Text) object {
	name := p.Field.Name() + exact
	if p.Fold {
		name = p.Field.Name() + folded
	}
	found := object{"wildcard": object{name: object{"value": glob(p.Pattern)}}}
	if !p.Fold || p.Field.Plain || !holdsI(p.Pattern.String()) {
		return found
	}
	expr, ok := luceneGlob(p.Pattern, true)
	return folding(found, p.Field, ok, expr)
}

// glob writes a pattern for a wildcard query.
func glob(p sigma.Pattern) string {
	var b strings.Builder
	for _, t := range p {
		switch t.Kind {
		case sigma.Literal:
			b.WriteString(escapes.Replace(t.Literal))
		case sigma.AnyRun:
			b.WriteByte('*')
		case sigma.AnyOne:
			b.WriteByte('?')
		}
	}
	return b.String()
}

var escapes = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`)

// in writes a set of whole texts.
func in(p compiler.In) object {
	name := p.Field.Name()
	if !p.Fold {
		found := terms(name+exact, p.Values)
		return orEmpty(some(found), p.Field, slices.Contains(p.Values, ""))
	}
	short, long := byLength(p.Values)
	found := terms(name, short)
	for _, value := range long {
		found = append(found, object{"term": object{name + folded: value}})
	}
	if p.Field.Type == schema.Number {
		return some(append(found, terms(name+number, numbers(p.Values))...))
	}
	if p.Field.Plain || !slices.ContainsFunc(p.Values, holdsI) {
		return some(found)
	}
	expr, ok := spelled(p.Values)
	return folding(some(found), p.Field, ok, expr)
}

func terms[V any](name string, values []V) []object {
	var list []object
	for part := range slices.Chunk(values, maxTerms) {
		list = append(list, object{"terms": object{name: part}})
	}
	return list
}

// byLength parts values that a declared field itself holds from longer ones.
func byLength(values []string) (short, long []string) {
	for _, v := range values {
		if utf8.RuneCountInString(v) > longestTerm/2 {
			long = append(long, v)
		} else {
			short = append(short, v)
		}
	}
	return short, long
}

// wholeInDoubles is the first whole number that a double does not tell from the
// next.
const wholeInDoubles = 1 << 53

// numbers gives those values that a number can have as its canonical text, and
// that no other number rounds to as a double. The index parses a text as well,
// so 443 finds the text "443.0", which no log of AWS holds.
func numbers(values []string) []json.Number {
	var list []json.Number
	for _, v := range values {
		d, ok := record.ParseDecimal(v)
		if f, err := strconv.ParseFloat(v, 64); ok && err == nil && d.String() == v && math.Abs(f) < wholeInDoubles {
			list = append(list, json.Number(v))
		}
	}
	return list
}

// spelled gives the expression of values in all their cases.
func spelled(values []string) (expr string, ok bool) {
	var list []string
	for _, v := range values {
		one, ok := luceneGlob(sigma.LiteralPattern(v), true)
		if !ok {
			return "", false
		}
		list = append(list, one)
	}
	expr = strings.Join(list, "|")
	return expr, len(expr) <= maxExpr
}

// holdsI reports whether a folded text holds the letter that U+0130 is in the
// index.
func holdsI(s string) bool { return strings.Contains(s, "i") }

// folding puts right what the index makes of U+0130, which folds to itself: of
// fields that hold one, those pass whose text as stored matches expr.
func folding(found object, field schema.Path, need bool, expr string) object {
	if !need {
		return found
	}
	dotted := object{"wildcard": object{field.Name() + exact: object{"value": "*İ*"}}}
	wrong := object{"bool": object{"filter": []object{dotted}, "must_not": []object{matching(field, expr)}}}
	return object{"bool": object{"filter": []object{found}, "must_not": []object{wrong}}}
}

// matching writes a test of the whole text as stored.
func matching(field schema.Path, expr string) object {
	return object{"regexp": object{field.Name() + exact: object{"value": expr, "flags": luceneFlags}}}
}

// orEmpty adds the empty text where it is wanted: the type wildcard does not find
// it by a term, nor by an expression that offers it beside others.
func orEmpty(found object, field schema.Path, wanted bool) object {
	if !wanted {
		return found
	}
	return some([]object{found, {"term": object{field.Name(): ""}}})
}

// network gives the expression of the addresses in an IPv4 prefix, as they are
// written.
func network(prefix netip.Prefix) string {
	address, bits := prefix.Addr().As4(), prefix.Bits()
	parts := make([]string, 4)
	for i := range parts {
		fixed := min(max(bits-8*i, 0), 8)
		parts[i] = octets(int(address[i]), int(address[i])|(0xff>>fixed))
	}
	return strings.Join(parts, `\.`)
}

// octets gives the expression of the numbers from one to another.
func octets(from, to int) string {
	switch {
	case from == 0 && to == 255:
		return `([0-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5])`
	case from == to:
		return strconv.Itoa(from)
	}
	var list []string
	for n := from; n <= to; n++ {
		list = append(list, strconv.Itoa(n))
	}
	return "(" + strings.Join(list, "|") + ")"
}
