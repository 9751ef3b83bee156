package all

import (
	"maps"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/corpustest"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// shared is where public rules may stand beside the module.
const shared = "../../../shared"

// open compiles rules whose fields no AWS source has, and counts those that the
// engine takes and those that it refuses by code.
func open(t testing.TB, rules []*sigma.Rule, engine backends.Engine) (queries []backends.Query, refused map[diag.Code]int) {
	t.Helper()
	backend, err := engine.New(backends.Config{})
	if err != nil {
		t.Fatal(err)
	}
	refused = map[diag.Code]int{}
	for _, rule := range rules {
		plan, diags := compiler.Compile(rule, schema.OpenLookup)
		if plan != nil {
			plan, diags = compiler.Legalize(plan, backend.Target())
		}
		if plan == nil {
			refused[firstError(diags)]++
			continue
		}
		query, err := backend.Emit(compiler.Batch{Source: plan.Source, Plans: []*compiler.Plan{plan}}, backends.Window{})
		if err != nil {
			refused[diag.QueryTooLong]++
			continue
		}
		queries = append(queries, query)
	}
	return queries, refused
}

func firstError(diags diag.List) diag.Code {
	for _, d := range diags {
		if d.Severity == diag.Error {
			return d.Code
		}
	}
	return ""
}

// Of the public rules each engine refuses what its row of the table of targets
// refuses, and the placeholders that have no values.
func TestPublicRulesAreRefusedForWhatTheTargetsSay(t *testing.T) {
	rules := corpustest.Rules(t, shared)
	want := map[string]map[diag.Code]int{
		"local":      {diag.Placeholder: 25},
		"duckdb":     {diag.Placeholder: 25},
		"athena":     {diag.Placeholder: 25, diag.Unsupported: 107, diag.QueryTooLong: 1},
		"opensearch": {diag.Placeholder: 25},
	}
	for _, engine := range Engines {
		queries, refused := open(t, rules, engine)
		total := len(queries)
		for _, n := range refused {
			total += n
		}
		if total != len(rules) || !maps.Equal(refused, want[engine.Name]) {
			t.Errorf("%s: %d of %d rules counted, refused %v, want %v", engine.Name, total, len(rules), refused, want[engine.Name])
		}
		t.Logf("%s: %d compiled, refused %v", engine.Name, len(queries), refused)
	}
}

// BenchmarkPublicRules loads the public rules and writes a query for each.
func BenchmarkPublicRules(b *testing.B) {
	files := corpustest.Files(b, shared)
	for _, engine := range Engines {
		b.Run(engine.Name, func(b *testing.B) {
			b.ReportAllocs()
			rules := 0
			for b.Loop() {
				pack, err := sigma.Load(files, ".", "")
				if err != nil {
					b.Fatal(err)
				}
				open(b, pack.Rules, engine)
				rules += len(pack.Rules)
			}
			b.ReportMetric(float64(rules)/b.Elapsed().Seconds(), "rules/s")
		})
	}
}
