package conformance

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// verdicts tells for each plan which of the loaded records its query finds.
func (e *onOpenSearch) verdicts(t *testing.T, plans []*compiler.Plan, ids []string) table {
	t.Helper()
	result := newTable(len(plans), len(ids))
	for i, p := range plans {
		matched, err := e.found(t.Context(), p, ids)
		if err != nil {
			t.Fatal(err)
		}
		for j, id := range ids {
			result[i][j] = matched[id]
		}
	}
	return result
}

func (b *hostileBatch) onOpenSearch(t *testing.T, e *onOpenSearch, want table) {
	t.Helper()
	kept, ids := e.keep(t, b.e)
	if n := len(kept.records); n != len(b.e.records) {
		t.Fatalf("the index refuses %d of %d records", len(b.e.records)-n, len(b.e.records))
	}
	legal := make([]*compiler.Plan, len(b.plans))
	for i, p := range b.plans {
		l, diags := compiler.Legalize(p, e.Target())
		if l == nil {
			t.Fatalf("%s: %v", b.of[i], diags.Err())
		}
		legal[i] = l
	}
	b.compare(t, "OpenSearch", e.verdicts(t, legal, ids), want, legal)
}

// TestOpenSearchTakesEveryRealEvent loads the real events that stand beside the
// module, none of which the template may refuse, and holds the pack and the
// public rules against the evaluator.
func TestOpenSearchTakesEveryRealEvent(t *testing.T) {
	if _, err := os.Stat(shared); errors.Is(err, fs.ErrNotExist) {
		t.Skip("no folder of real events and rules beside the module")
	}
	e := newOnOpenSearch(t)
	var preds []compiler.Pred
	var legal []*compiler.Plan
	exact := 0
	for _, p := range realPlans(t) {
		if p.Source != schema.CloudTrail {
			continue
		}
		l, diags := compiler.Legalize(p, e.Target())
		if l == nil {
			t.Fatal(diags.Err())
		}
		preds, legal = append(preds, p.Where), append(legal, l)
		if l.Residual == nil {
			exact++
		}
	}
	all := realEvents(t)
	kept, ids := e.keep(t, all)
	if n := len(kept.records); n != len(all.records) || n == 0 {
		t.Errorf("the index refuses %d of %d records", len(all.records)-n, len(all.records))
	}
	want, got := evaluated(preds, kept), e.verdicts(t, legal, ids)
	found, more := 0, 0
	for i, p := range legal {
		for j, rec := range kept.records {
			switch {
			case want[i][j] && got[i][j]:
				found++
			case got[i][j] && p.Residual != nil:
				more++
			case got[i][j] != want[i][j]:
				t.Errorf("OpenSearch says %v of %s\n\t%.300s", got[i][j], p.Rule.Title, rec.Raw)
			}
		}
	}
	t.Logf("%d rules, %d of them exact; %d events taken, %d found, and %d more in supersets", len(legal), exact, len(kept.records), found, more)
}

// realEvents are the CloudTrail records beside the module.
func realEvents(t *testing.T) events {
	t.Helper()
	lines, err := readEach(shared+"/data/cloudtrail", schema.CloudTrail.Name)
	if err != nil {
		t.Fatal(err)
	}
	return newEvents(t, schema.CloudTrail, lines)
}

// TestOpenSearchFindsTextsOfAnyLength asks for texts around the lengths at which
// Lucene and the template change their ways: each is found by its end, and by
// itself alone.
func TestOpenSearchFindsTextsOfAnyLength(t *testing.T) {
	e := newOnOpenSearch(t)
	agent, _, _ := schema.CloudTrail.Resolve("userAgent")
	lengths := []int{1, 255, 256, 257, 300, 4_095, 4_096, 8_190, 8_191, 8_192, 32_766, 32_767, 40_000}
	var docs [][]byte
	var plans []*compiler.Plan
	for _, n := range lengths {
		text := strings.Repeat("Aé", n/2) + strings.Repeat("Z", n%2)
		docs = append(docs, []byte(`{"userAgent":"`+text+`!","requestParameters":{"policy":"`+text+`"}}`))
		for _, fold := range []bool{true, false} {
			value := text + "!"
			if fold {
				value = sigma.Fold(value)
			}
			plans = append(plans, planOf(schema.CloudTrail, compiler.In{Field: agent, Values: []string{value}, Fold: fold}))
		}
	}
	everywhere := []compiler.Pred{
		compiler.Text{Field: agent, Pattern: sigma.ParsePattern("*!"), Fold: true},
		compiler.Text{Field: agent, Pattern: sigma.ParsePattern("*!")},
		compiler.Regexp{Field: agent, Expr: "!$"},
		compiler.Not{Of: compiler.Null{Field: agent}},
	}
	for _, p := range everywhere {
		plans = append(plans, planOf(schema.CloudTrail, p))
	}
	ids, err := e.load(t.Context(), schema.CloudTrail, docs)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range plans {
		if legal, diags := compiler.Legalize(p, e.Target()); legal == nil || legal.Residual != nil {
			t.Fatalf("%s is not said exactly: %v", dump(p.Where), diags)
		}
		for j, found := range e.verdicts(t, plans[i:i+1], ids)[0] {
			if want := i >= 2*len(lengths) || i/2 == j; found != want {
				t.Errorf("plan %d: a text of %d is found: %v", i, lengths[j], found)
			}
		}
	}
}
