package backends

import "github.com/sigmahunt/sigmahunt/compiler"

// Keeper counts the rows of a query's plans, where they all are of one file, and
// keeps as many of each as Query.Keep says.
type Keeper struct {
	query   Query
	matches map[*compiler.Plan]int64
	kept    []int // by plan
}

// NewKeeper counts into Stats.Matches.
func NewKeeper(q Query, s *Stats) *Keeper {
	return &Keeper{query: q, matches: s.Matches, kept: make([]int, len(q.Batch.Plans))}
}

// Keep counts a row of the given plans, and gives those that it is kept for, in
// the memory of the given ones.
func (k *Keeper) Keep(matched []int) []int {
	plans := matched[:0]
	for _, i := range matched {
		k.matches[k.query.Batch.Plans[i]]++
		if k.kept[i]++; k.query.Keep == 0 || k.kept[i] <= k.query.Keep {
			plans = append(plans, i)
		}
	}
	return plans
}
