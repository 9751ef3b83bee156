package episodes

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// Write gives the statement of a correlation for which compiler.Pushable has no
// objection. Its rows are the episodes that open in the window.
func Write(of *compiler.CorrelationPlan, legal map[*sigma.Rule]*compiler.Plan, d Dialect, w backends.Window) (string, error) {
	s := &statement{d: d, legal: legal, window: w.Reaching(of.LookBack())}
	all := compiler.Below([]*compiler.CorrelationPlan{of})
	by := map[*compiler.CorrelationPlan]*level{}
	for i, c := range all {
		l := newLevel(s, c)
		if len(all) > 1 {
			l.suffix = "_" + strconv.Itoa(i+1)
		}
		by[c] = l
	}
	for _, c := range all {
		if err := by[c].write(by); err != nil {
			return "", err
		}
	}
	rows := by[of].episodes(w)
	return "WITH\n" + strings.Join(s.with, ",\n") + "\n-- " + lastNote + "\n" + rows, nil
}

// statement is one being written.
type statement struct {
	d      Dialect
	legal  map[*sigma.Rule]*compiler.Plan
	window backends.Window // in which events are read
	with   []string
}

func (s *statement) add(name, query string) { s.part(name, "", query) }

// part adds a part below a comment that describes it; how is a hint for the engine.
func (s *statement) part(name, how, query string) {
	s.with = append(s.with, note(name)+name+" AS "+how+"(\n  "+strings.ReplaceAll(query, "\n", "\n  ")+"\n)")
}

// notes describe the parts, for those who read a statement, by the first word of
// their names.
var notes = map[string]string{
	"read":      "events that the rules match, with the fields that the correlation reads",
	"matched":   "one row for each rule that matches the event",
	"seen":      "the same for every source; an event without a time or an id cannot be decided",
	"around":    "how many events are within a timespan of each event",
	"crowds":    "stretches of time with enough events",
	"beside":    "the stretches next to them",
	"several":   "events that were delivered more than once",
	"near":      "events with enough others around them; only these can be in an episode",
	"once":      "each delivery of an event once",
	"events":    "the events of the correlation; deliveries that differ cannot be decided",
	"tuples":    "one row for each tuple of values",
	"spans":     "until when each value counts: its next occurrence, or the end of the timespan",
	"edges":     "one row where a value arrives and one where it leaves",
	"steps":     "how the number of distinct values changes there",
	"sums":      "the number of distinct values in the window of each event",
	"lists":     "the numbers in the window of each event, sorted",
	"placed":    "where the percentile lies among them",
	"chains":    "the latest start of a chain of the rules in their order that ends with each event",
	"links":     "the latest start of a chain of so many events that ends with each event",
	"lasts":     "the latest event of each rule up to each event",
	"measured":  "what the correlation measures in the window of each event",
	"judged":    "the events with which the correlation fires",
	"fired":     "the previous and the next firing event of each event",
	"runs":      "events in the window of a firing event, with the start of their episode",
	"windows":   "the events in the window of each firing event",
	"completed": "the firing events, which the correlation above reads as its events",
	"taken":     "the events below that belong to them",
	"counted":   "each event of an episode once",
}

// lastNote describes the last SELECT.
const lastNote = "one row for each episode that starts in the time range, and one if events could not be decided"

// note returns the comment of a part.
func note(name string) string {
	word, _, _ := strings.Cut(name, "_")
	word = strings.TrimRight(word, "0123456789")
	if text := notes[word]; text != "" {
		return "-- " + text + "\n"
	}
	panic("episodes: a part without a description: " + name)
}

// level is one correlation of the statement.
//
// Its events are rows of: undecided, true for events that SQL cannot decide; input,
// counted from 0; event_ns, in nanoseconds since 1970; id and source; group_1,
// group_2, ..., the values to group by; field_value, what is counted or measured; and,
// with correlations below it, within: the events of a row, each a list of texts.
type level struct {
	*statement
	of     *compiler.CorrelationPlan
	suffix string // of the names of its parts
	groups []string
	span   int64  // the timespan in nanoseconds
	nested bool   // correlations are below it
	scalar bool   // field_value of value_count is one tuple, not a list
	events string // the part that is measured
	value  value
	whole  bool // the part "completed" is there
}

func newLevel(s *statement, of *compiler.CorrelationPlan) *level {
	l := &level{statement: s, of: of, span: of.Rule.Timespan.Nanoseconds()}
	for i := range of.Rule.GroupBy {
		l.groups = append(l.groups, "group_"+strconv.Itoa(i+1))
	}
	l.nested = slices.ContainsFunc(of.Inputs, func(in *compiler.Input) bool { return in.Inner != nil })
	return l
}

func (l *level) name(part string) string { return part + l.suffix }

// over gives the frame of a window function over the events of a group in order
// of time. Events of one instant are peers, so that they see each other.
func (l *level) over(frame string) string {
	return "OVER (PARTITION BY " + l.keys() + " ORDER BY event_ns RANGE BETWEEN " + frame + ")"
}

// The frames: all up to an event's instant, all before it, and all from it on.
const (
	soFar  = "UNBOUNDED PRECEDING AND CURRENT ROW"
	before = "UNBOUNDED PRECEDING AND 1 PRECEDING"
	onward = "CURRENT ROW AND UNBOUNDED FOLLOWING"
)

// sliding is the frame of the window (t - timespan, t].
func (l *level) sliding() string { return fmt.Sprintf("%d PRECEDING AND CURRENT ROW", l.span-1) }

// keys are the columns of a group, odd rows apart from others.
func (l *level) keys() string { return strings.Join(append([]string{"undecided"}, l.groups...), ", ") }

// columns are those that each part hands on, with more behind them.
func (l *level) columns(more ...string) string {
	list := slices.Concat([]string{"undecided", "event_ns", "id", "source"}, l.groups, l.within())
	return strings.Join(append(list, more...), ", ")
}

func (l *level) within() []string {
	if l.nested {
		return []string{"within"}
	}
	return nil
}

// write adds the parts down to the events that belong to episodes.
func (l *level) write(by map[*compiler.CorrelationPlan]*level) error {
	if err := l.hits(by); err != nil {
		return err
	}
	l.events = l.name("events")
	v, fires := l.measure()
	l.value = v
	l.judge(v, fires)
	return nil
}

// literal gives constant text.
func literal(text string) string { return sqlgen.Str(text).String() }
