package conformance

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/opensearch"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// share is how many of the real events fall to one that each layout gets. Our own
// that is to take them all gets them all.
const share = 12

// TestOpenSearchInEveryLayoutFindsInRealEventsWhatTheEvaluatorFinds loads real
// events as each shipper stores them, and holds each rule's query against the
// evaluator, and then a scan of all rules over the indexes as they are mapped.
func TestOpenSearchInEveryLayoutFindsInRealEventsWhatTheEvaluatorFinds(t *testing.T) {
	if _, err := os.Stat(shared); errors.Is(err, fs.ErrNotExist) {
		t.Skip("no folder of real events and rules beside the module")
	}
	var some, others [][]byte
	for i, rec := range realEvents(t).records {
		if i%share == 0 {
			some = append(some, rec.Raw)
		} else {
			others = append(others, rec.Raw)
		}
	}
	var plans []*compiler.Plan
	for _, p := range realPlans(t) {
		if p.Source == schema.CloudTrail {
			plans = append(plans, p)
		}
	}
	for _, l := range schema.LayoutsOf(opensearch.Layouts, schema.CloudTrail.Name)[1:] {
		t.Run(l.Name, func(t *testing.T) {
			e := newOnLayout(t, l, true)
			events := some
			if l.Name == "parameters" {
				events = slices.Concat(some, others)
			}
			held := e.load(t, events)
			e.look(t)
			if l.Name == "parameters" && e.indexes != 1 {
				t.Errorf("the events need %d indexes", e.indexes)
			}
			n := min(len(some), len(held.ids))
			each := inIndex{ids: held.ids[:n], records: held.records[:n]}
			var proof layoutProof
			for _, p := range plans {
				proof.cases++
				e.hold(t, p, each, &proof)
			}
			if held.refused > 0 || len(held.records) != len(events) {
				t.Errorf("%d of %d events are in no index: %s", held.refused, len(events), held.why)
			}
			found := e.scan(t, plans, held)
			t.Logf("%d events in %d indexes, %d found by a scan; %+v", len(events), e.indexes, found, proof)
		})
	}
}

// TestOpenSearchFindsInRealFindingsWhatTheEvaluatorFinds loads real findings of
// GuardDuty, of which each layout takes all, and holds each rule's query against the
// evaluator.
func TestOpenSearchFindsInRealFindingsWhatTheEvaluatorFinds(t *testing.T) {
	if _, err := os.Stat(shared); errors.Is(err, fs.ErrNotExist) {
		t.Skip("no folder of real events and rules beside the module")
	}
	records, err := readEach(shared+"/data/guardduty", schema.GuardDuty.Name)
	if err != nil || len(records) == 0 {
		t.Fatalf("%d findings: %v", len(records), err)
	}
	for _, l := range schema.LayoutsOf(opensearch.Layouts, schema.GuardDuty.Name) {
		t.Run(l.Name, func(t *testing.T) {
			e := newOnLayout(t, l, true)
			held := e.load(t, records)
			e.look(t)
			if held.refused > 0 || e.indexes != 1 {
				t.Errorf("%d of %d findings are in no index, %d indexes: %s", held.refused, len(records), e.indexes, held.why)
			}
			var proof layoutProof
			for _, p := range realPlans(t) {
				if p.Source == schema.GuardDuty {
					proof.cases++
					e.hold(t, p, held, &proof)
				}
			}
			if l.Name == "parameters" && proof.exact != proof.cases {
				t.Errorf("%d of %d rules are exact", proof.exact, proof.cases)
			}
			t.Logf("%d findings, %+v", len(records), proof)
		})
	}
}

