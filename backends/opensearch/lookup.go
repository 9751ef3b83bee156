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

// truth says values of a boolean, for which OpenSearch also takes an empty text
// as false.
func (f field) truth(values []string) said {
	var found []object
	if slices.Contains(values, "true") {
		found = append(found, object{"term": object{f.name: "true"}})
	}
	if !slices.Contains(values, "false") && !slices.Contains(values, "") {
		return exactly(some(found))
	}
	found = append(found, object{"term": object{f.name: "false"}})
	return covers(some(found), "false and an empty text apart")
}

// in says a set of whole texts.
func (f field) in(p compiler.In) said {
	switch {
	case f.path.Dynamic() && (compiler.TellsSpellings(p) || slices.ContainsFunc(p.Values, beginsObject)):
		return widens("numbers and objects inside JSON")
	case f.guessed && slices.ContainsFunc(p.Values, datelike):
		return widens("dates inside JSON")
	case f.boolean && len(f.views) == 0:
		return f.truth(p.Values)
	case f.path.Type == schema.Number && f.number == "":
		return widens("the number %s", f.path.Name())
	}
	l := lookup{field: f, fold: p.Fold, terms: map[string][]string{}, folded: map[string][]string{}, spell: map[string][]string{}}
	add := l.add
	if f.path.Type == schema.Number {
		add = l.addNumber
	}
	for _, value := range p.Values {
		if !add(value) {
			return widens("this text of %s", f.path.Name())
		}
	}
	l.found = append(l.found, terms(f.number, l.numbers)...)
	if f.guessed {
		l.addTruths(p.Values)
	}
	clauses, folded := l.clauses(), allTerms(l.folded)
	switch n := len(clauses) + len(folded); {
	case n > maxSpelled:
		return widens("%d texts of %s, which take %d clauses", len(p.Values), f.path.Name(), n)
	case l.widely != "":
		return covers(some(append(clauses, folded...)), l.widely)
	case len(folded) == 0:
		return exactly(some(clauses))
	}
	s := f.foldedAlike(some(folded), l.dotted)
	s.clause = some(append(clauses, s.clause))
	return s
}

// lookup gathers the views in which a set of texts is looked up.
type lookup struct {
	field   field
	fold    bool
	terms   map[string][]string // by view
	folded  map[string][]string // by view: those that it may confuse with others
	found   []object
	numbers []json.Number       // as which a number is looked up
	spell   map[string][]string // by view: as expressions, where a text stands as stored
	dotted  []string            // all of folded: texts whose i may be U+0130 in the index
	widely  string              // what the clauses do not keep apart, though they should
}

// keysAlike is what a flat_object does not tell: it holds a path, =, and a text as
// one term, in which a key may have dots and equals signs too.
const keysAlike = "keys inside JSON that are alike"

// add looks one text up; it reports whether there is a way.
func (l *lookup) add(value string) bool {
	f := l.field
	if l.fold {
		if v, ok := f.whole(true, value); ok && holdsI(value) && !f.path.Plain {
			l.folded[v.name], l.dotted = append(l.folded[v.name], value), append(l.dotted, value)
			return true
		} else if ok {
			l.terms[v.name] = append(l.terms[v.name], value)
			return true
		}
	}
	v, ok := f.whole(false, value)
	if v.kind == flat && strings.Contains(value, "=") {
		l.widely = keysAlike
	}
	switch {
	case ok && (!l.fold || caseless(value)):
		l.terms[v.name] = append(l.terms[v.name], value)
		return true
	case ok && v.unsafe:
		return false
	case ok:
		if v.deep {
			l.widely = keysAlike
		}
		expr, ok := spelled(value)
		l.spell[v.name] = append(l.spell[v.name], expr)
		return ok
	case !l.fold:
		v, ok := f.whole(true, sigma.Fold(value))
		l.terms[v.name] = append(l.terms[v.name], sigma.Fold(value))
		l.widely = "upper and lower case apart"
		return ok
	default:
		return false
	}
}

// addNumber looks a value of a number up by what it is worth, and a text as such.
func (l *lookup) addNumber(value string) bool {
	d, number := record.ParseDecimal(value)
	switch asked, ok := asNumber(value); {
	case ok:
		l.numbers = append(l.numbers, asked)
		return true
	case number && d.String() == value:
		return false // the index takes other numbers for the same
	case number:
		l.widely = "a text and a number that is spelled like it"
	}
	return l.add(value)
}

func (l *lookup) clauses() []object {
	list := append(l.found, allTerms(l.terms)...)
	for _, name := range slices.Sorted(maps.Keys(l.spell)) {
		list = append(list, matchingAny(name, l.spell[name])...)
	}
	return list
}

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
			l.widely = "true and false inside JSON"
		}
	}
}

// foldedAlike puts right what the index makes of U+0130, which folds to itself: of
// fields that it finds, those pass whose text as stored is one of the given ones
// in some case.
func (f field) foldedAlike(found object, values []string) said {
	var exprs []string
	for _, value := range values {
		expr, ok := spelled(value)
		if !ok {
			return covers(found, "U+0130 and i apart")
		}
		exprs = append(exprs, expr)
	}
	return f.undotted(found, exprs)
}

// undotted is foldedAlike for texts and patterns that are given as expressions.
func (f field) undotted(found object, exprs []string) said {
	v, ok := f.longest(false, "")
	alike := matchingAny(v.name, exprs)
	if !ok || v.longest != anyLength || len(alike) > maxSpelled {
		return covers(found, "U+0130 and i apart")
	}
	return exactly(every([]object{found, some(alike)}))
}
