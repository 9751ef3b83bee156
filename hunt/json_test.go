package hunt

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sigmahunt/sigmahunt/compiler/record"
)

// names are the members of a finding in their order (docs/findings.md).
var names = []string{
	"fingerprint", "rule_id", "rule_title", "level", "tags", "kind", "source", "time", "first_seen", "last_seen",
	"event_ids", "event_count", "group", "value", "event",
}

// members gives the names of an object's members in order.
func members(t *testing.T, text []byte) []string {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(text))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		t.Fatalf("no object: %s: %v", text, err)
	}
	var keys []string
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key.(string))
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	return keys
}

func TestFindingIsOneCompactLineOfJSON(t *testing.T) {
	p := plan(t, "cloudtrail", rule("id-1", "User created", "high", "attack.t1136.003", "aws"),
		"requestParameters", "resources.ARN", "errorCode", "eventName", "readOnly", "requestParameters.n")
	f := FromEvent(p, parse(t, `{ "eventID": "e1", "eventTime": "2026-03-10T08:00:00Z", "eventName": "CreateUser",
		"readOnly": false, "errorCode": null,
		"requestParameters": { "z": [ 1, 2.50 ], "a": "x y", "n": 12345678901234567890 },
		"resources": [ { "ARN": "arn:b" }, { "ARN": null }, { "ARN": "arn:a" } ] }`))
	got := f.AppendJSON([]byte("before"))
	want := `before{"fingerprint":"` + f.Fingerprint + `","rule_id":"id-1","rule_title":"User created","level":"high",` +
		`"tags":["attack.t1136.003","aws"],"kind":"event","source":"cloudtrail","time":"2026-03-10T08:00:00Z",` +
		`"first_seen":"2026-03-10T08:00:00Z","last_seen":"2026-03-10T08:00:00Z","event_ids":["e1"],"event_count":1,` +
		`"group":{},"value":null,"event":{"requestParameters":{"z":[1,2.50],"a":"x y","n":12345678901234567890},` +
		`"resources.ARN":["arn:b","arn:a"],"eventName":"CreateUser","readOnly":false,"requestParameters.n":12345678901234567890}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if keys := members(t, got[len("before"):]); !slices.Equal(keys, names) {
		t.Errorf("members %q, want %q", keys, names)
	}
}

func TestFindingWithoutAnythingIsStillWhole(t *testing.T) {
	f := FromEvent(plan(t, "cloudtrail", rule("", "", "")), parse(t, `{}`))
	text := f.AppendJSON(nil)
	if keys := members(t, text); !slices.Equal(keys, names) {
		t.Errorf("members %q, want %q", keys, names)
	}
	if !bytes.Contains(text, []byte(`"tags":[],`)) || !bytes.Contains(text, []byte(`"group":{},"value":null,"event":{}}`)) {
		t.Errorf("what is empty is not written as empty: %s", text)
	}
	value := 1.5e300
	f.Value, f.EventCount, f.EventIDs = &value, 3, []string{"a", "b", "c"}
	var back readBack
	if err := json.Unmarshal(f.AppendJSON(nil), &back); err != nil || back.Value != value || back.EventCount != 3 || len(back.EventIDs) != 3 {
		t.Errorf("read back as %+v, %v", back, err)
	}
}

// readBack is a finding as a program reads it.
type readBack struct {
	RuleID     string   `json:"rule_id"`
	RuleTitle  string   `json:"rule_title"`
	Level      string   `json:"level"`
	Tags       []string `json:"tags"`
	Source     string   `json:"source"`
	Time       string   `json:"time"`
	EventIDs   []string `json:"event_ids"`
	EventCount int      `json:"event_count"`
	Value      float64  `json:"value"`
	Event      map[string]any
}

// hostile are texts that leave a string, a line or the encoding.
var hostile = []string{
	`"`, `\`, `\"`, `","x":"`, "\n", "\r\n", "\x00", "\x1b[31m", "\u2028", "\u202e", "</script>", "😀", "é", "\x7f", "\ufeff",
}

func TestHostileTextStaysInsideItsField(t *testing.T) {
	for _, h := range hostile {
		quoted, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		name := "requestParameters." + h
		f := FromEvent(plan(t, "cloudtrail", rule(h, h, h, h, h), "eventName", name),
			parse(t, `{"eventID":`+string(quoted)+`,"eventTime":`+string(quoted)+`,"eventName":`+string(quoted)+`,"requestParameters":{`+string(quoted)+`:[1,`+string(quoted)+`]}}`))
		text := f.AppendJSON(nil)
		if bytes.ContainsAny(text, "\n\r") || !utf8.Valid(text) {
			t.Errorf("%q: not one line of UTF-8: %q", h, text)
		}
		if keys := members(t, text); !slices.Equal(keys, names) {
			t.Errorf("%q: members %q", h, keys)
		}
		var back readBack
		if err := json.Unmarshal(text, &back); err != nil {
			t.Errorf("%q: %v in %s", h, err, text)
			continue
		}
		if back.RuleID != h || back.RuleTitle != h || back.Level != h || !slices.Equal(back.Tags, []string{h, h}) ||
			!slices.Equal(back.EventIDs, []string{h}) || back.Event["eventName"] != h {
			t.Errorf("%q came back as %+v", h, back)
		}
		list, ok := back.Event[name].([]any)
		if !ok || len(list) != 2 || list[1] != h {
			t.Errorf("%q: the field named by it is %v", h, back.Event)
		}
	}
}

// Bytes that are no text are taken out of events by whoever reads them
// (record.Repair), and out of everything else here.
func TestInvalidUTF8DoesNotBreakTheLine(t *testing.T) {
	const bad = "a\xff\xc3(b"
	f := FromEvent(plan(t, "cloudtrail", rule(bad, bad, bad, bad), "eventName"), parse(t, string(record.Repair([]byte("{\"eventID\":\"e\xff\",\"eventName\":\"\xfe\"}")))))
	text := f.AppendJSON(nil)
	if !utf8.Valid(text) || !json.Valid(text) || !strings.HasPrefix(string(text), `{"fingerprint":"`) {
		t.Errorf("not JSON in UTF-8: %q", text)
	}
}
