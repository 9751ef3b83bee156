package athena

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/athena/trinotest"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// Two events as layouts hold them that are not AWS's records themselves.
var storedEvents = map[string]string{
	"security-lake": `{"metadata":{"uid":"1","event_code":"AwsApiCall","product":{"version":"1.11","feature":{"name":"Management"}}},"actor":{"user":{"type":"IAMUser","uid":"arn:aws:iam::111122223333:user/a","name":"a","account":{"uid":"111122223333"}},"session":{"is_mfa":true,"created_time_dt":"2026-03-10 09:00:00","issuer":"arn:issuer"}},"time_dt":"2026-03-10 12:30:45.000","api":{"operation":"CreateUser","service":{"name":"iam.amazonaws.com"},"request":{"data":"{\"userName\":\"x\",\"tags\":[{\"key\":\"k1\"},{\"key\":\"k2\"}]}","uid":"r"},"response":{}},"cloud":{"region":"us-east-1"},"src_endpoint":{"ip":"10.1.2.3"},"http_request":{"user_agent":"aws-cli"},"resources":[{"uid":"arn:b","account":{"uid":"444455556666"},"type":"AWS::S3::Bucket"}]}
{"metadata":{"uid":"2"},"actor":{"invoked_by":"ec2.amazonaws.com"},"time_dt":"2026-03-11 00:00:00.000","api":{"operation":"DescribeInstances","service":{"name":"ec2.amazonaws.com"},"response":{"error":"AccessDenied"}},"src_endpoint":{"domain":"ec2.amazonaws.com"}}
`,
	"lake": `{"eventid":"1","eventtime":"2026-03-10 12:30:45.000","eventname":"CreateUser","eventsource":"iam.amazonaws.com","sourceipaddress":"10.1.2.3","readonly":false,"managementevent":true,"useridentity":{"type":"IAMUser","accountid":"111122223333","sessioncontext":{"attributes":{"mfaauthenticated":"true","creationdate":"2026-03-10 09:00:00"}}},"resources":[{"arn":"arn:b","accountid":"444455556666","type":"AWS::S3::Bucket"}],"eventjson":"{\"requestParameters\":{\"userName\":\"x\",\"tags\":[{\"key\":\"k1\"},{\"key\":\"k2\"}]},\"addendum\":{\"reason\":\"DELIVERY_DELAY\"}}"}
{"eventid":"2","eventtime":"2026-03-11 00:00:00.000","eventname":"DescribeInstances","eventsource":"ec2.amazonaws.com","sourceipaddress":"ec2.amazonaws.com","errorcode":"AccessDenied","readonly":true,"eventjson":"{}"}
`,
}

// TestTrinoReadsStoredEvents asks for fields that these layouts hold in other
// places and types than AWS's records.
func TestTrinoReadsStoredEvents(t *testing.T) {
	both := []string{"security-lake", "lake"}
	tests := []struct {
		name, detection string
		layouts         []string
		want            string // the ids of the events, with blanks between
	}{
		{"text", "{eventName: createuser}", both, "1"},
		{"one of two columns", "{sourceIPAddress: 10.1.2.3}", both, "1"},
		{"the other", "{sourceIPAddress|endswith: .amazonaws.com}", both, "2"},
		{"a network", "{sourceIPAddress|cidr: 10.0.0.0/8}", both, "1"},
		{"a member", "{userIdentity.accountId: '111122223333'}", both, "1"},
		{"a boolean for text", "{userIdentity.sessionContext.attributes.mfaAuthenticated: 'true'}", both, "1"},
		{"a time for text", "{userIdentity.sessionContext.attributes.creationDate: '2026-03-10T09:00:00Z'}", both, "1"},
		{"the whole time", "{eventTime: '2026-03-10T12:30:45Z'}", both, "1"},
		{"a part of the time", "{eventTime|hour: 12}", both, "1"},
		{"a list's member", "{resources.ARN: 'arn:b'}", both, "1"},
		{"a list's member in a struct", "{resources.accountId: '444455556666'}", both, "1"},
		{"a parameter", "{requestParameters.userName: x}", both, "1"},
		{"a parameter in an array", "{requestParameters.tags.key: k2}", both, "1"},
		{"a parameter that is missing", "{requestParameters.userName: null}", both, "2"},
		{"a field that is missing", "{errorCode: null}", both, "1"},
		{"a boolean", "{readOnly: true}", both[1:], "2"},
		{"a field of the whole event", "{addendum.reason: DELIVERY_DELAY}", both[1:], "1"},
		{"what a window starts and ends with", "{eventName|exists: true}", both, "1 2"},
	}
	server := trinotest.Start(t)
	in := trinotest.Session{Catalog: "hive", Schema: "stored_" + strconv.Itoa(os.Getpid())}
	query := func(t *testing.T, sql string) *trinotest.Result {
		t.Helper()
		result, err := server.Query(context.WithoutCancel(t.Context()), in, sql)
		if err != nil {
			t.Fatalf("%v in\n%s", err, sql)
		}
		return result
	}
	query(t, "CREATE SCHEMA "+in.Schema)
	defer query(t, "DROP SCHEMA "+in.Schema+" CASCADE")
	for name, events := range storedEvents {
		folder := filepath.Join(server.Files, in.Schema+"_"+name)
		if err := os.MkdirAll(folder, 0o777); err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(folder)
		if err := os.WriteFile(filepath.Join(folder, "events.json"), []byte(events), 0o666); err != nil {
			t.Fatal(err)
		}
		layout, err := Choose("cloudtrail", name)
		if err != nil {
			t.Fatal(err)
		}
		inJSON := *layout
		inJSON.Storage.Format = schema.JSONRecords
		query(t, TrinoDDL(&inJSON, layout.Table, "local:///"+filepath.Base(folder)))
		defer query(t, "DROP TABLE "+layout.Table)
	}
	for _, tt := range tests {
		for _, layout := range tt.layouts {
			t.Run(tt.name+" "+layout, func(t *testing.T) {
				for _, w := range []backends.Window{{}, window("2026-03-10T12:30:45Z", "2026-03-11T00:00:01Z")} {
					sql := emit(t, "cloudtrail", "    s: "+tt.detection+"\n    condition: s\nfields: [resources, requestParameters, addendum]\n", map[string]string{"cloudtrail": layout}, w)
					if got := ids(query(t, sql)); got != tt.want {
						t.Errorf("got %q, want %q from\n%s", got, tt.want, sql)
					}
				}
			})
		}
	}
}

// ids gives the ids of an answer's events, sorted.
func ids(r *trinotest.Result) string {
	at, found := -1, []string{}
	for i, c := range r.Columns {
		if strings.EqualFold(c.Name, "eventID") {
			at = i
		}
	}
	for _, row := range r.Rows {
		if id, ok := row[at].(string); ok {
			found = append(found, id)
		}
	}
	slices.Sort(found)
	return strings.Join(found, " ")
}
