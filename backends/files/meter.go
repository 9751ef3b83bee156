package files

import (
	"sync/atomic"

	"github.com/sigmahunt/sigmahunt/backends"
)

// Meter turns what several workers read into one account of progress. A nil
// Meter measures nothing.
type Meter struct {
	report       func(backends.Progress)
	total        int64
	done, events atomic.Int64
}

// NewMeter measures the reading of files; without a report there is no meter.
func NewMeter(files []File, report func(backends.Progress)) *Meter {
	if report == nil {
		return nil
	}
	m := &Meter{report: report}
	for _, f := range files {
		m.total += f.Size
	}
	return m
}

// Bytes counts further bytes as stored, and reports.
func (m *Meter) Bytes(n int64) {
	if m != nil {
		m.report(backends.Progress{Done: m.done.Add(n), Total: m.total, Events: m.events.Load()})
	}
}

// Events counts further records.
func (m *Meter) Events(n int64) {
	if m != nil {
		m.events.Add(n)
	}
}
