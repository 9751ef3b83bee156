package cli

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
)

func TestProgressOfStatementsInWords(t *testing.T) {
	for want, now := range map[string]backends.Progress{
		"0 of 8 statements, 0 rows":                      {},
		"3 of 8 statements, 1,234,567 rows, 1.2 GB read": {Statements: 3, Rows: 1_234_567, Done: 1_200_000_000},
		"9 of 9 statements, 1 rows":                      {Statements: 9, Rows: 1}, // more than were expected
		"8 of 8 statements, 12 rows, 999 B read":         {Statements: 8, Rows: 12, Done: 999},
	} {
		if got := statementsText(now, 8); got != want {
			t.Errorf("%+v: %q, want %q", now, got, want)
		}
	}
}

// screen is a terminal that knows the return of the carriage.
type screen struct {
	mu    sync.Mutex
	bytes bytes.Buffer
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.bytes.Write(b)
}

// lines gives what stands on the screen.
func (s *screen) lines() (lines []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for text := range strings.SplitSeq(s.bytes.String(), "\n") {
		var line []rune
		at := 0
		for _, c := range text {
			if c == '\r' {
				at = 0
				continue
			}
			if at == len(line) {
				line = append(line, ' ')
			}
			line[at] = c
			at++
		}
		lines = append(lines, strings.TrimRight(string(line), " "))
	}
	return lines
}

func TestProgressStandsOnALineThatIsClearedForTalkAndAtTheEnd(t *testing.T) {
	s := &screen{}
	p := &progress{app: &app{err: s}, on: true}
	p.left(4)
	if got := s.lines(); len(got) != 1 || !strings.Contains(got[0], "0 of 4 statements, 0 rows") {
		t.Errorf("at first %q", got)
	}
	p.update(backends.Progress{Statements: 1, Rows: 10})
	p.say("sigmahunt: %d of them", 1)
	if got := s.lines(); !slices.Equal(got, []string{"sigmahunt: 1 of them", ""}) {
		t.Errorf("after talk %q", got)
	}
	p.update(backends.Progress{Statements: 2, Rows: 20})
	if got := s.lines(); len(got) != 2 || !strings.Contains(got[1], "2 of 4 statements, 20 rows") {
		t.Errorf("it goes on as %q", got)
	}
	p.finish()
	p.update(backends.Progress{Statements: 4, Rows: 30}) // one that comes late
	if got := s.lines(); !slices.Equal(got, []string{"sigmahunt: 1 of them", ""}) {
		t.Errorf("at the end %q", got)
	}
}

func TestProgressOfFilesIsClearedAtTheEnd(t *testing.T) {
	for _, total := range []int64{0, 100} { // of standard input nobody knows the size
		s := &screen{}
		p := &progress{app: &app{err: s}, on: true}
		p.update(backends.Progress{Done: 10, Total: total, Events: 5})
		if got := s.lines(); !strings.Contains(got[0], "events/s") {
			t.Errorf("of %d: shown %q", total, got)
		}
		p.finish()
		if got := s.lines(); !slices.Equal(got, []string{""}) {
			t.Errorf("of %d: at the end %q", total, got)
		}
	}
}

func TestProgressIsForTerminalsAlone(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s := &screen{}
	for _, p := range []*progress{(&app{err: w}).newProgress(false), (&app{err: s}).newProgress(false), {app: &app{err: s}}} {
		p.left(2)
		p.update(backends.Progress{Statements: 1})
		p.finish()
	}
	w.Close()
	if text := make([]byte, 1); s.bytes.Len() > 0 {
		t.Errorf("written %q", s.bytes.String())
	} else if n, _ := r.Read(text); n > 0 {
		t.Error("a pipe is written to")
	}
}

// watched is a remote engine that tells its progress, and notes what is shown of it
// before each statement.
type watched struct {
	*stagedRemote
	tracker *backends.Tracker
	bar     *progress
	shown   []string
}

