package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

// TestOneSearchNamesTheRulesOfEachHit fuses the pack, and holds the names that
// each hit carries against each rule's own query.
func TestOneSearchNamesTheRulesOfEachHit(t *testing.T) {
	e := newOnOpenSearch(t)
	var plans []*compiler.Plan
	var docs [][]byte
	for _, pack := range rules.Names() {
		cases, err := PackCases(rules.Files(), pack)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			plan := c.Compile(t)
			if plan.Source != schema.CloudTrail {
				continue
			}
			legal, diags := compiler.Legalize(plan, e.Target())
			if legal == nil {
				t.Fatal(diags.Err())
			}
			plans = append(plans, legal)
			docs = append(docs, bytes.Split(bytes.TrimSpace(c.Events), []byte("\n"))...)
		}
	}
	ids, err := e.load(t.Context(), schema.CloudTrail, docs)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(compiler.Fuse(plans, e.Target())); n != 1 {
		t.Errorf("%d rules make %d searches", len(plans), n)
	}
	if hits := e.sameTogether(t, plans, ids); hits < len(plans) {
		t.Errorf("%d rules have %d hits", len(plans), hits)
	}
}

// sameTogether holds what one search says of each hit's plans against what the plans'
// own searches find, and counts the hits of these.
func (e *onOpenSearch) sameTogether(t *testing.T, plans []*compiler.Plan, ids []string) (hits int) {
	t.Helper()
	for _, batch := range compiler.Fuse(plans, e.Target()) {
		told, err := e.labelled(t.Context(), batch, ids)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range batch.Plans {
			matched, err := e.found(t.Context(), p, ids)
			if err != nil {
				t.Fatal(err)
			}
			hits += len(matched)
			if !maps.Equal(told[i], matched) {
				t.Errorf("in company, %s matches %v; by itself %v", dump(p.Where), told[i], matched)
			}
		}
	}
	return hits
}

// labelled returns for each plan of a batch which records among the given ones the search
// says that it matches.
func (e *onOpenSearch) labelled(ctx context.Context, batch compiler.Batch, among []string) ([]map[string]bool, error) {
	query, err := e.backend.Emit(batch, backends.Window{})
	if err != nil {
		return nil, err
	}
	clause, err := keptTo(query, among)
	if err != nil {
		return nil, err
	}
	answer, err := e.server.Do(ctx, "POST", "/"+e.index(batch.Source)+"/_search", map[string]any{
		"size": len(among), "_source": false, "query": clause,
	})
	if err != nil {
		return nil, fmt.Errorf("%w in\n%s", err, query.Text)
	}
	var page struct {
		Hits struct {
			Hits []struct {
				ID      string   `json:"_id"`
				Matched []string `json:"matched_queries"`
			}
		}
	}
	if err := json.Unmarshal(answer, &page); err != nil {
		return nil, err
	}
	told := make([]map[string]bool, len(batch.Plans))
	for i := range told {
		told[i] = map[string]bool{}
	}
	for _, h := range page.Hits.Hits {
		if len(told) == 1 { // it has no name
			told[0][h.ID] = true
			continue
		}
		for _, name := range h.Matched {
			place, _, _ := strings.Cut(name, ":") // a superset says so behind its place
			i, err := strconv.Atoi(place)
			if err != nil || i >= len(told) {
				return nil, fmt.Errorf("the record %s matched %q", h.ID, name)
			}
			told[i][h.ID] = true
		}
	}
	return told, nil
}

// The names of a search's clauses tell which plans a hit matched, whatever the plans.
func TestOneSearchNamesRandomPlansOfEachHit(t *testing.T) {
	e := newOnOpenSearch(t)
	for _, of := range subjects {
		t.Run(of.source.Name, func(t *testing.T) {
			r := newRandomOf(t, *seed, of)
			hits, trials := 0, max(1, *pairs/500)
			for range trials {
				r.shuffle()
				_, ids := e.keep(t, r.events(t, recordsAtOnce))
				var plans []*compiler.Plan
				for i := range plansAtOnce {
					legal, diags := compiler.Legalize(planOf(of.source, r.pred(i%4)), e.Target())
					if legal == nil {
						t.Fatal(diags.Err())
					}
					plans = append(plans, legal)
				}
				hits += e.sameTogether(t, plans, ids)
			}
			t.Logf("%d plans, %d at once, have %d hits", trials*plansAtOnce, plansAtOnce, hits)
		})
	}
}
