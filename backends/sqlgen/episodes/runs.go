package episodes

import (
	"fmt"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
)

// fraction are the digits that tell quotients of whole numbers apart, of up to
// 10^10 events.
const fraction = "1000000000000000000000"

// judge adds the part "runs": the events that belong to an episode, which are
// those in the window of an event with which the correlation fires. fired is the
// next such event, which may be the row itself, and opens the one with which its
// episode began to fire. Firings of two episodes are a timespan apart or more,
// so no event belongs to two.
func (l *level) judge(v value, fires string) {
	peak := v.number
	if v.varies { // in lists that are ordered as the quotients are
		n := "CAST(" + v.by + " AS " + l.d.Wide() + ")"
		whole := l.d.Quotient(fmt.Sprintf("(%s - %s %% %s)", v.number, v.number, n), n)
		rest := fmt.Sprintf("(%s %% %s) * CAST('%s' AS %s)", v.number, n, fraction, l.d.Wide())
		part := l.d.Quotient(fmt.Sprintf("(%s - (%s) %% %s)", rest, rest, n), n)
		peak = l.d.List(whole, part, v.number, n)
	}
	l.add(l.name("judged"), fmt.Sprintf("SELECT %s\nFROM %s", l.columns(
		"CASE WHEN NOT undecided AND "+fires+" THEN event_ns END AS own_firing_ns", "CASE WHEN NOT undecided AND "+fires+" THEN "+peak+" END AS peak"), l.name("measured")))
	l.add(l.name("fired"), "SELECT "+l.columns("peak", "max(own_firing_ns) "+l.over(before)+" AS prev_firing_ns", "min(own_firing_ns) "+l.over(onward)+" AS firing_ns")+"\nFROM "+l.name("judged"))
	l.add(l.name("runs"), fmt.Sprintf("SELECT %s\nFROM %s\nWHERE undecided OR firing_ns < event_ns + %d", l.columns("peak", "firing_ns",
		fmt.Sprintf("max(CASE WHEN prev_firing_ns IS NULL OR prev_firing_ns <= firing_ns - %d THEN firing_ns END) %s AS episode_start_ns", l.span, l.over(soFar))), l.name("fired"), l.span))
}

// completed gives the name of the part of the events with which the correlation
// fires, each once a group, and within the events of the window.
func (l *level) completed() string {
	if l.whole {
		return l.name("completed")
	}
	l.whole = true
	of := "array_agg(" + l.itself() + ") " + l.over(l.sliding())
	if l.nested {
		of = "flatten(array_agg(within) " + l.over(l.sliding()) + ")"
	}
	columns := strings.TrimSuffix(l.columns(), ", within")
	l.add(l.name("windows"), "SELECT "+columns+", firing_ns, "+of+" AS within\nFROM "+l.name("runs"))
	l.part(l.name("completed"), l.d.Once(), "SELECT "+columns+", arbitrary(within) AS within\nFROM "+l.name("windows")+"\nWHERE undecided OR firing_ns = event_ns\nGROUP BY "+columns)
	return l.name("completed")
}

// maxIDs is how many ids of an episode are told.
const maxIDs = 1000

// episodes gives the statement's last part: a row for each episode, and one for
// events that were not decided.
func (l *level) episodes(w backends.Window) string {
	keys := l.keys()
	from, columns := l.name("runs"), l.columns("episode_start_ns", "peak")
	event := []string{"event_ns", "id", "source"}
	if l.nested {
		l.add(l.name("taken"), l.d.Unnest(columns, "within", "taken", from))
		from = l.name("taken")
		event = []string{"CAST(" + l.d.Element("taken", "1") + " AS BIGINT)", l.d.Element("taken", "2"), l.d.Element("taken", "3")}
	}
	l.add(l.name("counted"), fmt.Sprintf("SELECT %s, episode_start_ns, %s AS moment_ns, %s AS event, %s AS origin, max(event_ns) AS end_ns, max(peak) AS peak,\n  min(CASE WHEN event_ns = episode_start_ns THEN %s END) AS opening, count(*) AS event_count\nFROM %s\nGROUP BY %s, episode_start_ns, %s",
		keys, event[0], event[1], event[2], l.d.List("id", "source"), from, keys, strings.Join(event, ", ")))
	return l.rows(w)
}

// rows writes the last SELECT, in the order that Columns gives.
func (l *level) rows(w backends.Window) string {
	kept := []string{"undecided"}
	within := []string{}
	if !w.Start.IsZero() {
		within = append(within, fmt.Sprintf("episode_start_ns >= %d", w.Start.UnixNano()))
	}
	if !w.End.IsZero() {
		within = append(within, fmt.Sprintf("episode_start_ns < %d", w.End.UnixNano()))
	}
	if len(within) == 0 {
		within = append(within, "NOT undecided")
	}
	kept = append(kept, strings.Join(within, " AND "))

	names := Columns(l.of)
	texts := []string{literal(l.of.Rule.Ref())}
	texts = append(texts, l.groups...)
	value := "CAST(peak AS VARCHAR)"
	switch {
	case l.value.varies:
		value = "CAST(" + l.d.Element("peak", "3") + " AS VARCHAR) || '/' || CAST(" + l.d.Element("peak", "4") + " * " + unit.Num().String() + " AS VARCHAR)"
	case l.value.by != "1":
		value += " || '/" + l.value.by + "'"
	}
	undecided := "CASE WHEN undecided THEN event_count ELSE 0 END"
	if l.nested { // the evaluator keeps the ids that it comes upon first
		undecided = fmt.Sprintf("CASE WHEN undecided THEN event_count WHEN events > %d THEN 1 ELSE 0 END", maxIDs)
	}
	texts = append(texts, l.d.Clock("episode_start_ns"), l.d.Element("opening", "1"), l.d.Element("opening", "2"),
		l.d.Clock("begin_ns"), l.d.Clock("end_ns"), "events", l.d.JSON(l.d.Head("ids", maxIDs)), value, undecided)
	columns := make([]string, len(texts))
	for i, t := range texts {
		columns[i] = t + " AS " + sqlgen.Ident(names[i]).String()
	}
	return fmt.Sprintf(`SELECT %s
FROM (
  SELECT %s, episode_start_ns, min(opening) AS opening, min(moment_ns) AS begin_ns, max(end_ns) AS end_ns, count(*) AS events,
    array_agg(event ORDER BY moment_ns, event, origin) AS ids, max(peak) AS peak, CAST(sum(event_count) AS BIGINT) AS event_count
  FROM %s
  GROUP BY %s, episode_start_ns
) AS found
WHERE %s
ORDER BY undecided DESC, episode_start_ns, %s`, strings.Join(columns, ",\n  "), l.keys(), l.name("counted"), l.keys(), strings.Join(kept, " OR "), strings.Join(append(l.groups, "events"), ", "))
}
