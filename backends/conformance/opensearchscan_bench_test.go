package conformance

import (
	"hash/maphash"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/opensearch"
	"github.com/sigmahunt/sigmahunt/compiler"
)

// ruleRows are the rows of one rule: how many, and a hash of them in their order.
type ruleRows struct {
	rows int
	hash uint64
}

var rowsSeed = maphash.MakeSeed()

// add takes a row in.
func (f ruleRows) add(event []byte) ruleRows {
	return ruleRows{f.rows + 1, f.hash*31 + maphash.Bytes(rowsSeed, event)}
}

// scan reads all rows of a question as the program does. It gives the time that
// took, and the node's share of it.
func (s *searched) scan(b *testing.B, q *question) (wait, took time.Duration) {
	b.Helper()
	x, err := opensearch.Engine.Open(b.Context(), s.config())
	if err != nil {
		b.Fatal(err)
	}
	defer x.Close()
	q.rows = map[*compiler.Plan]ruleRows{}
	started := time.Now()
	for _, search := range q.searches {
		for row, err := range backends.Finish(x.Run(b.Context(), search), search.Batch) {
			if err != nil {
				b.Fatal(err)
			}
			for _, i := range row.Plans {
				p := search.Batch.Plans[i]
				q.rows[p] = q.rows[p].add(row.Event)
			}
		}
	}
	wait = time.Since(started)
	stats := x.Stats()
	if stats.Lost > 0 {
		b.Fatalf("%s: %v", q.title, stats.Problems)
	}
	return wait, stats.Engine
}

// holdScan holds the rows that the fused scan gave for each rule against those of
// the rule's own.
func (s *searched) holdScan(b *testing.B) {
	b.Helper()
	for _, rule := range s.rules {
		for _, p := range rule.searches[0].Batch.Plans {
			if got, want := s.fused.rows[p], rule.rows[p]; got != want {
				b.Errorf("%s: %d rows fused, %d alone, or others", rule.title, got.rows, want.rows)
			}
		}
	}
}
