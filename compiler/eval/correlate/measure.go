package correlate

import (
	"math/big"
	"slices"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler"
)

// measure is what a correlation looks at, kept up with a window that slides.
type measure interface {
	add(*occurrence)
	remove(*occurrence)
	// fires tells the measure of the window that begins after a time, and
	// whether the condition holds of it.
	fires(after time.Time) (value *big.Rat, holds bool)
}

func newMeasure(c *compiler.CorrelationPlan) measure {
	b := bounds(c.Bounds)
	switch c.Rule.Kind {
	case "event_count":
		return &count{bounds: b}
	case "value_count":
		return &distinct{bounds: b, tuples: map[string]int{}}
	case "value_sum":
		return &total{bounds: b}
	case "value_avg":
		return &total{bounds: b, average: true}
	case "value_percentile", "value_median":
		return &ranked{bounds: b, share: c.Percentile}
	case "temporal", "temporal_ordered":
		return newTemporal(c)
	default:
		panic("correlate: a kind that the loader does not know")
	}
}

// bounds must all hold.
type bounds []compiler.Threshold

func (b bounds) hold(value *big.Rat) bool {
	for _, t := range b {
		if !t.Holds(value) {
			return false
		}
	}
	return true
}

func whole(n int) *big.Rat { return new(big.Rat).SetInt64(int64(n)) }

// count counts events.
type count struct {
	bounds
	n int
}

func (m *count) add(*occurrence)    { m.n++ }
func (m *count) remove(*occurrence) { m.n-- }

func (m *count) fires(time.Time) (*big.Rat, bool) {
	value := whole(m.n)
	return value, m.hold(value)
}

// distinct counts different tuples.
type distinct struct {
	bounds
	tuples map[string]int
}

func (m *distinct) add(o *occurrence) {
	for _, t := range o.tuples {
		m.tuples[t]++
	}
}

func (m *distinct) remove(o *occurrence) {
	for _, t := range o.tuples {
		if m.tuples[t]--; m.tuples[t] == 0 {
			delete(m.tuples, t)
		}
	}
}

func (m *distinct) fires(time.Time) (*big.Rat, bool) {
	value := whole(len(m.tuples))
	return value, m.hold(value)
}

// total adds numbers up. Without any there is nothing to compare with.
type total struct {
	bounds
	average bool
	sum     big.Rat
	n       int
}

func (m *total) add(o *occurrence) {
	for _, v := range o.numbers {
		m.sum.Add(&m.sum, v)
		m.n++
	}
}

func (m *total) remove(o *occurrence) {
	for _, v := range o.numbers {
		m.sum.Sub(&m.sum, v)
		m.n--
	}
}

func (m *total) fires(time.Time) (*big.Rat, bool) {
	if m.n == 0 {
		return nil, false
	}
	value := new(big.Rat).Set(&m.sum)
	if m.average {
		value.Quo(value, whole(m.n))
	}
	return value, m.hold(value)
}

// ranked keeps numbers in order.
type ranked struct {
	bounds
	share   *big.Rat // of the way from the least number to the greatest
	numbers []*big.Rat
}

func (m *ranked) add(o *occurrence) {
	for _, v := range o.numbers {
		i, _ := slices.BinarySearchFunc(m.numbers, v, (*big.Rat).Cmp)
		m.numbers = slices.Insert(m.numbers, i, v)
	}
}

func (m *ranked) remove(o *occurrence) {
	for _, v := range o.numbers {
		i, _ := slices.BinarySearchFunc(m.numbers, v, (*big.Rat).Cmp)
		m.numbers = slices.Delete(m.numbers, i, i+1)
	}
}

// fires interpolates linearly between the two numbers next to the place.
func (m *ranked) fires(time.Time) (*big.Rat, bool) {
	if len(m.numbers) == 0 {
		return nil, false
	}
	place := new(big.Rat).Mul(m.share, whole(len(m.numbers)-1))
	below := new(big.Int).Quo(place.Num(), place.Denom())
	i := int(below.Int64())
	value := new(big.Rat).Set(m.numbers[i])
	if rest := place.Sub(place, new(big.Rat).SetInt(below)); rest.Sign() > 0 {
		step := new(big.Rat).Sub(m.numbers[i+1], m.numbers[i])
		value.Add(value, step.Mul(step, rest))
	}
	return value, m.hold(value)
}
