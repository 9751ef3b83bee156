package conformance

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// indexShare is how many of the plans that other engines are held to fall to one
// of OpenSearch's, which are a request each.
const indexShare = 5

// keep loads those records that the index takes: it refuses an object in the
// place of a text, and the other way round, which no record of AWS has among
// the declared fields.
func (e *onOpenSearch) keep(t *testing.T, records []*record.Record) (kept []*record.Record, ids []string) {
	t.Helper()
	docs := make([][]byte, len(records))
	names := make([]string, len(records))
	for i, rec := range records {
		docs[i], names[i] = rec.Raw, strconv.Itoa(e.loaded)
		e.loaded++
	}
	refused, err := e.server.Bulk(t.Context(), e.index(schema.CloudTrail), names, docs)
	if err != nil {
		t.Fatal(err)
	}
	lost := map[string]bool{}
	for _, r := range refused {
		lost[r.ID] = true
	}
	for i, id := range names {
		if !lost[id] {
			kept, ids = append(kept, records[i]), append(ids, id)
		}
	}
	return kept, ids
}

// TestOpenSearchAgreesWithTheEvaluatorOnRandomPlans holds queries against the
// evaluator. A record may count as what the index holds of it: null and empty
// arrays are absent there, keys with dots are paths.
func TestOpenSearchAgreesWithTheEvaluatorOnRandomPlans(t *testing.T) {
	e := newOnOpenSearch(t)
	r := newRandom(t, *seed)
	alike, widened, unread, shown := 0, 0, 0, 0
	var apart []string
	for done := 0; done < *pairs/indexShare && shown < maxShown; done += plansAtOnce {
		r.shuffle()
		records, ids := e.keep(t, r.events(t, recordsAtOnce).records)
		unread += recordsAtOnce - len(records)
		for i := range plansAtOnce {
			p := r.pred(i % 4)
			legal, diags := compiler.Legalize(planOf(p), e.Target())
			if legal == nil {
				t.Fatal(diags.Err())
			}
			query, err := e.backend.Emit(compiler.Batch{Source: legal.Source, Plans: []*compiler.Plan{legal}}, backends.Window{})
			if err != nil {
				t.Fatal(err)
			}
			matched, err := e.ids(t.Context(), query, ids)
			if err != nil {
				t.Fatalf("%v in\n%s", err, query.Text)
			}
			want := evaluated([]compiler.Pred{p}, events{records: records})[0]
			for j, id := range ids {
				switch {
				case legal.Residual != nil && matched[id]:
					widened++
				case matched[id] == want[j]:
					alike++
				default:
					shown++
					apart = append(apart, fmt.Sprintf("OpenSearch says %v of\n\t%s\n\t%s", matched[id], dump(p), records[j].Raw))
				}
			}
		}
	}
	for _, text := range apart[:min(maxShown, len(apart))] {
		t.Error(text)
	}
	t.Logf("%d pairs of a plan and an event decided alike, %d more in a superset; the index refuses %d records", alike, widened, unread)
}
