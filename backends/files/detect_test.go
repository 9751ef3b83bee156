package files

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/record"
)

func TestSourceIsToldByKeys(t *testing.T) {
	for text, want := range map[string]string{
		`{"eventVersion":"1.11"}`: CloudTrail,
		`{"eventTime":"2026-03-01T00:00:00Z","eventName":"RunInstances"}`:  CloudTrail,
		`{"@timestamp":"x","type":"y","eventSource":"s3.amazonaws.com"}`:   CloudTrail,
		`{"schemaVersion":"2.0","type":"x"}`:                               GuardDuty,
		`{"id":"x","severity":5,"service":{},"type":"Recon:EC2/Portscan"}`: GuardDuty,
		`{"severity":5,"type":"x"}`:                                        "",
		`{"version":2,"srcaddr":null,"dstaddr":null}`:                      VPCFlow,
		`{"pkt_dstaddr":"10.0.0.1"}`:                                       VPCFlow,
		`{}`:                                                               "",
		`{"a":{"eventName":"x"}}`:                                          "",
		`{"configurationItems":[]}`:                                        "",
	} {
		r, err := record.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := SourceOf(&r); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestFindingsInTheSDKsFormGetTheExportsNames(t *testing.T) {
	const text = `{"AccountId":"1","Type":"T","Severity":5,"Service":{"Action":{"AwsApiCallAction":{"Api":"X"}},"Tags":[{"Key":"K"}]},"é":1,"_X":{"Y":"Z"},"":2}`
	const want = `{"accountId":"1","type":"T","severity":5,"service":{"action":{"awsApiCallAction":{"api":"X"}},"tags":[{"key":"K"}]},"é":1,"_X":{"y":"Z"},"":2}`
	r, _ := record.Parse([]byte(text))
	exportForm(&r)
	if string(r.Raw) != want || r.Lookup("accountId").Text() != "1" {
		t.Errorf("%s, want %s", r.Raw, want)
	}
	other := `{"Type":"T","Severity":5,"EventName":"X"}`
	r, _ = record.Parse([]byte(other))
	if exportForm(&r); string(r.Raw) != other {
		t.Errorf("a record that is no finding was changed: %s", r.Raw)
	}
}

func TestFormatIsToldByContent(t *testing.T) {
	tar := strings.Repeat("AWSLogs/x", 28) + "     ustar"
	for _, c := range []struct {
		head   string
		whole  bool
		format Format
		reason string
	}{
		{"", true, NoContent, ""}, {" \n\t", true, NoContent, ""}, {"\uFEFF", true, NoContent, ""}, {"   ", false, Unknown, ""}, {strings.Repeat(" ", headSize), false, JSON, ""},
		{"{", false, JSON, ""}, {" [", false, JSON, ""}, {"\uFEFF\r\n{", true, JSON, ""},
		{"PAR1\x15", false, Parquet, ""},
		{"version srcaddr\n", false, FlowLog, ""}, {"version srcaddr", true, FlowLog, ""}, {"version srcad", false, Unknown, "neither JSON nor flow log text"},
		{"${version} ${srcaddr}\r\n", false, FlowLog, ""},
		{"2 1 eni-0a 10.0.0.1 10.0.0.2 1 2 6 1 1 1 1 ACCEPT OK\n", false, FlowLog, ""},
		{"2 1 eni-0a 10.0.0.1 10.0.0.2 1 2 6 1 1 1 1 ACCEPT\n", true, Unknown, "neither JSON nor flow log text"},
		{"hello world\n", true, Unknown, "neither JSON nor flow log text"},
		{"eventTime,eventName\n", true, Unknown, "neither JSON nor flow log text"},
		{"PK\x03\x04", true, Unknown, "a zip archive: unpack it first"}, {"BZh9", true, Unknown, "compressed with bzip2: unpack it first"},
		{"\xff\xfe{\x00", true, Unknown, "UTF-16 text: convert it to UTF-8 first"}, {gzipMagic + "\x08", true, Unknown, "compressed twice: unpack it once"},
		{"PARE\x15", true, Unknown, "an encrypted Parquet file: decrypt it first"},
		{tar, true, Unknown, "a tar archive: unpack it first"},
		{"\x00\x00\x00", true, Unknown, "neither JSON nor flow log text"},
	} {
		if format, reason := formatOf([]byte(c.head), c.whole); format != c.format || reason != c.reason {
			t.Errorf("%.20q: %d %s, want %d %s", c.head, format, reason, c.format, c.reason)
		}
	}
}

func TestDetectLooksAtTheFirstRecord(t *testing.T) {
	dir := tree(t, map[string]string{
		"trail.json":   `{"Records":[{"eventVersion":"1.11"}]}`,
		"trail.gz":     string(gzipped([]byte(`{"Records":[{"eventVersion":"1.11"}]}`))),
		"finding.json": `{"detail-type":"GuardDuty Finding","detail":{"Type":"x","Service":{},"Severity":1}}`,
		"flow.log":     "srcaddr dstport\na 1\n", "empty": "", "text": "hello", "table.parquet": string(parquetOf(t, nestedRows())),
	})
	for name, want := range map[string]struct {
		format Format
		source string
	}{
		"trail.json": {JSON, CloudTrail}, "trail.gz": {JSON, CloudTrail}, "finding.json": {JSON, GuardDuty}, "flow.log": {FlowLog, VPCFlow},
		"empty": {NoContent, ""}, "table.parquet": {Parquet, CloudTrail}, "text": {Unknown, ""},
	} {
		format, source, err := Detect(context.Background(), File{Path: filepath.Join(dir, name), Name: name}, Options{})
		if format != want.format || source != want.source || err != nil {
			t.Errorf("%s: %d %q, error %v", name, format, source, err)
		}
	}
	if _, _, err := Detect(context.Background(), File{Path: filepath.Join(dir, "none"), Name: "none"}, Options{}); err == nil || strings.Contains(err.Error(), dir) {
		t.Errorf("error %v", err)
	}
}
