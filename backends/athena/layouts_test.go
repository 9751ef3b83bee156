package athena

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
)

func writeLayout(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ours.yml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestQueriesOverATableOfOnesOwn(t *testing.T) {
	path := writeLayout(t, `source: cloudtrail
table: our trail
columns:
  eventTime: {column: at, type: timestamp}
  eventName: api.call
  readOnly: {column: read, type: boolean}
  sourceIPAddress: {column: src.ip, or: name}
  resources: {column: things, members: {ARN: id.arn, type: kind}}
partitions: {scheme: year-month-day, columns: [y, m, d]}
null_text: "-"
`)
	got := emit(t, "cloudtrail", `    s:
        eventName: CreateUser
        readOnly: false
        sourceIPAddress: 10.0.0.1
        resources.ARN: a
    condition: s
fields: [resources]
`, map[string]string{"cloudtrail": path}, window("2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z"))
	flat := strings.Join(strings.Fields(got), " ")
	for _, want := range []string{
		`FROM "our trail" WHERE y = '2026' AND m = '03' AND d IN ('10', '11')`,
		`replace(date_format("at", '%Y-%m-%dT%H:%i:%s.%fZ'), '.000000Z', 'Z') AS eventTime`, `api.call AS eventName`,
		`CAST(read AS varchar)`, `coalesce(nullif(src.ip, '-'), nullif(src.name, '-'))`, `x.id.arn`,
		`json_format(CAST(transform(things, e -> map(ARRAY['ARN', 'type'], ARRAY[e.id.arn, e.kind])) AS json)) AS resources`,
	} {
		if !strings.Contains(flat, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}

func TestChoose(t *testing.T) {
	layout, err := Choose("cloudtrail", "lake:1234-abcd")
	if err != nil || layout.Name != "lake" || layout.Table != "1234-abcd" {
		t.Errorf("got %+v, %v", layout, err)
	}
	if again, err := Choose("cloudtrail", "lake"); err != nil || again.Table != "event_data_store_id" {
		t.Errorf("a renamed table stays: %+v, %v", again, err)
	}
	for want, message := range map[string]string{
		"iceberg":     "the layouts are projection, classic, ",
		"lake:a.b":    `"a.b" is no name of a table`,
		"lake:":       `"" is no name of a table`,
		"missing.yml": "missing.yml",
		writeLayout(t, "source: vpcflow\ntable: t\ncolumns: {start: start}\n"):      "is a table of vpcflow, not of cloudtrail",
		writeLayout(t, "source: cloudtrail\ntable: t\ncolumns: {eventTimes: at}\n"): "ours.yml:3:11: error: cloudtrail has no field eventTimes [SIG306]: did you mean eventTime?",
	} {
		if _, err := Choose("cloudtrail", want); err == nil || !strings.Contains(err.Error(), message) {
			t.Errorf("%s: got %v", want, err)
		}
	}
	if _, err := newBackend(backends.Config{Layouts: map[string]string{"waf": "x"}}); err == nil || !strings.Contains(err.Error(), `no source "waf"`) {
		t.Errorf("got %v", err)
	}
}
