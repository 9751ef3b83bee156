package conformance

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/opensearch"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/fixtures"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// onLayout holds records as a shipper stores them. As shippers do by the day, it
// begins another index for what the mapping of those before refuses.
type onLayout struct {
	*onOpenSearch
	layout  *schema.Layout
	indexes int
	live    bool // the mapping is read from the indexes, not the one that ships
	config  backends.Config
}

// maxIndexes bounds how often a record is offered.
const maxIndexes = 12

func newOnLayout(t *testing.T, l *schema.Layout, live bool) *onLayout {
	t.Helper()
	e := &onLayout{onOpenSearch: newNode(t), layout: l, live: live}
	e.look(t)
	return e
}

// prefix begins the names of the indexes.
func (e *onLayout) prefix() string {
	return fmt.Sprintf("%s-%s-%v-%d", e.layout.Source.Name, e.layout.Name, e.live, os.Getpid())
}

// look makes the backend, of the mapping as it is now.
func (e *onLayout) look(t *testing.T) {
	t.Helper()
	c := backends.Config{
		Layouts: map[string]string{e.layout.Source.Name: e.layout.Name + ":" + e.prefix() + "-*"},
		Remote:  backends.Remote{Endpoint: e.server.URL},
	}
	if e.live {
		if err := opensearch.Engine.InspectMappings(t.Context(), &c); err != nil {
			t.Fatal(err)
		}
	}
	b, err := opensearch.Engine.New(c)
	if err != nil {
		t.Fatal(err)
	}
	e.backend, e.config = b, c
}

// index makes the n-th index where it is not there yet.
func (e *onLayout) index(t *testing.T, n int) string {
	t.Helper()
	name := e.prefix() + "-" + strconv.Itoa(n)
	if n < e.indexes {
		return name
	}
	body := map[string]any{"mappings": opensearch.MappingFile(e.layout.Name)}
	if t := opensearch.Template(e.layout); t != nil {
		body = t["template"].(map[string]any)
	}
	if body["settings"] == nil {
		body["settings"] = map[string]any{}
	}
	body["settings"].(map[string]any)["number_of_replicas"] = 0
	body["settings"].(map[string]any)["index.mapping.total_fields.limit"] = 10_000
	e.server.Index(t, name, body)
	e.indexes++
	return name
}

// inIndex are records that are in an index, as their documents hold them.
type inIndex struct {
	ids     []string
	records [][]byte
	refused int
	why     string // of the last refusal
}

// load stores records.
func (e *onLayout) load(t *testing.T, records [][]byte) inIndex {
	return e.loadEach(t, [][][]byte{records})[0]
}

// loadEach stores several sets of records at once.
func (e *onLayout) loadEach(t *testing.T, sets [][][]byte) []inIndex {
	t.Helper()
	docs := map[string][]byte{}
	var waiting []string
	ids := make([][]string, len(sets))
	for i, records := range sets {
		for _, rec := range records {
			doc, err := documentOf(e.layout, rec)
			if err != nil {
				t.Fatal(err)
			}
			id := strconv.Itoa(e.loaded)
			e.loaded++
			docs[id] = doc
			ids[i] = append(ids[i], id)
		}
		waiting = append(waiting, ids[i]...)
	}
	why := e.offer(t, waiting, docs)
	held := make([]inIndex, len(sets))
	for i := range sets {
		for _, id := range ids[i] {
			if reason, refused := why[id]; refused {
				held[i].refused++
				held[i].why = reason
				continue
			}
			rec, err := opensearch.RecordOf(e.layout, docs[id])
			if err != nil {
				t.Fatal(err)
			}
			held[i].ids, held[i].records = append(held[i].ids, id), append(held[i].records, rec)
		}
	}
	return held
}

// offer returns documents to one index after the other, to each those that the ones
// before refused. It tells why those that are left are refused.
func (e *onLayout) offer(t *testing.T, waiting []string, docs map[string][]byte) map[string]string {
	t.Helper()
	why := map[string]string{}
	for n := 0; n < maxIndexes && len(waiting) > 0; n++ {
		fresh := n == e.indexes
		var some [][]byte
		for _, id := range waiting {
			some = append(some, docs[id])
		}
		refused, err := e.server.Bulk(t.Context(), e.index(t, n), waiting, some)
		if err != nil {
			t.Fatal(err)
		}
		taken := len(refused) < len(waiting)
		waiting = nil
		clear(why)
		for _, r := range refused {
			waiting = append(waiting, r.ID)
			why[r.ID] = r.Type + ": " + r.Reason
		}
		if fresh && !taken {
			break
		}
	}
	return why
}

