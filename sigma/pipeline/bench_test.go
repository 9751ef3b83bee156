package pipeline

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// largeMapping gives a pipeline of one mapping of n fields.
func largeMapping(tb testing.TB, kind string, n int) *Pipeline {
	tb.Helper()
	var mapping strings.Builder
	for i := range n {
		fmt.Fprintf(&mapping, "    field%d: f%d\n", i, i)
	}
	return parsed(tb, "transformations:\n- type: "+kind+"\n  mapping:\n"+mapping.String())
}

// manyRules gives n rules of two fields that largeMapping maps and one that it does not.
func manyRules(tb testing.TB, n int) *sigma.Pack {
	tb.Helper()
	pack := &sigma.Pack{}
	for i := range n {
		text := strings.ReplaceAll(rule(fmt.Sprintf("s: {field%d: 1, field%d: 2, other: 3}, condition: s", i, i+1)), "name: example\n", "")
		doc, diags := sigma.Parse(&diag.Source{Name: "r.yml", Text: []byte(text)})
		if err := diags.Err(); err != nil {
			tb.Fatal(err)
		}
		pack.Rules = append(pack.Rules, doc.Rules...)
	}
	return sigma.Join(pack)
}

func checkMapped(tb testing.TB, got *sigma.Pack) {
	tb.Helper()
	if len(got.Rules) != 4_000 || got.Rules[0].Detection.Searches[0].Of[0][0].Field != "f0" {
		tb.Fatalf("%d rules, %s", len(got.Rules), show(got.Rules[0]))
	}
}

func TestLargeMappingsOverManyRules(t *testing.T) {
	pack := manyRules(t, 4_000)
	for _, kind := range []string{"field_name_mapping", "field_name_prefix_mapping"} {
		checkMapped(t, Apply(pack, []*Pipeline{largeMapping(t, kind, 90_000)}))
	}
}

// BenchmarkMapping applies mappings of 90,000 fields to 4,000 rules, and gives
// the ratio of the time to that of mappings of 5,000 fields: they are not walked
// for each field of each rule, so it stays far below 18.
func BenchmarkMapping(b *testing.B) {
	pack := manyRules(b, 4_000)
	for _, kind := range []string{"field_name_mapping", "field_name_prefix_mapping"} {
		b.Run(kind, func(b *testing.B) {
			small, large := largeMapping(b, kind, 5_000), largeMapping(b, kind, 90_000)
			var short, long time.Duration
			for b.Loop() {
				began := time.Now()
				Apply(pack, []*Pipeline{small})
				short += time.Since(began)
				began = time.Now()
				got := Apply(pack, []*Pipeline{large})
				long += time.Since(began)
				checkMapped(b, got)
			}
			b.ReportMetric(long.Seconds()/short.Seconds(), "x_time_of_5000")
		})
	}
}
