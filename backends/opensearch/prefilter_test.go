package opensearch

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/opensearch/nodetest"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

const guessing = `title: Failed
name: failed
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: ConsoleLogin, errorMessage: Failed authentication}, condition: s}
---
title: Succeeded
name: succeeded
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: ConsoleLogin, errorMessage: ''}, condition: s}
---
title: Guessed
correlation: {type: temporal_ordered, rules: [failed, succeeded], group-by: [userAgent, requestParameters.x], timespan: 10m}
`

// prefilter makes the two stages of a pack's last correlation.
func prefilter(t *testing.T, target *compiler.Target, text string) *compiler.Prefilter {
	t.Helper()
	doc, diags := sigma.Parse(&diag.Source{Name: "pack.yml", Text: []byte(text)})
	pack := sigma.Join(&sigma.Pack{Document: doc, Files: 1, Diags: diags})
	if err := pack.Diags.Err(); err != nil {
		t.Fatal(err)
	}
	program := compiler.NewProgram(pack, schema.ForLogsource, target)
	if err := program.Diags.Err(); err != nil {
		t.Fatal(err)
	}
	made := compiler.NewPrefilter(program.Correlations[len(program.Correlations)-1], program.Legal, target)
	if made == nil {
		t.Fatal("it has no first stage")
	}
	return made
}

// same compares JSON with what it should be, in whatever layout.
func same(t *testing.T, what, got, want string) {
	t.Helper()
	var g, w any
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Fatalf("%s: %v in %s", what, err, got)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatalf("%s: %v in %s", what, err, want)
	}
	a, _ := json.Marshal(g)
	b, _ := json.Marshal(w)
	if string(a) != string(b) {
		t.Errorf("%s:\n%s\nwant\n%s", what, a, b)
	}
}

func TestTheStagesAsTheyAreWritten(t *testing.T) {
	b := newBackendOf(t).(backend)
	of := prefilter(t, b.Target(), guessing)
	day := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	w := backends.Window{Start: day, End: day.AddDate(0, 0, 1)}
	const (
		succeeded = `{"bool":{"filter":[{"terms":{"eventName":["consolelogin"]}},{"terms":{"errorMessage":[""]}}]}}`
		window    = `{"range":{"eventTime.time":{"format":"strict_date_optional_time","gte":"2026-03-10T00:00:00Z","lt":"2026-03-11T00:00:00Z"}}}`
	)
	counts, err := b.emitCounts(of, w)
	if err != nil || len(counts) != 1 || counts[0].Table != "cloudtrail-*" {
		t.Fatal(counts, err)
	}
	var body struct {
		Query struct {
			Bool struct{ Filter []json.RawMessage }
		}
		Aggs json.RawMessage
		Size *int
	}
	if err := json.Unmarshal([]byte(counts[0].Text), &body); err != nil || body.Size == nil || *body.Size != 0 {
		t.Fatal(err, counts[0].Text)
	}
	filter := body.Query.Bool.Filter
	same(t, "window", string(filter[0]), window)
	same(t, "those with a group", string(filter[1]), `{"exists":{"field":"userAgent.exact"}}`)
	var aggs struct {
		Cells struct {
			Composite json.RawMessage
			Aggs      struct {
				Rules struct {
					Filters struct{ Filters map[string]json.RawMessage }
				}
			}
		}
	}
	if err := json.Unmarshal(body.Aggs, &aggs); err != nil {
		t.Fatal(err)
	}
	same(t, "cells", string(aggs.Cells.Composite), `{"size":3333,"sources":[
		{"group0":{"terms":{"field":"userAgent","missing_bucket":true}}},
		{"cell":{"date_histogram":{"field":"eventTime.time","fixed_interval":"600s","missing_bucket":true}}}]}`)
	rules := aggs.Cells.Aggs.Rules.Filters.Filters
	same(t, "either rule", string(filter[2]), `{"bool":{"minimum_should_match":1,"should":[`+string(rules["0"])+`,`+string(rules["1"])+`]}}`)
	same(t, "the second rule", string(rules["1"]), succeeded)

	x := "Mozilla \"5.0\""
	within := backends.Within{Group: of.Leaves[0].Group, Any: []compiler.Candidate{
		{Ranges: []compiler.Range{{From: day.Add(time.Hour), To: day.Add(2 * time.Hour)}}, Values: [][]*string{{&x, nil}}},
		{Ranges: []compiler.Range{{From: day, To: day.Add(time.Minute)}, {From: day.Add(3 * time.Hour), To: day.Add(4 * time.Hour)}}, Values: [][]*string{nil}},
	}}
	q, err := b.emitWithin(compiler.Batch{Source: schema.CloudTrail, Plans: []*compiler.Plan{of.Leaves[1].Plan}}, w, within)
	if err != nil {
		t.Fatal(err)
	}
	between := func(from, to string) string {
		return `{"range":{"eventTime.time":{"format":"strict_date_optional_time","gte":"2026-03-10T` + from + `Z","lt":"2026-03-10T` + to + `Z"}}}`
	}
	same(t, "events", q.Text, `{"query":{"bool":{"filter":[`+window+`,{"bool":{"minimum_should_match":1,"should":[
		{"bool":{"filter":[`+between("01:00:00", "02:00:00")+`,{"bool":{"minimum_should_match":1,"should":[
			{"bool":{"must_not":[{"exists":{"field":"userAgent"}}]}},{"terms":{"userAgent":["Mozilla \"5.0\""]}}]}}]}},
		{"bool":{"filter":[{"bool":{"minimum_should_match":1,"should":[`+between("00:00:00", "00:01:00")+`,`+between("03:00:00", "04:00:00")+`]}}]}}]}},`+succeeded+`]}}}`)
}

