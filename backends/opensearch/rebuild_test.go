package opensearch

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

func TestADocumentIsARecordAgain(t *testing.T) {
	tests := []struct{ name, layout, doc, want string }{
		{"a record as it is", "template",
			"{\"eventName\": \"A\", \"@id\":1, \"unknown\":[1.50]}\n", `{"eventName": "A", "@id":1, "unknown":[1.50]}`},
		{"a record beside aliases", "security-analytics", `{"eventName":"A"}`, `{"eventName":"A"}`},

		{"the text of a log event is the record", "cwl",
			`{"eventName":"A","n":1,"@message":"{\"eventName\":\"A\",\"n\":1.0}","@id":"1"}`, `{"eventName":"A","n":1.0}`},
		{"a text that is no JSON", "cwl",
			`{"eventName":"A","@message":"REPORT","@id":"1","@timestamp":"t","@owner":"o","@log_group":"g","@log_stream":"s"}`, `{"eventName":"A"}`},
		{"a text of another kind", "cwl", `{"eventName":"A","@message":"{\"level\":\"info\"}"}`, `{"eventName":"A"}`},
		{"a list of records is none", "cwl", `{"@message":"[{\"eventName\":\"A\"}]","eventName":"B"}`, `{"eventName":"B"}`},
		{"other members stay, spelled as stored", "cwl", `{"@id":"1","\u0065ventName":"A","@more":[ 1 ]}`, `{"\u0065ventName":"A","@more":[ 1 ]}`},
		{"nothing but the shipper's", "cwl", `{"@id":"1"}`, `{}`},

		{"the original, whole", "ecs",
			`{"event":{"action":"A","original":"{\"eventName\":\"A\",\"sharedEventID\":\"x\"}"}}`, `{"eventName":"A","sharedEventID":"x"}`},
		{"an original that is cut off", "ecs", `{"event":{"action":"A","original":"{\"eventName\":\"B"}}`, `{"eventName":"A"}`},
		{"an original in a key with dots", "ecs", `{"event.original":"{\"eventName\":\"A\"}"}`, `{"eventName":"A"}`},
		{"names of its own", "ecs",
			`{"event":{"action":"A","provider":"iam.amazonaws.com","id":"e1"},"@timestamp":"2026-03-10T01:02:03.000Z",
			"aws":{"cloudtrail":{"user_identity":{"arn":"r","session_context":{"creation_date":"2026-03-10T00:00:00.120Z"}},"read_only":false,
			"resources":[{"arn":"b","account_id":"1","more":1}],"flattened":{"request_parameters":{"b":{"c":[1.50,"x"]}}},"request_parameters":"{b={c=[1.5, x]}}"}},
			"user":{"id":"p","name":"merged"},"tls":{"cipher":"c"}}`,
			`{"userIdentity":{"principalId":"p","arn":"r","sessionContext":{"attributes":{"creationDate":"2026-03-10T00:00:00.12Z"}}},` +
				`"eventTime":"2026-03-10T01:02:03Z","eventSource":"iam.amazonaws.com","eventName":"A",` +
				`"requestParameters":{"b":{"c":[1.50,"x"]}},"eventID":"e1","readOnly":false,"resources":[{"ARN":"b","accountId":"1"}],"tlsDetails":{"cipherSuite":"c"}}`},
		{"keys with dots, and both ways at once", "ecs",
			`{"aws.cloudtrail":{"error_code":"E"},"aws":{"cloudtrail.event_type":"T"}}`, `{"errorCode":"E","eventType":"T"}`},

		{"OCSF", "ocsf",
			`{"time":1773104523000,"api":{"operation":"A","service":{"name":"s3.amazonaws.com"},"request":{"uid":"q","data":"{\"b\":[1.50,null]}"},
			"response":{"error":"E","data":null}},"actor":{"user":{"uid":"r","account":{"uid":"1"}},"session":{"is_mfa":true,"issuer":"i","created_time_dt":1773100800123}},
			"src_endpoint":{"domain":"config.amazonaws.com"},"resources":[{"uid":"b","account":{"uid":"2"}},{"owner":1}],"unmapped":{"readOnly":"true"}}`,
			`{"userIdentity":{"arn":"r","accountId":"1","sessionContext":{"attributes":{"mfaAuthenticated":"true","creationDate":"2026-03-10T00:00:00.123Z"},` +
				`"sessionIssuer":{"arn":"i"}}},"eventTime":"2026-03-10T01:02:03Z","eventSource":"s3.amazonaws.com","eventName":"A",` +
				`"sourceIPAddress":"config.amazonaws.com","errorCode":"E","requestParameters":{"b":[1.50,null]},"requestID":"q",` +
				`"resources":[{"ARN":"b","accountId":"2"},{}]}`},
		{"an address rather than a name", "ocsf", `{"src_endpoint":{"ip":"192.0.2.1","domain":"d"}}`, `{"sourceIPAddress":"192.0.2.1"}`},
		{"an address that is null", "ocsf", `{"src_endpoint":{"ip":null,"domain":"d"}}`, `{"sourceIPAddress":"d"}`},
		{"parameters that are an object", "ocsf", `{"api":{"request":{"data":{"a" : 1}}}}`, `{"requestParameters":{"a":1}}`},
		{"parameters that are no JSON", "ocsf", `{"api":{"request":{"data":"{a=1}"},"response":{"data":""}}}`, `{"requestParameters":"{a=1}","responseElements":""}`},
		{"parameters that end the record", "ocsf", `{"api":{"request":{"data":"1},\"x\":{"},"response":{"data":"1,\"eventName\":2"}}}`,
			`{"requestParameters":"1},\"x\":{","responseElements":"1,\"eventName\":2"}`},
		{"times with zones", "ocsf", `{"time":"2026-03-10T02:02:03.000+0100"}`, `{"eventTime":"2026-03-10T01:02:03Z"}`},
		{"what is no time", "ocsf", `{"time":"yesterday"}`, `{"eventTime":"yesterday"}`},
		{"a number that is no time", "ocsf", `{"time":1e300}`, `{"eventTime":1e300}`},
		{"objects in lists", "ocsf", `{"api":[{"operation":"A"},{"operation":["B",null]}],"actor":[{"invoked_by":"x"},{"user":[{"uid":"y"}]}]}`,
			`{"userIdentity":[{"invokedBy":"x"},{"arn":"y"}],"eventName":["A",["B",null]]}`},
		{"an empty list is one", "ocsf", `{"resources":[]}`, `{"resources":[]}`},
		{"nothing known", "ocsf", `{"class_uid":6003}`, `{}`},
	}
	for _, tt := range tests {
		t.Run(tt.layout+" "+tt.name, func(t *testing.T) {
			got, err := RecordOf(layoutNamed(t, tt.layout), json.RawMessage(tt.doc))
			if err != nil || string(got) != tt.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, tt.want)
			}
		})
	}
}

