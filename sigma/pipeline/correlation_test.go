package pipeline

import (
	"strings"
	"testing"
)

const twoRules = `title: Denied
name: denied
logsource: {product: aws, service: cloudtrail}
detection: {s: {errorCode: AccessDenied}, condition: s}
---
title: Flow
name: flow
logsource: {product: aws, service: vpcflow}
detection: {s: {action: REJECT}, condition: s}
---
`

const counted = twoRules + `title: Guessing
name: guessing
fields: [user, bytes]
correlation:
    type: value_count
    rules: [denied, flow]
    group-by: [who, region, zone]
    timespan: 5m
    aliases: {who: {denied: user, flow: srcaddr}}
    condition: {gte: 3, field: bytes}
---
title: Twice
correlation:
    type: event_count
    rules: guessing
    group-by: who
    timespan: 1h
    condition: {gte: 2}
`

func TestCorrelationsPointToTheCopies(t *testing.T) {
	pack := apply(t, counted, steps("type: field_name_mapping\nmapping: {user: userIdentity.arn, region: awsRegion, zone: awsRegion, bytes: b, who: never, errorCode: code}"))
	if err := pack.Diags.Err(); err != nil {
		t.Fatal(err)
	}
	c, chain := pack.Correlations[0], pack.Correlations[1]
	if c.Rules[0].Rule != pack.Rules[0] || c.Rules[1].Rule != pack.Rules[1] || chain.Rules[0].Correlation != c {
		t.Error("references do not point to the copies")
	}
	if !c.Base || chain.Base {
		t.Errorf("silent: the one below %v, the one above %v", c.Base, chain.Base)
	}
	wantNames(t, "group-by", names(c.GroupBy), "who", "awsRegion")
	wantNames(t, "condition", names(c.Condition.Fields), "b")
	wantNames(t, "fields", c.Fields, "userIdentity.arn", "b")
	if a := c.Aliases[0]; a.Text != "who" || a.Fields[0].Field.Text != "userIdentity.arn" || a.Fields[1].Field.Text != "srcaddr" {
		t.Errorf("alias %+v", a)
	}
	if !pack.Rules[0].Base || show(pack.Rules[0]) != "s(code=AccessDenied) s" {
		t.Errorf("base %v, %s", pack.Rules[0].Base, show(pack.Rules[0]))
	}
}

func TestCorrelationsOfLeftOutRulesAreLeftOut(t *testing.T) {
	pack, got := refused(t, counted, steps("type: rule_failure\nmessage: no flow logs\nrule_conditions: {a: {type: logsource, service: vpcflow}, b: {type: is_sigma_rule}}\nrule_cond_expr: a and b"))
	want := `rules.yml:6:8: error: a pipeline refuses the rule: no flow logs [SIG143]
rules.yml:16:21: error: a pipeline leaves out "flow" [SIG143]
rules.yml:25:12: error: a pipeline leaves out "guessing" [SIG143]`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if len(pack.Correlations) != 0 || len(pack.Rules) != 1 || pack.Rules[0].Base {
		t.Errorf("%d correlations, %d rules, base %v", len(pack.Correlations), len(pack.Rules), pack.Rules[0].Base)
	}
}

func TestAFieldOfACorrelationStaysOne(t *testing.T) {
	tests := []struct{ name, mapping, want string }{
		{"group-by", "region: [a, b]", `rules.yml:17:21: error: a pipeline makes several fields of "region", where a correlation has one`},
		{"an alias's field", "srcaddr: [a, b]", `rules.yml:19:41: error: a pipeline makes several fields of "srcaddr"`},
		{"the condition", "bytes: [a, b]", `rules.yml:20:32: error: a pipeline makes several fields of "bytes"`},
		{"an alias's name", "region: who", `rules.yml:17:21: error: a pipeline makes the field "region" the alias "who"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pack, got := refused(t, counted, steps("type: field_name_mapping\nmapping: {"+tt.mapping+"}"))
			if !strings.HasPrefix(got, tt.want) || len(pack.Correlations) != 0 || len(pack.Rules) != 2 {
				t.Errorf("%d correlations, got %s", len(pack.Correlations), got)
			}
		})
	}
}

func TestConditionsOnCorrelations(t *testing.T) {
	tests := []struct {
		condition string
		want      bool
	}{
		{"type: logsource, service: vpcflow", true},
		{"type: logsource, service: waf", false},
		{"type: contains_field, field: errorCode", false},
		{"type: is_sigma_correlation_rule", true},
		{"type: is_sigma_rule", false},
		{"type: rule_attribute, attribute: name, value: guessing", true},
	}
	for _, tt := range tests {
		t.Run(tt.condition, func(t *testing.T) {
			pack := apply(t, counted, steps("type: field_name_mapping\nmapping: {region: r}\nrule_conditions: [{"+tt.condition+"}]"))
			if got := pack.Correlations[0].GroupBy[1].Text == "r"; got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestACorrelationSeesItsRulesAsTheStepFindsThem(t *testing.T) {
	pack := apply(t, counted, `transformations:
  - {type: change_logsource, service: flow, rule_conditions: [{type: logsource, service: vpcflow}]}
  - {type: field_name_mapping, mapping: {region: old}, rule_conditions: [{type: logsource, service: vpcflow}]}
  - {type: field_name_mapping, mapping: {region: new}, rule_conditions: [{type: logsource, service: flow}]}
  - {type: add_condition, conditions: {x: 1}}
`)
	for i, c := range pack.Correlations {
		if i == 0 && c.GroupBy[1].Text != "new" {
			t.Errorf("group-by %v", names(c.GroupBy))
		}
	}
	if len(pack.Rules[1].Filters) != 1 {
		t.Error("the condition is not added")
	}
}
