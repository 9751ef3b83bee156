package record

import (
	"math/big"
	"strconv"
	"strings"
)

// Decimal is an exact decimal number of any size: the sign, the significant
// digits without leading or trailing zeros, and the power of ten of the first
// digit (0.5 has digits "5" and magnitude -1). The zero value is zero.
//
// Numbers of rules and events are compared through it, so that integers beyond
// 2^53 stay exact and 1e999999 costs no memory.
type Decimal struct {
	negative  bool
	digits    string
	magnitude int
}

// maxMagnitude bounds exponents; text beyond it is not a number to us.
const maxMagnitude = 1 << 30

// ParseDecimal reads text that is wholly numeric: an optional minus, digits, an
// optional fraction and an optional exponent. Leading zeros are allowed, other
// spellings (blanks, plus, hex, inf, nan) are not numbers.
func ParseDecimal(s string) (Decimal, bool) {
	var d Decimal
	rest, negative := strings.CutPrefix(s, "-")
	whole, rest := cutDigits(rest)
	if whole == "" {
		return d, false
	}
	fraction := ""
	if after, ok := strings.CutPrefix(rest, "."); ok {
		if fraction, rest = cutDigits(after); fraction == "" {
			return d, false
		}
	}
	exponent := 0
	if rest != "" {
		var ok bool
		if exponent, ok = parseExponent(rest); !ok {
			return d, false
		}
	}
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return d, true
	}
	d.negative = negative
	d.magnitude = len(digits) - 1 - len(fraction) + exponent
	d.digits = strings.TrimRight(digits, "0")
	return d, true
}

func cutDigits(s string) (digits, rest string) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}

func parseExponent(s string) (int, bool) {
	if s[0] != 'e' && s[0] != 'E' {
		return 0, false
	}
	s = s[1:]
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || digits == "" {
		return 0, false
	}
	if d, rest := cutDigits(digits); d == "" || rest != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	if err != nil || n > maxMagnitude || n < -maxMagnitude {
		return 0, false
	}
	return n, true
}

// Compare gives -1, 0 or 1 as d is less than, equal to or greater than e.
func (d Decimal) Compare(e Decimal) int {
	if d.sign() != e.sign() {
		return compareInts(d.sign(), e.sign())
	}
	if d.digits == "" {
		return 0
	}
	c := compareInts(d.magnitude, e.magnitude)
	if c == 0 {
		c = strings.Compare(d.digits, e.digits)
	}
	return c * d.sign()
}

func (d Decimal) sign() int {
	switch {
	case d.digits == "":
		return 0
	case d.negative:
		return -1
	default:
		return 1
	}
}

func compareInts(a, b int) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}

// maxPlain is the longest run of zeros that String writes out.
const maxPlain = 40

// String gives the canonical text: plain notation without needless zeros
// (443.0 is "443", 1e3 is "1000"), and scientific notation only where the
// plain one would need more than 40 zeros.
func (d Decimal) String() string {
	if d.digits == "" {
		return "0"
	}
	var b strings.Builder
	if d.negative {
		b.WriteByte('-')
	}
	n := len(d.digits)
	switch {
	case d.magnitude < -maxPlain || d.magnitude-n >= maxPlain:
		b.WriteString(d.digits[:1])
		if n > 1 {
			b.WriteByte('.')
			b.WriteString(d.digits[1:])
		}
		b.WriteByte('e')
		b.WriteString(strconv.Itoa(d.magnitude))
	case d.magnitude < 0:
		b.WriteString("0." + strings.Repeat("0", -d.magnitude-1) + d.digits)
	case d.magnitude >= n-1:
		b.WriteString(d.digits + strings.Repeat("0", d.magnitude-n+1))
	default:
		b.WriteString(d.digits[:d.magnitude+1] + "." + d.digits[d.magnitude+1:])
	}
	return b.String()
}

// maxExact bounds the digits and the power of ten of what Rat takes, so that a
// number of an event cannot make arithmetic take all memory.
const maxExact = 400

// Rat gives the number for exact arithmetic. It is false of numbers with more
// than 400 digits, or whose first digit stands more than 400 places from the
// point.
func (d Decimal) Rat() (*big.Rat, bool) {
	if len(d.digits) > maxExact || d.magnitude > maxExact || d.magnitude < -maxExact {
		return nil, false
	}
	return new(big.Rat).SetString(d.String())
}

// Floor gives the greatest integer that is not above d, and whether it is d. Where that
// is beyond 64 bits, beyond tells on which side: 1 above, -1 below.
func (d Decimal) Floor() (floor int64, whole bool, beyond int) {
	if d.magnitude > 18 { // 10^19 and more
		return 0, false, d.sign()
	}
	digits, places := d.digits, d.magnitude+1 // of them before the point
	whole = len(digits) <= places
	switch {
	case places <= 0:
		digits = "0"
	case whole:
		digits += strings.Repeat("0", places-len(digits))
	default:
		digits = digits[:places]
	}
	n, _ := new(big.Int).SetString("0"+digits, 10)
	if d.negative {
		if n.Neg(n); !whole {
			n.Sub(n, big.NewInt(1))
		}
	}
	if !n.IsInt64() {
		return 0, false, d.sign()
	}
	return n.Int64(), whole, 0
}

// IsNumber reports whether text is a number as JSON writes it: no leading
// zeros, no plus (RFC 8259, section 6).
func IsNumber(s string) bool {
	if _, ok := ParseDecimal(s); !ok {
		return false
	}
	digits := strings.TrimPrefix(s, "-")
	return digits[0] != '0' || len(digits) == 1 || digits[1] < '0' || digits[1] > '9'
}
