package all

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

var update = flag.Bool("update", false, "write the golden queries again")

// TestPackQueriesAreAsReviewed holds each engine's query for each shipped rule
// against the reviewed one in the engine's testdata/golden. Spelling only: that
// the rows are right is for the conformance suite.
func TestPackQueriesAreAsReviewed(t *testing.T) {
	day := time.Date(2026, time.March, 10, 0, 0, 0, 0, time.UTC)
	window := backends.Window{Start: day, End: day.AddDate(0, 0, 1)}
	for _, engine := range Engines {
		if !engine.Writes() {
			continue
		}
		backend, err := engine.New(backends.Config{})
		if err != nil {
			t.Fatal(err)
		}
		for _, plan := range packPlans(t) {
			name := plan.Rule.Name
			t.Run(engine.Name+"/"+name, func(t *testing.T) {
				legal, diags := compiler.Legalize(plan, backend.Target())
				if legal == nil {
					t.Fatal(diags.Err())
				}
				query, err := backend.Emit(compiler.Batch{Source: legal.Source, Plans: []*compiler.Plan{legal}}, window)
				if err != nil {
					t.Fatal(err)
				}
				compareGolden(t, filepath.Join("..", engine.Name, "testdata", "golden", name+engine.Language.Extension), query.Text)
			})
		}
	}
}

func packPlans(t *testing.T) []*compiler.Plan {
	t.Helper()
	var plans []*compiler.Plan
	for _, name := range rules.Names() {
		pack, err := rules.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		compiled, diags := compiler.CompileAll(pack.Rules, schema.ForLogsource)
		if diags.HasErrors() {
			t.Fatal(diags.Err())
		}
		plans = append(plans, compiled...)
	}
	return plans
}

func compareGolden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: write it with -update and review it", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// TestPackStatementsAreAsReviewed does the same for the statement of each shipped
// correlation, of engines that make episodes in one.
func TestPackStatementsAreAsReviewed(t *testing.T) {
	day := time.Date(2026, time.March, 10, 0, 0, 0, 0, time.UTC)
	window := backends.Window{Start: day, End: day.AddDate(0, 0, 1)}
	for _, engine := range Engines {
		backend, err := engine.New(backends.Config{})
		if err != nil {
			t.Fatal(err)
		}
		ok := backend.WritesCorrelations().Statement != nil
		if ok != (backend.Target().Correlation == compiler.InOneQuery) {
			t.Fatalf("%s has %s for its correlations", engine.Name, backend.Target().Correlation)
		}
		if !ok {
			continue
		}
		for _, of := range packCorrelations(t) {
			name := of.Rule.Name
			t.Run(engine.Name+"/"+name, func(t *testing.T) {
				legal := map[*sigma.Rule]*compiler.Plan{}
				for _, p := range of.Bases() {
					legal[p.Rule], _ = compiler.Legalize(p, backend.Target())
				}
				query, err := backends.EmitCorrelation(backend, of, legal, window)
				if err != nil {
					t.Fatal(err)
				}
				compareGolden(t, filepath.Join("..", engine.Name, "testdata", "golden", name+engine.Language.Extension), query.Text)
			})
		}
	}
}

func packCorrelations(t *testing.T) (list []*compiler.CorrelationPlan) {
	t.Helper()
	for _, name := range rules.Names() {
		pack, err := rules.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		pack = sigma.Join(pack)
		low := compiler.Lower(pack, schema.ForLogsource)
		if err := low.Diags.Err(); err != nil {
			t.Fatal(err)
		}
		list = append(list, low.Reporting()...)
	}
	return list
}
