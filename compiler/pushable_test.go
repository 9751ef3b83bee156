package compiler

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// pushable gives why a correlation over rules of a source is no statement.
func pushable(t *testing.T, target *Target, service, correlation string, rules int) string {
	t.Helper()
	var text strings.Builder
	var names []string
	for i := range rules {
		names = append(names, fmt.Sprintf("r%d", i))
		fmt.Fprintf(&text, "title: r%d\nname: r%d\nlogsource: {product: aws, service: %s}\ndetection: {s: {region: x}, condition: s}\n---\n", i, i, service)
	}
	body := strings.ReplaceAll(correlation, "RULES", strings.Join(names, ", "))
	source := strings.ReplaceAll(text.String(), "region: x", map[string]string{"cloudtrail": "eventName: x", "vpcflow": "action: x"}[service]) + "title: c\ncorrelation: " + body
	doc, diags := sigma.Parse(&diag.Source{Name: "c.yml", Text: []byte(source)})
	pack := sigma.Join(&sigma.Pack{Document: doc, Files: 1, Diags: diags})
	if err := pack.Diags.Err(); err != nil {
		t.Fatal(err)
	}
	plans, legal := map[*sigma.Rule]*Plan{}, map[*sigma.Rule]*Plan{}
	for _, r := range pack.Rules {
		plans[r], _ = Compile(r, schema.ForLogsource)
		legal[r], _ = Legalize(plans[r], target)
	}
	of, diags := (&correlator{plans: plans, sources: schema.ForLogsource}).correlate(pack.Correlations[0])
	if of == nil {
		t.Fatal(diags)
	}
	return Pushable(of, target, legal)
}

func TestWhatNoStatementSaysIsToldWithItsReason(t *testing.T) {
	in := plainTarget()
	in.Correlation = InOneQuery
	hashless := plainTarget()
	hashless.Correlation, hashless.Identity = InOneQuery, Unsupported
	wide := plainTarget()
	wide.Correlation = InOneQuery
	wide.LeafSupport = func(Pred) (Support, string) { return Superset, "all" }
	for _, c := range []struct {
		target               *Target
		service, correlation string
		rules                int
		want                 string
	}{
		{&Target{Title: "X", Correlation: OfRows}, "cloudtrail", "{type: event_count, rules: [RULES], timespan: 5m, condition: {gte: 3}}", 1, "X correlates in no statement"},
		{in, "cloudtrail", "{type: event_count, rules: [RULES], timespan: 5m, condition: {gte: 3}}", 2, ""},
		{in, "vpcflow", "{type: event_count, rules: [RULES], timespan: 5m, condition: {gte: 3}}", 1, ""},
		{hashless, "vpcflow", "{type: event_count, rules: [RULES], timespan: 5m, condition: {gte: 3}}", 1, "have no id"},
		{wide, "cloudtrail", "{type: event_count, rules: [RULES], timespan: 5m, condition: {gte: 3}}", 1, "rows must be checked"},
		{in, "cloudtrail", "{type: temporal_ordered, rules: [RULES], timespan: 5m, condition: {gte: 3}}", 8, ""},
		{in, "cloudtrail", "{type: temporal_ordered, rules: [RULES], timespan: 5m, condition: {gte: 3}}", 9, "order of more than 8 rules"},
		{in, "cloudtrail", "{type: event_count, rules: [RULES], timespan: 60y, condition: {gte: 3}}", 1, "timespan is too long"},
		{in, "cloudtrail", "{type: value_avg, rules: [RULES], timespan: 5m, condition: {gte: 0.0000000001, field: requestParameters.n}}", 1, "too many digits"},
		{in, "cloudtrail", "{type: value_sum, rules: [RULES], timespan: 5m, condition: {gte: 0.0000000001, field: requestParameters.n}}", 1, ""},
		{in, "cloudtrail", "{type: value_percentile, rules: [RULES], timespan: 5m, condition: {gte: 1, percentile: 99.99999, field: requestParameters.n}}", 1, "percentile has too many digits"},
	} {
		got := pushable(t, c.target, c.service, c.correlation, c.rules)
		if got != c.want && (c.want == "" || !strings.Contains(got, c.want)) {
			t.Errorf("%s %s of %d rules: %q, want %q", c.service, c.correlation, c.rules, got, c.want)
		}
	}
}
