package ruletest

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

func loadTimed(text string) ([]Timed, error) {
	return LoadTimed(fstest.MapFS{"a_test.yml": {Data: []byte(text)}}, "a_test.yml")
}

func TestTimedEventsShareWhatTheyDoNotSay(t *testing.T) {
	tests, err := loadTimed(`tests: []
timed:
    - name: two
      event: {eventSource: iam, port: 443}
      events:
          - {at: 0s, eventName: A}
          - {eventSource: "ec2", at: 1m30s}
      episodes:
          - {opens: 2, events: [1, 2], group: [ana], value: "31/3"}
`)
	if err != nil || len(tests) != 1 {
		t.Fatalf("%d tests, %v", len(tests), err)
	}
	start := time.Date(2026, 1, 5, 23, 59, 0, 0, time.UTC)
	for i, want := range []string{
		`{"eventID":"1","eventTime":"2026-01-05T23:59:00Z","eventName":"A","eventSource":"iam","port":443}`,
		`{"eventID":"2","eventTime":"2026-01-06T00:00:30Z","eventSource":"ec2","port":443}`,
	} {
		if got := string(tests[0].Events[i].Record(schema.CloudTrail, fmt.Sprint(i+1), start)); got != want {
			t.Errorf("event %d\n%s\nwant\n%s", i+1, got, want)
		}
	}
	if e := tests[0].Episodes[0]; e.Opens != 2 || e.Value != "31/3" || fmt.Sprint(e.Events, e.Group) != "[1 2] [ana]" {
		t.Errorf("episode %+v", e)
	}
	if got := string(TimedEvent{At: time.Second, Event: []byte(`{}`)}.Record(schema.VPCFlow, "1", start)); got != `{"start":1767657541}` {
		t.Errorf("a flow is %s", got)
	}
}

func TestAFilterOfATimedTestIsAFileOfItsOwn(t *testing.T) {
	tests, err := loadTimed(`timed:
    - name: 'ours: "x"'
      filter: {logsource: {product: aws}, filter: {rules: any, us: {a: '*1'}, condition: not us}}
      events: [{at: 0s}]
    - name: none
      events: [{at: 0s}]
`)
	if err != nil {
		t.Fatal(err)
	}
	doc, diags := sigma.Parse(&diag.Source{Name: "filter.yml", Text: tests[0].Filter})
	if diags.HasErrors() || len(doc.Filters) != 1 || !doc.Filters[0].Any || doc.Filters[0].Title != `allowlist of ours: "x"` {
		t.Errorf("%+v, %v, of %s", doc.Filters, diags.Err(), tests[0].Filter)
	}
	if tests[1].Filter != nil {
		t.Errorf("a test without a filter has %s", tests[1].Filter)
	}
}

func TestErrorsOfTimedTestsNameTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"timed:\n- name: a\n  events: [{eventName: A}]":        "a_test.yml:3: an event needs a time",
		"timed:\n- name: a\n  events: [{at: -1s}]":             "a_test.yml:3: an event needs a time",
		"timed:\n- name: a\n  events: [{at: soon}]":            "a_test.yml:3: an event needs a time",
		"timed:\n- name: a\n  events: [1]":                     "a_test.yml:3: an event is a mapping",
		"timed:\n- name: a":                                    "a_test.yml:2: a timed test needs a name and events",
		"timed:\n- name: a\n  filter: x\n  events: [{at: 0s}]": "a_test.yml:3: a filter is a mapping",
		"timed:\n- [a]": "a_test.yml:2: a timed test is a mapping",
		"timed:\n- name: a\n  event: {}\n  evnts: []":                                    `a_test.yml:4: a timed test has no key "evnts"`,
		"timed:\n- name: a\n  events: [{at: 0s}]\n  episodes: [{opens: 2}]":              "a: there is no event 2",
		"timed:\n- name: a\n  events: [{at: 0s}]\n  episodes: [{opens: 1, events: [0]}]": "a: there is no event 0",
	} {
		if _, err := loadTimed(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
