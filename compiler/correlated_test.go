package compiler

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

const correlatedRules = `title: Denied
name: denied
logsource: {product: aws, service: cloudtrail}
detection: {selection: {errorCode: AccessDenied}, condition: selection}
---
title: Created
name: created
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: CreateUser}, condition: selection}
---
title: Deleted
name: deleted
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: DeleteUser}, condition: selection}
---
`

// correlated lowers the pack's correlations; those that cannot be are nil.
func correlated(t *testing.T, text string) ([]*CorrelationPlan, diag.List, *correlator) {
	t.Helper()
	doc, diags := sigma.Parse(&diag.Source{Name: "pack.yml", Text: []byte(correlatedRules + text)})
	pack := sigma.Join(&sigma.Pack{Document: doc, Files: 1, Diags: diags})
	if err := pack.Diags.Err(); err != nil {
		t.Fatal(err)
	}
	r := &correlator{plans: map[*sigma.Rule]*Plan{}, sources: schema.ForLogsource}
	for _, rule := range pack.Rules {
		r.plans[rule], _ = Compile(rule, schema.ForLogsource)
	}
	var list []*CorrelationPlan
	var all diag.List
	for _, c := range pack.Correlations {
		of, d := r.correlate(c)
		list, all = append(list, of), append(all, d...)
	}
	return list, all, r
}

func TestACorrelationIsLoweredToPathsAndExactNumbers(t *testing.T) {
	list, diags, _ := correlated(t, `title: Guessing
correlation:
    type: value_percentile
    rules: [denied, created]
    group-by: [user, recipientAccountId]
    timespan: 30m
    aliases:
        user: {denied: userIdentity.arn, created: requestParameters.userName}
    condition: {gt: 2.5, lte: 1e3, field: additionalEventData.bytes, percentile: 99.9}
`)
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	c := list[0]
	var got []string
	for _, in := range c.Inputs {
		for _, p := range append(slices.Clone(in.Group), in.Values...) {
			got = append(got, p.Name())
		}
	}
	want := "userIdentity.arn recipientAccountId additionalEventData.bytes requestParameters.userName recipientAccountId additionalEventData.bytes"
	if text := strings.Join(got, " "); text != want {
		t.Errorf("reads %s", text)
	}
	numbers := fmt.Sprint(c.Bounds[0].Op, c.Bounds[0].Value, c.Bounds[1].Op, c.Bounds[1].Value, c.Percentile)
	if numbers != "gt5/2lte1000/1 999/1000" {
		t.Errorf("numbers %s", numbers)
	}
	shown := slices.ContainsFunc(c.Inputs[1].Plan.Show, func(p schema.Path) bool { return p.Name() == "requestParameters.userName" })
	if !shown || len(c.Bases()) != 2 || c.Depth() != 30*time.Minute {
		t.Errorf("shown %v, %d bases, depth %s", shown, len(c.Bases()), c.Depth())
	}
}

func TestAChainReadsTheGroupOfTheCorrelationBelow(t *testing.T) {
	list, diags, _ := correlated(t, `title: Outer
correlation: {type: value_count, rules: [inner, denied], group-by: recipientAccountId, timespan: 1h, condition: {gte: 2, field: who}, aliases: {who: {inner: user, denied: userIdentity.arn}}}
---
title: Inner
name: inner
correlation: {type: event_count, rules: denied, group-by: [user, recipientAccountId], timespan: 5m, condition: {gte: 3}, aliases: {user: {denied: userIdentity.arn}}}
`)
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	outer, inner := list[0], list[1]
	in := outer.Inputs[0]
	if in.Inner != inner || fmt.Sprint(in.GroupAt, in.ValuesAt) != "[1] [0]" {
		t.Errorf("inner is the same %v, reads %v %v", in.Inner == inner, in.GroupAt, in.ValuesAt)
	}
	if outer.Depth() != 65*time.Minute || len(outer.Bases()) != 1 {
		t.Errorf("depth %s, %d bases", outer.Depth(), len(outer.Bases()))
	}
	if all := Below(list); len(all) != 2 || all[0] != inner {
		t.Errorf("%d correlations, the inner one first %v", len(all), all[0] == inner)
	}
}

