package conformance

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/athena"
	"github.com/sigmahunt/sigmahunt/backends/athena/athenatest"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

const (
	faultyQueries = 1000
	faultyWorkers = 80 // most of them wait
	cutShare      = 10 // of a hundred queries, that nobody waits for
)

// asked is a plan and the eventIDs of what it must give.
type asked struct {
	plan *compiler.Plan
	want []string
}

// questions are plans that give from none to all of a dozen events.
func questions(t *testing.T, records []*record.Record) []asked {
	t.Helper()
	field, _, _ := schema.CloudTrail.Resolve("requestParameters.name")
	var list []asked
	for i := range 13 {
		values := []string{"none"}
		for j := range i {
			values = append(values, fmt.Sprintf("it's %d", j))
		}
		slices.Sort(values)
		plan := planOf(schema.CloudTrail, compiler.In{Field: field, Values: values})
		q := asked{plan: plan}
		var event eval.Event
		matcher := eval.Compile(plan)
		for _, rec := range records {
			if event.Reset(plan.Source, rec); matcher.Match(&event) {
				v := rec.Lookup("eventID")
				q.want = append(q.want, v.Text())
			}
		}
		list = append(list, q)
	}
	return list
}

// verdict is how a query ended.
type verdict int

const (
	answered verdict = iota
	failed
	cancelledByUs
	verdicts
)

// ask runs one query and reports how it ended; an error is one that is neither
// its rows nor a failure that says what it is.
func (q asked) ask(ctx context.Context, config backends.Config) (verdict, error) {
	b, err := athena.Engine.New(config)
	if err != nil {
		return 0, err
	}
	x, err := athena.Engine.Open(context.WithoutCancel(ctx), config) // credentials are had whole
	if err != nil {
		return 0, err
	}
	defer x.Close()
	query, err := b.Emit(compiler.Batch{Source: q.plan.Source, Plans: []*compiler.Plan{q.plan}}, backends.Window{})
	if err != nil {
		return 0, err
	}
	var got []string
	for row, err := range x.Run(ctx, query) {
		if err != nil {
			return q.ended(ctx, got, err)
		}
		rec, err := record.Parse(row.Event)
		if err != nil {
			return 0, err
		}
		v := rec.Lookup("eventID")
		got = append(got, v.Text())
	}
	slices.Sort(got)
	if !slices.Equal(got, q.want) {
		return 0, fmt.Errorf("got %q, want %q", got, q.want)
	}
	return answered, nil
}

// ended judges an error of Run. The faults are of two kinds, and what Athena
// fails has given no rows.
func (q asked) ended(ctx context.Context, got []string, err error) (verdict, error) {
	var f *athena.Failure
	switch {
	case ctx.Err() != nil && errors.Is(err, context.DeadlineExceeded):
		return cancelledByUs, nil
	case !errors.As(err, &f):
		return 0, fmt.Errorf("not a failure that says what it is: %w", err)
	case len(got) > 0:
		return 0, fmt.Errorf("%d rows, then %w", len(got), err)
	}
	want := "wrong statement"
	if f.Retryable {
		want = "other"
	}
	if f.State != "FAILED" || f.ID == "" || f.Kind.String() != want {
		return 0, fmt.Errorf("%s, which is taken for %s: %w", f.State, f.Kind, err)
	}
	return failed, nil
}

func TestAThousandQueriesOfFaultsOnTrino(t *testing.T) {
	s := newShelf(t, "faults")
	var lines [][]byte
	for i := range 12 {
		lines = append(lines, fmt.Appendf(nil, `{"eventID":"%02d","eventName":"PutParameter","requestParameters":{"name":"it's %d"}}`, i, i))
	}
	h, err := s.hold(t.Context(), newEvents(t, schema.CloudTrail, lines).records)
	if err != nil {
		t.Fatal(err)
	}
	credentials(t)
	server := athenatest.Start(t, athenatest.Options{
		Trino: athenatest.On(s.server), Page: 5, Seed: *seed,
		Faults: athenatest.Faults{Throttle: 0.1, QueueBack: 0.2, FailRetryable: 0.1, FailForGood: 0.03, SlowPages: 0.05, CutConnection: 0.05},
	})
	config := backends.Config{
		Layouts:  map[string]string{"cloudtrail": s.layout.Name + ":" + h.table},
		Remote:   backends.Remote{Region: "us-east-1", Endpoint: server.URL},
		Settings: &athena.Settings{Database: s.in.Schema},
	}
	list := questions(t, h.records)
	var mu sync.Mutex
	var ends [verdicts]int
	one := func(i int, random *rand.Rand) {
		ctx := t.Context()
		if random.IntN(100) < cutShare {
			short, stop := context.WithTimeout(ctx, time.Duration(random.IntN(400))*time.Millisecond)
			defer stop()
			ctx = short
		}
		end, err := list[i%len(list)].ask(ctx, config)
		if err != nil {
			t.Errorf("query %d: %v", i, err)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		ends[end]++
	}
	var group sync.WaitGroup
	for w := range faultyWorkers {
		group.Go(func() {
			random := rand.New(rand.NewPCG(*seed, uint64(w)))
			for i := w; i < faultyQueries; i += faultyWorkers {
				one(i, random)
			}
		})
	}
	group.Wait()
	if n := server.Running(); n != 0 {
		t.Errorf("%d queries are left running", n)
	}
	nothingRuns(t, s)
	t.Logf("%d queries for %d statements: %d gave their rows, %d failed as what they are, %d were stopped",
		server.Started(), faultyQueries, ends[answered], ends[failed], ends[cancelledByUs])
	if slices.Contains(ends[:], 0) {
		t.Error("one of the ends was never reached")
	}
}

// nothingRuns waits until Trino runs no statement of the questions; it ends those
// that are cancelled a moment after the request.
func nothingRuns(t *testing.T, s *shelf) {
	t.Helper()
	const sql = `SELECT count(*) FROM system.runtime.queries
		WHERE state NOT IN ('FINISHED', 'FAILED') AND query LIKE '%it''''s%' AND query NOT LIKE '%system.runtime%'`
	for range 300 {
		answer, err := s.server.Query(t.Context(), s.in, sql)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(answer.Rows[0][0]) == "0" {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Error("Trino still runs statements")
}
