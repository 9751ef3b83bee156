package opensearch

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// leafQuery is a leaf as a query over an index.
type leafQuery struct {
	clause  object           // of Exact and Covers
	support compiler.Support // Exact, Covers or Widens
	reason  string           // why not, of Covers and Widens
}

func exactly(clause object) leafQuery { return leafQuery{clause, compiler.Exact, ""} }

func superset(clause object, reason string) leafQuery {
	return leafQuery{clause, compiler.Superset, reason}
}

func omitted(reason string, args ...any) leafQuery {
	return leafQuery{nil, compiler.Omitted, fmt.Sprintf(reason, args...)}
}

// support reports how well the index supports a leaf.
func (x *index) support(p compiler.Pred) (compiler.Support, string) {
	s := x.leaf(p)
	return s.support, s.reason
}

// leaf writes a leaf over one field. The target's rows decide about other leaves.
func (x *index) leaf(p compiler.Pred) leafQuery {
	if p, ok := p.(compiler.FieldEq); ok {
		return x.equal(p)
	}
	fields := compiler.Fields(p)
	if len(fields) == 0 {
		return exactly(nil)
	}
	f := x.field(fields[0])
	if f.nothing {
		return omitted("%s is not indexed in OpenSearch", f.path.Name())
	}
	switch p := p.(type) {
	case compiler.Text:
		return f.like(p)
	case compiler.In:
		return f.in(p)
	case compiler.Regexp:
		return f.regexp(p)
	case compiler.CIDR:
		return f.network(p)
	case compiler.Num:
		return f.compare(p)
	case compiler.Null:
		return f.null()
	case compiler.Exists:
		if f.presence != compiler.Exact {
			return omitted("the index does not show whether %s is there", f.path.Name())
		}
	}
	return exactly(nil)
}

// like writes a pattern.
func (f field) like(p compiler.Text) leafQuery {
	part := literals(p.Pattern)
	switch {
	case !patternDeterminizes(p.Pattern):
		return omitted("this pattern exceeds the limits of OpenSearch")
	case f.path.Dynamic() && (compiler.TellsSpellings(p) || !f.strings() && mayBeObject(p.Pattern)):
		return omitted("the pattern may match a number or an object in %s, whose text OpenSearch does not hold", f.path.Name())
	case f.path.Type == schema.Number:
		return omitted("%s is a number, and OpenSearch has no patterns over numbers", f.path.Name())
	case len(p.Pattern) == 1 && p.Pattern[0].Kind == sigma.AnyRun && f.presence == compiler.Exact:
		return exactly(exists(f.present[0]))
	}
	if v, found := f.longest(true, part); found && p.Fold && v.longest == anyLength {
		clause := wildcard(v.name, object{"value": glob(p.Pattern)})
		if f.confuses(v, part) {
			return superset(clause, dottedAlike)
		}
		return exactly(clause)
	}
	v, found := f.longest(false, part)
	if !found || v.unsafe {
		return omitted("the index of %s does not support this pattern", f.path.Name())
	}
	searched, exact := p.Pattern, true
	anyCase := p.Fold && !caseless(part)
	if anyCase && (!f.path.Plain || !isASCII(part)) {
		searched, exact = v.anyCase(p.Pattern)
	}
	clause := wildcard(v.name, object{"value": glob(searched), "case_insensitive": anyCase})
	if v.kind == flat {
		return superset(clause, keysAlike)
	}
	s := f.beyond(v, clause)
	if s.support == compiler.Exact && !exact {
		return superset(s.clause, casesAlike)
	}
	return s
}

// What a superset does not keep apart.
const (
	dottedAlike = "the index does not distinguish U+0130 from i"
	casesAlike  = "the query does not compare upper and lower case exactly"
)

// confuses reports whether a view in lower case may find other texts for one: a
// normalizer that only lower-cases makes an i of U+0130, which folds to itself.
func (f field) confuses(v view, text string) bool {
	return v.folded && !v.dotted && !f.path.Plain && strings.Contains(text, "i")
}