// The ways are the disjunctive normal form, worked out by hand: names are
// numbered in the order in which they are listed.
func TestExpressionsComeToWays(t *testing.T) {
	for expr, want := range map[string]string{
		"denied and created and deleted":                     "[{[0 1 2] []}]",
		"denied or created and not deleted":                  "[{[0] []} {[1] [2]}]",
		"not (denied or created) and deleted":                "[{[2] [0 1]}]",
		"not (denied and created) and deleted":               "[{[2] [0]} {[2] [1]}]",
		"denied and not denied and created and deleted":      "[]",
		"(denied or created) and (denied or deleted)":        "[{[0] []} {[0 2] []} {[0 1] []} {[1 2] []}]",
		"not not denied and (created and deleted) or denied": "[{[0 1 2] []} {[0] []}]",
	} {
		list, diags, _ := correlated(t, "title: T\ncorrelation: {type: temporal, rules: [denied, created, deleted], timespan: 5m, condition: "+expr+"}\n")
		if err := diags.Err(); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(list[0].Ways); got != want {
			t.Errorf("%s comes to %s, want %s", expr, got, want)
		}
	}
}

func TestWhatCannotBeExactIsRefused(t *testing.T) {
	wide := strings.Repeat("(denied or created) and ", 9) + "deleted"
	for text, want := range map[string]string{
		"{type: event_count, rules: denied, timespan: 5m, condition: {gte: 1e999}}":  "too many digits",
		"{type: temporal, timespan: 5m, condition: " + wide + "}":                    "more than 256 combinations",
		"{type: event_count, rules: broken, timespan: 5m, condition: {gte: 2}}":      `the rule "broken" cannot run`,
		"{type: event_count, rules: wide, timespan: 5m, condition: {gte: 2}}":        `the correlation "wide" cannot run`,
		"{type: event_count, rules: denied, timespan: 5m, condition: {lt: 1e-1000}}": "too many digits",
	} {
		list, diags, _ := correlated(t, `title: Broken
name: broken
logsource: {product: aws, service: cloudtrail}
detection: {selection: {noSuchField: a}, condition: selection}
---
title: Wide
name: wide
correlation: {type: event_count, rules: denied, timespan: 5m, condition: {gte: 1e999}}
---
title: T
correlation: `+text+"\n")
		if err := diags.Err(); list[1] != nil || err == nil || !strings.Contains(fmt.Sprint(diags), want) {
			t.Errorf("%s: %v", text, diags)
		}
	}
}

func TestATargetRefusesACorrelationThatItsTablesCannotFeed(t *testing.T) {
	list, _, r := correlated(t, `title: T
correlation: {type: event_count, rules: [denied, created], group-by: tlsDetails.tlsVersion, timespan: 5m, condition: {gte: 2}}
`)
	target := plainTarget()
	target.Correlation = OfRows
	legal := map[*sigma.Rule]*Plan{}
	for rule, p := range r.plans {
		legal[rule] = p
	}
	if diags := LegalizeCorrelation(list[0], target, legal); len(diags) > 0 {
		t.Errorf("refused: %v", diags)
	}
	delete(legal, list[0].Inputs[1].Plan.Rule)
	if diags := LegalizeCorrelation(list[0], target, legal); !strings.Contains(fmt.Sprint(diags), `cannot run the rule "created"`) {
		t.Errorf("without a rule: %v", diags)
	}
	target.Layouts = map[string]*schema.Layout{"cloudtrail": {Name: "narrow", Source: schema.CloudTrail}}
	if diags := LegalizeCorrelation(list[0], target, legal); !strings.Contains(fmt.Sprint(diags), "narrow has no column for tlsDetails.tlsVersion") {
		t.Errorf("without a column: %v", diags)
	}
	target.Correlation = NoCorrelation
	if diags := LegalizeCorrelation(list[0], target, legal); !strings.Contains(fmt.Sprint(diags), string(diag.Unsupported)) {
		t.Errorf("without correlations: %v", diags)
	}
}
