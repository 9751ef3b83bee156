package conformance

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/opensearch"
	"github.com/sigmahunt/sigmahunt/backends/opensearch/nodetest"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/fixtures/gen/trail"
)

// indexWriters is how many requests the node indexes at once.
const indexWriters = 2

// BenchmarkOpenSearchFusion runs the public rules, or the shipped pack where they
// are not there, one by one and fused into the fewest searches, on an OpenSearch
// over generated events. It reports what fused costs over one rule (the mean, the
// median and the dearest of them) and over all of them: of searches that count, of
// the first page of records, as a reader of all pages asks for it, and of scans,
// which read all pages.
func BenchmarkOpenSearchFusion(b *testing.B) {
	s := &searched{server: nodetest.Start(b), index: fmt.Sprintf("%s-fusion-%d", schema.CloudTrail.Name, os.Getpid())}
	s.load(b, *benchEvents)
	s.measureFusion(b)
}

// config is that of a scan of the index.
func (s *searched) config() backends.Config {
	layout := schema.LayoutsOf(opensearch.Layouts, schema.CloudTrail.Name)[0].Name
	return backends.Config{
		Layouts: map[string]string{schema.CloudTrail.Name: layout + ":" + s.index},
		Remote:  backends.Remote{Endpoint: s.server.URL},
	}
}

func (s *searched) measureFusion(b *testing.B) {
	b.Helper()
	backend, err := opensearch.Engine.New(s.config())
	if err != nil {
		b.Fatal(err)
	}
	plans := trailPlans(b, backend.Target())
	for _, p := range plans {
		s.rules = append(s.rules, emitted(b, backend, p.Rule.Title, []*compiler.Plan{p}))
	}
	s.fused = emitted(b, backend, "all rules", plans)
	s.holdUnion(b)
	for _, kind := range []searchKind{counting, firstPage, scanning} {
		b.Run(kind.name, func(b *testing.B) { s.measure(b, kind) })
	}
}

// emitted makes the fewest searches for plans.
func emitted(b *testing.B, backend backends.Backend, title string, plans []*compiler.Plan) *question {
	b.Helper()
	of := &question{title: title}
	for _, batch := range compiler.Fuse(plans, backend.Target()) {
		q, err := backend.Emit(batch, backends.Window{})
		if err != nil {
			b.Fatal(err)
		}
		var body struct{ Query json.RawMessage }
		if err := json.Unmarshal([]byte(q.Text), &body); err != nil {
			b.Fatal(err)
		}
		of.searches, of.queries = append(of.searches, q), append(of.queries, body.Query)
	}
	return of
}

// searchKind is a way to ask, and how often each question is measured in it, after
// as many rounds that are not.
type searchKind struct {
	name           string
	rounds, before int
	ask            func(*searched, *testing.B, *question) (wait, took time.Duration)
}

var (
	counting  = searchKind{"count", 5, 1, asking("size=0&track_total_hits=true")}
	firstPage = searchKind{"page", 5, 1, asking("size=1000&track_total_hits=false&sort=" + schema.CloudTrail.Time + ".time:asc")}
	scanning  = searchKind{"scan", 1, 0, (*searched).scan}
)

// asking asks each query in one request, with parameters of _search.
func asking(params string) func(*searched, *testing.B, *question) (wait, took time.Duration) {
	return func(s *searched, b *testing.B, q *question) (wait, took time.Duration) {
		for _, query := range q.queries {
			_, waited, worked := s.search(b, query, params)
			wait, took = wait+waited, took+worked
		}
		return wait, took
	}
}

// searched is an index, and what it is asked.
type searched struct {
	server  *nodetest.Server
	index   string
	loading string // how the index was made, for the reader
	rules   []*question
	fused   *question
}

// question is a rule, or all of them, and what asking it gave.
type question struct {
	title    string
	searches []backends.Query
	queries  []json.RawMessage // of the searches: the objects below "query"
	hits     int
	rows     map[*compiler.Plan]ruleRows // of a scan
	waits    []time.Duration             // of a client
	tooks    []time.Duration             // as the node says, in whole milliseconds
}

// load makes the index of the program's template. It has one segment, as one that
// is no longer written to, so that runs differ in the searches alone; the node
// keeps no results of filters, which would be those of the round before.
func (s *searched) load(b *testing.B, events int) {
	b.Helper()
	body := opensearch.Template(schema.LayoutsOf(opensearch.Layouts, schema.CloudTrail.Name)[0])["template"].(map[string]any)
	maps.Copy(body["settings"].(map[string]any)["index"].(map[string]any), map[string]any{
		"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": -1,
		"queries.cache.enabled": false, "translog.durability": "async",
	})
	s.server.Index(b, s.index, body)
	started := time.Now()
	const perFile = 10_000
	options := trail.Options{Events: events, PerFile: perFile, Seed: 1}
	writers, ctx := errgroup.WithContext(b.Context())
	writers.SetLimit(indexWriters)
	for file := range (events + perFile - 1) / perFile {
		writers.Go(func() error { return s.loadFile(ctx, options, file) })
	}
	if err := writers.Wait(); err != nil {
		b.Fatal(err)
	}
	loaded := time.Since(started)
	if _, err := s.server.Do(b.Context(), "POST", "/"+s.index+"/_forcemerge?max_num_segments=1", nil); err != nil {
		b.Fatal(err)
	}
	s.loading = fmt.Sprintf("%d events indexed in %.0f s, merged in %.0f s", events, loaded.Seconds(), (time.Since(started) - loaded).Seconds())
	if count := s.count(b, map[string]any{"match_all": map[string]any{}}); count != events {
		b.Fatalf("%d events are indexed, not %d", count, events)
	}
}

