package athena

import (
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// batchOf compiles detections on a service's events.
func batchOf(t *testing.T, service string, detections ...string) compiler.Batch {
	t.Helper()
	var b compiler.Batch
	for _, detection := range detections {
		text := "title: Test\nlogsource: {product: aws, service: " + service + "}\ndetection:\n" + detection
		doc, diags := sigma.Parse(&diag.Source{Name: "test.yml", Text: []byte(text)})
		if diags.HasErrors() {
			t.Fatal(diags.Err())
		}
		plan, diags := compiler.Compile(doc.Rules[0], schema.ForLogsource)
		if plan == nil {
			t.Fatal(diags.Err())
		}
		b.Source, b.Plans = plan.Source, append(b.Plans, plan)
	}
	return b
}

// cells gives an answer's texts: those named, NULL elsewhere.
func cells(r *rebuilder, texts map[string]string) []*string {
	row := make([]*string, len(r.cells))
	for i, name := range r.columns() {
		if text, ok := texts[name]; ok {
			row[i] = &text
			delete(texts, name)
		}
	}
	return row
}

func TestARowIsARecordAgain(t *testing.T) {
	tests := []struct {
		name, service, detection string
		cells                    map[string]string
		want                     string
	}{
		{"structs are put together, and NULL is missing", "cloudtrail", anyCall,
			map[string]string{"eventName": "CreateUser", "userIdentity.type": "IAMUser", "userIdentity.arn": `a"b`},
			`{"userIdentity":{"type":"IAMUser","arn":"a\"b"},"eventName":"CreateUser"}`},
		{"JSON stays what it is, and a text is one", "cloudtrail", "    s: {responseElements: x, additionalEventData: y}\n    condition: s\n",
			map[string]string{"requestParameters": `{"a": [1.50, null]}`, "responseElements": "no JSON", "additionalEventData": `{"b":`},
			`{"requestParameters":{"a": [1.50, null]},"responseElements":"no JSON","additionalEventData":"{\"b\":"}`},
		{"texts of hostile characters", "cloudtrail", anyCall, map[string]string{"userAgent": "</script>\u2028\x00\n\\"},
			`{"userAgent":"</script>\u2028\u0000\n\\"}`},
		{"a list of structs gets its spelling back", "cloudtrail", "    s: {resources.ARN: x}\n    condition: s\n",
			map[string]string{"resources": `[{"arn":"x","accountid":"1","type":null}]`},
			`{"resources":[{"ARN":"x","accountId":"1","type":null}]}`},
		{"keys in lower case get the spelling of the rule", "guardduty", "    s: {service.action.awsApiCallAction.callerType: x, service.Odd: y}\n    condition: s\n",
			map[string]string{"service": `{"action":{"awsapicallaction":{"callertype":"x","apiname":1.50}},"odd":[{"x":true}]}`},
			`{"service":{"action":{"awsApiCallAction":{"callerType":"x","apiname":1.50}},"Odd":[{"x":true}]}}`},
		{"numbers are numbers, and a dash is missing", "vpcflow", "    s: {dstport: 22}\n    condition: s\n",
			map[string]string{"dstport": "22", "srcaddr": "10.0.0.1", "dstaddr": "-", "account_id": "0123"},
			`{"account_id":"0123","srcaddr":"10.0.0.1","dstport":22}`},
		{"a struct without a known member is there", "cloudtrail", "    s: {userIdentity.sessionContext|exists: true}\n    condition: s\n",
			map[string]string{"userIdentity.sessionContext": "{}"}, `{"userIdentity":{"sessionContext":{}}}`},
		{"a struct has its members", "cloudtrail", "    s: {userIdentity.sessionContext|exists: true}\n    condition: s\n",
			map[string]string{"userIdentity.sessionContext": "{}", "userIdentity.sessionContext.attributes.mfaAuthenticated": "true"},
			`{"userIdentity":{"sessionContext":{"attributes":{"mfaAuthenticated":"true"}}}}`},
		{"nothing at all", "cloudtrail", anyCall, nil, `{}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := batchOf(t, tt.service, tt.detection)
			b.Plans[0].Residual = b.Plans[0] // so that all that the rule asks for is there
			r := newRebuilder(b, schema.LayoutsOf(Layouts, tt.service)[0])
			row := cells(r, tt.cells)
			if len(tt.cells) > 0 {
				t.Fatalf("the answer has no column %v", tt.cells)
			}
			got, err := r.record(row)
			if err != nil || string(got) != tt.want {
				t.Errorf("got  %s, %v\nwant %s", got, err, tt.want)
			}
		})
	}
}

func TestARowOfAnotherWidthIsRefused(t *testing.T) {
	r := newRebuilder(batchOf(t, "cloudtrail", anyCall), schema.LayoutsOf(Layouts, "cloudtrail")[0])
	if _, err := r.record(make([]*string, 1)); err == nil {
		t.Error("a row of one column is taken")
	}
}
