package opensearch

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// truth writes values of a boolean, for which OpenSearch also takes an empty text
// as false.
func (f field) truth(values []string) leafQuery {
	var found []object
	if slices.Contains(values, "true") {
		found = append(found, object{"term": object{f.name: "true"}})
	}
	if !slices.Contains(values, "false") && !slices.Contains(values, "") {
		return exactly(some(found))
	}
	found = append(found, object{"term": object{f.name: "false"}})
	return superset(some(found), "OpenSearch does not distinguish false from an empty text")
}

// in writes a set of whole texts.
func (f field) in(p compiler.In) leafQuery {
	switch {
	case f.path.Dynamic() && (compiler.TellsSpellings(p) || slices.ContainsFunc(p.Values, beginsObject)):
		return omitted("the value may be a number or an object in %s, whose text OpenSearch does not hold", f.path.Name())
	case f.guessed && slices.ContainsFunc(p.Values, datelike):
		return omitted("OpenSearch may have indexed %s as a date", f.path.Name())
	case f.boolean && len(f.views) == 0:
		return f.truth(p.Values)
	case f.path.Type == schema.Number && f.number == "":
		return omitted("%s is not indexed as a number", f.path.Name())
	}
	l := lookup{field: f, fold: p.Fold, terms: map[string][]string{}}
	add := l.add
	if f.path.Type == schema.Number {
		add = l.addNumber
	}
	for _, value := range p.Values {
		if !add(value) {
			return omitted("the index of %s cannot be searched for this value", f.path.Name())
		}
	}
	l.found = append(l.found, terms(f.number, l.numbers)...)
	if f.guessed {
		l.addTruths(p.Values)
	}
	clauses := l.clauses()
	switch n := len(clauses); {
	case n > maxSpelled:
		return omitted("the %d values of %s take %d clauses, which is too many for one query", len(p.Values), f.path.Name(), n)
	case l.reason != "":
		return superset(some(clauses), l.reason)
	default:
		return exactly(some(clauses))
	}
}

// lookup gathers the views in which a set of texts is looked up.
type lookup struct {
	field   field
	fold    bool
	terms   map[string][]string // by view
	found   []object
	numbers []json.Number // as which a number is looked up
	reason  string        // what the clauses do not keep apart, though they should
}

// keysAlike is what a flat_object does not keep apart: it holds a path, =, and a text as
// one term, in which a key may have dots and equals signs too.
const keysAlike = "a flat_object does not distinguish keys that are alike"

// add looks one text up, if some view can find it.
func (l *lookup) add(value string) bool {
	f := l.field
	if l.fold {
		if v, ok := f.whole(true, value); ok {
			if f.confuses(v, value) {
				l.reason = dottedAlike
			}
			l.terms[v.name] = append(l.terms[v.name], value)
			return true
		}
	}
	v, ok := f.whole(false, value)
	if v.kind == flat && strings.Contains(value, "=") {
		l.reason = keysAlike
	}
	switch {
	case ok && (!l.fold || caseless(value)):
		l.terms[v.name] = append(l.terms[v.name], value)
		return true
	case ok && v.unsafe:
		return false
	case ok:
		l.found = append(l.found, l.anyCase(v, value))
		return true
	case !l.fold:
		v, ok := f.whole(true, sigma.Fold(value))
		l.terms[v.name] = append(l.terms[v.name], sigma.Fold(value))
		l.reason = casesAlike
		return ok
	default:
		return false
	}
}

// addNumber looks a number up by its value, and a text as such.
func (l *lookup) addNumber(value string) bool {
	d, number := record.ParseDecimal(value)
	switch searched, ok := asNumber(value); {
	case ok:
		l.numbers = append(l.numbers, searched)
		return true
	case number && d.String() == value:
		return false // the index takes other numbers for the same
	case number:
		l.reason = "OpenSearch does not distinguish a number from a text that is spelled like it"
	}
	return l.add(value)
}

// anyCase looks a folded text up among texts as stored. Of a flat object the keys
// are found in any case too.
func (l *lookup) anyCase(v view, value string) object {
	if v.kind == flat {
		l.reason = keysAlike
	}
	query := object{"value": value, "case_insensitive": true}
	if l.field.path.Plain && isASCII(value) {
		return object{"term": object{v.name: query}}
	}
	searched, exact := v.anyCase(sigma.LiteralPattern(value))
	if exact {
		return object{"term": object{v.name: query}}
	}
	l.reason = casesAlike
	query["value"] = glob(searched)
	return wildcard(v.name, query)
}

func (l *lookup) clauses() []object { return append(l.found, allTerms(l.terms)...) }

func allTerms(byView map[string][]string) (list []object) {
	for _, name := range slices.Sorted(maps.Keys(byView)) {
		list = append(list, terms(name, byView[name])...)
	}
	return list
}

// addTruths looks true and false up where the index may hold them as themselves. A
// text that only begins with one is found as well.
func (l *lookup) addTruths(values []string) {
	for _, value := range []string{"true", "false"} {
		if slices.Contains(values, value) {
			l.found = append(l.found, object{"match": object{l.field.name: object{"query": value, "lenient": true}}})
			l.reason = "true and false inside JSON"
		}
	}
}
