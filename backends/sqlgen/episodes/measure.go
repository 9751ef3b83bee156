package episodes

import (
	"fmt"
	"math/big"
	"strings"
)

// value is what a correlation measures, in terms of the part "measured": the
// whole number, divided by another, which may differ from row to row.
type value struct {
	number, by string
	varies     bool // by is no constant
}

// measure adds the part "measured", in which the columns of events have beside
// them what the window of each holds, and gives the measure and the test that
// the correlation fires.
func (l *level) measure() (v value, fires string) {
	switch l.of.Rule.Kind {
	case "event_count":
		l.measured("count(*) " + l.over(l.sliding()) + " AS amount")
		return value{number: "amount", by: "1"}, l.holds("amount", one)
	case "value_count":
		l.distinct()
		return value{number: "amount", by: "1"}, l.holds("amount", one)
	case "value_sum", "value_avg":
		return l.total()
	case "value_percentile", "value_median":
		return l.ranked()
	default:
		return l.temporal()
	}
}

func (l *level) measured(columns ...string) {
	l.add(l.name("measured"), "SELECT "+l.columns(columns...)+"\nFROM "+l.events)
}

// distinct counts tuples without a limit on how many there are: one is in the
// window from its event until an event of the same group with the same tuple
// comes, or the timespan has passed. So each tuple of an event is a step up at
// its time and a step down at that end, and what is in the window is the sum of
// the steps so far.
func (l *level) distinct() {
	from, arrives := l.events, "step = 0"
	if !l.scalar { // a row for each tuple, and one of NULL for the event itself
		tuples := l.name("tuples")
		l.add(tuples, l.d.Unnest(l.columns(), "coalesce(field_value, "+l.d.List()+") || "+l.d.List("CAST(NULL AS VARCHAR)"), "tuple", from))
		from, arrives = tuples, "step = 0 AND field_value IS NULL"
	}
	value := "field_value"
	if !l.scalar {
		value = "tuple AS field_value"
	}
	l.add(l.name("spans"), fmt.Sprintf("SELECT %s, %s AS steps,\n  least(coalesce(lead(event_ns) OVER (PARTITION BY %s, %s ORDER BY event_ns), event_ns + %d), event_ns + %d) AS until_ns\nFROM %s",
		l.columns(value), l.d.List("0", "1"), l.keys(), strings.TrimSuffix(value, " AS field_value"), l.span, l.span, from))
	l.add(l.name("edges"), l.d.Unnest(l.columns("field_value", "until_ns"), "steps", "step", l.name("spans")))
	columns := strings.Replace(l.columns(), "undecided, event_ns,", "undecided, CASE WHEN step = 0 THEN event_ns ELSE until_ns END AS event_ns,", 1)
	l.add(l.name("steps"), "SELECT "+columns+", "+arrives+" AS arrives,\n  CASE WHEN field_value IS NULL THEN 0 WHEN step = 0 THEN 1 ELSE -1 END AS change\nFROM "+l.name("edges"))
	l.add(l.name("sums"), "SELECT "+l.columns("arrives", "sum(change) "+l.over(soFar)+" AS amount")+"\nFROM "+l.name("steps"))
	l.add(l.name("measured"), "SELECT "+l.columns("amount")+"\nFROM "+l.name("sums")+"\nWHERE arrives")
}

// total adds numbers up. Without any there is nothing to compare with.
func (l *level) total() (v value, fires string) {
	l.measured("sum("+l.d.Total("field_value")+") "+l.over(l.sliding())+" AS total", "sum("+l.d.Length("field_value")+") "+l.over(l.sliding())+" AS amount")
	if l.of.Rule.Kind == "value_sum" {
		return value{number: "total", by: unit.Num().String()}, "amount > 0 AND " + l.holds("total", unit)
	}
	var tests []string
	for _, b := range l.of.Bounds {
		bound := new(big.Rat).Mul(b.Value, unit) // a whole number, as compiler.Pushable sees to
		tests = append(tests, fmt.Sprintf("total %s %s * amount", operators[b.Op], l.wide(bound.Num())))
	}
	return value{number: "total", by: "amount", varies: true}, strings.Join(append([]string{"amount > 0"}, tests...), " AND ")
}

var operators = map[string]string{"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "eq": "=", "neq": "<>"}

// ranked interpolates between the two numbers next to the place that is the
// percentile's share of the way from the least number to the greatest.
func (l *level) ranked() (v value, fires string) {
	share, whole := l.of.Percentile.Num(), l.of.Percentile.Denom()
	lists := l.name("lists")
	l.add(lists, "SELECT "+l.columns("array_sort(flatten(array_agg(field_value) "+l.over(l.sliding())+")) AS field_value")+"\nFROM "+l.events)
	placed := l.name("placed")
	place := fmt.Sprintf("(%s - 1) * %s", l.d.Length("field_value"), share)
	l.add(placed, "SELECT "+l.columns("field_value", l.d.Length("field_value")+" AS amount", fmt.Sprintf("(%s) %% %s AS rest", place, whole), fmt.Sprintf("%s AS place", place))+"\nFROM "+lists)
	at := l.d.Quotient("(place - rest)", whole.String())
	low, high := l.d.Element("field_value", "CAST("+at+" AS BIGINT) + 1"), l.d.Element("field_value", "CAST("+at+" AS BIGINT) + 2")
	number := fmt.Sprintf("CASE WHEN amount = 0 THEN NULL WHEN rest = 0 THEN %s * %s ELSE %s * %s + (%s - %s) * rest END AS ranked", low, whole, low, whole, high, low)
	l.add(l.name("measured"), "SELECT "+l.columns("amount", number)+"\nFROM "+placed)
	scale := new(big.Rat).Mul(unit, new(big.Rat).SetInt(whole))
	return value{number: "ranked", by: scale.Num().String()}, "amount > 0 AND " + l.holds("ranked", scale)
}
