package cli

import (
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/sigmahunt/sigmahunt/backends"
)

// progress is a bar on standard error: bytes, speed and time left. It is
// nothing where standard error is no terminal.
type progress struct {
	app *app
	on  bool

	mu      sync.Mutex
	bar     *progressbar.ProgressBar
	started time.Time
}

func (a *app) newProgress(quiet bool) *progress {
	_, isTerminal := terminal(a.err)
	return &progress{app: a, on: isTerminal && !quiet}
}

// update shows how far reading is; it may be called from any goroutine.
func (p *progress) update(now backends.Progress) {
	if !p.on {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar == nil {
		p.started = time.Now()
		total := now.Total
		if total <= 0 {
			total = -1
		}
		p.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(p.app.err),
			progressbar.OptionSetDescription("scanning"),
			progressbar.OptionShowBytes(true),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(),
		)
	}
	rate := float64(now.Events) / max(time.Since(p.started).Seconds(), 0.1)
	p.bar.Describe(group(int64(rate)) + " events/s")
	p.bar.Set64(now.Done) //nolint:errcheck // a bar that cannot be drawn is no reason to stop
}

func (p *progress) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		p.bar.Clear() //nolint:errcheck // as above
	}
}
