package episodes

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// near adds a part without the events around which there are too few others for
// the correlation to fire with any, where its condition wants some number of
// them, and gives the name of that part. Most events are of groups that do next
// to nothing, so what follows looks at few. Odd events and those that came in
// several deliveries, which are known by the given columns, stay.
//
// All windows that hold an event lie within a timespan before and after it. Where
// the events of a window suffice all of them are kept, and where they do not,
// what is kept of them does not either.
func (l *level) near(from string, columns, delivery []string, having string) string {
	each := "count(*)"
	if l.reads() && !l.scalar {
		each = "sum(" + l.d.Length("field_value") + ")"
	}
	of, same := l.d.Alike(append([]string{"undecided"}, l.groups...)...), l.d.Alike(delivery...)
	if l.d.Once() != "" {
		return l.crowded(from, columns, each, of, same, having)
	}
	where := ""
	if having != "" {
		where = "\nWHERE " + having
	}
	marked := fmt.Sprintf("%s, %s OVER (PARTITION BY %s ORDER BY event_ns RANGE BETWEEN %d PRECEDING AND %d FOLLOWING) AS around,\n  count(*) OVER (PARTITION BY %s) AS deliveries",
		strings.Join(columns, ", "), each, of, l.span-1, l.span-1, same)
	l.add(l.name("around"), "SELECT "+marked+"\nFROM "+from+where)
	l.add(l.name("near"), fmt.Sprintf("SELECT %s\nFROM %s\nWHERE undecided OR around >= %s OR deliveries > 1", strings.Join(columns, ", "), l.name("around"), l.least()))
	return l.name("near")
}

// crowded does the same where a part can be referred to twice: time is cut into
// timespans, of which a window touches two, so that one of them holds half of
// what is wanted.
func (l *level) crowded(from string, columns []string, each, of, same, having string) string {
	half := new(big.Int).Add(l.least(), big.NewInt(1))
	half.Rsh(half, 1)
	span := l.d.Quotient("event_ns", strconv.FormatInt(l.span, 10))
	l.add(l.name("crowds"), fmt.Sprintf("SELECT %s AS crowd, %s AS span, %s AS steps\nFROM %s\nGROUP BY crowd, span\nHAVING %s >= %s", of, span, l.d.List("-1", "0", "1"), from, each, half))
	l.add(l.name("beside"), l.d.Unnest("crowd, span", "steps", "step", l.name("crowds")))
	l.add(l.name("several"), fmt.Sprintf("SELECT %s AS same\nFROM %s\nGROUP BY same\nHAVING count(*) > 1", same, from))
	near := fmt.Sprintf("undecided OR (%s, %s) IN (SELECT (crowd, span + step) FROM %s) OR %s IN (SELECT same FROM %s)", of, span, l.name("beside"), same, l.name("several"))
	if having != "" {
		near = "(" + having + ") AND (" + near + ")"
	}
	l.add(l.name("near"), "SELECT "+strings.Join(columns, ", ")+"\nFROM "+from+"\nWHERE "+near)
	return l.name("near")
}

// sparse reports whether the condition wants so many events that most are not
// near enough to others, and looks at events of rules alone.
func (l *level) sparse() bool {
	least := l.least()
	return !l.nested && least.Cmp(big.NewInt(2)) >= 0 && least.BitLen() < 32
}

// least is how many events, or tuples, a window must hold for the correlation to
// fire.
func (l *level) least() *big.Int {
	least := new(big.Int)
	switch l.of.Rule.Kind {
	case "event_count", "value_count", "temporal", "temporal_ordered":
	default:
		return least
	}
	for i, w := range l.of.Ways {
		if n := big.NewInt(int64(len(w.Present))); i == 0 || n.Cmp(least) < 0 {
			least = n
		}
	}
	for _, b := range l.of.Bounds {
		n := new(big.Int).Div(b.Value.Num(), b.Value.Denom())
		switch b.Op {
		case "gt":
			n.Add(n, big.NewInt(1))
		case "gte", "eq":
			if !b.Value.IsInt() {
				n.Add(n, big.NewInt(1))
			}
		default:
			continue
		}
		if n.Cmp(least) > 0 {
			least = n
		}
	}
	return least
}
