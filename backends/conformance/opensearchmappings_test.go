package conformance

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/opensearch"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

const (
	mappingShare = 250 // of how many plans for other engines one is a round here
	mappingPreds = 150 // in a round
	mappingDocs  = 60
)

// mappingProof counts what the run over random mappings showed.
type mappingProof struct {
	exact, covers, widened   int // leaves
	alike, found, more, held int // pairs of a predicate and a record
	taken, refused           int // documents
}

// TestOpenSearchAgreesWithTheEvaluatorOnRandomMappings makes indexes with random
// mappings of the types that people use, and holds what is asked of them against
// the evaluator. The seed of a round that fails repeats it, with -pairs 1.
func TestOpenSearchAgreesWithTheEvaluatorOnRandomMappings(t *testing.T) {
	e := newNode(t)
	var proof mappingProof
	rounds := max(1, *pairs/mappingShare)
	for n := range uint64(rounds) {
		t.Run(fmt.Sprintf("seed %d", *seed+n), func(t *testing.T) { e.mappingRound(t, *seed+n, &proof) })
	}
	t.Logf("%+v", proof)
	leaves := proof.exact + proof.covers + proof.widened
	if proof.exact*100 < 15*leaves || proof.covers*100 < 3*leaves || proof.widened*100 < 15*leaves {
		t.Errorf("of %d leaves %d are exact, %d covered and %d widened, which proves little", leaves, proof.exact, proof.covers, proof.widened)
	}
	if proof.taken < proof.refused/3 || proof.found*50 < proof.alike {
		t.Errorf("%d documents are taken and %d refused, %d of %d pairs match, which proves little", proof.taken, proof.refused, proof.found, proof.alike)
	}
}

// mappingRound makes one index or two, and asks before the documents are there or
// after.
func (e *onOpenSearch) mappingRound(t *testing.T, seed uint64, proof *mappingProof) {
	m := newMapper(t, seed)
	prefix := fmt.Sprintf("mappings-%d-%d", os.Getpid(), seed)
	bodies := []map[string]any{m.index()}
	if m.chance(25) {
		bodies = append(bodies, m.another(bodies[0]))
	}
	for i, body := range bodies {
		e.server.Index(t, prefix+"-"+strconv.Itoa(i), dotted(body))
	}
	early := len(bodies) == 1 && m.chance(30)
	var b backends.Backend
	if early {
		b = e.lookAt(t, prefix)
	}
	var ids []string
	var records [][]byte
	for i, body := range bodies {
		some, taken := e.mapDocuments(t, m, prefix+"-"+strconv.Itoa(i), body, proof)
		ids, records = append(ids, some...), append(records, taken...)
	}
	if len(ids) == 0 {
		return
	}
	if !early {
		b = e.lookAt(t, prefix)
	}
	preds := make([]compiler.Pred, mappingPreds)
	for i := range preds {
		preds[i] = m.ask(i)
	}
	all := newEvents(t, schema.CloudTrail, records)
	want, stands := evaluated(preds, all), evaluated(preds, asIndexed(t, all))
	for i, p := range preds {
		legal, diags := compiler.Legalize(planOf(schema.CloudTrail, p), b.Target())
		if legal == nil {
			t.Fatal(diags.Err())
		}
		proof.count(legal, p)
		query, err := b.Emit(compiler.Batch{Source: legal.Source, Plans: []*compiler.Plan{legal}}, backends.Window{})
		if err != nil {
			t.Fatal(err)
		}
		matched, err := e.among(t.Context(), prefix+"-*", query, ids)
		if err != nil {
			t.Errorf("%v in\n\t%s\n\t%s\n\t%s", err, dump(p), mappingsFor(bodies, p), query.Text)
			continue
		}
		for j, id := range ids {
			if got := matched[id]; !proof.holds(got, want[i][j], legal.Residual != nil, asNoted(diags, p, all.records[j], got, stands[i][j])) {
				t.Errorf("OpenSearch says %v of\n\t%s\n\t%.600s\n\tasked early %v of %s\n\t%s", got, dump(p), records[j], early, mappingsFor(bodies, p), query.Text)
			}
		}
	}
}

// holds reports whether an answer is one that the program may work with: the
// evaluator's, one row more of those that it finishes, or what it says of the
// record as the index holds it, with a note.
func (proof *mappingProof) holds(got, want, finished, asHeld bool) bool {
	if got {
		proof.found++
	}
	switch {
	case got == want:
		proof.alike++
	case got && finished:
		proof.more++
	case asHeld:
		proof.held++
	default:
		return false
	}
	return true
}

// count tells how a leaf was said, by the plan that came of it.
func (proof *mappingProof) count(legal *compiler.Plan, p compiler.Pred) {
	switch p.(type) {
	case compiler.Not, compiler.All, compiler.Any:
		return
	}
	_, all := legal.Where.(compiler.Const)
	switch {
	case legal.Residual == nil:
		proof.exact++
	case all:
		proof.widened++
	default:
		proof.covers++
	}
}

// lookAt makes the backend of the indexes as they are now.
func (e *onOpenSearch) lookAt(t *testing.T, prefix string) backends.Backend {
	t.Helper()
	c := backends.Config{
		Layouts: map[string]string{schema.CloudTrail.Name: "template:" + prefix + "-*"},
		Remote:  backends.Remote{Endpoint: e.server.URL},
	}
	if err := opensearch.Engine.InspectMappings(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	b, err := opensearch.Engine.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// mapDocuments returns those documents that an index takes.
func (e *onOpenSearch) mapDocuments(t *testing.T, m *mapper, index string, body map[string]any, proof *mappingProof) (ids []string, taken [][]byte) {
	t.Helper()
	docs := map[string][]byte{}
	var all []string
	var texts [][]byte
	for range mappingDocs {
		text, err := asText(m.document(body["mappings"].(map[string]any)))
		if err != nil {
			t.Fatal(err)
		}
		id := strconv.Itoa(e.loaded)
		e.loaded++
		docs[id] = text
		all, texts = append(all, id), append(texts, text)
	}
	refused, err := e.server.Bulk(t.Context(), index, all, texts)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range refused {
		delete(docs, r.ID)
	}
	for _, id := range all {
		if docs[id] != nil {
			ids, taken = append(ids, id), append(taken, docs[id])
		}
	}
	proof.taken, proof.refused = proof.taken+len(taken), proof.refused+len(refused)
	return ids, taken
}

// mappingsFor shows what the indexes say of a predicate's fields.
func mappingsFor(bodies []map[string]any, p compiler.Pred) string {
	var tops []string
	compiler.Walk(p, func(p compiler.Pred) {
		for _, f := range compiler.Fields(p) {
			tops = append(tops, f.Keys[0])
		}
	})
	var b strings.Builder
	for _, body := range bodies {
		root := body["mappings"].(map[string]any)
		shown := map[string]any{"settings": body["settings"]}
		for key, v := range root {
			if key != "properties" {
				shown[key] = v
			}
		}
		for name, v := range root["properties"].(map[string]any) {
			if slices.Contains(tops, name) {
				shown[name] = v
			}
		}
		text, _ := json.Marshal(shown)
		b.Write(text)
		b.WriteByte(' ')
	}
	return b.String()
}
