package eval

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// find gives the first leaf of a trace that looks at a field.
func find(t *testing.T, trace Trace, field string) Trace {
	t.Helper()
	var search func(Trace) (Trace, bool)
	search = func(trace Trace) (Trace, bool) {
		for _, f := range trace.Fields {
			if f.Path.Name() == field {
				return trace, true
			}
		}
		for _, part := range trace.Of {
			if found, ok := search(part); ok {
				return found, true
			}
		}
		return Trace{}, false
	}
	found, ok := search(trace)
	if !ok {
		t.Fatalf("no leaf looks at %s", field)
	}
	return found
}

func TestExplainTellsPartsThatDecideNothing(t *testing.T) {
	p := planOf(t, schema.CloudTrail, `
sel:
  eventName: [CreateUser, DeleteUser]
  errorCode: null
  requestParameters.names|contains: dep
filter:
  userIdentity.arn|re: 'role/x'
condition: sel and not filter`)
	rec := parse(t, `{"eventName":"createuser","errorCode":"AccessDenied","requestParameters":{"names":["ci-deployer",7,null]}}`)
	trace := Explain(p, rec)
	if _, ok := trace.Pred.(compiler.All); !ok || trace.Result {
		t.Errorf("got %v of a %T", trace.Result, trace.Pred)
	}
	for _, tt := range []struct {
		field  string
		result bool
		values []string
		key    bool
	}{
		{"eventName", true, []string{"createuser"}, true},
		{"errorCode", false, []string{"AccessDenied"}, true},
		{"requestParameters.names", true, []string{"ci-deployer", "7"}, true},
		{"userIdentity.arn", false, nil, false},
	} {
		leaf := find(t, trace, tt.field)
		f := leaf.Fields[0]
		if leaf.Result != tt.result || !reflect.DeepEqual(f.Values, tt.values) || f.Key != tt.key || f.Empty || f.More != 0 {
			t.Errorf("%s: %v over %+v", tt.field, leaf.Result, f)
		}
		if leaf.Pred.Span().Line == 0 {
			t.Errorf("%s: no place in the rule", tt.field)
		}
	}
	if again := Explain(p, rec); !reflect.DeepEqual(trace, again) {
		t.Error("a second trace differs")
	}
}

func TestExplainTellsWhyThereIsNoValue(t *testing.T) {
	p := planOf(t, schema.CloudTrail, "s:\n  requestParameters.a: x\ncondition: s")
	for _, tt := range []struct {
		event      string
		empty, key bool
		values     int
	}{
		{`{}`, false, false, 0},
		{`{"requestParameters":null}`, false, false, 0},
		{`{"requestParameters":{"a":null}}`, false, true, 0},
		{`{"requestParameters":{"a":[null]}}`, false, true, 0},
		{`{"requestParameters":{"a":[]}}`, true, true, 0},
		{`{"requestParameters":{"a":["",[]]}}`, true, true, 1},
	} {
		f := find(t, Explain(p, parse(t, tt.event)), "requestParameters.a").Fields[0]
		if f.Empty != tt.empty || f.Key != tt.key || len(f.Values) != tt.values {
			t.Errorf("%s: got %+v", tt.event, f)
		}
	}
}

func TestExplainIsBounded(t *testing.T) {
	var names []string
	for range 50 {
		names = append(names, "x"+strings.Repeat("é", 1000))
	}
	list, err := json.Marshal(names)
	if err != nil {
		t.Fatal(err)
	}
	p := planOf(t, schema.CloudTrail, "s:\n  requestParameters.a: x\ncondition: s")
	f := find(t, Explain(p, parse(t, `{"requestParameters":{"a":`+string(list)+`}}`)), "requestParameters.a").Fields[0]
	if len(f.Values) != MaxValues || f.More != 50-MaxValues {
		t.Errorf("%d values and %d more", len(f.Values), f.More)
	}
	for _, text := range f.Values {
		if len(text) > MaxValue+len("…") || !utf8.ValidString(text) || !strings.HasSuffix(text, "…") {
			t.Errorf("%d bytes: %q", len(text), text)
		}
	}
}

func TestExplainLooksAtBothFields(t *testing.T) {
	p := planOf(t, schema.CloudTrail, "s:\n  eventName|fieldref: eventSource\ncondition: s")
	leaf := find(t, Explain(p, parse(t, `{"eventName":"A","eventSource":"a"}`)), "eventName")
	if !leaf.Result || len(leaf.Fields) != 2 || leaf.Fields[0].Values[0] != "A" || leaf.Fields[1].Values[0] != "a" {
		t.Errorf("got %+v", leaf)
	}
}
