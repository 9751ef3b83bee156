package athena

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends/athena/athenatest"
	"github.com/sigmahunt/sigmahunt/backends/athena/trinotest"
)

// numbered gives as many rows as the statement's number says, up to 30.
func numbered(_ trinotest.Session, sql string) ([][]any, trinotest.Stats, error) {
	n, err := strconv.Atoi(strings.TrimPrefix(sql, "SELECT "))
	var rows [][]any
	for i := range n % 30 {
		rows = append(rows, []any{hostile[(n+i)%len(hostile)], i})
	}
	return rows, trinotest.Stats{PhysicalInputBytes: 1}, err
}

func wanted(n int) []string {
	var out []string
	for i := range n % 30 {
		out = append(out, fmt.Sprintf("%s|%d", hostile[(n+i)%len(hostile)], i))
	}
	return out
}

// check runs statement n. A failure must be one that the faults explain.
func check(ctx context.Context, s *session, n int, mayFail bool) error {
	got, err := collect(ctx, s, fmt.Sprintf("SELECT %d", n))
	var failure *Failure
	switch {
	case errors.As(err, &failure):
		if !mayFail || len(got) > 0 || failure.State != "FAILED" || failure.Retryable != (failure.Kind == otherFailure) {
			return fmt.Errorf("%d: %d rows and a failure that is %s: %w", n, len(got), failure.Kind, failure)
		}
	case err != nil:
		return fmt.Errorf("%d: %w", n, err)
	case !slices.Equal(got, wanted(n)):
		return fmt.Errorf("%d: got %q", n, got)
	}
	return nil
}

// together runs n checks, some at a time.
func together(n int, one func(i int)) {
	var group sync.WaitGroup
	for w := range 8 {
		group.Go(func() {
			for i := w; i < n; i += 8 {
				one(i)
			}
		})
	}
	group.Wait()
}

func TestEachFaultAlone(t *testing.T) {
	for name, f := range map[string]athenatest.Faults{
		"throttle":       {Throttle: 0.5},
		"queued back":    {QueueBack: 1},
		"fail retryable": {FailRetryable: 0.3},
		"fail for good":  {FailForGood: 0.5},
		"slow pages":     {SlowPages: 1},
		"cuts":           {CutConnection: 0.15},
	} {
		t.Run(name, func(t *testing.T) {
			server, s := serve(t, athenatest.Options{Trino: fake(numbered), Faults: f, Page: 12, Seed: 3}, Options{})
			together(40, func(i int) {
				if err := check(t.Context(), s, i, f.FailRetryable+f.FailForGood > 0); err != nil {
					t.Error(err)
				}
			})
			if server.Running() != 0 {
				t.Errorf("%d queries are left running", server.Running())
			}
			if f.FailRetryable == 0 && server.Started() != 40 {
				t.Errorf("%d queries for 40 statements, in %d requests", server.Started(), server.Calls("StartQueryExecution"))
			}
		})
	}
}

func TestAThousandQueriesWithAllFaults(t *testing.T) {
	faults := athenatest.Faults{Throttle: 0.1, QueueBack: 0.2, FailRetryable: 0.1, FailForGood: 0.03, SlowPages: 0.05, CutConnection: 0.05}
	server, s := serve(t, athenatest.Options{Trino: fake(numbered), Faults: faults, Page: 12, Seed: 11}, Options{})
	together(1000, func(i int) {
		if err := check(t.Context(), s, i, true); err != nil {
			t.Error(err)
		}
	})
	if server.Running() != 0 {
		t.Errorf("%d queries are left running", server.Running())
	}
	if c := s.cost(); c.Statements != server.Started() {
		t.Errorf("%d queries were started, %d accounted for", server.Started(), c.Statements)
	}
}

func TestARetryableFailureIsTriedThreeTimes(t *testing.T) {
	server, s := serve(t, athenatest.Options{Trino: giving(nil), Faults: athenatest.Faults{FailRetryable: 1}}, Options{})
	_, err := collect(t.Context(), s, "SELECT 1")
	var failure *Failure
	if !errors.As(err, &failure) || !failure.Retryable || server.Started() != maxAttempts {
		t.Errorf("got %v after %d queries", err, server.Started())
	}
}

func TestThrottlingWaitsUntilTheEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	clock := &quick{last: 5 * maxCuts, end: cancel}
	server, s := serve(t, athenatest.Options{Trino: giving(nil), Faults: athenatest.Faults{Throttle: 1}}, Options{Clock: clock})
	if _, err := collect(ctx, s, "SELECT 1"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if len(clock.waits) != clock.last || slices.Max(clock.waits) > backoffLast || slices.Max(clock.waits[:3]) > 4*backoffFirst || server.Started() != 0 {
		t.Errorf("%d queries; waits %v", server.Started(), clock.waits)
	}
}

