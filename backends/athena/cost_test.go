package athena

import (
	"math"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends/athena/athenatest"
	"github.com/sigmahunt/sigmahunt/backends/athena/trinotest"
)

func TestTheBillIsInMegabytesAndTenAtLeast(t *testing.T) {
	for scanned, want := range map[int64]int64{
		0: 10_000_000, 1: 10_000_000, 10_000_000: 10_000_000, 10_000_001: 11_000_000, 2_500_000_000: 2_500_000_000, 2_500_000_001: 2_501_000_000,
	} {
		if got := billed(scanned); got != want {
			t.Errorf("%d bytes: %d billed, not %d", scanned, got, want)
		}
	}
}

func TestCostsAddUp(t *testing.T) {
	stats := trinotest.Stats{PhysicalInputBytes: 400, ElapsedMillis: 30, QueuedMillis: 12}
	engine := fake(func(_ trinotest.Session, sql string) ([][]any, trinotest.Stats, error) {
		switch sql {
		case "SELECT big":
			return nil, trinotest.Stats{PhysicalInputBytes: 999_990_000_000}, nil
		case "SELECT wrong":
			return nil, stats, &trinotest.Error{Name: "SYNTAX_ERROR", Kind: "USER_ERROR", Message: "no"}
		}
		return nil, stats, nil
	})
	_, s := serve(t, athenatest.Options{Trino: engine}, Options{Settings: Settings{Dollars: 6, Reuse: time.Hour}})
	if s.cost() != (Cost{}) {
		t.Errorf("got %+v before the first statement", s.cost())
	}
	must(t, s, "SELECT big")
	must(t, s, "SELECT small")
	must(t, s, "SELECT small")
	if _, err := collect(t.Context(), s, "SELECT wrong"); err == nil {
		t.Error("a wrong statement gave rows")
	}
	got, ms := s.cost(), time.Millisecond
	dollars := got.Dollars
	got.Dollars = 0
	want := Cost{
		Statements: 4, Reused: 1, Scanned: 999_990_000_800, Billed: 1_000_000_000_000,
		Queued: 24 * ms, Engine: 60 * ms, Total: 84 * ms,
	}
	if got != want || math.Abs(dollars-6) > 1e-9 {
		t.Errorf("got  %+v and %f dollars\nwant %+v", got, dollars, want)
	}
}
