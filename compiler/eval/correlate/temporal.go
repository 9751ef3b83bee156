package correlate

import (
	"math/big"
	"slices"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler"
)

// temporal looks at which inputs have events in the window. Its measure is how
// many do, or where order is asked how long a chain of them is.
type temporal struct {
	bounds
	present []int // events in the window, by input
	ways    []way
	chain   *chain // of all inputs, where order is asked
}

// way is one alternative; its chain is nil where order is not asked.
type way struct {
	compiler.Way
	chain *chain
}

func newTemporal(c *compiler.CorrelationPlan) *temporal {
	m := &temporal{bounds: c.Bounds, present: make([]int, len(c.Inputs))}
	ordered := c.Rule.Kind == "temporal_ordered"
	for _, w := range c.Ways {
		alternative := way{Way: w}
		if ordered {
			alternative.chain = newChain(w.Present, len(w.Present))
		}
		m.ways = append(m.ways, alternative)
	}
	if ordered && len(c.Ways) == 0 {
		all := make([]int, len(c.Inputs))
		for i := range all {
			all[i] = i
		}
		m.chain = newChain(all, 1)
	}
	return m
}

func (m *temporal) add(o *occurrence) {
	m.present[o.input]++
	if m.chain != nil {
		m.chain.add(o)
	}
	for i := range m.ways {
		if c := m.ways[i].chain; c != nil {
			c.add(o)
		}
	}
}

func (m *temporal) remove(o *occurrence) { m.present[o.input]-- }

func (m *temporal) fires(after time.Time) (*big.Rat, bool) {
	n := 0
	for _, events := range m.present {
		if events > 0 {
			n++
		}
	}
	if m.chain != nil {
		n = m.chain.longest(after)
	}
	value := whole(n)
	if len(m.bounds) > 0 {
		return value, m.hold(value)
	}
	return value, slices.ContainsFunc(m.ways, func(w way) bool { return m.open(w, after) })
}

// open reports whether the window has what an alternative asks for.
func (m *temporal) open(w way, after time.Time) bool {
	for _, i := range w.Absent {
		if m.present[i] > 0 {
			return false
		}
	}
	if w.chain != nil {
		return w.chain.longest(after) == len(w.Present)
	}
	for _, i := range w.Present {
		if m.present[i] == 0 {
			return false
		}
	}
	return true
}

// chain knows of inputs in their order how long a chain of their events is whose
// times strictly advance. Of chains that end alike only the one that began last
// matters: it is the last to leave the window.
type chain struct {
	place map[int]int // of an input in the order
	slack int         // how many inputs a chain may leave out

	// started[k][i] is when the latest chain of k+1 events began that ends with
	// an event of the input at k+i: of the instants before now, and staged with
	// now. The zero time is none.
	started, staged [][]time.Time
	now             time.Time
}

// newChain keeps the chains through inputs that are no shorter than least.
func newChain(inputs []int, least int) *chain {
	c := &chain{place: map[int]int{}, slack: len(inputs) - least}
	for i, in := range inputs {
		c.place[in] = i
		c.started = append(c.started, make([]time.Time, c.slack+1))
		c.staged = append(c.staged, make([]time.Time, c.slack+1))
	}
	return c
}

func (c *chain) add(o *occurrence) {
	i, ok := c.place[o.input]
	if !ok {
		return
	}
	if at := o.event.At; at.After(c.now) {
		c.now = at
		for k := range c.staged {
			copy(c.started[k], c.staged[k])
		}
	}
	for k := max(0, i-c.slack); k <= i; k++ {
		began := c.now
		if k > 0 {
			began = latest(c.started[k-1][:i-k+1])
		}
		if began.After(c.staged[k][i-k]) {
			c.staged[k][i-k] = began
		}
	}
}

// longest gives the length of the longest chain that began after a time.
func (c *chain) longest(after time.Time) int {
	for k := len(c.staged) - 1; k >= 0; k-- {
		if latest(c.staged[k]).After(after) {
			return k + 1
		}
	}
	return 0
}

func latest(times []time.Time) time.Time {
	var last time.Time
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}