func watch(r *stagedRemote) *watched {
	x := &watched{stagedRemote: r, bar: &progress{}}
	x.tracker = backends.NewTracker(x.bar.update)
	return x
}

func (x *watched) note() { x.shown = append(x.shown, statementsText(x.bar.now, x.bar.statements)) }

func (x *watched) Run(ctx context.Context, q backends.Query) iter.Seq2[backends.Row, error] {
	return func(yield func(backends.Row, error) bool) {
		x.note()
		defer x.tracker.Ended()
		for row, err := range x.remote.Run(ctx, q) {
			if x.tracker.Rows(1); !yield(row, err) {
				return
			}
		}
	}
}

func (x *watched) Count(ctx context.Context, q backends.CountQuery) iter.Seq2[compiler.Count, error] {
	x.note()
	defer x.tracker.Ended()
	return x.stagedRemote.Count(ctx, q)
}

// scan scans the morning, and gives what is shown at the end.
func (x *watched) scan(t *testing.T, c *compiler.Program, b backends.Backend, p pushed) string {
	t.Helper()
	run := newScanRun(c, p, b, x, morning, false)
	run.writer, run.found, run.progress = &kept{}, newTally(c), x.bar
	if err := run.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return statementsText(x.bar.now, x.bar.statements)
}

// Both stages are expected of a correlation, until the first finds no candidates.
func TestProgressExpectsWhatIsStillToBeAsked(t *testing.T) {
	for _, test := range []struct{ need, shown, end string }{
		{"gte: 2", "0 of 3 statements, 0 rows; 1 of 3 statements, 0 rows; 2 of 3 statements, 0 rows", "3 of 3 statements, 2 rows"},
		{"gte: 3", "0 of 3 statements, 0 rows; 1 of 3 statements, 0 rows", "2 of 2 statements, 0 rows"},
	} {
		text := strings.Replace(correlatedPack, "gte: 2", test.need, 1)
		staged, _, _ := stagedScan(t, text, false)
		x, c := watch(staged), packOf(text, &staged.target)
		end := x.scan(t, c, staged, pushed{rest: c.Reporting()})
		if got := strings.Join(x.shown, "; "); got != test.shown || end != test.end {
			t.Errorf("%s: shown %s; at the end %s", test.need, got, end)
		}
	}
}

// correlated is such an engine that answers statements of correlations.
type correlated struct {
	*watched
	*correlating
}

func (x *correlated) Run(ctx context.Context, q backends.Query) iter.Seq2[backends.Row, error] {
	return x.watched.Run(ctx, q)
}
func (x *correlated) Stats() backends.Stats { return backends.Stats{} }
func (x *correlated) Close() error          { return nil }

func (x *correlated) Episodes(ctx context.Context, q backends.CorrelationQuery) ([]correlate.Episode, error) {
	x.note()
	defer x.tracker.Ended()
	return x.correlating.Episodes(ctx, q)
}

// A statement that fails is made good by one of rows, which are those from 8:48 on.
func TestProgressOfStatementsOfCorrelations(t *testing.T) {
	for _, test := range []struct {
		fails      error
		shown, end string
	}{
		{nil, "0 of 2 statements, 0 rows; 1 of 2 statements, 0 rows", "2 of 2 statements, 0 rows"},
		{errors.New("too large"), "0 of 2 statements, 0 rows; 1 of 3 statements, 0 rows; 2 of 3 statements, 0 rows", "3 of 3 statements, 3 rows"},
	} {
		c, r := remoteOf(t, often, "", compiler.InOneQuery)
		x := &correlated{watch(&stagedRemote{remote: r}), &correlating{remote: r, fails: test.fails}}
		a := &app{err: &bytes.Buffer{}}
		x.bar.app = a
		p := a.push(t.Context(), c, x.correlating, x, morning, x.bar, false)
		end := x.scan(t, c, x.correlating, p)
		if got := strings.Join(x.shown, "; "); got != test.shown || end != test.end {
			t.Errorf("%v: shown %s; at the end %s", test.fails, got, end)
		}
	}
}
