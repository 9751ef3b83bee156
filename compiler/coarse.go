package compiler

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// Coarse is a correlation for an engine that cannot slide windows, in two stages.
// The first counts events by group and by cells, which are stretches of time as
// long as the correlation looks back, so that what a window holds lies in the cell
// of its last event and the one before. Only where those two hold what Need asks
// can the correlation fire. The second stage fetches the events of these groups in
// these cells, and the evaluator decides.
//
// What is fetched besides, and is but a part of a window, cannot make it fire: more
// events never make a need fail, so the first stage would have found that window
// too. Therefore a field that the engine groups by may join groups, or put an
// event into several.
type Coarse struct {
	Of     *Correlated
	Leaves []Leaf
	Groups []int         // places among the names that the correlation groups by: those that the engine can group by
	Cell   time.Duration // whole seconds; 0: the engine cannot tell the time of some events, and all time is one cell
	Need   Need
}

// Leaf is a rule whose events a correlation looks at, itself or through those
// below it, and the fields that are its own groups' in those events, in the order
// of Groups.
type Leaf struct {
	Plan  *Plan // legal: what it finds too much is counted too
	Group []schema.Path
}

// Need is a condition on counts of events. With Events it holds where these
// leaves, each as often as it stands there, have so many events together; else
// where so many of Of hold.
type Need struct {
	AtLeast int64
	Events  []int
	Of      []Need
}

// Holds tells whether counts by leaf satisfy the need.
func (n Need) Holds(counts []int64) bool {
	var have int64
	for _, leaf := range n.Events {
		have += counts[leaf]
	}
	for _, below := range n.Of {
		if below.Holds(counts) {
			have++
		}
	}
	return have >= n.AtLeast
}

// Words says what the first stage must find for the correlation to fire.
func (o *Coarse) Words() string { return o.words(o.Need) }

func (o *Coarse) words(n Need) string {
	var parts []string
	for _, leaf := range n.Events {
		parts = append(parts, o.Leaves[leaf].Plan.Rule.Ref())
	}
	if n.Events != nil {
		return fmt.Sprintf("%d of %s", n.AtLeast, strings.Join(parts, " + "))
	}
	for _, below := range n.Of {
		parts = append(parts, o.words(below))
	}
	switch {
	case len(parts) == 1:
		return parts[0]
	case n.AtLeast == 1:
		return "(" + strings.Join(parts, " or ") + ")"
	case n.AtLeast == int64(len(parts)):
		return "(" + strings.Join(parts, " and ") + ")"
	default:
		return fmt.Sprintf("any %d of (%s)", n.AtLeast, strings.Join(parts, ", "))
	}
}

// Coarsen gives the two stages of a correlation whose rules the target can run;
// legal holds their plans. It gives nil where a first stage would keep nothing
// out: any event of a rule might make the correlation fire, or the target can tell
// neither groups nor times of all of its events.
func Coarsen(c *Correlated, legal map[*sigma.Rule]*Plan, t *Target) *Coarse {
	if t.Correlation != InTwoStages || t.Groups == nil || c.roads(map[*Correlated]int{}) > maxRoads {
		return nil
	}
	o := &Coarse{Of: c}
	for i := range c.Rule.GroupBy {
		if groups(c, i, t) {
			o.Groups = append(o.Groups, i)
		}
	}
	o.Need, _ = leafMaker{o, legal}.need(c, o.Groups)
	if timed(o.Leaves, t) {
		o.Cell = c.Depth()
	}
	if len(o.Groups) == 0 && o.Cell == 0 || o.trivial() {
		return nil
	}
	return o
}

// maxRoads bounds the roads from a correlation down to rules, of which chains that
// fork and join have more than anybody needs.
const maxRoads = 1_000

func (c *Correlated) roads(known map[*Correlated]int) int {
	if n, ok := known[c]; ok {
		return n
	}
	n := 0
	for _, in := range c.Inputs {
		if in.Inner == nil {
			n++
		} else {
			n += in.Inner.roads(known)
		}
		n = min(n, maxRoads+1)
	}
	known[c] = n
	return n
}

// trivial reports whether one event alone may make the correlation fire, whichever
// rule it is of.
func (o *Coarse) trivial() bool {
	for i := range o.Leaves {
		counts := make([]int64, len(o.Leaves))
		if counts[i] = 1; !o.Need.Holds(counts) {
			return false
		}
	}
	return true
}

// groups reports whether the target can group the events of every rule by the
// i-th name of a correlation.
func groups(c *Correlated, i int, t *Target) bool {
	return !slices.ContainsFunc(c.Inputs, func(in *Input) bool {
		if in.Inner != nil {
			return !groups(in.Inner, in.GroupAt[i], t)
		}
		return in.Group[i].Name() == in.Plan.Source.Time || !t.Groups(in.Group[i])
	})
}