func TestAQueryIsLookedAtLessAndLess(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	want := []time.Duration{100, 200, 400, 800, 1600, 3200, 5000, 5000}
	clock := &quick{last: len(want), end: cancel}
	_, s := serve(t, athenatest.Options{Trino: fake(nil)}, Options{Clock: clock})
	if _, err := collect(ctx, s, "SELECT 1"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	for i, longest := range want {
		longest *= time.Millisecond
		if clock.waits[i] < longest/2 || clock.waits[i] >= longest {
			t.Errorf("wait %d: %s, not up to %s", i, clock.waits[i], longest)
		}
	}
}

func TestTheEndOfTheContextEndsTheRows(t *testing.T) {
	_, s := serve(t, athenatest.Options{Trino: fake(numbered), Page: 2}, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	for _, err := range s.rows(ctx, "SELECT 9", columns) {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			continue
		}
		n++
		cancel()
	}
	if n != 1 {
		t.Errorf("got %d rows", n)
	}
}

func TestTheEndOfTheContextStopsTheQuery(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	server, s := serve(t, athenatest.Options{Trino: fake(nil)}, Options{Clock: &quick{last: 3, end: cancel}})
	_, err := collect(ctx, s, "SELECT 1")
	if !errors.Is(err, context.Canceled) || server.Started() != 1 || server.Running() != 0 {
		t.Errorf("got %v; %d started, %d running", err, server.Started(), server.Running())
	}
	if c := s.cost(); c.Statements != 1 || c.Billed != minimumBilled {
		t.Errorf("a stopped query is billed: %+v", c)
	}
}

// TestNothingIsLeftRunning ends contexts at any moment, also amid a start whose
// answer is lost.
func TestNothingIsLeftRunning(t *testing.T) {
	server, s := serve(t, athenatest.Options{Trino: fake(nil), Faults: athenatest.Faults{CutConnection: 0.2, Throttle: 0.1}, Seed: 5}, Options{})
	together(300, func(i int) {
		ctx, cancel := context.WithTimeout(t.Context(), rand.N(10*time.Millisecond))
		defer cancel()
		if _, err := collect(ctx, s, fmt.Sprintf("SELECT %d", i)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%d: got %v", i, err)
		}
	})
	if server.Started() == 0 || server.Running() != 0 {
		t.Errorf("%d started, %d left running", server.Started(), server.Running())
	}
}

func TestARunThatIsStartedAgainFindsItsQueries(t *testing.T) {
	server, s := serve(t, athenatest.Options{Trino: fake(numbered)}, Options{Run: "noon"})
	must(t, s, "SELECT 3")
	must(t, connect(t, server.URL, Options{Run: "noon"}), "SELECT 3")
	if server.Started() != 1 {
		t.Errorf("%d queries for one run", server.Started())
	}
	for _, o := range []Options{{Run: "midnight"}, {}, {Run: "noon", Settings: Settings{Database: "d"}}, {Run: "noon", Settings: Settings{Reuse: time.Hour}}} {
		before := server.Started()
		must(t, connect(t, server.URL, o), "SELECT 3")
		if server.Started() != before+1 {
			t.Errorf("%+v found another run's query", o)
		}
	}
	before := server.Started()
	must(t, s, "SELECT 3")
	if server.Started() != before+1 {
		t.Error("a second statement of the same text gave the first one's query")
	}
}

func TestARunThatWasStoppedStartsItsQueriesAnew(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	once := make(chan struct{}, 1)
	hangsOnce := runner(func(running context.Context) {
		select {
		case once <- struct{}{}:
			cancel()
			<-running.Done()
		default:
		}
	})
	server, s := serve(t, athenatest.Options{Trino: hangsOnce}, Options{Run: "noon"})
	if _, err := collect(ctx, s, "SELECT 2"); err == nil {
		t.Fatal("the query did not hang")
	}
	if got := must(t, connect(t, server.URL, Options{Run: "noon"}), "SELECT 2"); !slices.Equal(got, wanted(2)) {
		t.Errorf("got %q", got)
	}
}

// runner is numbered, after a wait.
type runner func(ctx context.Context)

func (r runner) Stream(ctx context.Context, in trinotest.Session, sql string, page func([]trinotest.Column, [][]any) error) (trinotest.Stats, error) {
	r(ctx)
	return fake(numbered).Stream(ctx, in, sql, page)
}
