package episodes

import (
	"fmt"
	"math/big"
)

// near adds a part without the events around which there are too few others for
// the correlation to fire with any, where its condition wants some number of
// them, and gives the name of that part. Most events are of groups that do next
// to nothing, so what follows looks at few.
//
// All windows that hold an event lie within a timespan before and after it. Where
// the events of a window suffice all of them are kept, and where they do not,
// what is kept of them does not either.
func (l *level) near() string {
	least, each := l.least(), "count(*)"
	if least.Cmp(big.NewInt(2)) < 0 || least.BitLen() > 31 {
		return l.name("events")
	}
	kept := []string{"input"}
	if l.reads() {
		kept = append(kept, "v")
		if !l.scalar {
			each = "sum(" + l.d.Length("v") + ")"
		}
	}
	frame := fmt.Sprintf("%d PRECEDING AND %d FOLLOWING", l.span-1, l.span-1)
	l.add(l.name("around"), "SELECT "+l.columns(append(kept, each+" "+l.over(frame)+" AS around")...)+"\nFROM "+l.name("events"))
	l.add(l.name("near"), fmt.Sprintf("SELECT %s\nFROM %s\nWHERE odd OR around >= %s", l.columns(kept...), l.name("around"), least))
	return l.name("near")
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
