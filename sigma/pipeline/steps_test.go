package pipeline

import (
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

func TestStepsChangeItems(t *testing.T) {
	tests := []struct{ name, steps, detection, want string }{
		{
			"a field is renamed with its modifiers and values",
			"type: field_name_mapping\nmapping: {a: b}", "s: {a|contains: [x, y], c: 1}, condition: s", "s(b|contains=x,y & c=1) s",
		},
		{
			"one of several fields is enough",
			"type: field_name_mapping\nmapping: {a: [b, c]}", "s: {a: x, d: y}, condition: s", "s(b=x & d=y / c=x & d=y) s",
		},
		{
			"choices are multiplied out, the last first",
			"type: field_name_mapping\nmapping: {a: [b, c], d: [e, f]}", "s: {a: 1, d: 2}, condition: s",
			"s(b=1 & e=2 / b=1 & f=2 / c=1 & e=2 / c=1 & f=2) s",
		},
		{
			"all values must be in one of the fields",
			"type: field_name_mapping\nmapping: {a: [b, c]}", "s: {a|contains|all: [x, y]}, condition: s", "s(b|contains|all=x,y / c|contains|all=x,y) s",
		},
		{
			"neq must hold of every field",
			"type: field_name_mapping\nmapping: {a: [b, c]}", "s: {a|neq: x, d: y}, condition: s", "s(b|neq=x & c|neq=x & d=y) s",
		},
		{
			"null must hold of every field",
			"type: field_name_mapping\nmapping: {a: [b, c]}", "s: {a: null}, condition: s", "s(b=null & c=null) s",
		},
		{
			"anything but null must be in one field",
			"type: field_name_mapping\nmapping: {a: [b, c]}", "s: {a|neq: null}, condition: s", "s(b|neq=null / c|neq=null) s",
		},
		{
			"no field may exist",
			"type: field_name_mapping\nmapping: {a: [b, c]}", "s: {a|exists: false}, condition: s", "s(b|exists=false & c|exists=false) s",
		},
		{
			"one field must exist",
			"type: field_name_mapping\nmapping: {a: [b, c]}", "s: {a|exists: true}, condition: s", "s(b|exists=true / c|exists=true) s",
		},
		{
			"a field that a value names is renamed",
			"type: field_name_mapping\nmapping: {b: [c, d*]}", "s: {a|fieldref: b}, condition: s", `s(a|fieldref=c,d\*) s`,
		},
		{
			"keywords have no field",
			"type: field_name_prefix\nprefix: x.", "s: [word, {a: 1}], condition: s", "s(=word / x.a=1) s",
		},
		{
			"a suffix",
			"type: field_name_suffix\nsuffix: .keyword", "s: {a: 1, b|fieldref: c}, condition: s", "s(a.keyword=1 & b.keyword|fieldref=c.keyword) s",
		},
		{
			"the first prefix in the file is replaced",
			"type: field_name_prefix_mapping\nmapping: {win.: '', win.x.: never., req: [q, r]}",
			"s: {win.x.a: 1, req.b: 2, other: 3}, condition: s", "s(x.a=1 & q.b=2 & other=3 / x.a=1 & r.b=2 & other=3) s",
		},
		{
			"an item is dropped, and an alternative with its last one",
			"type: drop_detection_item\nfield_name_conditions: [{type: include_fields, fields: [a]}]",
			"s: [{a: 1, b: 2}, {a: 3}, {c: 4}], condition: s", "s(b=2 / c=4) s",
		},
		{
			"a condition is added",
			"type: add_condition\nconditions: {a|contains: [x, y], b: 1}\nname: more", "s: {c: 1}, condition: s",
			"s(c=1) s + more(a|contains=x,y & b=1) more",
		},
		{
			"a negated condition",
			"type: add_condition\nconditions: {a: x}\nnegated: true", "s: {c: 1}, condition: s", "s(c=1) s + _cond(a=x) not _cond",
		},
		{
			"a template takes the logsource",
			"type: add_condition\ntemplate: true\nconditions: {a: ['$service', 'x-${product}$$', '$other'], b: 1}", "s: {c: 1}, condition: s",
			"s(c=1) s + _cond(a=cloudtrail,x-aws$,$other & b=1) _cond",
		},
		{
			"later steps act on what was added",
			"type: nest\nitems: [{type: add_condition, conditions: {a: x}}, {type: field_name_mapping, mapping: {a: b}}]", "s: {a: 1}, condition: s",
			"s(b=1) s + _cond(b=x) _cond",
		},
		{
			"nested steps have one condition for all",
			"type: nest\nrule_conditions: [{type: contains_field, field: a}]\nitems:\n- {type: field_name_mapping, mapping: {a: b}}\n- {type: field_name_suffix, suffix: s}",
			"s: {a: 1}, condition: s", "s(bs=1) s",
		},
		{
			"nested steps pass by a rule that does not fit",
			"type: nest\nrule_conditions: [{type: contains_field, field: z}]\nitems:\n- {type: field_name_suffix, suffix: s}",
			"s: {a: 1}, condition: s", "s(a=1) s",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := show(applied(t, rule(tt.detection), steps(tt.steps))); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestPlacesOfItemsStayTheRules(t *testing.T) {
	r := applied(t, rule("s: {a: 1}, condition: s"), steps("type: field_name_mapping\nmapping: {a: [b, c]}"))
	for _, alternative := range r.Detection.Searches[0].Of {
		if at := alternative[0].At.String(); at != "rules.yml:4:17" {
			t.Errorf("the item stands at %s", at)
		}
	}
	r = applied(t, rule("s: {a: 1}, condition: s"), steps("type: add_condition\nconditions: {b: 1}"))
	if f := r.Filters[0]; f.At.String() != "pipeline.yml:3:11" || f.Detection.Conditions[0].At != f.At {
		t.Errorf("the added filter stands at %s", f.At)
	}
}

func TestFieldListsAreRenamed(t *testing.T) {
	r := applied(t, rule("s: {z: 1}, condition: s", "fields: [a, b, c]"), steps("type: field_name_mapping\nmapping: {a: [x, y], b: x}"))
	wantNames(t, "fields", r.Fields, "x", "y", "c")
	r = applied(t, rule("s: {z: 1}, condition: s", "fields: [a, b]"),
		steps("type: field_name_prefix\nprefix: x.\nfield_name_conditions: [{type: exclude_fields, fields: b}]"))
	wantNames(t, "fields", r.Fields, "x.a", "b")
	if got := show(r); got != "s(x.z=1) s" {
		t.Errorf("got %s", got)
	}
}

func TestFiltersOfARuleAreItsOwn(t *testing.T) {
	text := rule("s: {a: 1}, condition: s") + "---\n" +
		strings.ReplaceAll(rule("s: {b: 1}, condition: s"), "example", "other") + `---
title: Not the build
logsource: {product: aws}
filter: {rules: any, known: {a: 2}, condition: not known}
`
	pack := apply(t, text, steps("type: field_name_mapping\nmapping: {a: c}\nrule_conditions: [{type: rule_attribute, attribute: name, value: example}]"))
	if len(pack.Rules) != 2 {
		t.Fatalf("%d rules", len(pack.Rules))
	}
	for i, want := range []string{"s(c=1) s + known(c=2) not known", "s(b=1) s + known(a=2) not known"} {
		if got := show(pack.Rules[i]); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	if got := showDetection(&pack.Filters[0].Detection); got != "known(a=2) not known" {
		t.Errorf("the pack's filter is %s", got)
	}
}

func TestALogsourceIsReplacedAsAWhole(t *testing.T) {
	r := applied(t, rule("s: {a: 1}, condition: s"), steps("type: change_logsource\ncategory: application\nservice: vpcflow"))
	if l := r.Logsource; l.Category != "application" || l.Product != "" || l.Service != "vpcflow" {
		t.Errorf("logsource %+v", l)
	}
	if r.LogsourceAt.String() != "rules.yml:3:36" {
		t.Errorf("the logsource stands at %s", r.LogsourceAt)
	}
}

func TestPlaceholdersGetValues(t *testing.T) {
	const head = "vars: {admins: [root, 'adm*'], hosts: 7, unused: x}\n"
	detection := "s: {a|expand: ['%admins%', 'x-%hosts%-%rest%'], b: '%plain%'}, condition: s"
	tests := []struct {
		name, steps string
		want        map[string]string
	}{
		{"all variables", "type: value_placeholders", map[string]string{"admins": "root,adm*", "hosts": "7"}},
		{"some", "type: value_placeholders\ninclude: [admins]", map[string]string{"admins": "root,adm*"}},
		{"all but some", "type: value_placeholders\nexclude: [admins]", map[string]string{"hosts": "7"}},
		{"anything", "type: wildcard_placeholders", map[string]string{"admins": "*", "hosts": "*", "rest": "*"}},
		{"anything for one", "type: wildcard_placeholders\ninclude: rest", map[string]string{"rest": "*"}},
		{"the first step decides", "type: nest\nitems: [{type: value_placeholders}, {type: wildcard_placeholders}]",
			map[string]string{"admins": "root,adm*", "hosts": "7", "rest": "*"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := applied(t, rule(detection), head+steps(tt.steps))
			if len(r.Values) != len(tt.want) {
				t.Errorf("values %v", r.Values)
			}
			for name, want := range tt.want {
				if got := strings.Join(r.Values[name], ","); got != want {
					t.Errorf("%s is %s, want %s", name, got, want)
				}
			}
		})
	}
}

func TestValuesThatARuleHasStay(t *testing.T) {
	pack := joined(t, rule("s: {a|expand: '%x%-%y%'}, condition: s"))
	pack.Rules[0].Values = sigma.Values{"x": {"given"}, "y": nil}
	got := Apply(pack, []*Pipeline{parsed(t, "vars: {x: 1, y: 2}\n"+steps("type: value_placeholders"))}).Rules[0].Values
	if got["x"][0] != "given" || got["y"][0] != "2" || pack.Rules[0].Values["y"] != nil {
		t.Errorf("values %v, given %v", got, pack.Rules[0].Values)
	}
}

func TestRefusedRulesAreLeftOut(t *testing.T) {
	tests := []struct{ name, steps, detection, want string }{
		{"a rule", "type: rule_failure\nmessage: \"no \\e[31m such logs\"", "s: {a: 1}, condition: s",
			"rules.yml:1:8: error: a pipeline refuses the rule: no ␛[31m such logs [SIG143]"},
		{"an item", "type: detection_item_failure\nmessage: not here\nfield_name_conditions: [{type: include_fields, fields: [b]}]", "s: {a: 1, b: 2}, condition: s",
			"rules.yml:4:23: error: a pipeline refuses the item: not here [SIG143]"},
		{"a search without items", "type: drop_detection_item", "s: {a: 1}, condition: s",
			`rules.yml:4:13: error: a pipeline drops all of the search "s" [SIG143]`},
		{"several fields under all", "type: field_name_mapping\nmapping: {b: [c, d]}", "s: {a|fieldref|all: [b, e]}, condition: s",
			`rules.yml:4:34: error: a pipeline makes several fields of "b", which does not go with all [SIG143]`},
		{"a field without a name", "type: field_name_prefix_mapping\nmapping: {ab: ''}", "s: {ab: 1}, condition: s",
			`rules.yml:4:17: error: a pipeline takes away the whole name of the field "ab" [SIG143]`},
		{"a template without its part", "type: add_condition\ntemplate: true\nconditions: {a: $category}", "s: {a: 1}, condition: s",
			"rules.yml:1:8: error: a pipeline asks for the category of the rule's logsource, which has none [SIG143]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			pack, got := refused(t, rule(tt.detection), steps(tt.steps))
			if got != tt.want || len(pack.Rules) != 0 {
				t.Errorf("%d rules, got %s\nwant %s", len(pack.Rules), got, tt.want)
			}
			if hint := pack.Diags[0].Hint; !strings.Contains(hint, "the step stands at pipeline.yml:3:11") {
				t.Errorf("hint %q", hint)
			}
		})
	}
}

func TestTemplatesAreHarmless(t *testing.T) {
	text := strings.ReplaceAll(rule("s: {a: 1}, condition: s"), "cloudtrail", `'c*\%x'`)
	r := applied(t, text, steps("type: add_condition\ntemplate: true\nconditions: {a: $service, b|re: ^$service, c|expand: '$service'}"))
	if got, want := showDetection(&r.Filters[0].Detection), `_cond(a=c\*\\%x & b|re=^c\*\\%x & c|expand=c\*\\\%x) _cond`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestPipelinesAreAppliedByPriority(t *testing.T) {
	last := "priority: 20\n" + steps("type: field_name_suffix\nsuffix: .last")
	first := "priority: -1\n" + steps("type: field_name_suffix\nsuffix: .first")
	middle := steps("type: field_name_suffix\nsuffix: .m1")
	middle2 := steps("type: field_name_suffix\nsuffix: .m2")
	r := applied(t, rule("s: {a: 1}, condition: s"), last, middle, first, middle2)
	if got := show(r); got != "s(a.first.m1.m2.last=1) s" {
		t.Errorf("got %s", got)
	}
}

func TestDiagnosticsOfThePackStay(t *testing.T) {
	pack := joined(t, rule("s: {a: 1}, t: {b: 1}, condition: s"))
	got := Apply(pack, []*Pipeline{nil, parsed(t, steps("type: rule_failure\nmessage: no"))})
	if len(pack.Diags) != 1 || len(got.Diags) != 2 || got.Files != 1 || got.Diags[0].Code != diag.PipelineRefused {
		t.Errorf("given %v, got %v", pack.Diags, got.Diags)
	}
}
