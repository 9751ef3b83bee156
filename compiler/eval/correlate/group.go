package correlate

import (
	"cmp"
	"math/big"
	"slices"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler"
)

// occurrence is an event of one input in a group's window.
type occurrence struct {
	input  int
	event  *Event // of a correlation below the one that completes it
	within *span  // of a correlation below, the events of its window
	reading
}

// span is a stretch of a group's log.
type span struct {
	of       *group
	from, to int // the numbers of its first occurrence and of the one after its last
}

// group is the events that have the same values to group by.
type group struct {
	values  []string
	log     []occurrence // of the window, and those before it that spans may name
	first   int          // the number of log[0]; numbers count the group's occurrences
	window  int          // the number of the window's first
	fresh   int          // the number of the first that arrived at the present instant
	measure measure
	episode *episode // that is not over
	touched bool     // something arrived at the present instant
	covers  []cover
}

func (g *group) end() int { return g.first + len(g.log) }

func (g *group) at(number int) *occurrence { return &g.log[number-g.first] }

// forget drops the log's first occurrence.
func (g *group) forget() {
	g.log[0] = occurrence{}
	g.log = g.log[1:]
	g.first++
}

// arrived gives the events of the present instant, each once and the one of the
// least id first.
func (g *group) arrived() []*Event {
	var events []*Event
	for n := g.fresh; n < g.end(); n++ {
		events = append(events, g.at(n).event)
	}
	slices.SortFunc(events, compareEvents)
	return slices.Compact(events)
}

// compareEvents orders events by time, then by what they are.
func compareEvents(a, b *Event) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Source, b.Source))
}

// maxIDs is how many ids of an episode are kept.
const maxIDs = 1000

// Episode is a maximal run of firing events of one group with gaps below the
// timespan.
type Episode struct {
	Of      *compiler.CorrelationPlan
	Group   []string // values by the names that the correlation groups by
	Opening Event    // the event with which it began to fire; of several at once the one of the least id
	First   time.Time
	Last    time.Time // when it fired last
	IDs     []string  // of the events of its firing windows in order of time; of more than 1,000 that many
	Count   int       // how many events those are
	Value   *big.Rat  // the greatest measure with which it fired
}

// episode is one that is not over, or was not told yet.
type episode struct {
	Episode
	events []*Event // whose ids are kept
	next   int      // the number of the group's first occurrence that was not taken
	over   bool
}

// fire has a group's episode reach up to the present instant, or begins one.
func (g *group) fire(of *compiler.CorrelationPlan, value *big.Rat) {
	e := g.episode
	if e == nil {
		e = &episode{next: g.window}
		e.Of, e.Group, e.Opening, e.Value = of, g.values, *g.arrived()[0], value
		e.Opening.seen, e.Opening.counted = nil, nil
		e.First = e.Opening.At
		g.episode = e
	}
	e.Last = g.at(g.fresh).event.At
	if value.Cmp(e.Value) > 0 {
		e.Value = value
	}
	for ; e.next < g.end(); e.next++ {
		e.take(g.at(e.next))
	}
}

// take counts the events that an occurrence stands for, each once.
func (e *episode) take(o *occurrence) {
	if o.within == nil {
		e.count(o.event)
		return
	}
	below := o.within.of
	for n := below.cover(e, o.within.from, o.within.to); n < o.within.to; n++ {
		e.take(below.at(n))
	}
}

// cover is a stretch of a group's log that an episode of a correlation above has
// taken.
type cover struct {
	by       *episode
	from, to int
}

// cover notes that an episode takes a stretch, and gives from where on it has not
// done so yet. Stretches slide along the log, so one is kept an episode; what it
// does not know of is taken again, which counts nothing twice.
func (g *group) cover(by *episode, from, to int) int {
	g.covers = slices.DeleteFunc(g.covers, func(c cover) bool { return c.by.over })
	i := slices.IndexFunc(g.covers, func(c cover) bool { return c.by == by })
	switch {
	case i < 0:
		g.covers = append(g.covers, cover{by, from, to})
	case g.covers[i].from <= from && from <= g.covers[i].to:
		from = g.covers[i].to
		g.covers[i].to = max(from, to)
	default:
		g.covers[i] = cover{by, from, to}
	}
	return from
}

func (e *episode) count(ev *Event) {
	if slices.Contains(ev.counted, e) {
		return
	}
	ev.counted = append(ev.counted, e)
	e.Count++
	if ev.At.Before(e.First) {
		e.First = ev.At
	}
	if len(e.events) < maxIDs {
		e.events = append(e.events, ev)
	}
}

// end finishes the episode.
func (e *episode) end() Episode {
	e.over = true
	slices.SortFunc(e.events, compareEvents)
	for _, ev := range e.events {
		e.IDs = append(e.IDs, ev.ID)
	}
	e.events = nil
	return e.Episode
}