// beyond takes in texts that are too long for a view: they are there, and not in
// the view. With several texts at one path that cannot be seen.
func (f field) beyond(v view, clause object) leafQuery {
	switch {
	case v.longest == anyLength:
		return exactly(clause)
	case !f.text || f.path.Dynamic() || f.path.Lists:
		return omitted("texts of %s longer than %d are not indexed", f.path.Name(), v.longest)
	}
	return superset(some([]object{clause, tooLong(f.name, v.name)}), fmt.Sprintf("texts of %s longer than %d are not indexed", f.path.Name(), v.longest))
}

// strings reports whether the index takes no objects at the path.
func (f field) strings() bool {
	return !f.guessed && !f.objects && !slices.ContainsFunc(f.views, func(v view) bool { return v.kind == flat })
}

// regexp writes a regular expression.
func (f field) regexp(p compiler.Regexp) leafQuery {
	re := p.Parse()
	expr, empty, ok := luceneRegexp(re)
	part := ""
	if asksForNUL(re) {
		part = "\x00"
	}
	v, found := f.longest(false, part)
	switch {
	case !ok:
		return omitted("this regular expression has no simple form in OpenSearch, or exceeds its limits")
	case f.path.Dynamic():
		return omitted("OpenSearch does not hold all texts of %s for regular expressions", f.path.Name())
	case f.path.Type == schema.Number:
		return omitted("%s is a number, and OpenSearch has no regular expressions over numbers", f.path.Name())
	case !found:
		return omitted("the index of %s does not support this regular expression", f.path.Name())
	}
	clause := matching(v.name, expr)
	if v.kind == pattern && empty {
		emptyText, found := f.empty()
		if !found {
			return omitted("the index of %s cannot be searched for the empty text", f.path.Name())
		}
		clause = some([]object{clause, emptyText})
	}
	return f.beyond(v, clause)
}

// empty finds the empty text, which the type wildcard does not find by an
// expression that offers it beside others.
func (f field) empty() (clause object, ok bool) {
	for _, folded := range []bool{false, true} {
		if v, ok := f.whole(folded, ""); ok {
			return object{"term": object{v.name: ""}}, true
		}
	}
	return nil, false
}

// longestAddress is the length of the longest IPv4 address.
const longestAddress = 15

// network writes a prefix. The type ip reads more than an address: it drops the
// zone of one, and holds an IPv4 address and the IPv6 address that stands for it
// as one.
func (f field) network(p compiler.CIDR) leafQuery {
	v, ok := f.longest(false, "")
	switch four := p.Prefix.Addr().Is4(); {
	case ok && v.longest >= longestAddress && four && !v.unsafe:
		clause := matching(v.name, network(p.Prefix))
		if v.deep {
			return superset(clause, keysAlike)
		}
		return exactly(clause)
	case f.address == "" || p.Prefix.Addr().Is4In6(): // which OpenSearch rejects
		return omitted("the index of %s does not support this network", f.path.Name())
	default:
		return superset(object{"term": object{f.address: p.Prefix.String()}}, "OpenSearch ignores the zone of an address and joins IPv4 with mapped IPv6")
	}
}

var relations = map[compiler.Op]string{
	compiler.Less: "lt", compiler.LessEqual: "lte", compiler.Greater: "gt", compiler.GreaterEqual: "gte",
}

// compare writes a comparison of numbers, which are doubles there.
func (f field) compare(p compiler.Num) leafQuery {
	bound, ok := asNumber(p.Bound.String())
	if f.number == "" || !ok {
		return omitted("%s is not indexed as a number that OpenSearch compares exactly", f.path.Name())
	}
	return exactly(object{"range": object{f.number: object{relations[p.Op]: bound}}})
}

// null writes that nothing is there.
func (f field) null() leafQuery {
	var there []object
	for _, name := range f.present {
		there = append(there, exists(name))
	}
	if f.presence != compiler.Exact {
		return superset(none(there...), fmt.Sprintf("the index does not show whether %s is there", f.path.Name()))
	}
	return exactly(none(there...))
}
