package eval

import (
	"bytes"
	"cmp"
	"net/netip"
	"regexp"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
)

// check is a test of one leaf.
type check interface {
	accepts(ev *Event, l *leaf) bool
}

// oneOf is true of a leaf whose whole text is one of some values.
type oneOf struct {
	fold   bool
	values []string
	set    map[string]struct{} // the values, where they are many
}

// few is how many values are faster compared than looked up.
const few = 8

func newOneOf(p compiler.In) *oneOf {
	c := &oneOf{fold: p.Fold, values: p.Values}
	if len(p.Values) > few {
		c.set = make(map[string]struct{}, len(p.Values))
		for _, v := range p.Values {
			c.set[v] = struct{}{}
		}
	}
	return c
}

func (c *oneOf) accepts(ev *Event, l *leaf) bool {
	text := ev.textOf(l, c.fold)
	if c.set != nil {
		_, ok := c.set[string(text)]
		return ok
	}
	for _, v := range c.values {
		if string(text) == v {
			return true
		}
	}
	return false
}

// like is true of a leaf whose text matches a pattern.
type like struct {
	fold    bool
	pattern glob
}

func (c *like) accepts(ev *Event, l *leaf) bool { return c.pattern.match(ev.textOf(l, c.fold)) }

// search is true of a leaf in whose text a regular expression is found.
type search struct {
	re    *regexp.Regexp
	needs [][]byte // every match holds one of these; nil when none is known
}

func newSearch(p compiler.Regexp) *search {
	re, err := regexp.Compile(p.Source())
	if err != nil {
		panic("eval: a regular expression passed the compiler: " + err.Error())
	}
	return &search{re, required(p.Source())}
}

func (c *search) accepts(_ *Event, l *leaf) bool {
	return c.possible(l.text) && c.re.Match(l.text)
}

func (c *search) possible(text []byte) bool {
	for _, literal := range c.needs {
		if bytes.Contains(text, literal) {
			return true
		}
	}
	return c.needs == nil
}

// inside is true of a leaf that is an address in a network of its own family.
// An IPv4 address mapped into IPv6 is of IPv6's family, and one with a zone is
// in no network.
type inside struct{ prefix netip.Prefix }

func (c *inside) accepts(_ *Event, l *leaf) bool {
	if c.prefix.Addr().Is4() {
		addr, ok := parseIPv4(l.text)
		return ok && c.prefix.Contains(addr)
	}
	if len(l.text) > maxIPv6 || bytes.IndexByte(l.text, ':') < 0 {
		return false
	}
	addr, err := netip.ParseAddr(string(l.text))
	return err == nil && c.prefix.Contains(addr)
}

// maxIPv6 is the length of the longest spelling of an IPv6 address without a
// zone: six groups of four digits and a dotted quad.
const maxIPv6 = 45

// parseIPv4 reads a dotted quad as netip.ParseAddr does, without leading zeros,
// but makes no garbage of texts that are none.
func parseIPv4(text []byte) (netip.Addr, bool) {
	var quad [4]byte
	field, value, digits := 0, 0, 0
	for _, c := range text {
		switch {
		case isDigit(c):
			if digits > 0 && value == 0 {
				return netip.Addr{}, false
			}
			digits++
			if value = value*10 + int(c-'0'); value > 255 {
				return netip.Addr{}, false
			}
		case c == '.' && digits > 0 && field < 3:
			quad[field] = byte(value)
			field, value, digits = field+1, 0, 0
		default:
			return netip.Addr{}, false
		}
	}
	if field != 3 || digits == 0 {
		return netip.Addr{}, false
	}
	quad[3] = byte(value)
	return netip.AddrFrom4(quad), true
}

// ordered is true of a leaf that is a JSON number or wholly numeric text and
// stands in a relation to a bound.
type ordered struct {
	op    compiler.Op
	bound record.Decimal
	whole int64 // the bound, where it is a whole number of few digits
	small bool
}

func newOrdered(p compiler.Num) *ordered {
	c := &ordered{op: p.Op, bound: p.Bound}
	c.whole, c.small = smallInt([]byte(p.Bound.String()))
	return c
}

func (c *ordered) accepts(_ *Event, l *leaf) bool {
	if l.kind != record.Number && l.kind != record.String || !maybeNumber(l.text) {
		return false
	}
	if c.small {
		if n, ok := smallInt(l.text); ok {
			return stands(n, c.op, c.whole)
		}
	}
	d, ok := record.ParseDecimal(string(l.text))
	return ok && stands(d.Compare(c.bound), c.op, 0)
}

// maybeNumber says no to most texts that are no number.
func maybeNumber(text []byte) bool {
	return len(text) > 0 && (text[0] == '-' || isDigit(text[0])) && isDigit(text[len(text)-1])
}

// smallInt reads a whole number of up to 18 digits, which an int64 holds
// exactly.
func smallInt(text []byte) (n int64, ok bool) {
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	if len(text) == 0 || len(text) > 18 {
		return 0, false
	}
	for _, c := range text {
		if !isDigit(c) {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// stands reports whether a is in the relation to b.
func stands[T cmp.Ordered](a T, op compiler.Op, b T) bool {
	switch op {
	case compiler.Less:
		return a < b
	case compiler.LessEqual:
		return a <= b
	case compiler.Greater:
		return a > b
	case compiler.GreaterEqual:
		return a >= b
	case compiler.Equal:
		return a == b
	default:
		panic("eval: an unknown relation")
	}
}
