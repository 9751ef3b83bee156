package episodes

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/compiler"
)

// temporal looks at which inputs have events in the window, by the time of the
// last one of each. Its measure is how many do, or where there are bounds on an
// order how long a chain of them is.
func (l *level) temporal() (v value, fires string) {
	ordered := l.of.Rule.Kind == "temporal_ordered"
	if ordered && len(l.of.Bounds) > 0 {
		return l.longest()
	}
	chains := l.chains(ordered)
	var columns []string
	for i := range l.of.Inputs {
		columns = append(columns, fmt.Sprintf("max(CASE WHEN input = %d THEN event_ns END) %s AS last%d", i, l.over(soFar), i))
	}
	for _, c := range chains.ends {
		columns = append(columns, "max("+c+") "+l.over(soFar)+" AS last_"+c)
	}
	l.add(l.name("lasts"), "SELECT "+l.columns(columns...)+"\nFROM "+chains.from)
	var count, present []string
	for i := range l.of.Inputs {
		present = append(present, fmt.Sprintf("coalesce(last%d > event_ns - %d, FALSE) AS has%d", i, l.span, i))
		count = append(count, fmt.Sprintf("CASE WHEN has%d THEN 1 ELSE 0 END", i))
	}
	for _, c := range chains.ends {
		present = append(present, fmt.Sprintf("coalesce(last_%s > event_ns - %d, FALSE) AS has_%s", c, l.span, c))
	}
	l.add(l.name("measured"), "SELECT "+l.columns(present...)+"\nFROM "+l.name("lasts"))
	n := "(" + strings.Join(count, " + ") + ")"
	if len(l.of.Bounds) > 0 {
		return value{number: n, by: "1"}, l.holds(n, one)
	}
	var ways []string
	for _, w := range l.of.Ways {
		ways = append(ways, "("+l.way(w, ordered)+")")
	}
	if len(ways) == 0 { // an expression that nothing makes true
		ways = []string{"FALSE"}
	}
	return value{number: n, by: "1"}, "(" + strings.Join(ways, " OR ") + ")"
}

// way tests one alternative.
func (l *level) way(w compiler.Way, ordered bool) string {
	var tests []string
	for _, i := range w.Absent {
		tests = append(tests, fmt.Sprintf("NOT has%d", i))
	}
	switch {
	case ordered && len(w.Present) > 1:
		tests = append(tests, "has_"+chainName(w.Present))
	default:
		for _, i := range w.Present {
			tests = append(tests, fmt.Sprintf("has%d", i))
		}
	}
	if len(tests) == 0 {
		return "TRUE"
	}
	return strings.Join(tests, " AND ")
}

// chained are the parts that know of chains: for each event when the latest
// chain began that ends with it, by the chain's name.
type chained struct {
	from string   // the last of the parts
	ends []string // whole chains of ways
}

// chainName names a chain of inputs.
func chainName(inputs []int) string {
	name := "chain"
	for _, i := range inputs {
		name += fmt.Sprintf("_%d", i)
	}
	return name
}

// chains adds a part for each further place in the ways' orders. Of chains that
// end alike only the one that began last matters: it is the last to leave the
// window.
func (l *level) chains(ordered bool) chained {
	c := chained{from: l.events}
	if !ordered {
		return c
	}
	var have []string
	for place := 2; ; place++ {
		var columns []string
		for _, w := range l.of.Ways {
			if len(w.Present) < place {
				continue
			}
			name := chainName(w.Present[:place])
			if len(w.Present) == place && !slices.Contains(c.ends, name) {
				c.ends = append(c.ends, name)
			}
			shorter := chainName(w.Present[:place-1])
			if place == 2 {
				shorter = fmt.Sprintf("CASE WHEN input = %d THEN event_ns END", w.Present[0])
			}
			column := fmt.Sprintf("CASE WHEN input = %d THEN max(%s) %s END AS %s", w.Present[place-1], shorter, l.over(before), name)
			if !slices.Contains(columns, column) {
				columns = append(columns, column)
			}
		}
		if len(columns) == 0 {
			return c
		}
		part := l.name(fmt.Sprintf("chains%d", place))
		l.add(part, "SELECT "+l.columns(slices.Concat([]string{"input"}, have, columns)...)+"\nFROM "+c.from)
		c.from = part
		for _, column := range columns {
			have = append(have, column[strings.LastIndex(column, " ")+1:])
		}
	}
}

// longest measures the longest chain through the inputs in their order, any of
// which it may leave out. After k parts link_k is when the latest chain of k
// events began that ends with a row.
func (l *level) longest() (v value, fires string) {
	from, n := l.events, len(l.of.Inputs)
	have := []string{"input"}
	for k := 1; k <= n; k++ {
		link := "event_ns"
		if k > 1 {
			link = "CASE input"
			for i := k - 1; i < n; i++ {
				link += fmt.Sprintf(" WHEN %d THEN max(CASE WHEN input < %d THEN link%d END) %s", i, i, k-1, l.over(before))
			}
			link += " END"
		}
		part := l.name(fmt.Sprintf("links%d", k))
		name := fmt.Sprintf("link%d", k)
		l.add(part, "SELECT "+l.columns(append(slices.Clone(have), link+" AS "+name)...)+"\nFROM "+from)
		from, have = part, append(have, name)
	}
	var columns []string
	length := "CASE"
	for k := n; k >= 1; k-- {
		columns = append(columns, fmt.Sprintf("max(link%d) %s AS last%d", k, l.over(soFar), k))
		length += fmt.Sprintf(" WHEN last%d > event_ns - %d THEN %d", k, l.span, k)
	}
	l.add(l.name("lasts"), "SELECT "+l.columns(columns...)+"\nFROM "+from)
	l.add(l.name("measured"), "SELECT "+l.columns(length+" ELSE 0 END AS amount")+"\nFROM "+l.name("lasts"))
	return value{number: "amount", by: "1"}, l.holds("amount", one)
}
