package backends

import "sync"

// Tracker adds up what the statements of a remote engine do, and reports each
// change of it. Its methods may be called from any goroutine; a nil Tracker tracks
// nothing.
type Tracker struct {
	report func(Progress)

	mu  sync.Mutex
	now Progress
}

// NewTracker reports to Config.Progress; without a report there is no tracker.
func NewTracker(report func(Progress)) *Tracker {
	if report == nil {
		return nil
	}
	return &Tracker{report: report}
}

// Scanned counts further bytes that the engine says it has read.
func (t *Tracker) Scanned(bytes int64) { t.add(Progress{Done: bytes}) }

// Rows counts further rows of answers that have come.
func (t *Tracker) Rows(n int) { t.add(Progress{Rows: int64(n)}) }

// Ended counts a statement that the executor was given and that the engine is done
// with, however it ended.
func (t *Tracker) Ended() { t.add(Progress{Statements: 1}) }

// add reports in the order of the changes, so that no report is older than the one
// before it.
func (t *Tracker) add(more Progress) {
	if t == nil || more == (Progress{}) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.now.Done += more.Done
	t.now.Rows += more.Rows
	t.now.Statements += more.Statements
	t.report(t.now)
}
