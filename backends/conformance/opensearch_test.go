package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/opensearch"
	"github.com/sigmahunt/sigmahunt/backends/opensearch/nodetest"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/fixtures"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

// onOpenSearch runs queries on a node, over one index a source that the
// program's template makes.
type onOpenSearch struct {
	server  *nodetest.Server
	backend backends.Backend
	loaded  int // records so far, which gives each an id of its own
}

// newNode is a node without an index of its own.
func newNode(t *testing.T) *onOpenSearch {
	t.Helper()
	b, err := opensearch.Engine.New(backends.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return &onOpenSearch{server: nodetest.Start(t), backend: b}
}

func newOnOpenSearch(t *testing.T) *onOpenSearch {
	t.Helper()
	e := newNode(t)
	for _, name := range schema.Names() {
		source := schema.ByName(name)
		e.server.Index(t, e.index(source), indexBody(source))
	}
	return e
}

// indexBody is what the program's template puts into an index of a source, for
// a node alone that need not outlive a crash.
func indexBody(s *schema.Source) map[string]any {
	body := opensearch.Template(schema.LayoutsOf(opensearch.Layouts, s.Name)[0])["template"].(map[string]any)
	index := body["settings"].(map[string]any)["index"].(map[string]any)
	index["number_of_replicas"], index["translog.durability"] = 0, "async"
	return body
}

func (e *onOpenSearch) index(s *schema.Source) string {
	return fmt.Sprintf("%s-conformance-%d", s.Name, os.Getpid())
}

func (e *onOpenSearch) Name() string { return "opensearch" }

func (e *onOpenSearch) Target() *compiler.Target { return e.backend.Target() }

// add indexes records. It gives their ids, and why the index refuses some.
func (e *onOpenSearch) add(ctx context.Context, source *schema.Source, events [][]byte) ([]string, []nodetest.Refusal, error) {
	ids := make([]string, len(events))
	for i := range ids {
		ids[i] = strconv.Itoa(e.loaded)
		e.loaded++
	}
	refused, err := e.server.Bulk(ctx, e.index(source), ids, events)
	return ids, refused, err
}

// load indexes records, none of which may be refused, and gives their ids.
func (e *onOpenSearch) load(ctx context.Context, source *schema.Source, events [][]byte) ([]string, error) {
	ids, refused, err := e.add(ctx, source, events)
	if err == nil && len(refused) > 0 {
		err = fmt.Errorf("the index refuses records: %v", refused)
	}
	return ids, err
}

// found returns those records among the given ones that a plan's query finds.
func (e *onOpenSearch) found(ctx context.Context, plan *compiler.Plan, among []string) (map[string]bool, error) {
	query, err := e.backend.Emit(compiler.Batch{Source: plan.Source, Plans: []*compiler.Plan{plan}}, backends.Window{})
	if err != nil {
		return nil, err
	}
	matched, err := e.ids(ctx, query, among)
	if err != nil {
		return nil, fmt.Errorf("%w in\n%s", err, query.Text)
	}
	return matched, nil
}

// ids returns those records among the given ones that a query finds.
func (e *onOpenSearch) ids(ctx context.Context, query backends.Query, among []string) (map[string]bool, error) {
	return e.among(ctx, e.index(query.Batch.Source), query, among)
}

func (e *onOpenSearch) among(ctx context.Context, indexes string, query backends.Query, among []string) (map[string]bool, error) {
	clause, err := keptTo(query, among)
	if err != nil {
		return nil, err
	}
	found, err := e.server.IDs(ctx, indexes, clause)
	matched := map[string]bool{}
	for _, id := range found {
		matched[id] = true
	}
	return matched, err
}

// keptTo is a query's clause that finds none but the given records.
func keptTo(query backends.Query, among []string) (clause map[string]any, err error) {
	var body struct{ Query json.RawMessage }
	err = json.Unmarshal([]byte(query.Text), &body)
	return map[string]any{"bool": map[string]any{
		"filter": []any{map[string]any{"ids": map[string]any{"values": among}}, body.Query},
	}}, err
}

func (e *onOpenSearch) Match(ctx context.Context, plan *compiler.Plan, file string) ([]backends.Row, int64, error) {
	events, err := readEach(file, plan.Source.Name)
	if err != nil {
		return nil, 0, err
	}
	ids, err := e.load(ctx, plan.Source, events)
	if err != nil {
		return nil, 0, err
	}
	matched, err := e.found(ctx, plan, ids)
	if err != nil {
		return nil, 0, err
	}
	return finished(compiler.Batch{Source: plan.Source, Plans: []*compiler.Plan{plan}}, events, func(i int) bool { return matched[ids[i]] })
}

func TestOpenSearchReturnsTheExpectedEvents(t *testing.T) {
	cases, err := Load(fixtures.Conformance, "conformance")
	if err != nil {
		t.Fatal(err)
	}
	gaps, err := ReadGaps("testdata/gaps/opensearch.txt")
	if err != nil {
		t.Fatal(err)
	}
	Run(t, newOnOpenSearch(t), cases, gaps)
}

func TestOpenSearchAgreesWithThePacksTests(t *testing.T) {
	e := newOnOpenSearch(t)
	for _, pack := range rules.Names() {
		cases, err := PackCases(rules.Files(), pack)
		if err != nil {
			t.Fatal(err)
		}
		Run(t, e, cases, nil)
	}
}

// TestAWindowBoundsASearch holds the bounds of a window against the clock.
func TestAWindowBoundsASearch(t *testing.T) {
	e := newOnOpenSearch(t)
	start := time.Date(2026, time.March, 10, 0, 0, 0, 0, time.UTC)
	day := backends.Window{Start: start, End: start.AddDate(0, 0, 1)}
	for source, events := range map[*schema.Source]map[string]bool{
		schema.CloudTrail: {
			`{"eventTime":"2026-03-09T23:59:59Z"}`: false, `{"eventTime":"2026-03-10T00:00:00Z"}`: true,
			`{"eventTime":"2026-03-10T23:59:59Z"}`: true, `{"eventTime":"2026-03-11T00:00:00Z"}`: false, `{}`: false,
			`{"eventTime":"yesterday"}`: false, `{"eventTime":null}`: false,
		},
		schema.VPCFlow: {`{"start":1773100799}`: false, `{"start":1773100800}`: true, `{"start":1773187199}`: true, `{"start":1773187200}`: false},
	} {
		var docs [][]byte
		for text := range events {
			docs = append(docs, []byte(text))
		}
		ids, err := e.load(t.Context(), source, docs)
		if err != nil {
			t.Fatal(err)
		}
		query, err := e.backend.Emit(compiler.Batch{Source: source, Plans: []*compiler.Plan{{Source: source, Where: compiler.Const{Value: true}}}}, day)
		if err != nil {
			t.Fatal(err)
		}
		matched, err := e.ids(t.Context(), query, ids)
		if err != nil {
			t.Fatal(err)
		}
		for i, id := range ids {
			if matched[id] != events[string(docs[i])] {
				t.Errorf("%s: %s: found %v", source.Name, docs[i], matched[id])
			}
		}
	}
}
