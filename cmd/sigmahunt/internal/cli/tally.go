package cli

import (
	"slices"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// tally counts findings by rule and correlation, those that a table leaves out
// included.
type tally struct {
	rules []*sigma.Header // that may find something
	by    map[*sigma.Header]int64
	own   bool // every finding passes here, so that the engine's counts are not needed
}

func newTally(c *compiler.Program) *tally {
	t := &tally{by: map[*sigma.Header]int64{}, own: len(c.Correlations) > 0}
	for _, p := range c.Plans {
		t.rules = append(t.rules, &p.Rule.Header)
	}
	for _, of := range c.Reporting() {
		t.rules = append(t.rules, &of.Rule.Header)
	}
	return t
}

// event counts a finding of a plan, unless the engine has counted it. What the
// evaluator had to finish it counts too high.
func (t *tally) event(p *compiler.Plan) {
	if t.own || p.Residual != nil {
		t.by[&p.Rule.Header]++
	}
}

// episode counts a finding of a correlation.
func (t *tally) episode(of *compiler.CorrelationPlan) { t.by[&of.Rule.Header]++ }

// count takes over what the engine counted, rows that it did not keep included.
func (t *tally) count(stats backends.Stats) {
	for plan, n := range stats.Matches {
		if plan.Residual == nil && !t.own {
			t.by[&plan.Rule.Header] = n
		}
	}
}

// total gives the findings in all.
func (t *tally) total() int64 {
	var n int64
	for _, c := range t.by {
		n += c
	}
	return n
}

// finding gives the number of rules that found something.
func (t *tally) finding() int {
	n := 0
	for _, c := range t.by {
		if c > 0 {
			n++
		}
	}
	return n
}

// atLeast counts findings of a level or a higher one.
func (t *tally) atLeast(level string) int64 {
	var n int64
	for rule, c := range t.by {
		if rank(rule.Level) >= rank(level) {
			n += c
		}
	}
	return n
}

// level counts the findings of one level.
func (t *tally) level(level string) int64 {
	var n int64
	for rule, c := range t.by {
		if rule.Level == level {
			n += c
		}
	}
	return n
}

// rank orders levels, mildest first; a rule without a level stands below all.
func rank(level string) int { return slices.Index(sigma.Levels, level) }
