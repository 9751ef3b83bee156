package conformance

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// indexShare is how many of the plans that other engines are held to fall to one
// of OpenSearch's, which are a request each.
const indexShare = 5

// keep loads those records that the index takes: it refuses an object in the
// place of a text, and the other way round, which no record of AWS has among
// the declared fields.
func (e *onOpenSearch) keep(t *testing.T, all events) (kept events, ids []string) {
	t.Helper()
	docs := make([][]byte, len(all.records))
	for i, rec := range all.records {
		docs[i] = rec.Raw
	}
	names, refused, err := e.add(t.Context(), all.source, docs)
	if err != nil {
		t.Fatal(err)
	}
	lost := map[string]bool{}
	for _, r := range refused {
		lost[r.ID] = true
	}
	kept.source = all.source
	for i, id := range names {
		if !lost[id] {
			kept.records, ids = append(kept.records, all.records[i]), append(ids, id)
		}
	}
	return kept, ids
}

// indexed returns what the index holds of a value: members without null and empty
// arrays, nothing of an array but its elements. Nothing is held of nothing.
func indexed(v record.Value) string {
	var parts []string
	switch v.Kind {
	case record.Object:
		for m := range v.Members() {
			if text := indexed(m.Value); text != "" {
				parts = append(parts, `"`+string(m.Key)+`":`+text)
			}
		}
		return "{" + strings.Join(parts, ",") + "}"
	case record.Array:
		for e := range v.Elements() {
			if text := indexed(e); text != "" {
				parts = append(parts, text)
			}
		}
		if len(parts) == 0 {
			return ""
		}
		return "[" + strings.Join(parts, ",") + "]"
	case record.Null, record.Absent:
		return ""
	default:
		return string(v.Raw)
	}
}

// asIndexed returns records as the index holds them.
func asIndexed(t *testing.T, e events) events {
	var lines [][]byte
	for _, rec := range e.records {
		lines = append(lines, []byte(indexed(record.Value{Kind: record.Object, Raw: rec.Raw})))
	}
	return newEvents(t, e.source, lines)
}

// spelledApart matches numbers whose spelling tells them from others of the same
// number, or that an index may spell anew; outOfRange those that are infinite or 0 as
// doubles.
var (
	spelledApart = regexp.MustCompile(`[.eE]|^-0$`)
	outOfRange   = regexp.MustCompile(`[eE][-+]?[0-9]{3}`)
)

// looksAt reports whether some leaf of a kind looks, in the place of a declared text, at
// a number with such a spelling.
func looksAt(spelling *regexp.Regexp, kind func(compiler.Pred) bool, p compiler.Pred, rec *record.Record) bool {
	found := false
	compiler.Walk(p, func(q compiler.Pred) {
		for _, f := range compiler.Fields(q) {
			found = found || kind(q) && !f.Dynamic() && rec.Leaves(f.Keys, func(v record.Value) bool {
				return v.Kind == record.Number && spelling.Match(v.Raw)
			})
		}
	})
	return found
}

// halfPair matches half of a surrogate pair, where it is spelled as the records here
// spell it. The node holds it as a question mark, the evaluator as U+FFFD.
var halfPair = regexp.MustCompile(`\\ud(800|c00a)`)

// asNoted reports whether an answer that is not the evaluator's is one that the
// compiler announced: what the evaluator says of the record as the index holds it, or
// one about the spelling of a number. Of a number that a double cannot hold, and of
// half of a surrogate pair, there is no note.
func asNoted(diags diag.List, p compiler.Pred, rec *record.Record, got, stands bool) bool {
	noted := slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return d.Code == diag.ReadAs })
	anyKind := func(compiler.Pred) bool { return true }
	return noted && (got == stands || looksAt(spelledApart, compiler.TellsSpellings, p, rec)) || looksAt(outOfRange, anyKind, p, rec) ||
		halfPair.Match(rec.Raw) && strings.ContainsAny(dump(p), "?\ufffd")
}

// TestOpenSearchAgreesWithTheEvaluatorOnRandomPlans holds queries against the
// evaluator, or where the two differ and the compiler said so against what it says
// of the record as the index holds it.
func TestOpenSearchAgreesWithTheEvaluatorOnRandomPlans(t *testing.T) {
	e := newOnOpenSearch(t)
	for _, of := range subjects {
		t.Run(of.source.Name, func(t *testing.T) { e.agree(t, newRandomOf(t, *seed, of)) })
	}
}

func (e *onOpenSearch) agree(t *testing.T, r *random) {
	alike, widened, asHeld, unread, shown := 0, 0, 0, 0, 0
	var apart []string
	for done := 0; done < *pairs/indexShare && shown < maxShown; done += plansAtOnce {
		r.shuffle()
		kept, ids := e.keep(t, r.events(t, recordsAtOnce))
		unread += recordsAtOnce - len(kept.records)
		held := asIndexed(t, kept)
		for i := range plansAtOnce {
			p := r.pred(i % 4)
			legal, diags := compiler.Legalize(planOf(kept.source, p), e.Target())
			if legal == nil {
				t.Fatal(diags.Err())
			}
			matched, err := e.found(t.Context(), legal, ids)
			if err != nil {
				t.Fatal(err)
			}
			want, stands := evaluated([]compiler.Pred{p}, kept)[0], evaluated([]compiler.Pred{p}, held)[0]
			for j, id := range ids {
				switch {
				case legal.Residual != nil && matched[id]:
					widened++
				case matched[id] == want[j]:
					alike++
				case asNoted(diags, p, kept.records[j], matched[id], stands[j]):
					asHeld++
				default:
					shown++
					apart = append(apart, fmt.Sprintf("OpenSearch says %v of\n\t%s\n\t%s", matched[id], dump(p), kept.records[j].Raw))
				}
			}
		}
	}
	for _, text := range apart[:min(maxShown, len(apart))] {
		t.Error(text)
	}
	t.Logf("%d pairs of a plan and an event decided alike, %d more in a superset, %d as the index holds the event, with a note; the index refuses %d records", alike, widened, asHeld, unread)
}
