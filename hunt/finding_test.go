package hunt

import (
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

func parse(t *testing.T, text string) *record.Record {
	t.Helper()
	rec, err := record.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return &rec
}

// rule makes a rule of these and no tests.
func rule(id, title, level string, tags ...string) *sigma.Rule {
	r := &sigma.Rule{}
	r.ID, r.Title, r.Level, r.Tags = id, title, level, tags
	return r
}

// plan makes a plan that shows these fields of a source.
func plan(t *testing.T, source string, rule *sigma.Rule, show ...string) *compiler.Plan {
	t.Helper()
	s := schema.ByName(source)
	p := &compiler.Plan{Rule: rule, Source: s, Where: compiler.Const{Value: true}}
	for _, name := range show {
		path, _, ok := s.Resolve(name)
		if !ok {
			t.Fatalf("%s has no field %s", source, name)
		}
		p.Show = append(p.Show, path)
	}
	return p
}

func TestEventIDIsTheSourcesOwn(t *testing.T) {
	for _, c := range []struct{ source, event, want string }{
		{"cloudtrail", `{"eventID":"0a1b","id":"other"}`, "0a1b"},
		{"guardduty", `{"id":"9f","eventID":"other"}`, "9f"},
		{"cloudtrail", `{"eventID":7}`, "7"},
		{"cloudtrail", `{"eventID":"a\"b\u0041"}`, `a"bA`},
	} {
		if got := EventID(schema.ByName(c.source), parse(t, c.event)); got != c.want {
			t.Errorf("%s %s: id %q, want %q", c.source, c.event, got, c.want)
		}
	}
}

// Without a usable id the text identifies the event, however it is laid out.
func TestEventIDWithoutIDIsAHashOfTheCompactText(t *testing.T) {
	for _, c := range []struct{ source, compact, spaced, other string }{
		{"vpcflow", `{"srcaddr":"10.0.0.1","start":1}`, "{ \"srcaddr\" :\t\"10.0.0.1\",\n \"start\": 1 }", `{"srcaddr":"10.0.0.2","start":1}`},
		{"cloudtrail", `{"eventName":"a b"}`, "{\r\n\"eventName\": \"a b\"\n}", `{"eventName":"ab"}`},
		{"cloudtrail", `{"eventID":null,"x":1}`, `{"eventID": null, "x": 1}`, `{"eventID":null,"x":2}`},
		{"cloudtrail", `{"eventID":{"a":1}}`, `{"eventID": {"a": 1}}`, `{"eventID":{"a":2}}`},
		{"guardduty", `{"id":["x"]}`, `{"id": ["x"]}`, `{"id":["y"]}`},
		{"guardduty", `{"id":"","type":"A"}`, `{"id": "", "type": "A"}`, `{"id":"","type":"B"}`},
	} {
		s := schema.ByName(c.source)
		id := EventID(s, parse(t, c.compact))
		if len(id) != 32 || strings.Trim(id, "0123456789abcdef") != "" {
			t.Errorf("%s: id %q is no hash", c.compact, id)
		}
		if spaced := EventID(s, parse(t, c.spaced)); spaced != id {
			t.Errorf("%s: white space changes the id from %s to %s", c.compact, id, spaced)
		}
		if other := EventID(s, parse(t, c.other)); other == id {
			t.Errorf("%s and %s share the id %s", c.compact, c.other, id)
		}
	}
}

func TestEventTime(t *testing.T) {
	for _, c := range []struct{ source, event, want string }{
		{"cloudtrail", `{"eventTime":"2026-03-10T08:00:00Z"}`, "2026-03-10T08:00:00Z"},
		{"guardduty", `{"updatedAt":"2026-03-10T08:00:00.123Z","createdAt":"2020-01-01T00:00:00Z"}`, "2026-03-10T08:00:00.123Z"},
		{"vpcflow", `{"start":1773129600,"end":1773129660}`, "2026-03-10T08:00:00Z"},
		{"vpcflow", `{"start":"1773129600"}`, "2026-03-10T08:00:00Z"},
		{"vpcflow", `{"start":0}`, "1970-01-01T00:00:00Z"},
		{"vpcflow", `{"start":null}`, ""},
		{"vpcflow", `{"start":1.5}`, ""},
		{"vpcflow", `{"start":"99999999999999999999"}`, ""},
		{"vpcflow", `{}`, ""},
		{"cloudtrail", `{}`, ""},
		{"cloudtrail", `{"eventTime":null}`, ""},
		{"cloudtrail", `{"eventTime":1773129600}`, ""},
		{"cloudtrail", `{"eventTime":["2026-03-10T08:00:00Z"]}`, ""},
	} {
		if got := EventTime(schema.ByName(c.source), parse(t, c.event)); got != c.want {
			t.Errorf("%s %s: time %q, want %q", c.source, c.event, got, c.want)
		}
	}
}

func TestFingerprintKeepsItsPartsApart(t *testing.T) {
	seen := map[string][]string{}
	for _, parts := range [][]string{
		{"a", "b", "c"}, {"ab", "c", ""}, {"a", "bc", ""}, {"", "ab", "c"}, {"abc", "", ""}, {"", "", "abc"},
		{"a1:b", "c", ""}, {"a", "b1:c", ""}, {"a", "1:b", "c"}, {"1:a", "b", "c"}, {"a:", "b", "c"}, {"a", ":b", "c"},
		{"a\x00", "b", "c"}, {"a", "\x00b", "c"}, {"a", "b"}, {"a", "b", ""}, {"b", "a", "c"}, {},
	} {
		f := fingerprint(parts...)
		if other, ok := seen[f]; ok {
			t.Errorf("%q and %q share a fingerprint", parts, other)
		}
		seen[f] = parts
	}
	long := strings.Repeat("x", 10_000) // beyond the buffer that most fit
	if fingerprint(long, "a") == fingerprint(long, "b") || fingerprint(long, "a") != fingerprint(strings.Clone(long), "a") {
		t.Error("long parts are not all hashed")
	}
}

// The value is written down: it must not change between versions, or findings
// that were seen come back as new.
func TestFingerprintIsStable(t *testing.T) {
	made := rule("11111111-2222-4333-8444-555555555555", "User created", "")
	p := plan(t, "cloudtrail", made)
	f := FromEvent(p, parse(t, `{"eventID":"e1","eventName":"CreateUser"}`))
	const want = "e7dbe44a1ae329f382102142b616c644"
	if f.Fingerprint != want {
		t.Errorf("fingerprint %s, want %s", f.Fingerprint, want)
	}
	renamed := rule(made.ID, "Renamed", "high")
	again := FromEvent(plan(t, "cloudtrail", renamed, "eventName"), parse(t, `{"eventName": "CreateUser", "eventID": "e1"}`))
	if again.Fingerprint != f.Fingerprint {
		t.Error("the fingerprint depends on more than the rule's id, the source and the event's id")
	}
	for name, other := range map[string]Finding{
		"another event":  FromEvent(p, parse(t, `{"eventID":"e2"}`)),
		"another rule":   FromEvent(plan(t, "cloudtrail", rule("x", "User created", "")), parse(t, `{"eventID":"e1"}`)),
		"another source": FromEvent(plan(t, "guardduty", made), parse(t, `{"id":"e1"}`)),
	} {
		if other.Fingerprint == f.Fingerprint {
			t.Errorf("%s has the same fingerprint", name)
		}
	}
}

func TestSummaryTakesTheFirstThatIsPresent(t *testing.T) {
	columns := schema.Columns{
		Who:   []string{"userIdentity.arn", "userIdentity.userName", "userIdentity.type"},
		From:  []string{"sourceIPAddress", "userAgent"},
		What:  []string{"eventName"},
		Where: []string{"resources.ARN", "awsRegion"},
	}
	source := *schema.ByName("cloudtrail")
	source.Columns = columns
	p := &compiler.Plan{Rule: rule("", "x", ""), Source: &source}
	for _, c := range []struct {
		event string
		want  Summary
	}{
		{`{"userIdentity":{"arn":"arn:x","userName":"svc-backup"},"sourceIPAddress":"203.0.113.9","userAgent":"cli","eventName":"CreateUser","awsRegion":"us-east-1"}`,
			Summary{"arn:x", "203.0.113.9", "CreateUser", "us-east-1"}},
		{`{"userIdentity":{"type":"Root","userName":"svc-backup"},"userAgent":"cli"}`, Summary{Who: "svc-backup", From: "cli"}},
		{`{"userIdentity":{"arn":null,"userName":"","type":"Root"},"sourceIPAddress":[],"userAgent":7}`, Summary{Who: "Root", From: "7"}},
		{`{"userIdentity":"text","resources":[{"ARN":""},{"accountId":"1"},{"ARN":"arn:b"},{"ARN":"arn:c"}],"awsRegion":"us-east-1"}`, Summary{Where: "arn:b"}},
		{`{}`, Summary{}},
	} {
		f := FromEvent(p, parse(t, c.event))
		if got := f.Summary(); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.event, got, c.want)
		}
	}
}
