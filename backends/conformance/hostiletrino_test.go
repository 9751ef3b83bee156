package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

const valuesAtOnce = 8

// hostileBatch is the rules of a few texts and all their events.
type hostileBatch struct {
	e     events
	plans []*compiler.Plan
	of    []string // what stands where, by plan
	heads []*compiler.Plan
}

// hostileBatches puts every text into every place. refused counts, by place, the
// texts that no rule can hold there.
func hostileBatches(t *testing.T) (batches []hostileBatch, refused map[string]int) {
	t.Helper()
	refused = map[string]int{}
	at := 0
	for values := range slices.Chunk(hostileValues(t), valuesAtOnce) {
		var b hostileBatch
		var lines [][]byte
		for _, v := range values {
			at++
			lines = append(lines, hostileEvents(fmt.Sprint(at), v)...)
			for _, place := range hostilePlaces {
				b.add(t, place.name, v, hostilePlan(v, place.search(v), "search", "Hostile"), place.always, refused)
			}
			inValue := valueUnder("userAgent")(v)
			b.add(t, "identifier", v, hostilePlan(v, inValue, v, "Hostile"), false, refused)
			if head := hostilePlan(v, inValue, "search", v); head != nil {
				b.heads = append(b.heads, head)
			} else {
				refused["title"]++
			}
		}
		b.e = newEvents(t, schema.CloudTrail, lines)
		batches = append(batches, b)
	}
	return batches, refused
}

func (b *hostileBatch) add(t *testing.T, place, v string, plan *compiler.Plan, always bool, refused map[string]int) {
	if plan == nil {
		if refused[place]++; always {
			t.Errorf("%s: the rule with %.60q is refused", place, v)
		}
		return
	}
	b.plans = append(b.plans, plan)
	b.of = append(b.of, fmt.Sprintf("%s: %.60q", place, v))
}

// want is the evaluator's answer; each rule has an event that it was made for.
func (b *hostileBatch) want(t *testing.T) table {
	t.Helper()
	result := newTable(len(b.plans), len(b.e.records))
	var event eval.Event
	for i, p := range b.plans {
		matcher := eval.Compile(p)
		for j, rec := range b.e.records {
			event.Reset(p.Source, rec)
			result[i][j] = matcher.Match(&event)
		}
		if !slices.Contains(result[i], true) && !strings.Contains(b.of[i], ".") { // which parts a field's name
			t.Errorf("%s: no event matches", b.of[i])
		}
	}
	return result
}

func (b *hostileBatch) compare(t *testing.T, engine string, got, want table, plans []*compiler.Plan) {
	t.Helper()
	for i := range want {
		for j := range want[i] {
			superset := got[i][j] && plans[i].Residual != nil
			if got[i][j] != want[i][j] && !superset {
				t.Errorf("%s says %v of %s\n\t%.300s", engine, got[i][j], b.of[i], b.e.records[j].Raw)
			}
		}
	}
}

func TestHostileTextsInEveryPlaceOfARule(t *testing.T) {
	batches, refused := hostileBatches(t)
	for _, place := range slices.Sorted(maps.Keys(refused)) {
		t.Logf("%s: %d texts cannot stand there", place, refused[place])
	}
	rules, pairs := 0, 0
	wants := make([]table, len(batches))
	for i := range batches {
		wants[i] = batches[i].want(t)
		rules += len(batches[i].plans)
		pairs += len(batches[i].plans) * len(batches[i].e.records)
	}
	t.Logf("%d rules, %d pairs of a rule and an event", rules, pairs)
	for _, engine := range fileEngines() {
		t.Run(engine.Name, func(t *testing.T) {
			for i, b := range batches {
				preds := make([]compiler.Pred, len(b.plans))
				for j, p := range b.plans {
					preds[j] = p.Where
				}
				got, _, err := queried(t.Context(), engine, preds, b.e)
				if err != nil {
					t.Fatal(err)
				}
				b.compare(t, engine.Name, got, wants[i], b.plans)
			}
		})
	}
	t.Run("trino", func(t *testing.T) {
		s := newShelf(t, "hostile")
		for i, b := range batches {
			b.onTrino(t, s, wants[i])
		}
	})
	t.Run("opensearch", func(t *testing.T) {
		e := newOnOpenSearch(t)
		for i, b := range batches {
			b.onOpenSearch(t, e, wants[i])
		}
	})
}

func (b *hostileBatch) onTrino(t *testing.T, s *shelf, want table) {
	t.Helper()
	h, err := s.hold(t.Context(), b.e.records)
	if err != nil {
		t.Fatal(err)
	}
	legal := make([]*compiler.Plan, len(b.plans))
	for i, p := range b.plans {
		l, diags := compiler.Legalize(p, s.backend.Target())
		if l == nil {
			t.Fatalf("%s: %v", b.of[i], diags.Err())
		}
		legal[i] = l
	}
	got, err := h.verdicts(t.Context(), legal)
	if err != nil {
		t.Fatal(err)
	}
	b.compare(t, "Trino", got, want, legal)
	for _, p := range b.heads {
		if got, want := h.whole(t, p), matchedIDs(p, b.e); !slices.Equal(got, want) {
			t.Errorf("under the title %.60q: got %q, want %q", p.Rule.Title, got, want)
		}
	}
	if err := h.drop(t.Context()); err != nil {
		t.Error(err)
	}
}

// whole runs a plan's statement as it is written, and gives the eventIDs.
func (h *held) whole(t *testing.T, p *compiler.Plan) []string {
	t.Helper()
	l := *h.layout
	l.Table = h.table
	h.backend.Target().Layouts["cloudtrail"] = &l
	defer func() { h.backend.Target().Layouts["cloudtrail"] = h.layout }()
	query, err := h.backend.Emit(compiler.Batch{Source: p.Source, Plans: []*compiler.Plan{p}}, backends.Window{})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := h.server.Query(t.Context(), h.in, query.Text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, query.Text)
	}
	var ids []string
	for i, c := range answer.Columns {
		if strings.EqualFold(c.Name, "eventID") {
			for _, row := range answer.Rows {
				ids = append(ids, fmt.Sprint(row[i]))
			}
		}
	}
	slices.Sort(ids)
	return ids
}

func matchedIDs(p *compiler.Plan, e events) []string {
	var ids []string
	var event eval.Event
	matcher := eval.Compile(p)
	for _, rec := range e.records {
		if event.Reset(p.Source, rec); matcher.Match(&event) {
			v := rec.Lookup("eventID")
			ids = append(ids, v.Text())
		}
	}
	slices.Sort(ids)
	return ids
}
