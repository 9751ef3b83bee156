package eval

import (
	"slices"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// Set is many plans of one source with the index in front of them. It serves
// any number of goroutines, each with a Reader of its own.
type Set struct {
	source *schema.Source
	fields *fields
	roots  []node
	anchor int              // the anchor field's number
	byText map[string][]int // plans that need this folded text in the anchor field
	always []int            // plans that may match whatever it holds
}

// NewSet makes plans ready; all must be of one source, and there must be one.
func NewSet(plans []*compiler.Plan) *Set {
	s := &Set{source: plans[0].Source, fields: newFields(), byText: map[string][]int{}}
	anchor, _, _ := s.source.Resolve(s.source.Anchor)
	s.anchor = s.fields.id(anchor)
	for i, p := range plans {
		s.roots = append(s.roots, build(p.Where, s.fields))
		texts, known := compiler.Needed(p.Where, anchor.Name())
		if !known {
			s.always = append(s.always, i)
			continue
		}
		for _, text := range texts {
			s.byText[text] = append(s.byText[text], i)
		}
	}
	return s
}

// Reader matches records one after the other.
type Reader struct {
	set     *Set
	event   Event
	may     []int
	matched []int
}

// Reader gives a reader for one goroutine.
func (s *Set) Reader() *Reader { return &Reader{set: s} }

// Match gives the plans that match a record, in the set's numbers, ascending.
// The slice is valid until the next call.
func (r *Reader) Match(rec *record.Record) []int {
	s := r.set
	r.event.Reset(s.source, rec)
	r.event.use(s.fields)
	r.candidates()
	r.matched = r.matched[:0]
	for _, i := range r.may {
		if s.roots[i].match(&r.event) {
			r.matched = append(r.matched, i)
		}
	}
	return r.matched
}

// candidates collects the plans that the index cannot exclude, ascending and
// each once.
func (r *Reader) candidates() {
	r.may = append(r.may[:0], r.set.always...)
	sorted := true
	leaves := r.event.leaves(r.set.anchor)
	for i := range leaves {
		if plans := r.set.byText[string(r.event.fold(&leaves[i]))]; len(plans) > 0 {
			r.may = append(r.may, plans...)
			sorted = false
		}
	}
	if !sorted {
		slices.Sort(r.may)
		r.may = slices.Compact(r.may)
	}
}
