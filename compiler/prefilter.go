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

// Prefilter is the first of two stages of a correlation, for an engine that cannot
// slide windows. It counts events by group and by cells, which are stretches of time
// as long as the correlation looks back: all events of a window lie in the cell of
// its last event and the one before. Only where these two hold MinCount can the
// correlation fire. The second stage fetches the events of these groups in these
// cells, and the evaluator decides.
//
// The second stage may fetch a part of a window that lies in other cells. That part
// cannot make the correlation fire: more events never make MinCount fail, so the
// first stage would have found that window too. Therefore a field that the engine
// groups by may join groups, or put an event into several.
type Prefilter struct {
	Of       *CorrelationPlan
	Leaves   []Leaf
	Groups   []int         // places among the names that the correlation groups by: those that the engine can group by
	Cell     time.Duration // whole seconds; 0: the engine does not know the time of some events, and all time is one cell
	MinCount MinCount
}

// Leaf is a rule of a correlation, and the fields of its events that the
// correlation groups by, in the order of Groups.
type Leaf struct {
	Plan  *Plan // legal: events that only its superset finds are counted too
	Group []schema.Path
}

// MinCount is a condition on the counts of a correlation's rules.
type MinCount struct {
	Leaves []int // of each rule, of those of correlations below too, in their order
	Events int64 // that all rules have together
	Rules  int64 // that have an event
}

// Holds reports whether counts by leaf satisfy the condition.
func (m MinCount) Holds(counts []int64) bool {
	var events, rules int64
	for _, leaf := range m.Leaves {
		if events += counts[leaf]; counts[leaf] > 0 {
			rules++
		}
	}
	return events >= m.Events && rules >= m.Rules
}

// Words describes what the first stage must find for the correlation to fire.
func (f *Prefilter) Words() string {
	var refs []string
	for _, leaf := range f.MinCount.Leaves {
		refs = append(refs, f.Leaves[leaf].Plan.Rule.Ref())
	}
	text := fmt.Sprintf("%d of %s", f.MinCount.Events, strings.Join(refs, " + "))
	if f.MinCount.Rules > 1 {
		text += fmt.Sprintf(", of %d rules", f.MinCount.Rules)
	}
	return text
}

// NewPrefilter returns the first stage of a correlation whose rules the target can
// run; legal holds their plans. It returns nil where that stage would exclude
// nothing, and for chains of more than two correlations: their events are read whole.
func NewPrefilter(c *CorrelationPlan, legal map[*sigma.Rule]*Plan, t *Target) *Prefilter {
	inputs := flatten(c)
	if t.Correlation != InTwoStages || t.Groups == nil || inputs == nil {
		return nil
	}
	f := &Prefilter{Of: c}
	for i := range c.Rule.GroupBy {
		if !slices.ContainsFunc(inputs, func(l Leaf) bool {
			return l.Group[i].Name() == l.Plan.Source.Time || !t.Groups(l.Group[i])
		}) {
			f.Groups = append(f.Groups, i)
		}
	}
	dated := true
	for _, in := range inputs {
		l := Leaf{Plan: legal[in.Plan.Rule]}
		for _, g := range f.Groups {
			l.Group = append(l.Group, in.Group[g])
		}
		f.MinCount.Leaves = append(f.MinCount.Leaves, f.place(l))
		p, _, ok := l.Plan.Source.Resolve(l.Plan.Source.Time)
		dated = dated && ok && t.Groups(p)
	}
	f.MinCount.Events, f.MinCount.Rules = minCount(c)
	if dated {
		f.Cell = c.Depth()
	}
	if len(f.Groups) == 0 && f.Cell == 0 || f.trivial() {
		return nil
	}
	return f
}

// flatten returns the rules of a correlation and of those below it, with the fields
// of its own groups; nil where those have correlations below.
func flatten(c *CorrelationPlan) []Leaf {
	var list []Leaf
	for _, in := range c.Inputs {
		if in.Inner == nil {
			list = append(list, Leaf{in.Plan, in.Group})
			continue
		}
		for _, below := range in.Inner.Inputs {
			if below.Inner != nil {
				return nil
			}
			l := Leaf{Plan: below.Plan}
			for _, at := range in.GroupAt {
				l.Group = append(l.Group, below.Group[at])
			}
			list = append(list, l)
		}
	}
	return list
}

// place returns the number of a leaf. Rules that stand twice share one.
func (f *Prefilter) place(l Leaf) int {
	at := slices.IndexFunc(f.Leaves, func(o Leaf) bool {
		return o.Plan == l.Plan && slices.EqualFunc(o.Group, l.Group, func(a, b schema.Path) bool { return a.Name() == b.Name() })
	})
	if at < 0 {
		at = len(f.Leaves)
		f.Leaves = append(f.Leaves, l)
	}
	return at
}

// trivial reports whether one event alone may make the correlation fire, whichever
// rule it is of.
func (f *Prefilter) trivial() bool {
	for i := range f.Leaves {
		counts := make([]int64, len(f.Leaves))
		if counts[i] = 1; !f.MinCount.Holds(counts) {
			return false
		}
	}
	return true
}

// minCount returns how many events must lie in a window for a correlation to fire,
// and of how many rules. An event counts for each rule that it matches.
func minCount(c *CorrelationPlan) (events, rules int64) {
	var ofEvents, ofRules []int64
	for _, in := range c.Inputs {
		e, r := int64(1), int64(1)
		if in.Inner != nil {
			e, r = minCount(in.Inner)
		}
		ofEvents, ofRules = append(ofEvents, e), append(ofRules, r)
	}
	least := leastWhole(c.Bounds)
	switch {
	case c.Rule.Kind == "event_count", c.Rule.Kind == "value_count" && !slices.ContainsFunc(c.Inputs, manyValues):
		return max(least, slices.Min(ofEvents)), slices.Min(ofRules)
	case len(c.Ways) > 0:
		events, rules = math.MaxInt64, math.MaxInt64
		for _, w := range c.Ways {
			events, rules = min(events, sumOf(ofEvents, w.Present)), min(rules, sumOf(ofRules, w.Present))
		}
		return max(events, 1), max(rules, 1)
	case strings.HasPrefix(c.Rule.Kind, "temporal"): // by how many rules have events
		return sumOfLeast(ofEvents, least), sumOfLeast(ofRules, least)
	default:
		return slices.Min(ofEvents), slices.Min(ofRules)
	}
}

func sumOf(list []int64, places []int) (sum int64) {
	for _, i := range places {
		sum += min(list[i], math.MaxInt64-sum)
	}
	return sum
}

// sumOfLeast adds the least numbers up, of which there must be enough.
func sumOfLeast(list []int64, n int64) (sum int64) {
	if n > int64(len(list)) {
		return math.MaxInt64
	}
	slices.Sort(list)
	for _, one := range list[:n] {
		sum += min(one, math.MaxInt64-sum)
	}
	return sum
}

// manyValues reports whether one event may hold several values of those that are
// counted. What the schema declares and no list holds is one at most.
func manyValues(in *Input) bool {
	return len(in.Values) > 0 && in.Plan.Source.AnyField || slices.ContainsFunc(in.Values, func(p schema.Path) bool {
		return p.Dynamic() || p.Lists || p.Type == schema.Struct || p.Type == schema.List
	})
}

// leastWhole returns the least whole number from one on that thresholds may let
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
