package compiler

import (
	"math/big"
	"slices"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// CorrelationPlan is a correlation made ready: the plans whose events it looks at,
// what it reads of each event, and when it fires. Correlations that refer to the
// same one share it.
type CorrelationPlan struct {
	Rule       *sigma.Correlation // for findings, its kind, its timespan and the names it groups by
	Inputs     []*Input           // in the order of its rules
	Bounds     []Threshold        // all must hold of the measure; none where Ways decide
	Ways       []Way              // of temporal kinds without bounds: any suffices
	Percentile *big.Rat           // 0 to 1, of value_percentile and value_median
}

// Input is one of a correlation's rules: a plan, or a correlation below.
type Input struct {
	Plan  *Plan            // nil where Inner is not
	Inner *CorrelationPlan // of which each event that makes it fire is an event here

	// What is read of an event, by the names that the correlation groups by and
	// by those whose values it looks at. Of a plan they are fields; of a
	// correlation below, the places of the names in its own grouping.
	Group, Values     []schema.Path
	GroupAt, ValuesAt []int
}

// Threshold is a comparison of a correlation's measure.
type Threshold struct {
	Op    string // one of sigma.BoundOps
	Value *big.Rat
}

// Holds reports whether a measure keeps to the threshold.
func (t Threshold) Holds(measure *big.Rat) bool {
	c := measure.Cmp(t.Value)
	switch t.Op {
	case "gt":
		return c > 0
	case "gte":
		return c >= 0
	case "lt":
		return c < 0
	case "lte":
		return c <= 0
	case "eq":
		return c == 0
	case "neq":
		return c != 0
	default:
		panic("compiler: a bound that the loader does not know")
	}
}

// Way is one way for a temporal correlation to fire: these inputs have events in
// the window, in this order where order is asked, and those have none. Both
// ascend.
type Way struct{ Present, Absent []int }

// Depth is how far before an event the events lie that can make the correlation
// fire with it, those of correlations below included.
func (c *CorrelationPlan) Depth() time.Duration {
	return c.depth(map[*CorrelationPlan]time.Duration{})
}

func (c *CorrelationPlan) depth(known map[*CorrelationPlan]time.Duration) time.Duration {
	if d, ok := known[c]; ok {
		return d
	}
	var below time.Duration
	for _, in := range c.Inputs {
		if in.Inner != nil {
			below = max(below, in.Inner.depth(known))
		}
	}
	known[c] = c.Rule.Timespan + below
	return known[c]
}

// LookBack is how far before a range of time events must be read, so that whether
// an episode opens in the range can be told: the run of firing events before it
// is over if nothing fired within the timespan, and each of those may look back
// as far as the correlation does.
func (c *CorrelationPlan) LookBack() time.Duration { return c.Rule.Timespan + c.Depth() }

// Bases gives the plans of rules that the correlation and those below it look
// at, each once.
func (c *CorrelationPlan) Bases() []*Plan {
	var plans []*Plan
	for _, d := range Below([]*CorrelationPlan{c}) {
		for _, in := range d.Inputs {
			if in.Plan != nil && !slices.Contains(plans, in.Plan) {
				plans = append(plans, in.Plan)
			}
		}
	}
	return plans
}

// SourceNames names the sources of the events that correlations look at, each once.
func SourceNames(list ...*CorrelationPlan) []string {
	var names []string
	for _, c := range list {
		for _, p := range c.Bases() {
			if !slices.Contains(names, p.Source.Name) {
				names = append(names, p.Source.Name)
			}
		}
	}
	return names
}

// Below gives correlations and all below them, each once and after those below
// it.
func Below(list []*CorrelationPlan) []*CorrelationPlan {
	var all []*CorrelationPlan
	seen := map[*CorrelationPlan]bool{}
	var visit func(*CorrelationPlan)
	visit = func(c *CorrelationPlan) {
		if seen[c] {
			return
		}
		seen[c] = true
		for _, in := range c.Inputs {
			if in.Inner != nil {
				visit(in.Inner)
			}
		}
		all = append(all, c)
	}
	for _, c := range list {
		visit(c)
	}
	return all
}

// correlator compiles correlations over the plans of their rules; a rule without a
// plan omits its correlations. It adds the fields that a correlation reads to what
// the plans show, so nobody else may hold the plans yet.
type correlator struct {
	plans   map[*sigma.Rule]*Plan
	sources schema.Lookup

	done map[*sigma.Correlation]*CorrelationPlan
}

// correlate compiles one correlation, and those that it refers to. It returns nil
// where the list holds an error, and where one below has errors of its own.
func (r *correlator) correlate(c *sigma.Correlation) (*CorrelationPlan, diag.List) {
	if made, ok := r.done[c]; ok && made != nil {
		return made, nil
	}
	diags := CheckCorrelation(c, r.sources)
	made := &CorrelationPlan{Rule: c}
	for i := range c.Rules {
		if in := r.input(c, &c.Rules[i], &diags); in != nil {
			made.Inputs = append(made.Inputs, in)
		}
	}
	made.condition(&diags)
	diags.Sort()
	if diags.HasErrors() {
		made = nil
	}
	if r.done == nil {
		r.done = map[*sigma.Correlation]*CorrelationPlan{}
	}
	r.done[c] = made
	return made, diags
}

// input resolves what a correlation reads of one of its rules. The names were
// checked; where that failed nothing is read.
func (r *correlator) input(c *sigma.Correlation, ref *sigma.Reference, diags *diag.List) *Input {
	in := &Input{}
	if inner := ref.Correlation; inner != nil {
		made, seen := r.done[inner]
		if !seen {
			made, _ = r.correlate(inner)
		}
		if in.Inner = made; made == nil {
			diags.Errorf(diag.BadReference, ref.At, "correct that one first", "the correlation %q cannot run", ref.Text)
			return nil
		}
		in.GroupAt, in.ValuesAt = places(c, c.GroupBy, ref), places(c, c.Condition.Fields, ref)
		return in
	}
	if in.Plan = r.plans[ref.Rule]; in.Plan == nil {
		diags.Errorf(diag.BadReference, ref.At, "correct that one first", "the rule %q cannot run", ref.Text)
		return nil
	}
	in.Group, in.Values = paths(c, c.GroupBy, ref, in.Plan), paths(c, c.Condition.Fields, ref, in.Plan)
	for _, p := range slices.Concat(in.Group, in.Values) {
		if !slices.ContainsFunc(in.Plan.Show, func(q schema.Path) bool { return q.Name() == p.Name() }) {
			in.Plan.Show = append(in.Plan.Show, p)
		}
	}
	return in
}

func paths(c *sigma.Correlation, names []sigma.Name, ref *sigma.Reference, plan *Plan) []schema.Path {
	var list []schema.Path
	for _, n := range names {
		if p, _, ok := plan.Source.Resolve(fieldIn(c, n, ref.Text).Text); ok {
			list = append(list, p)
		}
	}
	return list
}

func places(c *sigma.Correlation, names []sigma.Name, ref *sigma.Reference) []int {
	var list []int
	for _, n := range names {
		name := fieldIn(c, n, ref.Text).Text
		list = append(list, slices.IndexFunc(ref.Correlation.GroupBy, func(g sigma.Name) bool { return g.Text == name }))
	}
	return list
}

// condition lowers the numbers and the expression of the condition.
func (c *CorrelationPlan) condition(diags *diag.List) {
	cond := &c.Rule.Condition
	for _, b := range cond.Bounds {
		if v, ok := exact(b.Value, diags); ok {
			c.Bounds = append(c.Bounds, Threshold{b.Op, v})
		}
	}
	switch {
	case c.Rule.Kind == "value_median":
		c.Percentile = big.NewRat(1, 2)
	case cond.Percentile != nil:
		if v, ok := exact(*cond.Percentile, diags); ok {
			c.Percentile = v.Quo(v, big.NewRat(100, 1))
		}
	case c.Rule.Kind == "temporal_ordered" && len(c.Bounds) > 0 && len(c.Rule.Rules) > maxOrdered:
		diags.Errorf(diag.TooLarge, c.Rule.KindAt, "", "a bound on the order of more than %d rules", maxOrdered)
	case len(cond.Bounds) == 0:
		c.ways(diags)
	}
}

// maxOrdered bounds the rules of an ordered correlation with bounds, whose cost
// grows with the square of it.
const maxOrdered = 64

func exact(v sigma.Value, diags *diag.List) (*big.Rat, bool) {
	d, ok := record.ParseDecimal(v.Text)
	if ok {
		if n, small := d.Rat(); small {
			return n, true
		}
	}
	diags.Errorf(diag.TooLarge, v.At, "", "the number %s has too many digits to be compared with", v.Text)
	return nil, false
}
