package pipeline

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

func TestAFileWithoutAPipelineIsRefused(t *testing.T) {
	for _, text := range []string{"", "---\n", "# nothing\n", "null\n"} {
		p, diags := Parse(&diag.Source{Name: "pipeline.yml", Text: []byte(text)})
		if p != nil || len(diags) != 1 || diags[0].Code != diag.BadPipeline {
			t.Errorf("%q: %v", text, diags)
		}
	}
}

func TestPipelinesAreBounded(t *testing.T) {
	deep := strings.Repeat("(", 150) + "a" + strings.Repeat(")", 150)
	tests := []struct{ name, text, want string }{
		{"steps", "transformations:\n" + strings.Repeat("- {type: drop_detection_item}\n", maxSteps+1), "more than 1000 steps"},
		{"nested steps", "transformations: [{type: nest, items: [" + strings.Repeat("{type: drop_detection_item}, ", maxSteps) + "]}]", "more than 1000 steps"},
		{"conditions", steps("type: drop_detection_item\nrule_conditions: [" + strings.Repeat("{type: is_sigma_rule}, ", maxConditions+1) + "]"), "more than 10000 conditions"},
		{"nesting of an expression", steps("type: drop_detection_item\nrule_conditions: {a: {type: is_sigma_rule}}\nrule_cond_expr: " + deep), "deeper than 100 levels"},
		{"words", steps("type: drop_detection_item\nrule_conditions: {a: {type: is_sigma_rule}}\nrule_cond_expr: a" + strings.Repeat(" or a", maxWords)), "more than 2000 words"},
		{"patterns", steps("type: drop_detection_item\nfield_name_conditions: [{type: include_fields, mode: re, fields: [" + strings.Repeat("a, ", maxPatterns+1) + "]}]"), "more than 1000 regular expressions"},
		{"names", steps("type: field_name_prefix\nprefix: " + strings.Repeat("x", maxName+1)), "longer than 1000 bytes"},
		{"nesting of steps", "transformations: " + strings.Repeat("[{type: nest, items: ", 40) + "[]" + strings.Repeat("}]", 40), "nested deeper than 64 levels"},
		{"diagnostics", "transformations:\n- type: field_name_mapping\n  mapping:\n" + manyBadEntries(5_000), "1000 diagnostics already"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, diags := Parse(&diag.Source{Name: "pipeline.yml", Text: []byte(tt.text)})
			if err := diags.Err(); p != nil || err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %.300v", err)
			}
		})
	}
}

func manyBadEntries(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "    f%d: {}\n", i)
	}
	return b.String()
}

func TestAlternativesAreBounded(t *testing.T) {
	var items, targets []string
	for i := range 5 {
		items = append(items, fmt.Sprintf("f%d: 1", i))
		targets = append(targets, fmt.Sprintf("f%d: [a%d, b%d, c%d, d%d, e%d, f%d, g%d]", i, i, i, i, i, i, i, i))
	}
	text := steps("type: field_name_mapping\nmapping: {" + strings.Join(targets, ", ") + "}")
	if r := applied(t, rule("s: {"+strings.Join(items[:4], ", ")+"}, condition: s"), text); len(r.Detection.Searches[0].Of) != 2401 {
		t.Errorf("%d alternatives", len(r.Detection.Searches[0].Of))
	}
	pack, got := refused(t, rule("s: {"+strings.Join(items, ", ")+"}, condition: s"), text)
	if want := `rules.yml:4:45: error: a pipeline makes more than 10000 alternatives of the search "s"`; !strings.HasPrefix(got, want) || len(pack.Rules) != 0 {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestLargeSearchesThatDoNotGrowStay(t *testing.T) {
	list := strings.Repeat("{a: 1}, ", maxAlternatives+10)
	r := applied(t, rule("s: ["+list+"], condition: s"), steps("type: field_name_mapping\nmapping: {a: b}"))
	if n := len(r.Detection.Searches[0].Of); n != maxAlternatives+10 {
		t.Errorf("%d alternatives", n)
	}
}

func TestWhatAllRulesBecomeIsBounded(t *testing.T) {
	var targets []string
	for i := range 9_000 {
		targets = append(targets, fmt.Sprint("t", i))
	}
	var items []string
	for i := range 300 {
		items = append(items, fmt.Sprintf("i%d: 1", i))
	}
	text := steps("type: field_name_mapping\nmapping: {a: [" + strings.Join(targets, ", ") + "]}")
	_, got := refused(t, rule("s: {a: 1, "+strings.Join(items, ", ")+"}, condition: s"), text)
	if !strings.Contains(got, "more than 2000000 items") {
		t.Errorf("got %s", got)
	}
	_, got = refused(t, rule("s: {z: 1}, condition: s", "fields: [a]"), strings.Replace(text, "a: [", "a: ["+strings.Join(many("u", 2_000), ", ")+", ", 1))
	if !strings.Contains(got, "more than 10000 fields") {
		t.Errorf("got %s", got)
	}
	_, got = refused(t, rule("s: {z|fieldref: [a, a]}, condition: s"), text)
	if !strings.Contains(got, "more than 10000 values") {
		t.Errorf("got %s", got)
	}
}

func many(name string, n int) []string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprint(name, i))
	}
	return list
}

func TestNamesOfFieldsAreBounded(t *testing.T) {
	text := "transformations:\n" + strings.Repeat("- {type: field_name_prefix, prefix: "+strings.Repeat("x", maxName)+"}\n", 20)
	_, got := refused(t, rule("s: {a: 1}, condition: s"), text)
	if !strings.Contains(got, "the name of a field longer than 10000 bytes") {
		t.Errorf("got %.200s", got)
	}
}
