package cli

import (
	"fmt"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/sigmahunt/sigmahunt/backends"
)

// progress is one line on standard error: of files a bar of bytes, speed and time
// left, of a remote engine its statements, and the time since they began. It is
// nothing where standard error is no terminal.
type progress struct {
	app *app
	on  bool

	mu         sync.Mutex
	bar        *progressbar.ProgressBar
	started    time.Time
	now        backends.Progress
	remote     bool  // statements are shown, not files
	statements int64 // in all, as far as is known
}

func (a *app) newProgress(quiet bool) *progress {
	_, isTerminal := terminal(a.err)
	return &progress{app: a, on: isTerminal && !quiet}
}

// update shows how far the engine is; it may be called from any goroutine.
func (p *progress) update(now backends.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = now
	p.show()
}

// left shows that a remote engine is yet to be given some statements, as far as is
// known: which are needed may depend on what others find.
func (p *progress) left(statements int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.remote, p.statements = true, p.now.Statements+int64(statements)
	p.show()
}

func (p *progress) show() {
	if !p.on {
		return
	}
	if p.bar == nil {
		p.started, p.bar = time.Now(), p.newBar()
	}
	if p.remote {
		p.bar.Describe(statementsText(p.now, p.statements))
		return
	}
	rate := float64(p.now.Events) / max(time.Since(p.started).Seconds(), 0.1)
	p.bar.Describe(group(int64(rate)) + " events/s")
	p.bar.Set64(p.now.Done) //nolint:errcheck // a bar that cannot be drawn is no reason to stop
}

// newBar makes a bar of bytes, or a line that turns and counts seconds where it is
// not known what is all.
func (p *progress) newBar() *progressbar.ProgressBar {
	total := p.now.Total
	if total <= 0 || p.remote {
		total = -1
	}
	return progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(p.app.err),
		progressbar.OptionShowBytes(!p.remote),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
}

// statementsText tells how far a remote engine is with its statements.
func statementsText(now backends.Progress, statements int64) string {
	text := fmt.Sprintf("%s of %s statements, %s rows", group(now.Statements), group(max(statements, now.Statements)), group(now.Rows))
	if now.Done > 0 {
		text += ", " + bytesText(now.Done) + " read"
	}
	return text
}

// say writes one line of talk in place of the progress, which goes on below it.
func (p *progress) say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	p.app.say(format, args...)
}

// finish takes the progress from the terminal.
func (p *progress) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	p.on = false
}

// clear also ends what redraws the line.
func (p *progress) clear() {
	if p.bar != nil {
		p.bar.Finish() //nolint:errcheck // as above
		p.bar = nil
	}
}