// A candidate that bounds nothing fetches all events.
func TestEverythingIsTheQueryOfTheRules(t *testing.T) {
	b := newBackendOf(t).(backend)
	of := prefilter(t, b.Target(), guessing)
	batch := compiler.Batch{Source: schema.CloudTrail, Plans: []*compiler.Plan{of.Leaves[0].Plan, of.Leaves[1].Plan}}
	want, err := b.Emit(batch, backends.Window{})
	if err != nil {
		t.Fatal(err)
	}
	got, refused := backends.EmitCandidates(b, of, backends.Window{}, compiler.Everything())
	if len(refused) > 0 || len(got) != 1 || got[0].Text != want.Text {
		t.Errorf("%v, %v", got, refused)
	}
	if got, refused := backends.EmitCandidates(b, of, backends.Window{}, nil); len(got)+len(refused) > 0 {
		t.Errorf("without candidates: %v, %v", got, refused)
	}
}

// A keyword with doc values can be grouped by; of lists only one that holds texts of
// any length.
func TestFieldsAreGroupedByWhatHoldsEveryValue(t *testing.T) {
	const short = `{"type":"keyword","ignore_above":100}`
	for _, c := range []struct{ name, mapping, want string }{
		{"userAgent", `{"properties":{"userAgent":{"type":"keyword"}}}`, "userAgent"},
		{"userAgent", `{"properties":{"userAgent":` + short + `}}`, "userAgent"},
		{"userAgent", `{"properties":{"userAgent":{"type":"keyword","doc_values":false}}}`, ""},
		{"userAgent", `{"properties":{"userAgent":{"type":"keyword","index":false}}}`, ""},
		{"userAgent", `{"properties":{"userAgent":{"type":"keyword","null_value":"none"}}}`, ""},
		{"userAgent", `{"properties":{"userAgent":{"type":"keyword","normalizer":"fold"}}}`, "userAgent"},
		{"userAgent", `{"properties":{"userAgent":{"type":"keyword","normalizer":"other"}}}`, ""},
		{"userAgent", `{"properties":{"userAgent":{"type":"wildcard"}}}`, ""},
		{"userAgent", `{"properties":{"userAgent":{"type":"text"}}}`, ""},
		{"userAgent", `{"properties":{"userAgent":{"type":"text","fields":{"a":` + short + `,"b":{"type":"keyword","ignore_above":200},"c":{"type":"keyword","ignore_above":200,"normalizer":"fold"}}}}}`, "userAgent.b"},
		{"resources.ARN", `{"properties":{"resources":{"properties":{"ARN":` + short + `}}}}`, ""},
		{"resources.ARN", `{"properties":{"resources":{"properties":{"ARN":{"type":"keyword"}}}}}`, "resources.ARN"},
		{"requestParameters.x", `{"properties":{"requestParameters":{"properties":{"x":{"type":"keyword"}}}}}`, ""},
		{"readOnly", `{"properties":{"readOnly":{"type":"keyword"}}}`, ""},
	} {
		x := mappedBy(t, c.mapping)
		v, ok := x.grouping(pathOf(t, c.name))
		if v.name != c.want || ok != (c.want != "") {
			t.Errorf("%s in %s: by %q, want %q", c.name, c.mapping, v.name, c.want)
		}
	}
}