// scan runs all plans as a scan does, and holds what it finds against the
// evaluator.
func (e *onLayout) scan(t *testing.T, plans []*compiler.Plan, in inIndex) (found int) {
	t.Helper()
	want, got := map[string]int{}, map[string]int{}
	var legal []*compiler.Plan
	all := newEvents(t, schema.CloudTrail, in.records)
	for _, p := range plans {
		l, _ := compiler.Legalize(p, e.Target())
		if l == nil {
			continue
		}
		legal = append(legal, l)
		for i, matches := range evaluated([]compiler.Pred{p.Where}, all)[0] {
			if matches {
				want[p.Rule.Title+" "+idOf(t, in.records[i])]++
			}
		}
	}
	x, err := opensearch.Engine.Open(t.Context(), e.config)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	for _, batch := range compiler.Fuse(legal, e.Target()) {
		query, err := e.backend.Emit(batch, backends.Window{})
		if err != nil {
			t.Fatal(err)
		}
		for row, err := range backends.Finish(x.Run(t.Context(), query), batch) {
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range row.Plans {
				got[batch.Plans[i].Rule.Title+" "+idOf(t, row.Event)]++
				found++
			}
		}
	}
	if stats := x.Stats(); stats.Lost > 0 {
		t.Errorf("problems: %v", stats.Problems)
	}
	for key, n := range want {
		if got[key] != n {
			t.Errorf("%s: found %d times, want %d", key, got[key], n)
		}
	}
	for key, n := range got {
		if want[key] == 0 {
			t.Errorf("%s: found %d times, want none", key, n)
		}
	}
	return found
}

func idOf(t *testing.T, event []byte) string {
	t.Helper()
	rec, err := record.Parse(event)
	if err != nil {
		t.Fatal(err)
	}
	v := rec.Lookup(schema.CloudTrail.ID)
	return v.Text()
}

// TestOpenSearchInEveryLayoutFindsTextsOfAnyLength asks for texts around the
// lengths that the mappings drop and that Lucene takes: by themselves, by their
// ends, and whether they are there.
func TestOpenSearchInEveryLayoutFindsTextsOfAnyLength(t *testing.T) {
	lengths := []int{1, 255, 256, 257, 300, 1_023, 1_024, 1_025, 8_191, 8_192, 20_000, 40_000}
	agent, _, _ := schema.CloudTrail.Resolve("userAgent")
	name, _, _ := schema.CloudTrail.Resolve("requestParameters.name")
	var events [][]byte
	var preds []compiler.Pred
	for _, n := range lengths {
		text := strings.Repeat("Aé", n/2) + "!"
		events = append(events,
			fmt.Appendf(nil, `{"eventID":"%d","eventTime":"2026-03-10T00:00:00Z","eventName":"a","userAgent":%q}`, n, text),
			fmt.Appendf(nil, `{"eventID":"%d in JSON","eventTime":"2026-03-10T00:00:00Z","eventName":"a","requestParameters":{"name":%q}}`, n, text))
		for _, field := range []schema.Path{agent, name} {
			preds = append(preds, compiler.In{Field: field, Values: []string{sigma.Fold(text)}, Fold: true}, compiler.In{Field: field, Values: []string{text}})
		}
	}
	for _, field := range []schema.Path{agent, name} {
		preds = append(preds, compiler.Null{Field: field}, compiler.Exists{Field: field},
			compiler.Text{Field: field, Pattern: sigma.ParsePattern("*é!"), Fold: true}, compiler.Text{Field: field, Pattern: sigma.ParsePattern("A*")},
			compiler.Regexp{Field: field, Expr: "é!$"})
	}
	for _, l := range schema.LayoutsOf(opensearch.Layouts, schema.CloudTrail.Name)[1:] {
		t.Run(l.Name, func(t *testing.T) {
			e := newOnLayout(t, l, false)
			held := e.load(t, events)
			var proof layoutProof
			for _, p := range preds {
				e.hold(t, planOf(schema.CloudTrail, p), held, &proof)
				e.hold(t, planOf(schema.CloudTrail, compiler.Not{Of: p}), held, &proof)
			}
			t.Logf("%+v", proof)
			var lost []string
			for _, event := range events {
				if id := idOf(t, event); !slices.ContainsFunc(held.records, func(r []byte) bool { return idOf(t, r) == id }) {
					lost = append(lost, id)
				}
			}
			if want := map[string]string{"flat": "40000 in JSON"}[l.Name]; strings.Join(lost, ", ") != want {
				t.Errorf("no index takes %q, want %q", lost, want)
			}
		})
	}
}
