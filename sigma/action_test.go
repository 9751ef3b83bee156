package sigma

import (
	"testing"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// pySigma, "SigmaCollection": repeat merges into the rule before and gives a
// rule more; what is global wins over both.
func TestRepeatAddsToTheRuleBefore(t *testing.T) {
	doc, diags := Parse(&diag.Source{Name: "rule.yml", Text: []byte(`action: global
level: high
---
title: First
logsource: {product: aws, service: cloudtrail}
detection:
    selection: {eventName: A, eventSource: x}
    condition: selection
---
action: repeat
title: Second
level: low
detection:
    selection: {eventName: B}
---
action: repeat
title: Third
`)})
	if err := diags.Err(); err != nil || len(doc.Rules) != 3 {
		t.Fatalf("%d rules: %v", len(doc.Rules), err)
	}
	for i, want := range []string{"A", "B", "B"} {
		rule := doc.Rules[i]
		items := rule.Detection.Searches[0].Of[0]
		if rule.Level != "high" || len(items) != 2 || items[0].Values[0].Text != want || items[1].Values[0].Text != "x" {
			t.Errorf("%s: level %s, items %+v", rule.Title, rule.Level, items)
		}
	}
	if doc.Rules[2].Title != "Third" {
		t.Errorf("title %q", doc.Rules[2].Title)
	}
}

func TestActionsDoNotReachCorrelationsAndFilters(t *testing.T) {
	doc, diags := Parse(&diag.Source{Name: "rule.yml", Text: []byte(`action: global
level: high
---
title: Filter
logsource: {product: aws}
filter: {rules: any, selection: {eventName: A}, condition: not selection}
`)})
	if err := diags.Err(); err != nil || len(doc.Filters) != 1 || doc.Filters[0].Level != "" {
		t.Errorf("filters %v: %v", doc.Filters, err)
	}
}