func (s *searched) loadFile(ctx context.Context, options trail.Options, file int) error {
	source, err := trail.NewSource(options, file)
	if err != nil {
		return err
	}
	var ids []string
	var docs [][]byte
	for rec := new(trail.Record); source.Next(rec); {
		ids, docs = append(ids, fmt.Sprintf("%d-%d", file, len(ids))), append(docs, rec.AppendJSON(nil))
	}
	refused, err := s.server.Bulk(ctx, s.index, ids, docs)
	if err == nil && len(refused) > 0 {
		err = fmt.Errorf("the index refuses %d records: %v", len(refused), refused[0])
	}
	return err
}

// search asks for one query. It gives the number of events that match, of a search
// that counts, and the time that the client waited and that the node says.
func (s *searched) search(b *testing.B, query json.RawMessage, params string) (hits int, wait, took time.Duration) {
	b.Helper()
	path := "/" + s.index + "/_search?request_cache=false&" + params
	started := time.Now()
	text, err := s.server.Do(b.Context(), "POST", path, map[string]any{"query": query})
	wait = time.Since(started)
	if err != nil {
		b.Fatalf("%v in\n%s", err, query)
	}
	var answer struct {
		Took int64
		Hits struct{ Total struct{ Value int } }
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		b.Fatal(err)
	}
	return answer.Hits.Total.Value, wait, time.Duration(answer.Took) * time.Millisecond
}

func (s *searched) count(b *testing.B, query any) int {
	b.Helper()
	text, err := json.Marshal(query)
	if err != nil {
		b.Fatal(err)
	}
	hits, _, _ := s.search(b, text, "size=0&track_total_hits=true")
	return hits
}

// holdUnion holds what the fused search finds against its rules: the events of
// the first, those of the second that the first has not, and so on.
func (s *searched) holdUnion(b *testing.B) {
	b.Helper()
	union := 0
	var before []json.RawMessage
	for _, rule := range s.rules {
		rule.hits = s.count(b, rule.queries[0])
		union += s.count(b, map[string]any{"bool": map[string]any{"filter": rule.queries, "must_not": before}})
		before = append(before, rule.queries...)
	}
	s.fused.hits = s.count(b, map[string]any{"bool": map[string]any{"should": s.fused.queries}})
	if s.fused.hits != union {
		b.Fatalf("%d events are found fused, and %d by the rules", s.fused.hits, union)
	}
}

// measure asks all questions in turn, as often as the kind says, and reports
// medians.
func (s *searched) measure(b *testing.B, kind searchKind) {
	all := append(slices.Clone(s.rules), s.fused)
	for range kind.before {
		s.askEach(b, all, kind)
	}
	for _, q := range all {
		q.waits, q.tooks = nil, nil
	}
	for b.Loop() {
		for range kind.rounds {
			s.askEach(b, all, kind)
		}
	}
	s.holdScan(b)
	s.logDearest(b)
	s.report(b)
}

func (s *searched) askEach(b *testing.B, all []*question, kind searchKind) {
	b.Helper()
	for _, q := range all {
		wait, took := kind.ask(s, b, q)
		q.waits, q.tooks = append(q.waits, wait), append(q.tooks, took)
	}
}

func (s *searched) logDearest(b *testing.B) {
	dearest := slices.SortedFunc(slices.Values(s.rules), func(p, q *question) int {
		return cmp.Compare(median(q.waits), median(p.waits))
	})
	var lines strings.Builder
	for _, q := range append([]*question{s.fused}, dearest[:min(6, len(dearest))]...) {
		fmt.Fprintf(&lines, "\n%8.1f ms %9d events  %s", milliseconds(median(q.waits)), q.hits, q.title)
	}
	b.Logf("%s; fused, and the dearest of %d rules:%s", s.loading, len(s.rules), lines.String())
}

// report returns what the fused search costs over one rule and over all, by the
// client's times: those of the node are too short for their whole milliseconds.
func (s *searched) report(b *testing.B) {
	var rules []time.Duration
	var sum, took time.Duration
	for _, q := range s.rules {
		one := median(q.waits)
		rules, sum, took = append(rules, one), sum+one, took+median(q.tooks)
	}
	count := time.Duration(len(rules))
	fused, mean := median(s.fused.waits), sum/count
	for name, of := range map[string]time.Duration{"mean": mean, "median": median(rules), "dearest": slices.Max(rules), "all": sum} {
		b.ReportMetric(float64(fused)/float64(of), "fused/"+name)
	}
	b.ReportMetric(milliseconds(fused), "ms-fused")
	b.ReportMetric(milliseconds(mean), "ms-rule")
	b.ReportMetric(milliseconds(median(s.fused.tooks)), "ms-took-fused")
	b.ReportMetric(milliseconds(took/count), "ms-took-rule")
}

func median(of []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(of))[len(of)/2]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
