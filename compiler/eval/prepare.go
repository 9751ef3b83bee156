package eval

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/sigmahunt/sigmahunt/compiler"
)

// test is a prepared predicate.
type test interface {
	holds(ev *Event) bool
}

type (
	constant bool
	not      struct{ of test }
	every    []test
	either   []test
)

func (t constant) holds(*Event) bool { return bool(t) }

func (t not) holds(ev *Event) bool { return !t.of.holds(ev) }

func (t every) holds(ev *Event) bool {
	for _, part := range t {
		if !part.holds(ev) {
			return false
		}
	}
	return true
}

func (t either) holds(ev *Event) bool {
	for _, part := range t {
		if part.holds(ev) {
			return true
		}
	}
	return false
}

// some is true when some leaf of a field passes a check.
type some struct {
	field int
	check check
}

func (t *some) holds(ev *Event) bool {
	leaves := ev.leaves(t.field)
	for i := range leaves {
		if t.check.accepts(ev, &leaves[i]) {
			return true
		}
	}
	return false
}

// null is true when the path reaches neither a leaf nor an empty array.
type null struct{ keys []string }

func (t null) holds(ev *Event) bool {
	leaf, empty, _ := ev.record.Reach(t.keys)
	return !leaf && !empty
}

// exists is true when the path's last key is present.
type exists struct{ keys []string }

func (t exists) holds(ev *Event) bool {
	_, _, key := ev.record.Reach(t.keys)
	return key
}

// keyword is true when a check accepts the event's whole text.
type keyword struct{ check }

func (t *keyword) holds(ev *Event) bool { return t.accepts(ev, ev.all()) }

// pair is true when some leaf of one field stands in a relation to some leaf of
// another.
type pair struct {
	field, other int
	relation     compiler.Relation
	fold         bool
}

// manyPairs is how many comparisons are worth a table.
const manyPairs = 4096

func (t *pair) holds(ev *Event) bool {
	ev.leaves(t.other) // found first, so that finding these moves none of the others
	left, right := ev.leaves(t.field), ev.leaves(t.other)
	if t.relation == compiler.Same && len(left)*len(right) > manyPairs {
		return t.meet(ev, left, right)
	}
	for i := range left {
		a := ev.textOf(&left[i], t.fold)
		for j := range right {
			if related(a, ev.textOf(&right[j], t.fold), t.relation) {
				return true
			}
		}
	}
	return false
}

// meet reports whether two long lists share a text.
func (t *pair) meet(ev *Event, left, right []leaf) bool {
	texts := make(map[string]struct{}, len(right))
	for j := range right {
		texts[string(ev.textOf(&right[j], t.fold))] = struct{}{}
	}
	for i := range left {
		if _, ok := texts[string(ev.textOf(&left[i], t.fold))]; ok {
			return true
		}
	}
	return false
}

func related(a, b []byte, relation compiler.Relation) bool {
	switch relation {
	case compiler.Same:
		return bytes.Equal(a, b)
	case compiler.HasPrefix:
		return bytes.HasPrefix(a, b)
	case compiler.HasSuffix:
		return bytes.HasSuffix(a, b)
	case compiler.Holds:
		return bytes.Contains(a, b)
	default:
		panic("eval: an unknown relation of fields")
	}
}

// prepare makes the test that a predicate stands for.
func (f *fields) prepare(p compiler.Pred) test {
	switch p := p.(type) {
	case compiler.All:
		return every(f.prepareList(p.Of))
	case compiler.Any:
		return either(f.prepareList(p.Of))
	case compiler.Not:
		return not{f.prepare(p.Of)}
	case compiler.Const:
		return constant(p.Value)
	case compiler.Text:
		return &some{f.number(p.Field), &like{p.Fold, newGlob(p.Pattern)}}
	case compiler.In:
		return &some{f.number(p.Field), newOneOf(p)}
	case compiler.Regexp:
		return &some{f.number(p.Field), newSearch(p)}
	case compiler.CIDR:
		return &some{f.number(p.Field), &inside{p.Prefix}}
	case compiler.Num:
		return &some{f.number(p.Field), newOrdered(p)}
	case compiler.TimePart:
		return &some{f.number(p.Field), newTimePart(p)}
	case compiler.FieldEq:
		return &pair{f.number(p.Field), f.number(p.Other), p.Relation, p.Fold}
	case compiler.Null:
		return null{p.Field.Keys}
	case compiler.Exists:
		return exists{p.Field.Keys}
	case compiler.Keyword:
		if p.Regexp != nil {
			return &keyword{newSearch(*p.Regexp)}
		}
		return &keyword{&like{p.Fold, newGlob(p.Pattern)}}
	default:
		panic("eval: a predicate that the compiler does not make")
	}
}

// prepareList puts cheap tests first, since the first that decides ends the
// list. Tests have no effects, so the order changes no answer.
func (f *fields) prepareList(list []compiler.Pred) []test {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b compiler.Pred) int { return cmp.Compare(cost(a), cost(b)) })
	tests := make([]test, len(list))
	for i, p := range list {
		tests[i] = f.prepare(p)
	}
	return tests
}

// cost is how dear a predicate is, roughly, an equality being 1.
func cost(p compiler.Pred) int {
	switch p := p.(type) {
	case compiler.All:
		return costs(p.Of)
	case compiler.Any:
		return costs(p.Of)
	case compiler.Not:
		return cost(p.Of)
	case compiler.Const:
		return 0
	case compiler.In:
		return 1
	case compiler.Regexp:
		return 10
	case compiler.Keyword:
		return 40
	default:
		return 2
	}
}

func costs(list []compiler.Pred) int {
	sum := 0
	for _, p := range list {
		sum += cost(p)
	}
	return sum
}