// spread are sign-ins of many agents over some hours.
func spread(n int) (docs [][]byte, want map[string]int64) {
	r := rand.New(rand.NewPCG(1, 2))
	want = map[string]int64{}
	for range n {
		agent, minute, failed := r.IntN(20), r.IntN(300), r.IntN(2)
		docs = append(docs, fmt.Appendf(nil, `{"eventName":"ConsoleLogin","userAgent":"a%d","errorMessage":%q,"eventTime":%q}`,
			agent, []string{"Failed authentication", ""}[failed], time.Date(2026, 3, 10, 0, minute, 0, 0, time.UTC).Format(time.RFC3339)))
		want[fmt.Sprintf("%d a%d %d", failed, agent, minute/10)]++
	}
	return docs, want
}

func countAll(ctx context.Context, x *executor, q backends.CountQuery) (map[string]int64, error) {
	got := map[string]int64{}
	first := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC).Unix() / 600
	for n, err := range x.count(ctx, q) {
		if err != nil {
			return got, err
		}
		got[fmt.Sprintf("%d %s %d", n.Leaf, *n.Group[0], n.Cell-first)] += n.N
	}
	return got, nil
}

// Every page is read, whatever its size; what passes is tried again, and what does
// not is an error, never a count that lacks something.
func TestCountsAreWholeOrAnError(t *testing.T) {
	s := nodetest.Start(t)
	docs, want := spread(400)
	index := indexOf(t, s, 3, docs)
	oneIn := 0
	var chance *dice
	d := newDouble(t, s, func(w http.ResponseWriter, r *http.Request, answer []byte) bool {
		return oneIn > 0 && chance.spoil(w, r, answer)
	})
	x := connect(t, remote{Remote: backends.Remote{Endpoint: d.URL}, Settings: Settings{Timeout: soon}})
	of := prefilter(t, x.backend.Target(), guessing)
	queries, err := x.backend.emitCounts(of, backends.Window{})
	if err != nil {
		t.Fatal(err)
	}
	q := queries[0]
	q.Table = index
	var told backends.Progress
	x.tracker = backends.NewTracker(func(p backends.Progress) { told = p })
	buckets := map[string]bool{}
	for key := range want {
		_, bucket, _ := strings.Cut(key, " ")
		buckets[bucket] = true
	}
	for i, size := range []int{1, 7, 1000} {
		q.Text = strings.Replace(q.Text, `"size": 3333`, fmt.Sprintf(`"size": %d`, size), 1)
		got, err := countAll(t.Context(), x, q)
		if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("pages of %d: %v, %d of %d", size, err, len(got), len(want))
		}
		if want := (backends.Progress{Rows: int64((i + 1) * len(buckets)), Statements: int64(i + 1)}); told != want {
			t.Errorf("pages of %d: told %+v, want %+v", size, told, want)
		}
		q.Text = queries[0].Text
	}
	q.Text = strings.Replace(q.Text, `"size": 3333`, `"size": 20`, 1)
	wrong := 0
	for seed := range uint64(30) {
		oneIn, chance = 10, &dice{rand: rand.New(rand.NewPCG(seed, 3)), oneIn: 10}
		got, err := countAll(t.Context(), x, q)
		if err != nil {
			if wrong++; !chance.has(func(m mishap) bool { return m.lasting || m.partial }) {
				t.Errorf("seed %d: %v, of %v", seed, err, chance.struck)
			}
			continue
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("seed %d: %d of %d counts without an error", seed, len(got), len(want))
		}
	}
	oneIn = 0
	if left := d.left(t); len(left) > 0 {
		t.Errorf("%d points in time are left open", len(left))
	}
	t.Logf("%d of 30 countings ended with an error", wrong)
}
