package eval

import (
	"bytes"
	"net/netip"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
)

// in is equality with any of some texts.
type in struct {
	field int
	fold  bool
	few   []string
	many  map[string]struct{} // instead of few, where there are many
}

// fewValues is up to where looking through a list beats a map.
const fewValues = 4

func newIn(p compiler.In, f *fields) node {
	n := in{field: f.id(p.Field), fold: p.Fold}
	if len(p.Values) <= fewValues {
		n.few = p.Values
		return n
	}
	n.many = make(map[string]struct{}, len(p.Values))
	for _, v := range p.Values {
		n.many[v] = struct{}{}
	}
	return n
}

func (n in) match(ev *Event) bool {
	leaves := ev.leaves(n.field)
	for i := range leaves {
		text := leaves[i].text
		if n.fold {
			text = ev.fold(&leaves[i])
		}
		if n.has(text) {
			return true
		}
	}
	return false
}

func (n *in) has(text []byte) bool {
	for _, v := range n.few {
		if string(text) == v {
			return true
		}
	}
	_, ok := n.many[string(text)]
	return ok
}

// textMatch is a pattern over a field.
type textMatch struct {
	field   int
	pattern pattern
	fold    bool
}

func newText(p compiler.Text, f *fields) node {
	return textMatch{f.id(p.Field), newPattern(p.Pattern), p.Fold}
}

func (n textMatch) match(ev *Event) bool {
	leaves := ev.leaves(n.field)
	for i := range leaves {
		text := leaves[i].text
		if n.fold {
			text = ev.fold(&leaves[i])
		}
		if n.pattern.match(text) {
			return true
		}
	}
	return false
}

// keyword is a pattern over the whole record.
type keyword struct {
	pattern pattern
	fold    bool
}

func (n keyword) match(ev *Event) bool { return n.pattern.match(ev.whole(n.fold)) }

type cidr struct {
	field  int
	prefix netip.Prefix
}

// match wants an address of the prefix's own family; an IPv4 address written
// inside IPv6 is IPv6, and one with a zone is in no network.
func (n cidr) match(ev *Event) bool {
	for _, l := range ev.leaves(n.field) {
		if l.kind != record.String {
			continue
		}
		if addr, err := netip.ParseAddr(string(l.text)); err == nil && n.prefix.Contains(addr) {
			return true
		}
	}
	return false
}

type number struct {
	field int
	op    compiler.Op
	bound record.Decimal
}

func (n number) match(ev *Event) bool {
	for _, l := range ev.leaves(n.field) {
		if l.kind != record.Number && l.kind != record.String {
			continue
		}
		if d, ok := record.ParseDecimal(string(l.text)); ok && holds(d.Compare(n.bound), n.op) {
			return true
		}
	}
	return false
}

// holds reads the result of a comparison as an operator.
func holds(c int, op compiler.Op) bool {
	switch op {
	case compiler.Less:
		return c < 0
	case compiler.LessEqual:
		return c <= 0
	case compiler.Greater:
		return c > 0
	case compiler.GreaterEqual:
		return c >= 0
	case compiler.Equal:
		return c == 0
	default:
		panic("eval: unknown operator")
	}
}

type timePart struct {
	field int
	part  compiler.Part
	op    compiler.Op
	bound int
}

func (n timePart) match(ev *Event) bool {
	for _, l := range ev.leaves(n.field) {
		if t, ok := ev.instant(l); ok && holds(partOf(t, n.part)-n.bound, n.op) {
			return true
		}
	}
	return false
}

// instant reads a time: ISO 8601 in UTC with date, time and Z (or +00:00), or a
// whole number of seconds since 1970 where the source's times are that.
func (ev *Event) instant(l leaf) (time.Time, bool) {
	text := string(l.text)
	switch {
	case l.kind == record.String:
		t, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return t, false
		}
		_, offset := t.Zone()
		return t, offset == 0
	case l.kind == record.Number && ev.source.TimeUnix:
		var seconds int64
		for _, c := range l.text {
			if c < '0' || c > '9' || seconds > 1e12 {
				return time.Time{}, false
			}
			seconds = seconds*10 + int64(c-'0')
		}
		return time.Unix(seconds, 0).UTC(), true
	default:
		return time.Time{}, false
	}
}

func partOf(t time.Time, part compiler.Part) int {
	switch part {
	case compiler.Minute:
		return t.Minute()
	case compiler.Hour:
		return t.Hour()
	case compiler.Day:
		return t.Day()
	case compiler.Week:
		_, week := t.ISOWeek()
		return week
	case compiler.Month:
		return int(t.Month())
	case compiler.Year:
		return t.Year()
	default:
		panic("eval: unknown part of a time")
	}
}

type fieldEq struct {
	field, other int
	relation     compiler.Relation
	fold         bool
}

func (n fieldEq) match(ev *Event) bool {
	left, right := ev.leaves(n.field), ev.leaves(n.other)
	for i := range left {
		for j := range right {
			a, b := left[i].text, right[j].text
			if n.fold {
				a, b = ev.fold(&left[i]), ev.fold(&right[j])
			}
			if related(a, b, n.relation) {
				return true
			}
		}
	}
	return false
}

func related(a, b []byte, r compiler.Relation) bool {
	switch r {
	case compiler.Same:
		return bytes.Equal(a, b)
	case compiler.HasPrefix:
		return bytes.HasPrefix(a, b)
	case compiler.HasSuffix:
		return bytes.HasSuffix(a, b)
	case compiler.Holds:
		return bytes.Contains(a, b)
	default:
		panic("eval: unknown relation")
	}
}

type null struct{ keys []string }

func (n null) match(ev *Event) bool {
	leaf, emptyArray, _ := ev.rec.Reach(n.keys)
	return !leaf && !emptyArray
}

type exists struct{ keys []string }

func (n exists) match(ev *Event) bool {
	_, _, key := ev.rec.Reach(n.keys)
	return key
}
