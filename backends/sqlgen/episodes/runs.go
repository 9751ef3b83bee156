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
		"CASE WHEN NOT odd AND "+fires+" THEN t END AS fires", "CASE WHEN NOT odd AND "+fires+" THEN "+peak+" END AS peak"), l.name("measured")))
	l.add(l.name("fired"), "SELECT "+l.columns("peak", "max(fires) "+l.over(before)+" AS former", "min(fires) "+l.over(onward)+" AS fired")+"\nFROM "+l.name("judged"))
	l.add(l.name("runs"), fmt.Sprintf("SELECT %s\nFROM %s\nWHERE odd OR fired < t + %d", l.columns("peak", "fired",
		fmt.Sprintf("max(CASE WHEN former IS NULL OR former <= fired - %d THEN fired END) %s AS opens", l.span, l.over(soFar))), l.name("fired"), l.span))
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
	l.add(l.name("windows"), "SELECT "+columns+", fired, "+of+" AS within\nFROM "+l.name("runs"))
	l.part(l.name("completed"), l.d.Once(), "SELECT "+columns+", arbitrary(within) AS within\nFROM "+l.name("windows")+"\nWHERE odd OR fired = t\nGROUP BY "+columns)
	return l.name("completed")
}

// maxIDs is how many ids of an episode are told.
const maxIDs = 1000

// episodes gives the statement's last part: a row for each episode, and one for
// events that were not decided.
func (l *level) episodes(w backends.Window) string {
	keys := l.keys()
	from, columns := l.name("runs"), l.columns("opens", "peak")
	event := []string{"t", "id", "source"}
	if l.nested {
		l.add(l.name("taken"), l.d.Unnest(columns, "within", "taken", from))
		from = l.name("taken")
		event = []string{"CAST(" + l.d.Element("taken", "1") + " AS BIGINT)", l.d.Element("taken", "2"), l.d.Element("taken", "3")}
	}
	l.add(l.name("counted"), fmt.Sprintf("SELECT %s, opens, %s AS moment, %s AS event, %s AS origin, max(t) AS ends, max(peak) AS peak,\n  min(CASE WHEN t = opens THEN %s END) AS opening, count(*) AS n\nFROM %s\nGROUP BY %s, opens, %s",
		keys, event[0], event[1], event[2], l.d.List("id", "source"), from, keys, strings.Join(event, ", ")))
	return l.rows(w)
}

// rows writes the last SELECT, in the order that Columns gives.
func (l *level) rows(w backends.Window) string {
	kept := []string{"odd"}
	within := []string{}
	if !w.Start.IsZero() {
		within = append(within, fmt.Sprintf("opens >= %d", w.Start.UnixNano()))
	}
	if !w.End.IsZero() {
		within = append(within, fmt.Sprintf("opens < %d", w.End.UnixNano()))
	}
	if len(within) == 0 {
		within = append(within, "NOT odd")
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
	undecided := "CASE WHEN odd THEN n ELSE 0 END"
	if l.nested { // the evaluator keeps the ids that it comes upon first
		undecided = fmt.Sprintf("CASE WHEN odd THEN n WHEN events > %d THEN 1 ELSE 0 END", maxIDs)
	}
	texts = append(texts, l.d.Clock("opens"), l.d.Element("opening", "1"), l.d.Element("opening", "2"),
		l.d.Clock("begins"), l.d.Clock("ends"), "events", l.d.JSON(l.d.Head("ids", maxIDs)), value, undecided)
	columns := make([]string, len(texts))
	for i, t := range texts {
		columns[i] = t + " AS " + sqlgen.Ident(names[i]).String()
	}
	return fmt.Sprintf(`SELECT %s
FROM (
  SELECT %s, opens, min(opening) AS opening, min(moment) AS begins, max(ends) AS ends, count(*) AS events,
    array_agg(event ORDER BY moment, event, origin) AS ids, max(peak) AS peak, CAST(sum(n) AS BIGINT) AS n
  FROM %s
  GROUP BY %s, opens
) AS found
WHERE %s
ORDER BY odd DESC, opens, %s`, strings.Join(columns, ",\n  "), l.keys(), l.name("counted"), l.keys(), strings.Join(kept, " OR "), strings.Join(append(l.groups, "events"), ", "))
}