// timed reports whether the target can put the events of all leaves into cells.
func timed(leaves []Leaf, t *Target) bool {
	return !slices.ContainsFunc(leaves, func(l Leaf) bool {
		p, _, ok := l.Plan.Source.Resolve(l.Plan.Source.Time)
		return !ok || !t.Groups(p)
	})
}

// leafMaker gathers the leaves of a correlation while its need is written.
type leafMaker struct {
	of    *Coarse
	legal map[*sigma.Rule]*Plan
}

// need says what must be there for a correlation to fire, and gives the leaves of
// which the events that make it fire are, each as often as one can be. Groups are
// the places in its grouping that are asked for.
func (m leafMaker) need(c *Correlated, groups []int) (Need, []int) {
	inputs := make([]Need, len(c.Inputs))
	var events []int
	for i, in := range c.Inputs {
		var below []int
		inputs[i], below = m.input(in, groups)
		events = append(events, below...)
	}
	anything := Need{AtLeast: 1, Of: inputs}
	least := leastWhole(c.Bounds)
	counted := Need{AtLeast: least, Events: events}
	if slices.ContainsFunc(c.Inputs, func(in *Input) bool { return in.Inner != nil }) {
		counted = Need{AtLeast: 2, Of: []Need{anything, counted}}
	}
	switch {
	case c.Rule.Kind == "event_count":
		return counted, events
	case c.Rule.Kind == "value_count" && !slices.ContainsFunc(c.Inputs, manyValues):
		return counted, events
	case len(c.Ways) > 0:
		anything.Of = nil
		for _, w := range c.Ways {
			anything.Of = append(anything.Of, wayNeed(w, inputs))
		}
	case strings.HasPrefix(c.Rule.Kind, "temporal"): // by how many rules have events
		anything.AtLeast = least
	}
	return anything, events
}

// input is need for one of a correlation's inputs: it has an event.
func (m leafMaker) input(in *Input, groups []int) (Need, []int) {
	if in.Inner != nil {
		below := make([]int, len(groups))
		for i, g := range groups {
			below[i] = in.GroupAt[g]
		}
		return m.need(in.Inner, below)
	}
	leaf := Leaf{Plan: m.legal[in.Plan.Rule]}
	for _, g := range groups {
		leaf.Group = append(leaf.Group, in.Group[g])
	}
	events := []int{m.place(leaf)}
	return Need{AtLeast: 1, Events: events}, events
}

// place gives the number of a leaf.
func (m leafMaker) place(l Leaf) int {
	at := slices.IndexFunc(m.of.Leaves, func(o Leaf) bool {
		return o.Plan == l.Plan && slices.EqualFunc(o.Group, l.Group, func(a, b schema.Path) bool { return a.Name() == b.Name() })
	})
	if at < 0 {
		at = len(m.of.Leaves)
		m.of.Leaves = append(m.of.Leaves, l)
	}
	return at
}

// wayNeed gives what must be there for a way: where nothing is asked for, the
// event at which it is looked at.
func wayNeed(w Way, inputs []Need) Need {
	need := Need{AtLeast: int64(len(w.Present))}
	for _, i := range w.Present {
		need.Of = append(need.Of, inputs[i])
	}
	if len(w.Present) > 0 {
		return need
	}
	need.AtLeast = 1
	for i, n := range inputs {
		if !slices.Contains(w.Absent, i) {
			need.Of = append(need.Of, n)
		}
	}
	return need
}

// manyValues reports whether one event may hold several values of those that are
// counted. What the schema declares and no list holds is one at most.
func manyValues(in *Input) bool {
	return len(in.Values) > 0 && in.Plan.Source.AnyField || slices.ContainsFunc(in.Values, func(p schema.Path) bool {
		return p.Dynamic() || p.Lists || p.Type == schema.Struct || p.Type == schema.List
	})
}

// leastWhole gives the least whole number from one on that thresholds may let
// pass.
func leastWhole(bounds []Threshold) int64 {
	least := int64(1)
	for _, b := range bounds {
		switch b.Op {
		case "gt", "gte", "eq":
		default:
			continue
		}
		n, rest := new(big.Int).DivMod(b.Value.Num(), b.Value.Denom(), new(big.Int)) // rounded down
		if rest.Sign() > 0 || b.Op == "gt" {
			n.Add(n, big.NewInt(1))
		}
		switch {
		case n.IsInt64():
			least = max(least, n.Int64())
		case n.Sign() > 0:
			least = math.MaxInt64
		}
	}
	return least
}
