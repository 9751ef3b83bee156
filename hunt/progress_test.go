package hunt

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
)

// watched is a remote engine that tells its progress, and notes what is shown of it
// before each statement.
type watched struct {
	*stagedRemote
	tracker *backends.Tracker
	now     backends.Progress
	total   int64 // statements in all, as far as is known
	shown   []string
}

func watch(r *stagedRemote) *watched {
	x := &watched{stagedRemote: r}
	x.tracker = backends.NewTracker(func(now backends.Progress) { x.now = now })
	return x
}

func (x *watched) text() string {
	return fmt.Sprintf("%d of %d statements, %d rows", x.now.Statements, max(x.total, x.now.Statements), x.now.Rows)
}

func (x *watched) note() { x.shown = append(x.shown, x.text()) }

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

func (x *watched) RunsCorrelations() backends.CorrelationRunner {
	return backends.CorrelationRunner{Count: x.count}
}

func (x *watched) count(ctx context.Context, q backends.CountQuery) iter.Seq2[compiler.Count, error] {
	x.note()
	defer x.tracker.Ended()
	return x.stagedRemote.count(ctx, q)
}

// scan scans the morning, and returns the progress at the end.
func (x *watched) scan(t *testing.T, c *compiler.Program, b backends.Backend, e backends.Executor) string {
	t.Helper()
	options := Options{Left: func(n int) { x.total = x.now.Statements + int64(n) }}
	if _, err := Run(t.Context(), c, Session{Backend: b, Executor: e}, morning, options); err != nil {
		t.Fatal(err)
	}
	return x.text()
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
		end := x.scan(t, c, staged, x)
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

func (x *correlated) RunsCorrelations() backends.CorrelationRunner {
	return backends.CorrelationRunner{Episodes: x.episodes}
}

func (x *correlated) episodes(ctx context.Context, q backends.CorrelationQuery) ([]correlate.Episode, error) {
	x.note()
	defer x.tracker.Ended()
	return x.correlating.episodes(ctx, q)
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
		end := x.scan(t, c, x.correlating, x)
		if got := strings.Join(x.shown, "; "); got != test.shown || end != test.end {
			t.Errorf("%v: shown %s; at the end %s", test.fails, got, end)
		}
	}
}
