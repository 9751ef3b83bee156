package compiler

import (
	"fmt"
	"math/big"
	"time"

	"github.com/sigmahunt/sigmahunt/sigma"
)

// What a statement of one correlation is not written for. Episodes of more are
// made of rows.
const (
	maxLinks  = 8                         // rules of an order with bounds, whose cost grows with the square of it
	maxSpan   = 50 * 365 * 24 * time.Hour // times are nanoseconds in 64 bits
	maxShares = 1_000_000                 // the parts that a percentile is told in
)

// Pushable tells why a correlation cannot be one statement of its rules and
// itself on a target that makes episodes in one query; nothing where it can.
// legal holds the plans of its rules.
func Pushable(c *CorrelationPlan, t *Target, legal map[*sigma.Rule]*Plan) (reason string) {
	if t.Correlation != InOneQuery {
		return t.Title + " correlates in no statement"
	}
	for _, d := range Below([]*CorrelationPlan{c}) {
		for i, in := range d.Inputs {
			if in.Plan == nil {
				continue
			}
			switch plan := legal[in.Plan.Rule]; {
			case plan == nil:
				return fmt.Sprintf("%s cannot run the rule %q", t.Title, d.Rule.Rules[i].Text)
			case plan.Residual != nil:
				return fmt.Sprintf("%s cannot say all of the rule %q, so rows must be checked", t.Title, d.Rule.Rules[i].Text)
			case plan.Source.Time == "":
				return plan.Source.Title + " events have no field that dates them"
			case plan.Source.ID == "" && t.Identity != Exact:
				return fmt.Sprintf("%s events have no id, and %s cannot make one of their text", plan.Source.Title, t.Title)
			}
		}
		if reason := d.unwritten(); reason != "" {
			return reason
		}
	}
	return ""
}

// unwritten tells what of one correlation no statement is written for.
func (c *CorrelationPlan) unwritten() string {
	switch {
	case c.Rule.Timespan > maxSpan:
		return "its timespan is too long"
	case c.Rule.Kind == "temporal_ordered" && len(c.Bounds) > 0 && len(c.Inputs) > maxLinks:
		return fmt.Sprintf("it bounds the order of more than %d rules", maxLinks)
	case c.Percentile != nil && c.Percentile.Denom().Cmp(big.NewInt(maxShares)) > 0:
		return "its percentile has too many digits"
	}
	if c.Rule.Kind != "value_avg" {
		return ""
	}
	for _, b := range c.Bounds { // is multiplied by a count of events
		scaled := new(big.Rat).Mul(b.Value, big.NewRat(1_000_000_000, 1))
		if !scaled.IsInt() || scaled.Num().BitLen() > 80 {
			return "its bound has too many digits"
		}
	}
	return ""
}
