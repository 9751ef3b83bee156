package correlate

import (
	"time"

	"github.com/sigmahunt/sigmahunt/compiler"
)

// node is one correlation at work.
type node struct {
	of    *compiler.CorrelationPlan
	above []place       // correlations that look at this one
	keep  time.Duration // how long they may name events that have left the window
	told  func(Episode)

	groups  map[string]*group
	inside  queue    // occurrences in windows
	kept    queue    // occurrences in logs
	touched []*group // that something arrived in at the present instant

	size    int // occurrences in logs
	held    int // how many there may be
	lost    int // values of groups below that could not be taken
	stopped bool
}

// arrive puts an occurrence of the present instant into its group.
func (n *node) arrive(o occurrence) {
	if n.stopped {
		return
	}
	k := key(o.group)
	g := n.groups[k]
	if g == nil {
		g = &group{values: o.group, measure: newMeasure(n.of)}
		n.groups[k] = g
	}
	if !g.touched {
		n.touched = append(n.touched, g)
		g.touched, g.fresh = true, g.end()
	}
	g.log = append(g.log, o)
	g.measure.add(&o)
	n.inside.push(entry{o.event.At, g})
	n.kept.push(entry{o.event.At, g})
	n.size++
}

// expire lets go of what has left the windows that end now.
func (n *node) expire(now time.Time) {
	for n.inside.due(now.Add(-n.of.Rule.Timespan)) {
		g := n.inside.pop()
		o := g.at(g.window)
		if e := g.episode; e != nil && !o.event.At.Before(e.Last) {
			n.told(e.end())
			g.episode = nil
		}
		g.measure.remove(o)
		if g.window++; g.window == g.end() {
			delete(n.groups, key(g.values))
		}
	}
	for n.kept.due(now.Add(-n.of.Rule.Timespan - n.keep)) {
		n.kept.pop().forget()
		n.size--
	}
}

// look holds the condition against each group that something arrived in, and
// tells that it did.
func (n *node) look(now time.Time, looked func(Look)) {
	for _, g := range n.touched {
		g.touched = false
		value, holds := g.measure.fires(now.Add(-n.of.Rule.Timespan))
		if looked != nil {
			l := Look{Of: n.of, Group: g.values, At: now, Events: g.end() - g.window, Value: value, Fires: holds}
			for _, e := range g.arrived() {
				l.IDs = append(l.IDs, e.ID)
			}
			looked(l)
		}
		if holds {
			g.fire(n.of, value)
			n.pass(g)
		}
	}
	n.touched = n.touched[:0]
}

// pass gives the events with which a group fires to the correlations above, each
// once, with all events of the window.
func (n *node) pass(g *group) {
	if len(n.above) == 0 {
		return
	}
	events := g.arrived()
	within := &span{g, g.window, g.end()}
	for _, up := range n.above {
		r, lost := above(up.node.of.Rule, up.node.of.Inputs[up.input], g.values)
		up.node.lost += lost
		for _, e := range events {
			up.node.arrive(occurrence{input: up.input, event: e, within: within, reading: r})
		}
	}
}

// close ends the episodes that are not over, and all work.
func (n *node) close() {
	for _, g := range n.groups {
		if g.episode != nil {
			n.told(g.episode.end())
		}
	}
	*n = node{of: n.of, above: n.above, told: n.told, lost: n.lost, stopped: true}
}

// entry is an occurrence of a group, the first of it that is in the queue.
type entry struct {
	at time.Time
	of *group
}

// queue holds occurrences in order of time.
type queue struct {
	entries []entry
	head    int
}

func (q *queue) push(e entry) { q.entries = append(q.entries, e) }

// due reports whether the first is not after a time.
func (q *queue) due(last time.Time) bool {
	return q.head < len(q.entries) && !q.entries[q.head].at.After(last)
}

// pop takes the first away. What is gone is let go of when it is half of all.
func (q *queue) pop() *group {
	g := q.entries[q.head].of
	q.entries[q.head] = entry{}
	if q.head++; q.head*2 >= len(q.entries) {
		q.entries = append(q.entries[:0], q.entries[q.head:]...)
		q.head = 0
	}
	return g
}
