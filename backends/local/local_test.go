package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// equal gives the plan that wants a field of a source to be a text.
func equal(t *testing.T, source, field, value string) *compiler.Plan {
	t.Helper()
	s := schema.ByName(source)
	path, _, ok := s.Resolve(field)
	if !ok {
		t.Fatalf("%s has no field %s", source, field)
	}
	return &compiler.Plan{Source: s, Where: compiler.In{Field: path, Values: []string{value}}}
}

// folder writes files of these contents and gives their folder.
func folder(t *testing.T, contents map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range contents {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func opened(t *testing.T, c backends.Config) backends.Executor {
	t.Helper()
	x, err := Engine.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

func query(t *testing.T, keep int, plans ...*compiler.Plan) backends.Query {
	t.Helper()
	b, err := Engine.New(backends.Config{})
	if err != nil {
		t.Fatal(err)
	}
	q, err := b.Emit(compiler.Batch{Plans: plans}, backends.Window{})
	if err != nil {
		t.Fatal(err)
	}
	q.Keep = keep
	return q
}

// run gives the rows of a query, each as file:record [plans].
func run(t *testing.T, x backends.Executor, q backends.Query) []string {
	t.Helper()
	var got []string
	for row, err := range x.Run(context.Background(), q) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s:%d %v", filepath.Base(row.Where.File), row.Where.Index, row.Plans))
	}
	return got
}

// trail writes CloudTrail events of these names, one a line.
func trail(names ...string) string {
	var b strings.Builder
	for i, n := range names {
		fmt.Fprintf(&b, `{"eventVersion":"1.08","eventSource":"iam.amazonaws.com","eventName":%q,"eventID":"e%d"}`+"\n", n, i)
	}
	return b.String()
}

func TestKeepBoundsRowsOfOnePlanFromOneFileAndMatchesCountAll(t *testing.T) {
	dir := folder(t, map[string]string{
		"a.jsonl": trail("A", "B", "A", "A", "A", "B"),
		"b.jsonl": trail("B", "A", "A", "A"),
		"c.jsonl": trail("C"),
	})
	a, b, none := equal(t, "cloudtrail", "eventName", "A"), equal(t, "cloudtrail", "eventName", "B"), equal(t, "cloudtrail", "eventName", "Z")
	for keep, want := range map[int][]string{
		0: {"a.jsonl:0 [0]", "a.jsonl:1 [1]", "a.jsonl:2 [0]", "a.jsonl:3 [0]", "a.jsonl:4 [0]", "a.jsonl:5 [1]", "b.jsonl:0 [1]", "b.jsonl:1 [0]", "b.jsonl:2 [0]", "b.jsonl:3 [0]"},
		1: {"a.jsonl:0 [0]", "a.jsonl:1 [1]", "b.jsonl:0 [1]", "b.jsonl:1 [0]"},
		2: {"a.jsonl:0 [0]", "a.jsonl:1 [1]", "a.jsonl:2 [0]", "a.jsonl:5 [1]", "b.jsonl:0 [1]", "b.jsonl:1 [0]", "b.jsonl:2 [0]"},
	} {
		for _, workers := range []int{1, 3} {
			x := opened(t, backends.Config{Paths: []string{dir}, Workers: workers})
			if got := run(t, x, query(t, keep, a, b, none)); !slices.Equal(got, want) {
				t.Errorf("keep %d, %d workers: %q, want %q", keep, workers, got, want)
			}
			s := x.Stats()
			if s.Matches[a] != 7 || s.Matches[b] != 3 || s.Matches[none] != 0 || s.Files != 3 || s.Events != 11 {
				t.Errorf("keep %d, %d workers: matches %d %d %d of %d events in %d files",
					keep, workers, s.Matches[a], s.Matches[b], s.Matches[none], s.Events, s.Files)
			}
		}
	}
}

func TestRowsCarryEveryPlanAndTheEventAsStored(t *testing.T) {
	const text = `{ "eventName" : "A",  "eventSource":"iam.amazonaws.com","eventVersion":"1.08","awsRegion":"us-east-1" }`
	x := opened(t, backends.Config{Paths: []string{folder(t, map[string]string{"a.jsonl": text + "\n"})}})
	q := query(t, 0, equal(t, "cloudtrail", "awsRegion", "us-east-1"), equal(t, "cloudtrail", "eventName", "B"), equal(t, "cloudtrail", "eventName", "A"))
	n := 0
	for row, err := range x.Run(context.Background(), q) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; !slices.Equal(row.Plans, []int{0, 2}) || string(row.Event) != text {
			t.Errorf("plans %v, event %s", row.Plans, row.Event)
		}
	}
	if n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}

func TestRowsComeByFileAndRecordWhateverTheWorkers(t *testing.T) {
	contents := map[string]string{}
	for i := range 40 {
		names := make([]string, 1+(40-i)*30) // the first files take longest
		for j := range names {
			names[j] = "A"
			if j%3 == 1 {
				names[j] = "B"
			}
		}
		contents[fmt.Sprintf("f%02d.jsonl", i)] = trail(names...)
	}
	dir := folder(t, contents)
	var want []string
	for _, workers := range []int{1, 2, 16} {
		x := opened(t, backends.Config{Paths: []string{dir}, Workers: workers})
		last, n := backends.Origin{Index: -1}, 0
		var got []string
		for row, err := range x.Run(context.Background(), query(t, 0, equal(t, "cloudtrail", "eventName", "B"))) {
			if err != nil {
				t.Fatal(err)
			}
			if w := row.Where; w.Number < last.Number || w.Number == last.Number && w.Index <= last.Index {
				t.Fatalf("%d workers: %+v comes after %+v", workers, w, last)
			}
			last = row.Where
			n++
			got = append(got, fmt.Sprint(row.Where))
		}
		if want == nil {
			want = got
		}
		if n < 5000 || !slices.Equal(got, want) {
			t.Errorf("%d workers: %d rows, not those of one worker", workers, n)
		}
	}
}

// mixed is one event of each source, all with account 1, and one of no source.
var mixed = map[string]string{
	"1.jsonl": `{"eventVersion":"1.08","eventSource":"iam.amazonaws.com","eventName":"A","eventID":"e","awsRegion":"r"}` + "\n",
	"2.jsonl": `{"schemaVersion":"2.0","id":"g","accountId":"1","region":"r","type":"Recon:EC2/Portscan","service":{"count":1},"severity":2,"resource":{}}` + "\n",
	"3.txt":   "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n2 1 eni-1 10.0.0.1 10.0.0.2 1 2 6 1 1 1773129600 1773129660 ACCEPT OK\n",
	"4.jsonl": `{"what":"is this","region":"r","accountId":"1"}` + "\n",
}

func TestSourcesAreKeptApart(t *testing.T) {
	x := opened(t, backends.Config{Paths: []string{folder(t, mixed)}})
	every := func(source string) *compiler.Plan {
		return &compiler.Plan{Source: schema.ByName(source), Where: compiler.Const{Value: true}}
	}
	got := run(t, x, query(t, 0, every("vpcflow"), every("cloudtrail"), every("guardduty"), every("cloudtrail")))
	if want := []string{"1.jsonl:0 [1 3]", "2.jsonl:0 [2]", "3.txt:0 [0]"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if s := x.Stats(); s.Unknown != 1 || s.Events != 4 {
		t.Errorf("%d of %d events are of no source, want 1 of 4", s.Unknown, s.Events)
	}
}

func TestAForcedSourceHoldsForEveryRecord(t *testing.T) {
	x := opened(t, backends.Config{Paths: []string{folder(t, mixed)}, Source: "guardduty"})
	got := run(t, x, query(t, 0, equal(t, "guardduty", "accountId", "1"), equal(t, "cloudtrail", "eventName", "A")))
	if want := []string{"2.jsonl:0 [0]", "4.jsonl:0 [0]"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if n := x.Stats().Unknown; n != 0 {
		t.Errorf("%d events of no source though one is forced", n)
	}
}

func TestStdinIsRead(t *testing.T) {
	x := opened(t, backends.Config{Paths: []string{"-"}, Stdin: strings.NewReader(trail("A", "B", "A"))})
	if got := run(t, x, query(t, 0, equal(t, "cloudtrail", "eventName", "A"))); len(got) != 2 {
		t.Errorf("%q, want 2 rows", got)
	}
}

func TestStatsAddUpOverRuns(t *testing.T) {
	x := opened(t, backends.Config{Paths: []string{folder(t, map[string]string{"a.jsonl": trail("A", "B", "A")})}})
	a, b := equal(t, "cloudtrail", "eventName", "A"), equal(t, "cloudtrail", "eventName", "B")
	run(t, x, query(t, 0, a))
	first := x.Stats()
	run(t, x, query(t, 0, b, a))
	s := x.Stats()
	if s.Matches[a] != 4 || s.Matches[b] != 1 || s.Events != 6 {
		t.Errorf("after two runs: %d and %d matches of %d events, want 4 and 1 of 6", s.Matches[a], s.Matches[b], s.Events)
	}
	if len(first.Matches) != 1 || first.Matches[a] != 2 {
		t.Errorf("stats that were given away changed: %v", first.Matches)
	}
}

func TestWhatCannotBeReadIsAProblemNotAnError(t *testing.T) {
	dir := folder(t, map[string]string{"a.jsonl": trail("A") + "{\"eventName\":\n" + trail("A")})
	x := opened(t, backends.Config{Paths: []string{dir, filepath.Join(dir, "missing")}})
	if got := run(t, x, query(t, 0, equal(t, "cloudtrail", "eventName", "A"))); len(got) != 2 {
		t.Errorf("%q, want the rows around the broken one", got)
	}
	if s := x.Stats(); s.Lost != 2 || len(s.Problems) != 2 {
		t.Errorf("%d problems: %+v", s.Lost, s.Problems)
	}
}

func TestStoppingEarlyLeaksNothing(t *testing.T) {
	names := make([]string, 3000)
	for i := range names {
		names[i] = "A"
	}
	contents := map[string]string{}
	for i := range 12 {
		contents[fmt.Sprintf("f%02d.jsonl", i)] = trail(names...)
	}
	dir := folder(t, contents)
	before := runtime.NumGoroutine()
	for _, after := range []int{1, 300, 4000} {
		x := opened(t, backends.Config{Paths: []string{dir}, Workers: 4})
		n := 0
		for _, err := range x.Run(context.Background(), query(t, 0, equal(t, "cloudtrail", "eventName", "A"))) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n == after {
				break
			}
		}
		if got := x.Stats().Events; got < int64(n-1)/3000*3000 || got > 36000 {
			t.Errorf("stopped after %d rows: %d events", n, got)
		}
	}
	for deadline := time.Now().Add(30 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

func TestACancelledRunEndsWithItsReason(t *testing.T) {
	x := opened(t, backends.Config{Paths: []string{folder(t, map[string]string{"a.jsonl": trail("A", "A", "A")})}})
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(reason)
	var last error
	for _, err := range x.Run(ctx, query(t, 0, equal(t, "cloudtrail", "eventName", "A"))) {
		last = err
	}
	if !errors.Is(last, reason) {
		t.Errorf("error %v, want %v", last, reason)
	}
}
