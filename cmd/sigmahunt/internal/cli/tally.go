package cli

import (
	"slices"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// tally counts findings by rule, those that a table leaves out included.
type tally struct {
	plans []*compiler.Plan
	by    map[*sigma.Rule]int64
}

func newTally(plans []*compiler.Plan) *tally {
	return &tally{plans: plans, by: map[*sigma.Rule]int64{}}
}

// row counts the plans of a row that the evaluator had to finish; the engine's
// own count of those is too high.
func (t *tally) row(batch compiler.Batch, row backends.Row) {
	for _, i := range row.Plans {
		if p := batch.Plans[i]; p.Residual != nil {
			t.by[p.Rule]++
		}
	}
}

// count takes over what the engine counted, rows that it did not keep included.
func (t *tally) count(stats backends.Stats) {
	for plan, n := range stats.Matches {
		if plan.Residual == nil {
			t.by[plan.Rule] = n
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

// rules gives the number of rules that found something.
func (t *tally) rules() int {
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
