package opensearch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/files"
	"github.com/sigmahunt/sigmahunt/backends/local"
	"github.com/sigmahunt/sigmahunt/backends/opensearch/nodetest"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

// sample is the trail whose findings are written down.
const sample = "../../fixtures/events/cloudtrail"

// quick waits a moment, however long it should be, and remembers that.
type quick struct {
	mu    sync.Mutex
	waits []time.Duration
}

func (q *quick) Sleep(ctx context.Context, d time.Duration) error {
	q.mu.Lock()
	q.waits = append(q.waits, d)
	q.mu.Unlock()
	return backends.WallClock{}.Sleep(ctx, 50*time.Microsecond)
}

// connect opens an executor whose waits are short.
func connect(t *testing.T, r remote) *executor {
	t.Helper()
	x, err := newExecutor(t.Context(), backends.Config{Remote: r.Remote, Settings: &r.Settings}, &quick{})
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

// indexOf makes an index by the template of CloudTrail, of some shards, and loads
// documents into it. It returns the index's name.
func indexOf(t *testing.T, s *nodetest.Server, shards int, docs [][]byte) string {
	t.Helper()
	name := fmt.Sprintf("executor-%s-%d", strings.ReplaceAll(strings.ToLower(t.Name()), "/", "-"), time.Now().UnixNano())
	body := Template(schema.LayoutsOf(Layouts, schema.CloudTrail.Name)[0])["template"].(object)
	index := body["settings"].(object)["index"].(object)
	index["number_of_replicas"], index["number_of_shards"] = 0, shards
	s.Index(t, name, body)
	ids := make([]string, len(docs))
	for i := range ids {
		ids[i] = strconv.Itoa(i)
	}
	refused, err := s.Bulk(t.Context(), name, ids, docs)
	if err != nil || len(refused) > 0 {
		t.Fatalf("loading %s: %v, %v", name, err, refused)
	}
	return name
}

// trail returns the records of the sample, one a line.
func trail(t *testing.T) [][]byte {
	t.Helper()
	var docs [][]byte
	list, _ := files.Find([]string{sample})
	worker := func() func(*record.Record, files.Position) ([]byte, bool) {
		return func(rec *record.Record, _ files.Position) ([]byte, bool) {
			return record.AppendCompact(nil, rec.Raw), true
		}
	}
	if _, err := files.Scan(t.Context(), list, files.Options{Workers: 1}, worker, func(line []byte) error {
		docs = append(docs, line)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return docs
}

// trailPlans are the plans of the shipped pack over CloudTrail, but for rules that
// report through a correlation alone.
func trailPlans(t *testing.T) []*compiler.Plan {
	t.Helper()
	pack, err := rules.Load("aws")
	if err != nil {
		t.Fatal(err)
	}
	var plans []*compiler.Plan
	for _, rule := range sigma.Join(pack).Rules {
		if p, _ := compiler.Compile(rule, schema.ForLogsource); p != nil && p.Source == schema.CloudTrail && !rule.Base {
			plans = append(plans, p)
		}
	}
	return plans
}

// everything is the batch of one plan that all records match.
func everything() compiler.Batch {
	return compiler.Batch{Source: schema.CloudTrail, Plans: []*compiler.Plan{{Source: schema.CloudTrail, Where: compiler.Const{Value: true}}}}
}

// query writes a batch for one index.
func query(t *testing.T, b backends.Backend, batch compiler.Batch, index string) backends.Query {
	t.Helper()
	q, err := b.Emit(batch, backends.Window{})
	if err != nil {
		t.Fatal(err)
	}
	q.Table = index
	return q
}

// eventID reads the identity of an event.
func eventID(t *testing.T, event []byte) string {
	t.Helper()
	var e struct {
		ID string `json:"eventID"`
	}
	if err := json.Unmarshal(event, &e); err != nil {
		t.Fatal(err)
	}
	return e.ID
}

// fused runs legal plans as one batch an engine makes of them, and returns the
// ids of the events of each rule, sorted.
func fused(t *testing.T, b backends.Backend, x backends.Executor, plans []*compiler.Plan, index string) map[string][]string {
	t.Helper()
	var legal []*compiler.Plan
	for _, p := range plans {
		l, diags := compiler.Legalize(p, b.Target())
		if l == nil {
			t.Fatal(diags.Err())
		}
		legal = append(legal, l)
	}
	found := map[string][]string{}
	for _, batch := range compiler.Fuse(legal, b.Target()) {
		for row, err := range backends.Finish(x.Run(t.Context(), query(t, b, batch, index)), batch) {
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range row.Plans {
				ref := batch.Plans[i].Rule.Ref()
				found[ref] = append(found[ref], eventID(t, row.Event))
			}
		}
	}
	for _, ids := range found {
		slices.Sort(ids)
	}
	return found
}

// TestThePackFindsTheStoryOfTheSample loads the sample and runs the pack, fused:
// the findings are those of the evaluator over the files, and the events those
// that the story of the sample lists.
func TestThePackFindsTheStoryOfTheSample(t *testing.T) {
	s := nodetest.Start(t)
	index := indexOf(t, s, 3, trail(t))
	plans := trailPlans(t)
	x := connect(t, remote{Remote: backends.Remote{Endpoint: s.URL}})
	got := fused(t, x.backend, x, plans, index)

	files := backends.Config{Paths: []string{sample}}
	evaluator, err := local.Engine.New(files)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := local.Engine.Open(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	want := fused(t, evaluator, reader, plans, "")
	if !maps.EqualFunc(got, want, slices.Equal[[]string]) {
		t.Errorf("found\n%v\nbut the evaluator found\n%v", got, want)
	}
	story, err := os.ReadFile(sample + "/EXPECTED.tsv")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]bool{}
	for line := range strings.Lines(string(story)) {
		id, _, _ := strings.Cut(line, "\t")
		told[id] = true
	}
	events := map[string]bool{}
	for _, ids := range got {
		for _, id := range ids {
			events[id] = true
		}
	}
	if !maps.Equal(events, told) {
		t.Errorf("%d events are found, and %d are in the story", len(events), len(told))
	}
	stats := x.Stats()
	if stats.Statements != 1 || stats.Bytes == 0 || stats.Lost != 0 || len(stats.Matches) == 0 || stats.Dollars != 0 {
		t.Errorf("the stats are %+v", stats)
	}
}

// numbered returns documents of a number each, whose times go round every minute,
// and which look as a program that wrote numbers otherwise would not write them.
func numbered(n int) [][]byte {
	docs := make([][]byte, n)
	for i := range docs {
		docs[i] = fmt.Appendf(nil, `{"eventID":"%d",  "n":%d.0E0,"eventTime":"2026-03-10T00:%02d:00Z","eventName":"<é\u00e9>"}`, i, i, i%60)
	}
	return docs
}

// TestManyPagesReturnEachRecordOnceInOrder reads 25 pages and a rest.
func TestManyPagesReturnEachRecordOnceInOrder(t *testing.T) {
	s := nodetest.Start(t)
	const n = 25_000
	docs := numbered(n)
	docs[7] = []byte(`{"eventID":"7"}`) // of no time: the last
	index := indexOf(t, s, 3, docs)
	x := connect(t, remote{Remote: backends.Remote{Endpoint: s.URL}})
	batch := everything()
	seen, before, last := map[string]bool{}, "", ""
	rows := int64(0)
	for row, err := range x.Run(t.Context(), query(t, x.backend, batch, index)) {
		if err != nil {
			t.Fatal(err)
		}
		last = eventID(t, row.Event)
		number, err := strconv.Atoi(last)
		if err != nil || seen[last] || !bytes.Equal(row.Event, docs[number]) {
			t.Fatalf("record %s, seen before: %v, is %s", last, seen[last], row.Event)
		}
		seen[last] = true
		rec, err := record.Parse(row.Event)
		if err != nil {
			t.Fatal(err)
		}
		at := rec.Lookup("eventTime")
		if now := at.Text(); now < before && last != "7" {
			t.Fatalf("record %s of %s comes after one of %s", last, now, before)
		} else if last != "7" {
			before = now
		}
		if row.Where.Index != rows || !slices.Equal(row.Plans, []int{0}) {
			t.Fatalf("record %d has the place %+v and the plans %v", rows, row.Where, row.Plans)
		}
		rows++
	}
	if rows != n || last != "7" {
		t.Errorf("%d rows of %d, the last of them %s", rows, n, last)
	}
	if m := x.Stats().Matches[batch.Plans[0]]; m != n {
		t.Errorf("%d matches", m)
	}
}

// Hits are reported page by page, those of a page that is requested again once.
func TestProgressIsReportedByPages(t *testing.T) {
	s := nodetest.Start(t)
	index := indexOf(t, s, 1, numbered(25))
	busy := true
	d := newDouble(t, s, func(w http.ResponseWriter, r *http.Request, answer []byte) bool {
		again := busy && r.URL.Path == "/_search"
		if again {
			busy = false
			mishaps[0].spoil(w, r, answer)
		}
		return again
	})
	var told []backends.Progress
	config := backends.Config{Remote: backends.Remote{Endpoint: d.URL}, Progress: func(p backends.Progress) { told = append(told, p) }}
	x, err := newExecutor(t.Context(), config, &quick{})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	x.size = 10
	q := query(t, x.backend, everything(), index)
	for _, err := range x.Run(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if want := []backends.Progress{{Rows: 10}, {Rows: 20}, {Rows: 25}, {Rows: 25, Statements: 1}}; busy || !slices.Equal(told, want) {
		t.Errorf("told  %+v\nwant %+v", told, want)
	}
	q.Table = index + "-absent"
	for _, err := range x.Run(t.Context(), q) {
		if err == nil {
			t.Error("an index that is not there gave records")
		}
	}
	if last := told[len(told)-1]; last != (backends.Progress{Rows: 25, Statements: 2}) {
		t.Errorf("told at last %+v", last)
	}
}

func TestRowsBeyondThoseKeptAreCounted(t *testing.T) {
	s := nodetest.Start(t)
	index := indexOf(t, s, 1, numbered(1_500))
	x := connect(t, remote{Remote: backends.Remote{Endpoint: s.URL}})
	q := query(t, x.backend, everything(), index)
	q.Keep = 3
	rows := 0
	for _, err := range x.Run(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		rows++
	}
	if m := x.Stats().Matches[q.Batch.Plans[0]]; rows != 3 || m != 1_500 {
		t.Errorf("%d rows, %d matches", rows, m)
	}
}

// TestSmallWindowsAreReadInSmallPages reads an index that returns ten records at
// most.
func TestSmallWindowsAreReadInSmallPages(t *testing.T) {
	s := nodetest.Start(t)
	index := indexOf(t, s, 1, numbered(25))
	if _, err := s.Do(t.Context(), http.MethodPut, "/"+index+"/_settings", `{"index":{"max_result_window":10}}`); err != nil {
		t.Fatal(err)
	}
	x := connect(t, remote{Remote: backends.Remote{Endpoint: s.URL}})
	if got, err := read(t.Context(), x, query(t, x.backend, everything(), index)); err != nil || len(got) != 25 {
		t.Errorf("%d records, %v", len(got), err)
	}
}

// read returns the ids of the events that a query finds, in their order.
func read(ctx context.Context, x *executor, q backends.Query) ([]string, error) {
	var ids []string
	for row, err := range x.Run(ctx, q) {
		if err != nil {
			return ids, err
		}
		var e struct {
			ID string `json:"eventID"`
		}
		if err := json.Unmarshal(row.Event, &e); err != nil {
			return ids, err
		}
		ids = append(ids, e.ID)
	}
	return ids, nil
}

func TestWhatCannotBeReadIsAnError(t *testing.T) {
	s := nodetest.Start(t)
	x := connect(t, remote{Remote: backends.Remote{Endpoint: s.URL}})
	index := indexOf(t, s, 1, numbered(1))
	closed := index + "-closed"
	s.Index(t, closed, `{}`)
	if _, err := s.Do(t.Context(), http.MethodPost, "/"+closed+"/_close", nil); err != nil {
		t.Fatal(err)
	}
	bare := index + "-bare"
	s.Index(t, bare, `{"mappings":{"_source":{"enabled":false}}}`)
	if _, err := s.Bulk(t.Context(), bare, []string{"0"}, numbered(1)); err != nil {
		t.Fatal(err)
	}
	good := query(t, x.backend, everything(), index).Text
	for _, test := range []struct{ index, text, want string }{
		{"nowhere-*", good, "no index matches nowhere-*"},
		{"nowhere", good, "no index matches nowhere"},
		{"nowhere-*,no/where", good, "nowhere"},
		{closed, good, "index_closed_exception"},
		{bare, good, "_source is off"},
		{index, `{"query":{"nonsense":{}}}`, "unknown query [nonsense]"},
		{index, `[]`, "the query is no JSON object"},
	} {
		q := backends.Query{Batch: everything(), Text: test.text, Table: test.index}
		if got, err := read(t.Context(), x, q); err == nil || len(got) > 0 || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %d rows, and %v, not %s", test.index, len(got), err, test.want)
		}
	}
}

func TestAMissingIndexIsClassified(t *testing.T) {
	s := nodetest.Start(t)
	x := connect(t, remote{Remote: backends.Remote{Endpoint: s.URL}})
	_, err := read(t.Context(), x, query(t, x.backend, everything(), "nowhere-*"))
	var f *Failure
	if !errors.As(err, &f) || f.Status != 404 || f.Type != "index_not_found_exception" || f.Reason == "" {
		t.Errorf("got %#v", err)
	}
}
