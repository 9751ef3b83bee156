package pipeline

import (
	"fmt"
	"strings"
	"testing"
)

const described = `id: 9b3c2e6a-4f1d-4c9e-8a57-0d2f6b1c3e4a
status: test
level: high
date: 2026/03/10
author: someone
tags: [attack.t1098, cve.2026-1]
fields: [a, b]
owner: blue
priority: 7
teams: [one, two]`

func TestRuleConditions(t *testing.T) {
	text := rule(`s: {a: 1, b|contains: word, c: 'x\*', d: null, e|re: yz, f|gt: 5}, condition: s`, described)
	tests := []struct {
		condition string
		want      bool
	}{
		{"type: logsource, product: aws", true},
		{"type: logsource, product: AWS, service: CloudTrail", true},
		{"type: logsource, product: aws, category: x", false},
		{"type: contains_field, field: a", true},
		{"type: contains_field, field: A", false},
		{"type: contains_detection_item, field: a, value: 1", true},
		{"type: contains_detection_item, field: a, value: 1.0", true},
		{"type: contains_detection_item, field: a, value: '1'", false},
		{"type: contains_detection_item, field: b, value: '*word*'", true},
		{"type: contains_detection_item, field: b, value: word", false},
		{`type: contains_detection_item, field: c, value: 'x\*'`, true},
		{"type: contains_detection_item, field: c, value: 'x*'", false},
		{"type: contains_detection_item, field: d, value: null", true},
		{"type: contains_detection_item, field: e, value: yz", false},
		{"type: contains_detection_item, field: f, value: 5", false},
		{"type: processing_item_applied, processing_item_id: before", true},
		{"type: processing_item_applied, processing_item_id: after", false},
		{"type: processing_state, key: index, val: main", true},
		{"type: processing_state, key: index, val: other", false},
		{"type: processing_state, key: index, val: other, op: ne", true},
		{"type: processing_state, key: count, val: 10, op: lt", true},
		{"type: processing_state, key: count, val: 7, op: gte", true},
		{"type: processing_state, key: count, val: '7'", false},
		{"type: processing_state, key: missing, val: x, op: ne", false},
		{"type: is_sigma_rule", true},
		{"type: is_sigma_correlation_rule", false},
		{"type: tag, tag: attack.t1098", true},
		{"type: tag, tag: attack.t1", false},
		{"type: rule_attribute, attribute: title, value: Example", true},
		{"type: rule_attribute, attribute: title, value: Example, op: ne", false},
		{"type: rule_attribute, attribute: id, value: 9b3c2e6a-4f1d-4c9e-8a57-0d2f6b1c3e4a", true},
		{"type: rule_attribute, attribute: level, value: medium, op: gt", true},
		{"type: rule_attribute, attribute: level, value: critical, op: gte", false},
		{"type: rule_attribute, attribute: status, value: experimental, op: gt", true},
		{"type: rule_attribute, attribute: date, value: '2026-03-10'", true},
		{"type: rule_attribute, attribute: date, value: '2026-03-09', op: lte", false},
		{"type: rule_attribute, attribute: modified, value: '2026-03-09', op: ne", false},
		{"type: rule_attribute, attribute: tags, value: attack.t1098, op: in", true},
		{"type: rule_attribute, attribute: tags, value: attack.t1098, op: not_in", false},
		{"type: rule_attribute, attribute: tags, value: attack.t1098", false},
		{"type: rule_attribute, attribute: teams, value: two, op: in", true},
		{"type: rule_attribute, attribute: owner, value: blue", true},
		{"type: rule_attribute, attribute: owner, value: red, op: ne", true},
		{"type: rule_attribute, attribute: owner, value: red, op: gt", false},
		{"type: rule_attribute, attribute: priority, value: 10, op: lt", true},
		{"type: rule_attribute, attribute: missing, value: 10, op: ne", false},
	}
	for _, tt := range tests {
		t.Run(tt.condition, func(t *testing.T) {
			before := "{type: set_state, id: before, key: index, val: main}, {type: set_state, key: count, val: 7}"
			step := fmt.Sprintf("{type: change_logsource, service: changed, rule_conditions: [{%s}]}", tt.condition)
			r := applied(t, text, "transformations: ["+before+", "+step+", {type: set_state, id: after, key: k, val: v}]")
			if got := r.Logsource.Service == "changed"; got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestItemConditions(t *testing.T) {
	text := rule(`s: {n: 5, t: abc, w: 'a*', c|contains: abc, l: [abc, xyz], z: null, r|re: abc, e: 'a\*', ref|fieldref: t}, condition: s`)
	tests := []struct{ conditions, want string }{
		{"detection_item_conditions: [{type: match_string, cond: any, pattern: ab}]", "t l"},
		{"detection_item_conditions: [{type: match_string, cond: any, pattern: 'bc'}]", ""},
		{"detection_item_conditions: [{type: match_string, cond: all, pattern: ab}]", "t"},
		{"detection_item_conditions: [{type: match_string, cond: all, pattern: '.*[bx]', negate: true}]", "n w z r e ref"},
		{"detection_item_conditions: [{type: match_string, cond: any, pattern: '\\*abc\\*$'}]", "c"},
		{"detection_item_conditions: [{type: match_string, cond: any, pattern: 'a\\*'}]", "w e"},
		{"detection_item_conditions: [{type: match_value, cond: any, value: abc}]", "t l"},
		{"detection_item_conditions: [{type: match_value, cond: all, value: 5}]", "n"},
		{"detection_item_conditions: [{type: contains_wildcard, cond: any}]", "w c"},
		{"detection_item_conditions: [{type: is_null, cond: all}]", "z"},
		{"detection_item_conditions: [{type: processing_item_applied, processing_item_id: first}]", "n t ref"},
		{"detection_item_conditions: [{type: processing_item_applied, processing_item_id: first}], detection_item_cond_not: true", "w c l z r e"},
		{"detection_item_conditions: [{type: processing_state, key: k, val: v}], field_name_conditions: [{type: include_fields, fields: t_}]", "t"},
		{"detection_item_conditions: [{type: is_null, cond: all}, {type: contains_wildcard, cond: any}], detection_item_cond_op: or", "w c z"},
		{"detection_item_conditions: {null: {type: is_null, cond: all}, wild: {type: contains_wildcard, cond: any}}, detection_item_cond_expr: not (null or wild)", "n t l r e ref"},
		{"detection_item_conditions: {x: {type: contains_wildcard, cond: any}}", "w c"},
		{"field_name_conditions: [{type: include_fields, fields: [t_, z]}]", "t z"},
		{"field_name_conditions: [{type: include_fields, mode: re, fields: ['.$', 'ref']}]", "w c l z r e ref"},
		{"field_name_conditions: [{type: include_fields, mode: re, fields: ['_']}]", ""},
		{"field_name_conditions: [{type: exclude_fields, fields: [t_, z, n_]}]", "w c l r e ref"},
		{"field_name_conditions: [{type: processing_item_applied, processing_item_id: first}]", "n t ref"},
		{"field_name_conditions: [{type: processing_state, key: k, val: other}]", ""},
		{"field_name_conditions: {a: {type: include_fields, fields: t_}, b: {type: include_fields, fields: z}, c: {type: include_fields, fields: w}}, field_name_cond_expr: a or not b and c", "w t"},
	}
	for _, tt := range tests {
		t.Run(tt.conditions, func(t *testing.T) {
			r := applied(t, text, "transformations: [{type: set_state, key: k, val: v}, {id: first, type: field_name_mapping, mapping: {n: n_, t: t_}}, "+
				"{type: field_name_suffix, suffix: '!', "+tt.conditions+"}]")
			got := map[string]bool{}
			for _, it := range r.Detection.Searches[0].Of[0] {
				if name, ok := strings.CutSuffix(it.Field, "!"); ok {
					got[strings.TrimSuffix(name, "_")] = true
				}
			}
			for _, name := range strings.Fields(tt.want) {
				if !got[name] {
					t.Errorf("%s is not touched", name)
				}
				delete(got, name)
			}
			if len(got) > 0 {
				t.Errorf("touched as well: %v", got)
			}
		})
	}
}

func TestAppliedStepsAreTrackedWhereFieldsGo(t *testing.T) {
	r := applied(t, rule("s: {z: 1}, condition: s", "fields: [a, b]"), `transformations:
  - {id: add, type: add_condition, conditions: {w: 1}}
  - {id: map, type: field_name_mapping, mapping: {a: [c, d], z: [x, y]}}
  - {type: field_name_suffix, suffix: '!', field_name_conditions: [{type: processing_item_applied, processing_item_id: map}]}
  - {type: field_name_suffix, suffix: '?', detection_item_conditions: [{type: processing_item_applied, processing_item_id: add}], field_name_conditions: [{type: exclude_fields, fields: [c!, d!, b]}]}
`)
	wantNames(t, "fields", r.Fields, "c!", "d!", "b")
	if got, want := show(r), "s(x!=1 / y!=1) s + _cond(w?=1) _cond"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestStateAndAppliedStepsOutliveAPipeline(t *testing.T) {
	r := applied(t, rule("s: {a: 1}, condition: s"),
		steps("type: set_state\nid: one\nkey: k\nval: true"),
		steps("type: field_name_suffix\nsuffix: '!'\nrule_conditions: [{type: processing_state, key: k, val: true}, {type: processing_item_applied, processing_item_id: one}]"))
	if got := show(r); got != "s(a!=1) s" {
		t.Errorf("got %s", got)
	}
}

func TestRuleConditionsAreJoined(t *testing.T) {
	yes, no := "{type: is_sigma_rule}", "{type: is_sigma_correlation_rule}"
	tests := []struct {
		conditions string
		want       bool
	}{
		{"rule_conditions: [" + yes + ", " + no + "]", false},
		{"rule_conditions: [" + yes + ", " + no + "], rule_cond_op: or", true},
		{"rule_conditions: [" + yes + ", " + no + "], rule_cond_op: and, rule_cond_not: true", true},
		{"rule_conditions: {y: " + yes + ", n-1: " + no + "}, rule_cond_expr: y and not n-1", true},
		{"rule_conditions: {y: " + yes + ", n: " + no + "}, rule_cond_expr: not (y or n)", false},
		{"rule_conditions: {y: " + yes + ", n: " + no + "}, rule_cond_expr: n and n or y", true},
		{"rule_conditions: {y: " + yes + ", n: " + no + "}, rule_cond_expr: n and (n or y), rule_cond_not: true", true},
		{"rule_conditions: []", true},
		{"rule_conditions: null", true},
	}
	for _, tt := range tests {
		t.Run(tt.conditions, func(t *testing.T) {
			r := applied(t, rule("s: {a: 1}, condition: s"), "transformations: [{type: field_name_suffix, suffix: '!', "+tt.conditions+"}]")
			if got := show(r) == "s(a!=1) s"; got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
