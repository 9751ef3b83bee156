package episodes

import (
	"fmt"
	"math/big"
	"strings"
)

// places are the digits behind the point that numbers keep: they are whole
// numbers of 10^-9.
const places = 9

var (
	unit = big.NewRat(1_000_000_000, 1)
	one  = big.NewRat(1, 1)
)

// Spellings of numbers, see record.ParseDecimal. Those that are plain, or small
// and have an exponent, are wholly kept in places.
const (
	numericText  = `-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?`
	plainText    = `-?[0-9]{1,18}(\.[0-9]{1,9})?`
	exponentText = `-?[0-9]{1,9}(\.[0-9]{1,4})?[eE][-+]?[0-5]`
)

// numbers gives the list of the numbers among a list of texts, and a test that
// some number is not held exactly.
func (s *statement) numbers(texts string) (list, odd string) {
	plain := "(" + s.d.Matches("x", plainText) + " OR " + s.d.Matches("x", exponentText) + ")"
	number := fmt.Sprintf("CAST(CAST(x AS DECIMAL(27, %d)) * %s AS %s)", places, unit.Num(), s.d.Wide())
	list = s.d.Transform(s.d.Filter(texts, "x", plain), "x", number)
	odd = s.d.Length(s.d.Filter(texts, "x", s.d.Matches("x", numericText)+" AND NOT "+plain)) + " > 0"
	return list, odd
}

// tuple gives one text of several, NULL where one is missing. Their lengths
// stand before them, so that none can run into the next.
func (s *statement) tuple(texts []string) string {
	if len(texts) == 1 {
		return texts[0]
	}
	var parts []string
	for _, t := range texts {
		parts = append(parts, fmt.Sprintf("CAST(%s AS VARCHAR) || ':' || %s", s.d.Bytes(t), t))
	}
	return strings.Join(parts, " || ")
}

// maxTuples is how many tuples of one event the evaluator looks at.
const maxTuples = 1000

// tuples gives the list of each combination of an element of every list, and a
// test that they are too many.
func (s *statement) tuples(lists []string) (list, odd string) {
	var names, lengths []string
	for i := range lists {
		names = append(names, fmt.Sprintf("x%d", i+1))
		lengths = append(lengths, s.d.Length(lists[i]))
	}
	list = s.tuple(names)
	for i := len(lists) - 1; i >= 0; i-- {
		if list = s.d.Transform(lists[i], names[i], list); i < len(lists)-1 {
			list = "flatten(" + list + ")"
		}
	}
	return list, fmt.Sprintf("%s > %d", strings.Join(lengths, " * "), maxTuples)
}

// wide gives a whole number of any size that the engine's type holds.
func (s *statement) wide(n *big.Int) string {
	if n.IsInt64() && n.BitLen() < 62 {
		return n.String()
	}
	return fmt.Sprintf("CAST('%s' AS %s)", n, s.d.Wide())
}

// most is more than what any number of type Wide is.
var most = new(big.Int).Exp(big.NewInt(10), big.NewInt(37), nil)

// holds gives the test that a whole number, the measure times a scale, keeps to
// all bounds.
func (l *level) holds(number string, scale *big.Rat) string {
	var tests []string
	for _, b := range l.of.Bounds {
		bound := new(big.Rat).Mul(b.Value, scale)
		tests = append(tests, l.bound(number, b.Op, bound))
	}
	if len(tests) == 0 {
		return "TRUE"
	}
	return strings.Join(tests, " AND ")
}

// bound compares a whole number with one that may have a fraction.
func (l *level) bound(number, op string, bound *big.Rat) string {
	floor := new(big.Int).Div(bound.Num(), bound.Denom()) // Div rounds down: the denominator is positive
	limit := floor
	if limit.CmpAbs(most) > 0 {
		limit = new(big.Int).Mul(most, big.NewInt(int64(limit.Sign())))
	}
	switch whole := bound.IsInt(); op {
	case "eq":
		if !whole {
			return "FALSE"
		}
		return number + " = " + l.wide(limit)
	case "neq":
		if !whole {
			return "TRUE"
		}
		return number + " <> " + l.wide(limit)
	case "gt":
		return number + " > " + l.wide(limit)
	case "lte":
		return number + " <= " + l.wide(limit)
	case "gte":
		if whole {
			return number + " >= " + l.wide(limit)
		}
		return number + " > " + l.wide(limit)
	case "lt":
		if whole {
			return number + " < " + l.wide(limit)
		}
		return number + " <= " + l.wide(limit)
	default:
		panic("episodes: a bound that the loader does not know")
	}
}
