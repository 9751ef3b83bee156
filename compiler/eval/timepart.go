package eval

import (
	"time"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// timePart is true of a leaf that is a point in time of which a part stands in
// a relation to a bound.
type timePart struct {
	part    compiler.Part
	op      compiler.Op
	bound   int
	numeric bool // the field is declared as a number
}

func newTimePart(p compiler.TimePart) *timePart {
	return &timePart{p.Part, p.Op, p.Bound, p.Field.Type == schema.Number && !p.Field.Dynamic()}
}

// accepts reads numbers of a source that counts seconds since 1970 as such, and
// every other leaf as ISO 8601 text.
func (c *timePart) accepts(ev *Event, l *leaf) bool {
	read := parseTime
	if c.numeric && ev.source.TimeUnix {
		read = parseUnix
	}
	t, ok := read(l.text)
	return ok && stands(partOf(t, c.part), c.op, c.bound)
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
		panic("eval: an unknown part of a time")
	}
}

// timeShape is a time up to its seconds; a 0 stands for a digit.
const timeShape = "0000-00-00T00:00:00"

// parseTime reads a point in time in UTC as AWS writes it:
// YYYY-MM-DDThh:mm:ss, a fraction or none, then Z or +00:00. A date alone is no
// point in time, other offsets are not UTC, and there is no second 60.
func parseTime(text []byte) (time.Time, bool) {
	if len(text) <= len(timeShape) {
		return time.Time{}, false
	}
	for i := range len(timeShape) {
		if c := text[i]; timeShape[i] == '0' && !isDigit(c) || timeShape[i] != '0' && c != timeShape[i] {
			return time.Time{}, false
		}
	}
	zone, nanos := text[len(timeShape):], 0
	if zone[0] == '.' {
		n := 1
		for n < len(zone) && isDigit(zone[n]) {
			n++
		}
		if n == 1 {
			return time.Time{}, false
		}
		nanos = nanoseconds(zone[1:n])
		zone = zone[n:]
	}
	if string(zone) != "Z" && string(zone) != "+00:00" {
		return time.Time{}, false
	}
	year, month, day := number(text[:4]), number(text[5:7]), number(text[8:10])
	hour, minute, second := number(text[11:13]), number(text[14:16]), number(text[17:19])
	t := time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC)
	// time.Date carries what is too large over; a real time comes back as it was.
	same := int(t.Month()) == month && t.Day() == day && t.Hour() == hour && t.Minute() == minute && t.Second() == second
	return t, same
}

// nanoseconds reads the digits of a fraction of a second, the first nine of them.
func nanoseconds(digits []byte) int {
	n := number(digits[:min(len(digits), 9)])
	for i := len(digits); i < 9; i++ {
		n *= 10
	}
	return n
}

func number(digits []byte) int {
	n := 0
	for _, c := range digits {
		n = n*10 + int(c-'0')
	}
	return n
}

// parseUnix reads a whole number of seconds since 1970.
func parseUnix(text []byte) (time.Time, bool) {
	n, ok := smallInt(text)
	if !ok || n < compiler.FirstSecond || n > compiler.LastSecond {
		return time.Time{}, false
	}
	return time.Unix(n, 0).UTC(), true
}
