package sigma

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// joined reads one text as a pack that must have no errors.
func joined(t *testing.T, text string) *Pack {
	t.Helper()
	doc, diags := Parse(&diag.Source{Name: "pack.yml", Text: []byte(text)})
	pack := Join(&Pack{Document: doc, Files: 1, Diags: diags})
	if err := pack.Diags.Err(); err != nil {
		t.Fatal(err)
	}
	return pack
}

const twoRules = `title: Denied
name: denied
logsource: {product: aws, service: cloudtrail}
detection: {selection: {errorCode: AccessDenied}, condition: selection}
---
title: Allowed
name: allowed
logsource: {product: aws, service: cloudtrail}
detection: {selection: {errorCode: null}, condition: selection}
---
`

func TestACorrelationIsReadInFull(t *testing.T) {
	pack := joined(t, twoRules+`title: Guessing
level: high
correlation:
    type: value_percentile
    rules: [denied, allowed]
    group-by: [user, recipientAccountId]
    timespan: 2w
    aliases:
        user: {denied: userIdentity.arn, allowed: userIdentity.principalId}
    condition: {gt: 2.5, lte: 1e3, field: eventName, percentile: 95}
generate: true
`)
	if len(pack.Correlations) != 1 {
		t.Fatalf("%d correlations", len(pack.Correlations))
	}
	c := pack.Correlations[0]
	if c.Kind != "value_percentile" || c.Timespan != 14*24*time.Hour || !c.Generate || c.Level != "high" {
		t.Errorf("kind %s, timespan %s, generate %v, level %s", c.Kind, c.Timespan, c.Generate, c.Level)
	}
	if len(c.GroupBy) != 2 || c.GroupBy[0].Text != "user" || len(c.Aliases) != 1 || c.Aliases[0].Fields[1].Field.Text != "userIdentity.principalId" {
		t.Errorf("group-by %v, aliases %v", c.GroupBy, c.Aliases)
	}
	cond := c.Condition
	if len(cond.Bounds) != 2 || cond.Bounds[0].Op != "gt" || cond.Bounds[0].Value.Text != "2.5" || cond.Bounds[1].Value.Text != "1e3" ||
		cond.Fields[0].Text != "eventName" || cond.Percentile.Text != "95" {
		t.Errorf("condition %+v", cond)
	}
	if c.Rules[0].Rule != pack.Rules[0] || c.Rules[1].Rule != pack.Rules[1] {
		t.Errorf("references %+v", c.Rules)
	}
}

// A rule that correlations refer to reports through them alone, unless one of
// them generates (specification 2.1, "generate").
func TestBaseRulesAreSilentUnlessOneCorrelationGenerates(t *testing.T) {
	pack := joined(t, twoRules+`title: First
correlation: {type: temporal, rules: [denied, allowed], timespan: 5m}
---
title: Second
correlation: {type: event_count, rules: denied, timespan: 5m, condition: {gte: 3}, generate: true}
`)
	if pack.Rules[0].Base || !pack.Rules[1].Base {
		t.Errorf("silent: denied %v, allowed %v", pack.Rules[0].Base, pack.Rules[1].Base)
	}
}

func TestACorrelationMayReferToAnother(t *testing.T) {
	pack := joined(t, twoRules+`title: Outer
correlation: {type: temporal_ordered, rules: [inner, allowed], timespan: 1h}
---
title: Inner
name: inner
correlation: {type: event_count, rules: denied, timespan: 5m, condition: {gte: 3}}
`)
	outer := pack.Correlations[0]
	if outer.Rules[0].Correlation != pack.Correlations[1] || outer.Rules[1].Rule != pack.Rules[1] {
		t.Errorf("references %+v", outer.Rules)
	}
}

// Proposal 198: the names of the expression are the rules where none are listed.
func TestATemporalConditionMayBeAnExpression(t *testing.T) {
	pack := joined(t, twoRules+`title: Extended
correlation: {type: temporal, timespan: 5m, condition: allowed and not denied or denied}
`)
	c := pack.Correlations[0]
	if got := show(c.Condition.Expr); got != "((allowed and (not denied)) or denied)" {
		t.Errorf("expression %s", got)
	}
	var names []string
	for _, ref := range c.Rules {
		names = append(names, ref.Text)
	}
	if got := strings.Join(names, " "); got != "allowed denied" {
		t.Errorf("rules %s", got)
	}
}

// A correlation that only others look at, and which do not generate, reports
// nothing of its own either.
func TestACorrelationBelowAnotherIsSilent(t *testing.T) {
	pack := joined(t, twoRules+`title: Outer
correlation: {type: temporal, rules: [inner, heard, allowed], timespan: 1h}
---
title: Inner
name: inner
correlation: {type: event_count, rules: denied, timespan: 5m, condition: {gte: 3}}
---
title: Heard
name: heard
correlation: {type: event_count, rules: denied, timespan: 5m, condition: {gte: 3}}
---
title: Loud
correlation: {type: event_count, rules: heard, timespan: 5m, condition: {gte: 3}, generate: true}
`)
	var got []bool
	for _, c := range pack.Correlations {
		got = append(got, c.Base)
	}
	if want := []bool{false, true, false, false}; !slices.Equal(got, want) {
		t.Errorf("silent %v, want %v", got, want)
	}
}
