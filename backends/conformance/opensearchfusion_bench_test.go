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

const (
	// searchRounds is how often each search is measured, after one round that is not.
	searchRounds = 5
	// indexWriters is how many requests the node indexes at once.
	indexWriters = 2
)

// BenchmarkOpenSearchFusion runs the public rules, or the shipped pack where they
// are not there, one by one and fused into the fewest searches, on an OpenSearch
// over generated events. It reports what fused costs over one rule (the mean, the
// median and the dearest of them) and over all of them: of searches that count, and
// of the first page of records, as a reader of all pages asks for it.
func BenchmarkOpenSearchFusion(b *testing.B) {
	backend, err := opensearch.Engine.New(backends.Config{})
	if err != nil {
		b.Fatal(err)
	}
	plans := trailPlans(b, backend.Target())
	s := &searched{server: nodetest.Start(b), index: fmt.Sprintf("%s-fusion-%d", schema.CloudTrail.Name, os.Getpid())}
	for _, p := range plans {
		s.rules = append(s.rules, &question{title: p.Rule.Title, queries: emitted(b, backend, []*compiler.Plan{p})})
	}
	s.fused = &question{title: "all rules", queries: emitted(b, backend, plans)}
	s.load(b, *benchEvents)
	s.holdUnion(b)
	for _, kind := range []searchKind{counting, firstPage} {
		b.Run(kind.name, func(b *testing.B) { s.measure(b, kind) })
	}
}

// emitted gives the queries of the fewest searches for plans, the objects below
// "query".
func emitted(b *testing.B, backend backends.Backend, plans []*compiler.Plan) (queries []json.RawMessage) {
	b.Helper()
	for _, batch := range compiler.Fuse(plans, backend.Target()) {
		q, err := backend.Emit(batch, backends.Window{})
		if err != nil {
			b.Fatal(err)
		}
		var body struct{ Query json.RawMessage }
		if err := json.Unmarshal([]byte(q.Text), &body); err != nil {
			b.Fatal(err)
		}
		queries = append(queries, body.Query)
	}
	return queries
}

// searchKind is what is asked for beside a query, as parameters of _search.
type searchKind struct{ name, params string }

var (
	counting  = searchKind{"count", "size=0&track_total_hits=true"}
	firstPage = searchKind{"page", "size=1000&track_total_hits=false&sort=" + schema.CloudTrail.Time + ".time:asc"}
)

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
	title   string
	queries []json.RawMessage
	hits    int
	waits   []time.Duration // of a client
	tooks   []time.Duration // as the node says, in whole milliseconds
}

// load makes the index of the program's template. It has one segment, as one that
// is no longer written to, so that runs differ in the searches alone; the node
// keeps no results of filters, which would be those of the round before.
func (s *searched) load(b *testing.B, events int) {
	b.Helper()
	body := opensearch.Template(schema.OpenSearchLayouts(schema.CloudTrail.Name)[0])["template"].(map[string]any)
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
func (s *searched) search(b *testing.B, query json.RawMessage, kind searchKind) (hits int, wait, took time.Duration) {
	b.Helper()
	path := "/" + s.index + "/_search?request_cache=false&" + kind.params
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
	hits, _, _ := s.search(b, text, counting)
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

// measure asks all questions in turn, several times, and reports medians.
func (s *searched) measure(b *testing.B, kind searchKind) {
	all := append(slices.Clone(s.rules), s.fused)
	s.askEach(b, all, kind)
	for _, q := range all {
		q.waits, q.tooks = nil, nil
	}
	for b.Loop() {
		for range searchRounds {
			s.askEach(b, all, kind)
		}
	}
	s.logDearest(b)
	s.report(b)
}

func (s *searched) askEach(b *testing.B, all []*question, kind searchKind) {
	b.Helper()
	for _, q := range all {
		var waits, tooks time.Duration
		for _, query := range q.queries {
			_, wait, took := s.search(b, query, kind)
			waits, tooks = waits+wait, tooks+took
		}
		q.waits, q.tooks = append(q.waits, waits), append(q.tooks, tooks)
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

// report gives what the fused search costs over one rule and over all, by the
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
