package correlate

import (
	"fmt"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// Problem is why part of a correlation was not done.
type Problem struct {
	Of      *sigma.Correlation // nil where it is about all of them
	Message string
}

// Correlator takes events in order of time and tells the episodes that are over.
type Correlator struct {
	nodes    []*node // those below first
	by       map[*compiler.Input]place
	now      time.Time
	problems []Problem
	looked   func(Look) // may be nil
}

// place is where an input's events go.
type place struct {
	node  *node
	input int
}

// NewCorrelator prepares correlations. Those in report, and those below them,
// keep no more than held events each; told is called with each episode of those
// in report when it is over.
func NewCorrelator(report []*compiler.CorrelationPlan, held int, told func(Episode)) *Correlator {
	c := &Correlator{by: map[*compiler.Input]place{}}
	nodes := map[*compiler.CorrelationPlan]*node{}
	all := compiler.Below(report)
	for _, of := range all {
		n := &node{of: of, groups: map[string]*group{}, held: held, told: func(Episode) {}}
		nodes[of] = n
		c.nodes = append(c.nodes, n)
		for i, in := range of.Inputs {
			if in.Plan != nil {
				c.by[in] = place{n, i}
			} else {
				below := nodes[in.Inner]
				below.above = append(below.above, place{n, i})
			}
		}
	}
	for i := len(c.nodes) - 1; i >= 0; i-- {
		n := c.nodes[i]
		for _, up := range n.above {
			n.keep = max(n.keep, up.node.keep+up.node.of.Rule.Timespan)
		}
	}
	for _, of := range report {
		nodes[of].told = told
	}
	return c
}

// Add takes the next event. Events come in order of time; those of the same time
// in any order, each once.
func (c *Correlator) Add(e *Event) {
	if e.At.After(c.now) {
		c.step()
		c.now = e.At
	}
	for i := range e.seen {
		s := &e.seen[i]
		if to, ok := c.by[s.input]; ok {
			to.node.arrive(occurrence{input: to.input, event: e, reading: s.reading})
		}
	}
}

// Close tells the episodes that are not over, and gives what was not done.
func (c *Correlator) Close() []Problem {
	c.step()
	for _, n := range c.nodes {
		if n.close(); n.lost > 0 {
			c.problems = append(c.problems, Problem{n.of.Rule, fmt.Sprintf("%d values of groups below it were too long to be looked at", n.lost)})
		}
	}
	return c.problems
}

// step looks at all that arrived at the present instant.
func (c *Correlator) step() {
	for _, n := range c.nodes {
		if n.stopped {
			continue
		}
		n.expire(c.now)
		if n.size > n.held {
			c.problems = append(c.problems, Problem{n.of.Rule, fmt.Sprintf("more than %d events within its timespan at %s: it goes no further", n.held, c.now.Format(time.RFC3339))})
			c.stop(n)
			continue
		}
		n.look(c.now, c.looked)
	}
}

// stop ends a correlation, and those above it, which would miss events.
func (c *Correlator) stop(n *node) {
	n.close()
	for _, up := range n.above {
		if !up.node.stopped {
			c.problems = append(c.problems, Problem{up.node.of.Rule, fmt.Sprintf("it goes no further, since %q, which it looks at, does not", n.of.Rule.Ref())})
			c.stop(up.node)
		}
	}
}
