package pipeline

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	sg "github.com/bradleyjkemp/sigma-go"

	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// joined reads a text as a pack that must have no errors.
func joined(t *testing.T, text string) *sigma.Pack {
	t.Helper()
	doc, diags := sigma.Parse(&diag.Source{Name: "rules.yml", Text: []byte(text)})
	pack := sigma.Join(&sigma.Pack{Document: doc, Files: 1, Diags: diags})
	if err := pack.Diags.Err(); err != nil {
		t.Fatal(err)
	}
	return pack
}

// parsed reads a pipeline that must have no errors.
func parsed(t testing.TB, text string) *Pipeline {
	t.Helper()
	p, diags := Parse(&diag.Source{Name: "pipeline.yml", Text: []byte(text)})
	if err := diags.Err(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return p
}

// steps gives the text of a pipeline with those steps.
func steps(text string) string {
	return "name: Example\ntransformations:\n  - " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ") + "\n"
}

// rule gives the text of a rule with that detection in flow style, and more keys
// before it.
func rule(detection string, keys ...string) string {
	text := "title: Example\nname: example\nlogsource: {product: aws, service: cloudtrail}\n"
	for _, k := range keys {
		text += k + "\n"
	}
	return text + "detection: {" + detection + "}\n"
}

// apply applies pipelines to a pack read from a text, and wants that pack to
// stay what it was.
func apply(t *testing.T, rules string, pipelines ...string) *sigma.Pack {
	t.Helper()
	pack, twin := joined(t, rules), joined(t, rules)
	var list []*Pipeline
	for _, text := range pipelines {
		list = append(list, parsed(t, text))
	}
	got := Apply(pack, list)
	if !reflect.DeepEqual(pack, twin) {
		t.Error("the given pack has changed")
	}
	return got
}

// applied is apply for one rule that must stay.
func applied(t *testing.T, rules string, pipelines ...string) *sigma.Rule {
	t.Helper()
	got := apply(t, rules, pipelines...)
	if err := got.Diags.Err(); err != nil {
		t.Fatal(err)
	}
	if len(got.Rules) != 1 {
		t.Fatalf("%d rules", len(got.Rules))
	}
	return got.Rules[0]
}

// refused is apply for a pack of which something must be left out, and gives
// the errors on a line each.
func refused(t *testing.T, rules string, pipelines ...string) (*sigma.Pack, string) {
	t.Helper()
	got := apply(t, rules, pipelines...)
	var errs []string
	for _, d := range got.Diags {
		if d.Severity == diag.Error {
			errs = append(errs, d.Error())
		}
	}
	if len(errs) == 0 {
		t.Fatal("nothing is refused")
	}
	return got, strings.Join(errs, "\n")
}

// show writes a rule's searches and conditions, then its filters'.
func show(r *sigma.Rule) string {
	parts := []string{showDetection(&r.Detection)}
	for _, f := range r.Filters {
		parts = append(parts, showDetection(&f.Detection))
	}
	return strings.Join(parts, " + ")
}

func showDetection(d *sigma.Detection) string {
	var parts []string
	for _, s := range d.Searches {
		var alternatives []string
		for _, a := range s.Of {
			var items []string
			for _, it := range a {
				items = append(items, showItem(&it))
			}
			alternatives = append(alternatives, strings.Join(items, " & "))
		}
		parts = append(parts, s.Name+"("+strings.Join(alternatives, " / ")+")")
	}
	for _, c := range d.Conditions {
		parts = append(parts, showCondition(c.Expr))
	}
	return strings.Join(parts, " ")
}

func showItem(it *sigma.Item) string {
	var values []string
	for _, v := range it.Values {
		if v.Kind == sigma.Null {
			v.Text = "null"
		}
		values = append(values, v.Text)
	}
	return strings.Join(append([]string{it.Field}, it.Modifiers...), "|") + "=" + strings.Join(values, ",")
}

func showCondition(e sg.SearchExpr) string {
	switch e := e.(type) {
	case sg.Not:
		return "not " + showCondition(e.Expr)
	case sg.SearchIdentifier:
		return e.Name
	default:
		return fmt.Sprintf("%T", e)
	}
}

func names(list []sigma.Name) []string {
	var texts []string
	for _, n := range list {
		texts = append(texts, n.Text)
	}
	return texts
}

func wantNames(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}
