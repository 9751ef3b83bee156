package pipeline

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/sigmahunt/sigmahunt/sigma"
)

// comparisons are the operators of conditions on values, by pySigma's names.
var comparisons = []string{"eq", "ne", "gte", "gt", "lte", "lt"}

// decide says what an operator makes of the order of two values, as cmp.Compare
// gives it.
func decide(op string, order int) bool {
	switch op {
	case "eq":
		return order == 0
	case "ne":
		return order != 0
	case "gte":
		return order >= 0
	case "gt":
		return order > 0
	case "lte":
		return order <= 0
	default:
		return order < 0
	}
}

// compare holds two scalars against each other. Those of different kinds are
// different and without an order, and so are true and false.
func compare(op string, have, want sigma.Value) bool {
	order, ordered := 0, false
	switch {
	case have.Kind != want.Kind:
	case have.Kind == sigma.Number:
		order, ordered = compareNumbers(have.Text, want.Text)
	case have.Kind == sigma.String:
		order, ordered = strings.Compare(have.Text, want.Text), true
	default:
		ordered = have.Kind == sigma.Null || have.Text == want.Text
	}
	if !ordered {
		return op == "ne"
	}
	return decide(op, order)
}

// exact is the largest number up to which every whole number is a float64.
const exact = 1 << 53

// compareNumbers compares by value where floats tell numbers apart, else only
// finds that two are written alike.
func compareNumbers(a, b string) (order int, ok bool) {
	if a == b {
		return 0, true
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	if errX != nil || errY != nil {
		return 0, false
	}
	if x == y && (x >= exact || x <= -exact) {
		return 0, false
	}
	return cmp.Compare(x, y), true
}

// ownWay are the modifiers under which a value is no text, number or null to be
// found in the event.
var ownWay = map[string]bool{
	"re": true, "cidr": true, "fieldref": true, "exists": true, "lt": true, "lte": true, "gt": true, "gte": true,
	"minute": true, "hour": true, "day": true, "week": true, "month": true, "year": true,
}

// isPlain reports whether an item's values are looked for as they are.
func isPlain(it *sigma.Item) bool {
	return !slices.ContainsFunc(it.Modifiers, func(m string) bool { return ownWay[m] })
}

// pattern gives a text of an item with the wildcards that its modifiers add, or
// false for other values.
func pattern(it *sigma.Item, v sigma.Value) (sigma.Pattern, bool) {
	if v.Kind != sigma.String || !isPlain(it) {
		return nil, false
	}
	inside := it.Has("contains")
	return sigma.ParsePattern(v.Text).Open(inside || it.Has("endswith"), inside || it.Has("startswith")), true
}

// isValue reports whether a value of an item is the given one.
func isValue(it *sigma.Item, v, want sigma.Value) bool {
	if want.Kind == sigma.String {
		p, ok := pattern(it, v)
		return ok && slices.Equal(p, sigma.ParsePattern(want.Text))
	}
	return isPlain(it) && compare("eq", v, want)
}

// unescaped writes a pattern without escapes, as match_string's expressions see
// it.
func unescaped(p sigma.Pattern) string {
	var b strings.Builder
	for _, t := range p {
		switch t.Kind {
		case sigma.AnyRun:
			b.WriteByte('*')
		case sigma.AnyOne:
			b.WriteByte('?')
		default:
			b.WriteString(t.Literal)
		}
	}
	return b.String()
}
