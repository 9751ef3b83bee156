package compiler

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// FuzzCompile wants of any text: no panic in any phase, a plan exactly where
// there is no error, and a place in the text for every predicate and diagnostic.
func FuzzCompile(f *testing.F) {
	for _, pattern := range []string{"testdata/diagnostics/*.yml", "../sigma/rules/aws/*/*.yml"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		src := &diag.Source{Name: "fuzz.yml", Text: text}
		doc, _ := sigma.Parse(src)
		for _, rule := range doc.Rules {
			plan, diags := Compile(rule, schema.ForLogsource)
			if (plan == nil) != diags.HasErrors() {
				t.Fatalf("plan %v, errors %v", plan != nil, diags.Err())
			}
			if plan != nil {
				Walk(plan.Where, func(p Pred) {
					if p.Span().Source != src || p.Span().Line < 1 {
						t.Fatalf("%s comes from %v", dump(p), p.Span())
					}
				})
				if again := dump(Simplify(plan.Where)); again != dump(plan.Where) {
					t.Fatalf("%s is simplified once more to %s", dump(plan.Where), again)
				}
				var legal diag.List
				if plan, legal = Legalize(plan, strictTarget()); (plan == nil) != legal.HasErrors() {
					t.Fatalf("legal plan %v, errors %v", plan != nil, legal.Err())
				}
				diags = append(diags, legal...)
			}
			for _, d := range diags {
				if d.Span.Source != src || d.Span.Line < 1 || d.Span.Col < 1 || d.Span.Len < 1 {
					t.Fatalf("%v has no place", d)
				}
			}
		}
	})
}
