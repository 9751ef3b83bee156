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
	return "WITH " + strings.Join(s.with, ", ") + "\n" + rows, nil
}

// statement is one being written.
type statement struct {
	d      Dialect
	legal  map[*sigma.Rule]*compiler.Plan
	window backends.Window // in which events are read
	with   []string
}

func (s *statement) add(name, query string) { s.part(name, "", query) }

// part adds a part, and says how the engine is to make it.
func (s *statement) part(name, how, query string) {
	s.with = append(s.with, name+" AS "+how+"(\n  "+strings.ReplaceAll(query, "\n", "\n  ")+"\n)")
}

// level is one correlation of the statement.
//
// Its events are rows of odd, which holds of those that SQL cannot decide; input,
// counted from 0; t, in nanoseconds since 1970; id and source; g1, g2, ..., the
// values to group by; v, what is counted or measured; and where correlations are
// below it, within: the events that a row stands for, each a list of texts.
type level struct {
	*statement
	of     *compiler.CorrelationPlan
	suffix string // of the names of its parts
	groups []string
	span   int64  // the timespan in nanoseconds
	nested bool   // correlations are below it
	scalar bool   // v of value_count is one tuple, not a list
	events string // the part that is measured
	value  value
	whole  bool // the part "completed" is there
}

func newLevel(s *statement, of *compiler.CorrelationPlan) *level {
	l := &level{statement: s, of: of, span: of.Rule.Timespan.Nanoseconds()}
	for i := range of.Rule.GroupBy {
		l.groups = append(l.groups, "g"+strconv.Itoa(i+1))
	}
	l.nested = slices.ContainsFunc(of.Inputs, func(in *compiler.Input) bool { return in.Inner != nil })
	return l
}

func (l *level) name(part string) string { return part + l.suffix }

// over gives the frame of a window function over the events of a group in order
// of time. Events of one instant are peers, so that they see each other.
func (l *level) over(frame string) string {
	return "OVER (PARTITION BY " + l.keys() + " ORDER BY t RANGE BETWEEN " + frame + ")"
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
func (l *level) keys() string { return strings.Join(append([]string{"odd"}, l.groups...), ", ") }

// columns are those that each part hands on, with more behind them.
func (l *level) columns(more ...string) string {
	list := slices.Concat([]string{"odd", "t", "id", "source"}, l.groups, l.within())
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
