package athena

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// glueServer speaks Glue's JSON 1.1 and knows one table.
func glueServer(t *testing.T, table string) *glue.Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var in struct{ DatabaseName, Name string }
		if err != nil || json.Unmarshal(body, &in) != nil || r.Header.Get("X-Amz-Target") != "AWSGlue.GetTable" {
			t.Errorf("%s: %s", r.Header.Get("X-Amz-Target"), body)
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if in.DatabaseName != "security" || in.Name != "ours" {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"__type":"EntityNotFoundException","Message":"Entity Not Found"}`)
			return
		}
		fmt.Fprintf(w, `{"Table":%s}`, table)
	}))
	t.Cleanup(server.Close)
	return glue.New(glue.Options{
		Region: "eu-west-1", BaseEndpoint: aws.String(server.URL), Credentials: aws.AnonymousCredentials{}, HTTPClient: server.Client(),
	})
}

// glueTable is a table of Glue with columns of name and type, by turns.
func glueTable(serde string, parameters map[string]string, columns, keys []string) string {
	pairs := func(list []string) []map[string]string {
		out := []map[string]string{}
		for i := 0; i < len(list); i += 2 {
			out = append(out, map[string]string{"Name": list[i], "Type": list[i+1]})
		}
		return out
	}
	text, err := json.Marshal(map[string]any{
		"Name": "ours", "Parameters": parameters, "PartitionKeys": pairs(keys),
		"StorageDescriptor": map[string]any{"Columns": pairs(columns), "SerdeInfo": map[string]string{"SerializationLibrary": serde}},
	})
	if err != nil {
		panic(err)
	}
	return string(text)
}

func TestLayoutFromGlue(t *testing.T) {
	tests := []struct {
		name, source, table, want string
	}{
		{"columns, structs, lists and maps", "cloudtrail", glueTable("org.apache.hive.hcatalog.data.JsonSerDe",
			map[string]string{"projection.enabled": "true", "projection.day.type": "date", "projection.day.format": "yyyyMMdd"},
			[]string{
				"event_time", "timestamp", "event_name", "string", "read_only", "boolean", "company", "string",
				"user_identity", "struct<arn:string,account_id:bigint,sessioncontext:struct<attributes:struct<mfaauthenticated:string>,mood:int>>",
				"resources", "array<struct<arn:string,accountid:string>>", "requestparameters", "map<string,string>",
				"responseelements", "string", "useragent", "varchar(200)", "errorcode", "double", "awsregion", "array<",
			}, []string{"day", "string"}),
			`# security.ours, as the Glue Data Catalog has it.
source: cloudtrail
table: ours
columns:
  eventTime: {column: event_time, type: timestamp}
  eventName: event_name
  readOnly: {column: read_only, type: boolean}
  # company (string): no field of cloudtrail is called so
  userIdentity:
    column: user_identity
    members:
      arn: arn
      # account_id (bigint): a column of this type cannot hold accountId
      sessionContext:
        column: sessioncontext
        members:
          attributes:
            column: attributes
            members:
              mfaAuthenticated: mfaauthenticated
          # mood (int): no field of sessionContext is called so
  resources:
    column: resources
    members:
      ARN: arn
      accountId: accountid
  # requestparameters (map): a map of text cannot hold the arrays and objects of requestParameters
  responseElements: responseelements
  userAgent: useragent
  # errorcode (double): a column of this type cannot hold errorCode
  # awsregion (array<): the type cannot be read
partitions: {scheme: compact-day, column: day}
`},
		{"a flow log with days in three columns", "vpcflow", glueTable("", nil,
			[]string{"start", "bigint", "srcaddr", "string", "dstport", "int", "on", "string"},
			[]string{"aws-region", "string", "Region", "string", "year", "string", "month", "string", "day", "string"}),
			`# security.ours, as the Glue Data Catalog has it.
source: vpcflow
table: ours
columns:
  start: start
  srcaddr: srcaddr
  dstport: dstport
  # on (string): no field of vpcflow is called so
  region: "Region"
partitions: {scheme: year-month-day, columns: [year, month, day]}
null_text: "-"
`},
		{"keys in lower case, and days that nobody knows", "guardduty", glueTable("org.openx.data.jsonserde.JsonSerDe", nil,
			[]string{"updatedat", "string", "service", "string", "x\n- y", "string"}, []string{"dt", "string"}),
			`# security.ours, as the Glue Data Catalog has it.
source: guardduty
table: ours
columns:
  updatedAt: updatedat
  service: {column: service, type: lower-json}
  # x␊- y (string): no field of guardduty is called so
# The catalog does not tell how days are written in dt: queries read all of them.
partitions: {scheme: none}
`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := LayoutFromGlue(t.Context(), glueServer(t, tt.table), schema.ByName(tt.source), "security", "ours")
			if err != nil || got != tt.want {
				t.Fatalf("%v\n%s", err, got)
			}
			if _, diags := ReadLayout(&diag.Source{Name: "ours.yml", Text: []byte(got)}); len(diags) > 0 {
				t.Error(diags.Err())
			}
		})
	}
}

func TestLayoutFromGlueFails(t *testing.T) {
	client := glueServer(t, `{"Name":"ours"}`)
	if _, err := LayoutFromGlue(t.Context(), client, schema.CloudTrail, "security", "theirs"); err == nil || !strings.Contains(err.Error(), "Entity Not Found") {
		t.Errorf("got %v", err)
	}
	if _, err := LayoutFromGlue(t.Context(), client, schema.CloudTrail, "security", "ours"); err == nil || !strings.Contains(err.Error(), "no columns") {
		t.Errorf("got %v", err)
	}
}

// Every layout of the documentation comes back from Glue as it is, as far as
// Glue can tell.
func TestDocumentedTablesComeBackFromGlue(t *testing.T) {
	for _, l := range Layouts {
		if l.Storage.Format == schema.Managed || l.Name == "bootstrap" {
			continue
		}
		t.Run(l.Source.Name+" "+l.Name, func(t *testing.T) {
			var columns, keys []string
			for _, c := range l.Physical() {
				columns = append(columns, c.Name, strings.Join(strings.Fields(hiveType(c, "")), ""))
			}
			parameters := map[string]string{}
			for _, p := range projection(l, "s3://x/", DDLOptions{}) {
				parameters[p.Name] = p.Value
			}
			for _, k := range l.Partitions.Keys {
				keys = append(keys, k.Name, k.Type)
			}
			text, err := LayoutFromGlue(t.Context(), glueServer(t, glueTable(l.Storage.RowFormat, parameters, columns, keys)), l.Source, "security", "ours")
			if err != nil {
				t.Fatal(err)
			}
			got, diags := ReadLayout(&diag.Source{Name: "ours.yml", Text: []byte(text)})
			if got == nil {
				t.Fatalf("%v in\n%s", diags.Err(), text)
			}
			if got.Partitions.Scheme != l.Partitions.Scheme || got.Partitions.Column != l.Partitions.Column || got.NullText != l.NullText {
				t.Errorf("partitions %+v in\n%s", got.Partitions, text)
			}
			for _, p := range l.Source.Paths() {
				want, _, had := l.Locate(p)
				have, _, has := got.Locate(p)
				if had != has || had && (want[len(want)-1].Type != have[len(have)-1].Type || strings.Join(schema.Place(want), ".") != strings.Join(schema.Place(have), ".")) {
					t.Errorf("%s: %v, %v", p.Name(), want, have)
				}
			}
		})
	}
}

func TestHiveTypesThatAreNone(t *testing.T) {
	for _, text := range []string{
		"", "struct<", "struct<a>", "struct<a:>", "struct<a:int", "array<int", "int>", "int int>", "varchar(10", "map<,>",
		strings.Repeat("array<", 100) + "int" + strings.Repeat(">", 100),
	} {
		if got, err := parseHive(text); err == nil {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
	got, err := parseHive(" STRUCT< `a b` : decimal(10, 2) , c: map<string, array<int>> > ")
	if err != nil || got.name != "struct" || len(got.members) != 2 || got.members[0].name != "a b" || got.members[0].typ.name != "decimal" ||
		got.members[1].typ.of[1].of[0].name != "int" {
		t.Errorf("%+v, %v", got, err)
	}
}
