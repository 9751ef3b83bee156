package correlate

import (
	"cmp"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// Limits bound what is kept in memory. Zero means the default.
type Limits struct {
	Collected int // events in all, about 300 bytes each; 3,000,000
	Held      int // events within the timespan of one correlation; 1,000,000
}

// Collector takes the events that the rules of correlations matched, in any
// order and any number of times, and gives the episodes.
type Collector struct {
	// Trace, where it is not nil, is told of each event of a rule that a
	// correlation leaves out for want of a value to group by, and of each look at a
	// window. Set it before the first event.
	Trace *Trace

	report   []*compiler.CorrelationPlan
	limits   Limits
	inputs   map[*sigma.Rule][]input
	events   []*Event
	groups   map[string][]string          // values to group by, by their key, so that events share them
	left     int64                        // events beyond the bound
	undated  map[string]*loss             // by the source's title
	unread   map[*sigma.Correlation]*loss // values
	problems []Problem
}

// Trace is told what happens on the way to episodes.
type Trace struct {
	LeftOut func(of *sigma.Correlation, rule *sigma.Rule, id string)
	Looked  func(Look)
}

// Look is one look of a correlation at the window of a group, when events arrived.
type Look struct {
	Of     *compiler.CorrelationPlan
	Group  []string
	At     time.Time
	IDs    []string // of the events that arrived
	Events int      // in the window, each once a rule
	Value  *big.Rat // nil where there is nothing to measure
	Fires  bool
}

// input is one place at which a rule's events are read.
type input struct {
	of *sigma.Correlation
	in *compiler.Input
}

// loss counts what could not be taken, with one example.
type loss struct {
	n       int64
	example string
}

// NewCollector prepares for the events of the rules that correlations look at.
// Episodes are given of those in report, not of those below them.
func NewCollector(report []*compiler.CorrelationPlan, limits Limits) *Collector {
	limits.Collected = cmp.Or(limits.Collected, 3_000_000)
	limits.Held = cmp.Or(limits.Held, 1_000_000)
	c := &Collector{report: report, limits: limits, inputs: map[*sigma.Rule][]input{}, groups: map[string][]string{}, undated: map[string]*loss{}, unread: map[*sigma.Correlation]*loss{}}
	for _, of := range compiler.Below(report) {
		for _, in := range of.Inputs {
			if in.Plan != nil {
				c.inputs[in.Plan.Rule] = append(c.inputs[in.Plan.Rule], input{of.Rule, in})
			}
		}
	}
	return c
}

// Wants reports whether a correlation looks at the events of a rule.
func (c *Collector) Wants(r *sigma.Rule) bool { return len(c.inputs[r]) > 0 }

// Add takes an event that matched rules; of those that no correlation looks at
// it keeps nothing. The record may change afterwards.
func (c *Collector) Add(src *schema.Source, rec *record.Record, rules ...*sigma.Rule) {
	e := &Event{Source: src.Name}
	for _, r := range rules {
		for _, to := range c.inputs[r] {
			reading, lost, ok := read(to.of, to.in, rec)
			if lost > 0 {
				note(c.unread, to.of, eval.EventID(src, rec), int64(lost))
			}
			if !ok && c.Trace != nil {
				c.Trace.LeftOut(to.of, r, eval.EventID(src, rec))
			}
			if ok {
				e.seen = append(e.seen, sighting{to.in, reading})
			}
		}
	}
	if len(e.seen) == 0 {
		return
	}
	e.ID = eval.EventID(src, rec)
	at, ok := eval.EventTime(src, rec)
	switch e.At = at; {
	case !ok || !at.After(time.Time{}):
		note(c.undated, src.Title, e.ID, 1)
	case len(c.events) >= c.limits.Collected:
		c.left++
	default:
		for i := range e.seen {
			e.seen[i].group = c.shared(e.seen[i].group)
		}
		c.events = append(c.events, e)
	}
}

// shared gives values that are the same in many events once.
func (c *Collector) shared(group []string) []string {
	k := key(group)
	same, ok := c.groups[k]
	if !ok {
		c.groups[k] = group
		return group
	}
	return same
}

func note[K comparable](losses map[K]*loss, of K, example string, n int64) {
	l := losses[of]
	if l == nil {
		l = &loss{example: example}
		losses[of] = l
	}
	l.n += n
	l.example = min(l.example, example)
}

// Episodes gives the episodes of all events added, in the order in which they
// opened, and what was not done. It is called once.
func (c *Collector) Episodes() ([]Episode, []Problem) {
	c.say()
	if c.left > 0 {
		return nil, c.problems
	}
	var list []Episode
	correlator := NewCorrelator(c.report, c.limits.Held, func(e Episode) { list = append(list, e) })
	if c.Trace != nil {
		correlator.looked = c.Trace.Looked
	}
	c.settle()
	for _, e := range c.events {
		correlator.Add(e)
	}
	c.problems = append(c.problems, correlator.Close()...)
	Sort(list, c.report)
	return list, c.problems
}

// Sort puts episodes into the order in which they opened; those of one event into
// that of the correlations that report.
func Sort(list []Episode, report []*compiler.CorrelationPlan) {
	slices.SortFunc(list, func(a, b Episode) int {
		return cmp.Or(compareEvents(&a.Opening, &b.Opening),
			cmp.Compare(slices.Index(report, a.Of), slices.Index(report, b.Of)), slices.Compare(a.Group, b.Group))
	})
}

// settle puts the events in order and deliveries of the same event, at the same
// time, together.
func (c *Collector) settle() {
	slices.SortFunc(c.events, compareEvents)
	kept := c.events[:0]
	for _, e := range c.events {
		if n := len(kept); n > 0 && compareEvents(kept[n-1], e) == 0 {
			kept[n-1].merge(e)
			continue
		}
		kept = append(kept, e)
	}
	c.events = kept
}

// merge takes over what another delivery of the event shows. Where an input sees
// both, the one whose text is less counts, whichever came first.
func (e *Event) merge(o *Event) {
	for _, s := range o.seen {
		i := slices.IndexFunc(e.seen, func(t sighting) bool { return t.input == s.input })
		switch {
		case i < 0:
			e.seen = append(e.seen, s)
		case s.compare(&e.seen[i].reading) < 0:
			e.seen[i] = s
		}
	}
}

// say makes problems of what could not be taken.
func (c *Collector) say() {
	if c.left > 0 {
		c.problems = append(c.problems, Problem{nil, fmt.Sprintf("their rules match more than %d events: none was correlated; a shorter window or narrower rules need fewer", c.limits.Collected)})
	}
	for _, title := range slices.Sorted(maps.Keys(c.undated)) {
		l := c.undated[title]
		c.problems = append(c.problems, Problem{nil, fmt.Sprintf("%d %s events without a time that can be read are in no correlation, such as %s", l.n, title, l.example)})
	}
	for _, of := range compiler.Below(c.report) {
		if l := c.unread[of.Rule]; l != nil {
			c.problems = append(c.problems, Problem{of.Rule, fmt.Sprintf("%d values were too long or too many in one event to be looked at, such as in %s", l.n, l.example)})
		}
	}
}
