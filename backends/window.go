package backends

import (
	"strconv"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// Window is a half-open range of event time in whole seconds. A zero end is
// open.
type Window struct{ Start, End time.Time }

// Holds reports whether a record's time lies in the window. One that has none,
// or none that can be read, lies in no window but the open one.
func (w Window) Holds(rec *record.Record, src *schema.Source) bool {
	if w == (Window{}) {
		return true
	}
	v := rec.Lookup(src.Time)
	switch {
	case v.Kind != record.String && v.Kind != record.Number:
		return false
	case src.TimeUnix:
		d, ok := record.ParseDecimal(v.Text())
		return ok && (w.Start.IsZero() || d.Compare(seconds(w.Start)) >= 0) && (w.End.IsZero() || d.Compare(seconds(w.End)) < 0)
	}
	text := v.Text()
	return (w.Start.IsZero() || text >= Clock(w.Start)) && (w.End.IsZero() || text < Clock(w.End))
}

// Contains reports whether a point in time lies in the window.
func (w Window) Contains(t time.Time) bool {
	return (w.Start.IsZero() || !t.Before(w.Start)) && (w.End.IsZero() || t.Before(w.End))
}

// Reaching gives the window that begins so much earlier.
func (w Window) Reaching(back time.Duration) Window {
	if !w.Start.IsZero() {
		w.Start = w.Start.Add(-back).Truncate(time.Second)
	}
	return w
}

func seconds(t time.Time) record.Decimal {
	d, _ := record.ParseDecimal(strconv.FormatInt(t.Unix(), 10))
	return d
}

// Clock writes a time without its Z, so that it sorts before the texts of all
// times in its second, those with fractions too.
func Clock(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05") }
