package cli

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/sigmahunt/sigmahunt/backends"
)

// windowOptions are the flags that bound the events' time.
type windowOptions struct{ from, to, last string }

func (o *windowOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.from, "from", "", "start of the time range, such as 2026-03-10 or 2026-03-10T12:00:00Z")
	f.StringVar(&o.to, "to", "", "end of the time range (exclusive), in the same form")
	f.StringVar(&o.last, "last", "", "the time range up to now, such as 90m, 24h or 7d")
}

// window reads the flags; nothing is the open window.
func (o *windowOptions) window(now time.Time) (backends.Window, error) {
	if o.last != "" {
		if o.from != "" || o.to != "" {
			return backends.Window{}, usage("--last goes with neither --from nor --to")
		}
		length, err := span(o.last)
		end := now.UTC().Truncate(time.Second)
		return backends.Window{Start: end.Add(-length), End: end}, err
	}
	start, err := instant(o.from)
	if err != nil {
		return backends.Window{}, err
	}
	end, err := instant(o.to)
	if err != nil {
		return backends.Window{}, err
	}
	if !start.IsZero() && !end.IsZero() && !start.Before(end) {
		return backends.Window{}, usage("--from %s is not before --to %s", o.from, o.to)
	}
	return backends.Window{Start: start, End: end}, nil
}

// span reads a length of time.
func span(s string) (time.Duration, error) {
	d, err := backends.ParseSpan(s)
	if err != nil {
		return 0, &exitError{exitUsage, err}
	}
	return d, nil
}

// instant reads a day or a time in UTC; text without a zone is UTC.
func instant(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			if t.Nanosecond() != 0 {
				return time.Time{}, usage("%q: windows are of whole seconds", s)
			}
			return t.UTC(), nil
		}
	}
	return time.Time{}, usage("%q is not a time: write 2026-03-10 or 2026-03-10T12:00:00Z", s)
}
