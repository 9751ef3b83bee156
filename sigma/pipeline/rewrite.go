package pipeline

import (
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// outcome is what a step makes of an item: nothing, or choices, any of which
// may hold in its place. A choice without items leaves the item out.
type outcome struct {
	touched bool
	choices []sigma.Alternative
}

// rewriter says what becomes of the item that the subject holds.
type rewriter func(a *applier, st *step, s *subject) outcome

// rewrite makes the transform that goes through the items on which the step's
// conditions hold.
func rewrite(change rewriter) transform {
	return forEach(func(a *applier, st *step, d *draft) { a.rewrite(st, d, change) })
}

func (a *applier) rewrite(st *step, d *draft, change rewriter) {
	for i := range d.parts {
		p := &d.parts[i]
		for k := range p.searches {
			outcomes := a.outcomes(st, d, &p.searches[k], change)
			if d.refused {
				return
			}
			if outcomes != nil {
				p.changed = true
				if a.replace(st, d, &p.searches[k], outcomes); d.refused {
					return
				}
			}
		}
	}
}

// outcomes asks what becomes of each item of a search. It gives nil where none
// is touched.
func (a *applier) outcomes(st *step, d *draft, of *search, change rewriter) [][]outcome {
	var list [][]outcome
	s := &subject{draft: d}
	for i, alternative := range of.Of {
		for k := range alternative {
			s.item, s.trail = &alternative[k], of.trail(i, k)
			if !st.fits(s) {
				continue
			}
			o := change(a, st, s)
			if d.refused {
				return nil
			}
			if !o.touched {
				continue
			}
			if list == nil {
				list = make([][]outcome, len(of.Of))
			}
			if list[i] == nil {
				list[i] = make([]outcome, len(alternative))
			}
			list[i][k] = o
		}
	}
	return list
}

// fits reports whether the step's conditions on items and on fields hold of the
// item that the subject holds.
func (st *step) fits(s *subject) bool {
	if !st.items.holds(s) {
		return false
	}
	if st.fields == nil {
		return true
	}
	s.names = append(s.names[:0], s.item.Field)
	if s.item.Has("fieldref") {
		for _, v := range s.item.Values {
			name, _ := sigma.ParsePattern(v.Text).Plain()
			s.names = append(s.names, name)
		}
	}
	return st.fields(s)
}

// replace puts a new search in the place of one whose items are touched.
func (a *applier) replace(st *step, d *draft, s *search, outcomes [][]outcome) {
	items, ok := a.measure(d, s, outcomes)
	if !ok {
		return
	}
	a.items += items - s.items
	old := *s
	next := *old.Search
	*s = search{Search: &next, items: items}
	s.Of = nil
	for i, alternative := range old.Of {
		trails := make([]*trail, len(alternative))
		for k := range trails {
			trails[k] = old.trail(i, k)
		}
		if outcomes[i] == nil {
			s.add(alternative, trails)
			continue
		}
		for k, o := range outcomes[i] {
			if o.touched {
				trails[k] = trails[k].then(st)
			}
		}
		s.multiply(alternative, trails, outcomes[i])
	}
	if len(s.Of) == 0 {
		d.refuse(a, diag.PipelineRefused, s.At, "drop fewer items, or the rule", "a pipeline drops all of the search %q", diag.Printable(s.Name))
	}
}

func (s *search) add(alternative sigma.Alternative, trails []*trail) {
	s.Of = append(s.Of, alternative)
	s.trails = append(s.trails, trails)
}

// measure counts the items of the search to come, weighed by what they hold, and
// refuses what is too large before it is made.
func (a *applier) measure(d *draft, s *search, outcomes [][]outcome) (items int, ok bool) {
	total, most := 0, max(maxAlternatives, len(s.Of))
	for i, alternative := range s.Of {
		combinations, length := 1, 0
		for k := range alternative {
			longest := 1
			if outcomes[i] != nil && outcomes[i][k].touched {
				choices := outcomes[i][k].choices
				combinations *= len(choices)
				longest = weigh(choices)
			}
			length += longest
			switch {
			case total+combinations > most:
				d.refuse(a, diag.TooLarge, alternative[k].At, "map to fewer fields, or split the rule",
					"a pipeline makes more than %d alternatives of the search %q", most, diag.Printable(s.Name))
				return 0, false
			case a.items-s.items+items+combinations*length > maxItems:
				d.refuse(a, diag.TooLarge, alternative[k].At, "map to fewer fields, or apply it to fewer rules",
					"pipelines make more than %d items of the rules", maxItems)
				return 0, false
			}
		}
		total += combinations
		items += combinations * length
	}
	return items, true
}

// weigh gives the size of the largest choice.
func weigh(choices []sigma.Alternative) int {
	longest := 0
	for _, choice := range choices {
		size := 0
		for k := range choice {
			if size++; choice[k].Has("fieldref") {
				size += len(choice[k].Values)
			}
		}
		longest = max(longest, size)
	}
	return longest
}

// multiply adds an alternative for every combination of the choices, the last
// item's choices changing first. One that is left without items is not added.
func (s *search) multiply(alternative sigma.Alternative, trails []*trail, outcomes []outcome) {
	chosen := make([]int, len(alternative))
	for {
		var next sigma.Alternative
		var nextTrails []*trail
		for k := range alternative {
			taken := alternative[k : k+1]
			if o := outcomes[k]; o.touched {
				taken = o.choices[chosen[k]]
			}
			next = append(next, taken...)
			for range taken {
				nextTrails = append(nextTrails, trails[k])
			}
		}
		if len(next) > 0 {
			s.add(next, nextTrails)
		}
		k := len(chosen) - 1
		for ; k >= 0; k-- {
			if chosen[k]++; chosen[k] < len(outcomes[k].choices) {
				break
			}
			chosen[k] = 0
		}
		if k < 0 {
			return
		}
	}
}
