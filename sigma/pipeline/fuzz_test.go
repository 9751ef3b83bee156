package pipeline

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// FuzzPipeline wants no panic, whatever stands in a pipeline and in the rules it
// is applied to, and the given rules unchanged.
func FuzzPipeline(f *testing.F) {
	files, err := filepath.Glob("testdata/diagnostics/*.yml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, []byte(counted))
	}
	for _, s := range []string{
		steps("type: field_name_mapping\nmapping: {a: [b, c], errorCode: [d, e], action: ''}"),
		steps("type: add_condition\nid: x\ntemplate: true\nconditions: {a|re: $service}\nrule_conditions: {a: {type: logsource, product: aws}}\nrule_cond_expr: not (a and not a)"),
		steps("type: nest\nitems: [{type: drop_detection_item, detection_item_conditions: [{type: match_string, cond: all, pattern: a}]}]"),
		steps("type: wildcard_placeholders\nexclude: [b]"),
	} {
		f.Add([]byte(s), []byte(counted))
		f.Add([]byte(s), []byte(rule("s: {a|expand: '%a%%b%', b|fieldref|neq: [a, c]}, condition: s", described)))
	}
	f.Fuzz(func(t *testing.T, text, rules []byte) {
		read := func() *sigma.Pack {
			doc, diags := sigma.Parse(&diag.Source{Name: "rules.yml", Text: rules})
			return sigma.Join(&sigma.Pack{Document: doc, Files: 1, Diags: diags})
		}
		p, diags := Parse(&diag.Source{Name: "pipeline.yml", Text: text})
		if (p == nil) != diags.HasErrors() {
			t.Fatalf("a pipeline %v, diagnostics %v", p != nil, diags)
		}
		pack := read()
		got := Apply(pack, []*Pipeline{p})
		if !reflect.DeepEqual(pack, read()) {
			t.Fatal("the given pack has changed")
		}
		if err := diag.Render(bytes.NewBuffer(nil), append(diags, got.Diags...), diag.Style{}); err != nil {
			t.Fatal(err)
		}
		checkPack(t, got)
	})
}

// checkPack wants searches and alternatives to hold something, and references to
// point into the pack.
func checkPack(t *testing.T, pack *sigma.Pack) {
	t.Helper()
	rules, correlations := map[*sigma.Rule]bool{nil: true}, map[*sigma.Correlation]bool{nil: true}
	for _, r := range pack.Rules {
		rules[r] = true
		details := []*sigma.Detection{&r.Detection}
		for _, f := range r.Filters {
			details = append(details, &f.Detection)
		}
		for _, d := range details {
			for _, s := range d.Searches {
				if len(s.Of) == 0 {
					t.Fatalf("the search %q is empty", s.Name)
				}
				for _, a := range s.Of {
					if len(a) == 0 {
						t.Fatalf("the search %q holds an empty alternative", s.Name)
					}
				}
			}
		}
	}
	for _, c := range pack.Correlations {
		correlations[c] = true
	}
	for _, c := range pack.Correlations {
		for _, ref := range c.Rules {
			if !rules[ref.Rule] || !correlations[ref.Correlation] {
				t.Fatalf("the reference %q points out of the pack", ref.Text)
			}
		}
	}
}
