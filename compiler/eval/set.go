package eval

import (
	"slices"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// Set is many plans over one source, with an index in front that says of most
// plans that an event cannot match them.
type Set struct {
	source  *schema.Source
	fields  *fields
	where   []test // by plan
	indexes []index
	always  []int // plans of which the index knows nothing
}

// index finds plans by the folded text of a field's leaves.
type index struct {
	field int
	plans map[string][]int
}

// NewSet prepares plans, which must all be of one source.
func NewSet(plans []*compiler.Plan) *Set {
	s := &Set{fields: newFields()}
	if len(plans) == 0 {
		return s
	}
	s.source = plans[0].Source
	for _, p := range plans {
		s.where = append(s.where, s.fields.prepare(p.Where))
	}
	for i, n := range choose(plans) {
		if n == nil {
			s.always = append(s.always, i)
			continue
		}
		s.file(i, n)
	}
	return s
}

// file puts a plan into the index of the field that it needs.
func (s *Set) file(plan int, n *need) {
	field := s.fields.number(n.field)
	at := slices.IndexFunc(s.indexes, func(x index) bool { return x.field == field })
	if at < 0 {
		at = len(s.indexes)
		s.indexes = append(s.indexes, index{field, map[string][]int{}})
	}
	for _, text := range n.texts {
		s.indexes[at].plans[text] = append(s.indexes[at].plans[text], plan)
	}
}

// Reader matches records against a set, for one goroutine.
type Reader struct {
	set   *Set
	event Event
	round uint64
	tried []uint64 // by plan: the round in which it was last tried
	hits  []int
}

// Reader makes a reader of the set.
func (s *Set) Reader() *Reader {
	return &Reader{set: s, tried: make([]uint64, len(s.where))}
}

// Match gives the plans that a record matches, as indices into the set's list,
// ascending. They are valid until the next call.
func (r *Reader) Match(rec *record.Record) []int {
	ev := &r.event
	ev.Reset(r.set.source, rec)
	ev.bind(r.set.fields)
	r.round++
	r.hits = r.hits[:0]
	r.try(r.set.always)
	for i := range r.set.indexes {
		x := &r.set.indexes[i]
		leaves := ev.leaves(x.field)
		for j := range leaves {
			r.try(x.plans[string(ev.textOf(&leaves[j], true))])
		}
	}
	slices.Sort(r.hits)
	return r.hits
}

// try evaluates plans that were not yet tried on this record.
func (r *Reader) try(plans []int) {
	for _, i := range plans {
		if r.tried[i] == r.round {
			continue
		}
		r.tried[i] = r.round
		if r.set.where[i].holds(&r.event) {
			r.hits = append(r.hits, i)
		}
	}
}