// found returns those records among the given ones that a plan's query finds.
func (e *onLayout) found(ctx context.Context, plan *compiler.Plan, among []string) (map[string]bool, error) {
	query, err := e.backend.Emit(compiler.Batch{Source: plan.Source, Plans: []*compiler.Plan{plan}}, backends.Window{})
	if err != nil {
		return nil, err
	}
	matched, err := e.among(ctx, query.Table, query, among)
	if err != nil {
		return nil, fmt.Errorf("%w in\n%s", err, query.Text)
	}
	return matched, nil
}

// layoutProof counts what a layout's run showed.
type layoutProof struct {
	cases, refused, exact, rows, more, asHeld, unheld int
}

// hold compares what a plan's query finds with the evaluator's rows.
func (e *onLayout) hold(t *testing.T, plan *compiler.Plan, h inIndex, proof *layoutProof) {
	t.Helper()
	legal, diags := compiler.Legalize(plan, e.Target())
	if legal == nil {
		if !slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return d.Code == diag.NoColumn }) {
			t.Errorf("refused for another reason than a field that the layout lacks: %v", diags.Err())
		}
		proof.refused++
		return
	}
	if legal.Residual == nil {
		proof.exact++
	}
	matched, err := e.found(t.Context(), legal, h.ids)
	if err != nil {
		t.Fatal(err)
	}
	all := newEvents(t, e.layout.Source, h.records)
	want, stands := evaluated([]compiler.Pred{plan.Where}, all)[0], evaluated([]compiler.Pred{plan.Where}, asIndexed(t, all))[0]
	for i, id := range h.ids {
		proof.rows++
		switch got := matched[id]; {
		case got == want[i]:
		case got && legal.Residual != nil:
			proof.more++
		case asNoted(diags, plan.Where, all.records[i], got, stands[i]):
			proof.asHeld++
		default:
			t.Errorf("%s says %v of\n\t%s\n\t%.400s", e.layout.Name, got, dump(plan.Where), h.records[i])
		}
	}
}

// TestOpenSearchInEveryLayoutReturnsTheExpectedEvents runs the cases of a
// source on each of its layouts, whose documents are what the evaluator looks at.
func TestOpenSearchInEveryLayoutReturnsTheExpectedEvents(t *testing.T) {
	cases, err := Load(fixtures.Conformance, "conformance")
	if err != nil {
		t.Fatal(err)
	}
	asked, events := map[*schema.Source][]Case{}, map[*schema.Source][][][]byte{}
	for _, c := range cases {
		if c.Errors == "" {
			of := c.Compile(t).Source
			asked[of] = append(asked[of], c)
			events[of] = append(events[of], bytes.Split(bytes.TrimSpace(c.Events), []byte("\n")))
		}
	}
	for _, run := range []struct {
		source *schema.Source
		layout string
		live   bool
		unheld int // hostile records that no index of the layout takes
	}{
		{schema.CloudTrail, "flat", false, 24},
		{schema.CloudTrail, "parameters", false, 0},
		{schema.CloudTrail, "cwl", true, 69},
		{schema.CloudTrail, "ecs", false, 20},
		{schema.CloudTrail, "ocsf", false, 0},
		{schema.GuardDuty, "parameters", false, 0},
	} {
		t.Run(fmt.Sprintf("%s, %s, live %v", run.source.Name, run.layout, run.live), func(t *testing.T) {
			l, err := opensearch.Choose(run.source.Name, run.layout)
			if err != nil {
				t.Fatal(err)
			}
			e := newOnLayout(t, l, run.live)
			var proof layoutProof
			var held []inIndex
			if !run.live {
				held = e.loadEach(t, events[run.source])
			}
			for i, c := range asked[run.source] {
				proof.cases++
				if run.live { // the mapping grows with the records
					held = append(held, e.load(t, events[run.source][i]))
					e.look(t)
				}
				proof.unheld += held[i].refused
				t.Run(c.Name, func(t *testing.T) { e.hold(t, c.Compile(t), held[i], &proof) })
			}
			if proof.unheld > run.unheld {
				t.Errorf("no index takes %d records, want %d", proof.unheld, run.unheld)
			}
			t.Logf("%+v", proof)
		})
	}
}
