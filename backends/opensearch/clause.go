package opensearch

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// maxTerms is index.max_terms_count.
const maxTerms = 65_536

// clause writes a predicate. Every clause is in filter context: nothing is scored.
func (x *index) clause(p compiler.Pred) object {
	switch p := p.(type) {
	case compiler.All:
		return every(x.clauses(p.Of))
	case compiler.Any:
		return some(x.clauses(p.Of))
	case compiler.Not:
		return none(x.clause(p.Of))
	case compiler.Const:
		if p.Value {
			return object{"match_all": object{}}
		}
		return nothing
	default:
		q := x.leaf(p)
		if q.clause == nil {
			panic(fmt.Sprintf("opensearch: %T is not legal: %s", p, q.reason))
		}
		return q.clause
	}
}

func (x *index) clauses(list []compiler.Pred) []object {
	out := make([]object, len(list))
	for i, p := range list {
		out[i] = x.clause(p)
	}
	return out
}

var nothing = object{"match_none": object{}}

func every(list []object) object { return object{"bool": object{"filter": list}} }

// some sets how many must match: beside a filter the default is none.
func some(list []object) object {
	switch len(list) {
	case 0:
		return nothing
	case 1:
		return list[0]
	}
	return object{"bool": object{"should": list, "minimum_should_match": 1}}
}

func none(list ...object) object { return object{"bool": object{"must_not": list}} }

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

func terms[V any](name string, values []V) []object {
	var list []object
	for part := range slices.Chunk(values, maxTerms) {
		list = append(list, object{"terms": object{name: part}})
	}
	return list
}

func exists(name string) object { return object{"exists": object{"field": name}} }

func wildcard(name string, query object) object {
	return object{"wildcard": object{name: query}}
}

// matching tests the whole text of a field as stored.
func matching(name, expr string) object {
	return object{"regexp": object{name: object{"value": expr, "flags": luceneFlags}}}
}

// network returns the expression of the addresses in an IPv4 prefix, as they are
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

// octets returns the expression of the numbers from one to another.
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
