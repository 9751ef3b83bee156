package ruletest

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"
)

func load(text string) ([]Case, error) {
	return Load(fstest.MapFS{"rules/a_test.yml": {Data: []byte(text)}}, "rules/a_test.yml")
}

// event reads a file of one test with that event.
func event(t *testing.T, text string) string {
	t.Helper()
	cases, err := load("tests:\n  - name: n\n    match: true\n    event: " + text + "\n")
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if !json.Valid(cases[0].Event) {
		t.Errorf("%s became %s, which is no JSON", text, cases[0].Event)
	}
	return string(cases[0].Event)
}

func TestFileFor(t *testing.T) {
	for rule, want := range map[string]string{
		"aws/iam.yml": "aws/iam_test.yml", "a.yaml": "a_test.yaml", "a.b/c.d.yml": "a.b/c.d_test.yml",
	} {
		if got := FileFor(rule); got != want {
			t.Errorf("%s: %s, want %s", rule, got, want)
		}
	}
}

func TestLoadReadsCasesInOrder(t *testing.T) {
	cases, err := load(`tests:
    - name: in JSON
      match: true
      event: {"eventName": "CreateUser", "z": {"b": [1, {"a": null}], "a": "x"}}
    - match: false
      event:
          eventName: DeleteUser
          list:
              - 1
              - two
      name: in YAML
`)
	if err != nil {
		t.Fatal(err)
	}
	want := []Case{
		{"in JSON", true, []byte(`{"eventName":"CreateUser","z":{"b":[1,{"a":null}],"a":"x"}}`), 4},
		{"in YAML", false, []byte(`{"eventName":"DeleteUser","list":[1,"two"]}`), 7},
	}
	if len(cases) != len(want) {
		t.Fatalf("%d cases, want %d", len(cases), len(want))
	}
	for i, w := range want {
		if c := cases[i]; c.Name != w.Name || c.Match != w.Match || string(c.Event) != string(w.Event) || c.Line != w.Line {
			t.Errorf("case %d: %+v (%s), want %+v (%s)", i, c, c.Event, w, w.Event)
		}
	}
}

func TestKeyOrderIsKept(t *testing.T) {
	const text = `{"z":1,"a":2,"m":{"z":1,"b":2,"a":3},"10":4,"2":5}`
	if got := event(t, text); got != text {
		t.Errorf("%s, want %s", got, text)
	}
}

func TestScalarsFollowTheCoreSchema(t *testing.T) {
	for text, want := range map[string]string{
		`10`: `10`, `"10"`: `"10"`, `'10'`: `"10"`, `!!str 10`: `"10"`,
		`012`: `"012"`, `012345678901`: `"012345678901"`, `-5`: `-5`, `1.50`: `1.50`, `1e3`: `1e3`, `12345678901234567890123`: `12345678901234567890123`,
		`1_000`: `"1_000"`, `0x1F`: `"0x1F"`, `.inf`: `".inf"`, `2012-10-17`: `"2012-10-17"`, `1.2.3.4`: `"1.2.3.4"`,
		`null`: `null`, `~`: `null`, `Null`: `null`, `"null"`: `"null"`, `'~'`: `"~"`, ``: `null`, `""`: `""`, `nULL`: `"nULL"`,
		`true`: `true`, `True`: `true`, `FALSE`: `false`, `"true"`: `"true"`, `yes`: `"yes"`, `No`: `"No"`, `on`: `"on"`, `tRUE`: `"tRUE"`,
		`"a\nb\u0000\""`: `"a\nb\u0000\""`, `"😀"`: `"😀"`,
	} {
		if got := event(t, "{k: "+text+"}"); got != `{"k":`+want+`}` {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	if got := event(t, "{10: a, true: b, null: c}"); got != `{"10":"a","true":"b","null":"c"}` {
		t.Errorf("keys are text: %s", got)
	}
	if got := event(t, "\n        k: |\n            two\n            lines"); got != `{"k":"two\nlines\n"}` {
		t.Errorf("a block of text: %s", got)
	}
}

func TestErrorsNameFileAndLine(t *testing.T) {
	for name, c := range map[string]struct{ text, where, message string }{
		"unknown key":      {"tests:\n  - name: n\n    match: true\n    evnt: {}\n", ":4:", `no key "evnt"`},
		"unknown top key":  {"tests: []\ntest: []\n", ":", "line 2"},
		"no match":         {"tests:\n  - name: n\n    event: {}\n", ":2:", "match: true or false"},
		"match is text":    {"tests:\n  - name: n\n    match: maybe\n    event: {}\n", ":3:", "match"},
		"no event":         {"tests:\n  - name: ok\n    match: true\n    event: {}\n  - name: n\n    match: true\n", ":5:", "an event"},
		"no name":          {"tests:\n  - match: true\n    event: {}\n", ":2:", "a name"},
		"name is a list":   {"tests:\n  - name: [n]\n    match: true\n    event: {}\n", ":2:", "name"},
		"test is text":     {"tests:\n  - n\n", ":2:", "mapping"},
		"alias":            {"tests:\n  - name: n\n    match: true\n    event:\n      a: &x {b: 1}\n      c: *x\n", ":6:", "aliases"},
		"event is alias":   {"tests:\n  - name: &x n\n    match: true\n    event: *x\n", ":4:", "aliases"},
		"merge key":        {"tests:\n  - name: n\n    match: true\n    event:\n      a: &x {b: 1}\n      <<: *x\n", ":6:", "aliases"},
		"key is a list":    {"tests:\n  - name: n\n    match: true\n    event:\n      ? [a]\n      : 1\n", ":5:", "key"},
		"nested too deep":  {"tests:\n  - name: n\n    match: true\n    event: " + strings.Repeat("[", 100) + strings.Repeat("]", 100) + "\n", ":4:", "deeper than 64"},
		"not YAML":         {"tests:\n  - name: 'n\n", ":", "line"},
		"tests is a text":  {"tests: all\n", ":", "line 1"},
		"an empty file":    {"", ":", "EOF"},
		"a line of blanks": {"tests:\n  - name: n\n    match: true\n    event: {}\n  -\n", ":5:", "mapping"},
	} {
		cases, err := load(c.text)
		if err == nil {
			t.Errorf("%s: no error; %d cases", name, len(cases))
			continue
		}
		if text := err.Error(); !strings.HasPrefix(text, "rules/a_test.yml"+c.where) || !strings.Contains(text, c.message) {
			t.Errorf("%s: %q, want it to begin with file%s and to hold %q", name, text, c.where, c.message)
		}
	}
	if _, err := Load(fstest.MapFS{}, "missing_test.yml"); err == nil || !strings.Contains(err.Error(), "missing_test.yml") {
		t.Errorf("a missing file: %v", err)
	}
}

func TestDepthWithinTheBoundIsRead(t *testing.T) {
	text := strings.Repeat("[", 60) + "1" + strings.Repeat("]", 60)
	if got := event(t, text); got != text {
		t.Errorf("%s, want %s", got, text)
	}
}