func TestWhatIsNoDocumentIsAnError(t *testing.T) {
	for _, l := range Layouts {
		for _, doc := range []string{"", "null", "[]", `"a"`, `{"a":`, `{"a":1}x`, strings.Repeat(`{"a":`, 300) + "1" + strings.Repeat("}", 300)} {
			if got, err := RecordOf(l, json.RawMessage(doc)); err == nil || !strings.Contains(err.Error(), l.Name) {
				t.Errorf("%s: %.20s gives %s, %v", l.Name, doc, got, err)
			}
		}
	}
}

// hostile are values of every kind, which stand in the place of every other.
var hostile = []string{
	`null`, `true`, `0`, `-1.5e-7`, `1e999999999`, `""`, `"\ud800"`, `"a\u0000\"\\"`, `"{\"eventName\":\"x\"}"`, `"{"`, `"[1]"`,
	`[]`, `{}`, `[[],[null],{}]`, `[{"a":1},"b",null]`, `{"":{"":""}}`, `{"a":1,"a":2}`,
}

// TestValuesOfTheWrongKindAreKept puts every value at every place of a
// document's way to a field: the record is one, and holds at a field's place a
// value of the document or what the column's type makes of it.
func TestValuesOfTheWrongKindAreKept(t *testing.T) {
	for _, l := range schema.LayoutsOf(Layouts, "cloudtrail") {
		for _, path := range pathsOf(l.Columns, nil) {
			for cut := 1; cut <= len(path); cut++ {
				for _, value := range hostile {
					doc := value
					for i := cut - 1; i >= 0; i-- {
						doc = fmt.Sprintf("{%q:%s}", path[i], doc)
					}
					got, err := RecordOf(l, json.RawMessage(doc))
					if err != nil {
						t.Errorf("%s: %s: %v", l.Name, doc, err)
					}
					if _, err := record.Parse(got); err != nil {
						t.Errorf("%s: %s gives %s: %v", l.Name, doc, got, err)
					}
				}
			}
		}
	}
}

// pathsOf returns the paths of a layout's fields.
func pathsOf(columns []schema.Column, before []string) [][]string {
	var list [][]string
	for _, c := range columns {
		path := append(before[:len(before):len(before)], schema.Place([]schema.Column{c})...)
		if len(c.Members) > 0 {
			list = append(list, pathsOf(c.Members, path)...)
			continue
		}
		list = append(list, path)
	}
	return list
}

func FuzzRecordOf(f *testing.F) {
	for _, doc := range []string{`{"event":{"original":"{}"}}`, `{"@message":"{\"eventName\":1}"}`, `{"api":[{"request":{"data":"[1"}}],"time":1}`} {
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		_, bad := record.Parse([]byte(doc))
		for _, l := range schema.LayoutsOf(Layouts, "cloudtrail") {
			got, err := RecordOf(l, json.RawMessage(doc))
			if (err != nil) != (bad != nil) {
				t.Fatalf("%s: %v, %v", l.Name, err, bad)
			}
			if err != nil {
				continue
			}
			if _, err := record.Parse(got); err != nil {
				t.Errorf("%s: %q gives %q: %v", l.Name, doc, got, err)
			}
		}
	})
}
