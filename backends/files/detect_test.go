package files

import (
	"context"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/record"
)

func TestTheKeysOfARecordNameItsSource(t *testing.T) {
	for text, want := range map[string]string{
		`{"eventVersion":"1.11"}`: "cloudtrail",
		`{"eventTime":"2026-03-01T00:00:00Z","eventName":"RunInstances"}`:  "cloudtrail",
		`{"@timestamp":"x","type":"y","eventSource":"s3.amazonaws.com"}`:   "cloudtrail",
		`{"schemaVersion":"2.0","type":"x"}`:                               "guardduty",
		`{"id":"x","severity":5,"service":{},"type":"Recon:EC2/Portscan"}`: "guardduty",
		`{"severity":5,"type":"x"}`:                                        "",
		`{"version":2,"srcaddr":null,"dstaddr":null}`:                      "vpcflow",
		`{"pkt_dstaddr":"10.0.0.1"}`:                                       "vpcflow",
		`{"srcaddr":"10.0.0.1","vpc_id":"v","query_name":"a."}`:            "route53",
		`{"query_timestamp":"2026-03-01T00:00:00Z","srcaddr":"10.0.0.1"}`:  "route53",
		`{"srcaddr":"10.0.0.1","vpc_id":"v"}`:                              "vpcflow",
		`{}`:                                                               "",
		`{"a":{"eventName":"x"}}`:                                          "",
		`{"configurationItems":[]}`:                                        "",
	} {
		r, err := record.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := NewRecognizer().SourceOf(&r); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestFindingsInTheSDKsFormGetTheExportsNames(t *testing.T) {
	const text = `{"AccountId":"1","Type":"T","Severity":5,"Service":{"Action":{"AwsApiCallAction":{"Api":"X"}},"Tags":[{"Key":"K"}]},"é":1,"_X":{"Y":"Z"},"":2}`
	const want = `{"accountId":"1","type":"T","severity":5,"service":{"action":{"awsApiCallAction":{"api":"X"}},"tags":[{"key":"K"}]},"é":1,"_X":{"y":"Z"},"":2}`
	r, _ := record.Parse([]byte(text))
	NewRecognizer().exportForm(&r)
	if string(r.Raw) != want || r.Lookup("accountId").Text() != "1" {
		t.Errorf("%s, want %s", r.Raw, want)
	}
	other := `{"Type":"T","Severity":5,"EventName":"X"}`
	r, _ = record.Parse([]byte(other))
	if NewRecognizer().exportForm(&r); string(r.Raw) != other {
		t.Errorf("a record that is no finding was changed: %s", r.Raw)
	}
}

func TestContentIsRecognised(t *testing.T) {
	tar := strings.Repeat("AWSLogs/x", 28) + "     ustar"
	for _, c := range []struct {
		head   string
		whole  bool
		want   content
		reason string
	}{
		{"", true, emptyContent, ""}, {" \n\t", true, emptyContent, ""}, {"\uFEFF", true, emptyContent, ""}, {"   ", false, unknownContent, ""}, {strings.Repeat(" ", headSize), false, jsonContent, ""},
		{"{", false, jsonContent, ""}, {" [", false, jsonContent, ""}, {"\uFEFF\r\n{", true, jsonContent, ""},
		{"PAR1\x15", false, parquetContent, ""},
		{"version srcaddr\n", false, lineContent, ""}, {"version srcaddr", true, lineContent, ""}, {"version srcad", false, unknownContent, "neither JSON nor flow log text"},
		{"${version} ${srcaddr}\r\n", false, lineContent, ""},
		{"2 1 eni-0a 10.0.0.1 10.0.0.2 1 2 6 1 1 1 1 ACCEPT OK\n", false, lineContent, ""},
		{"2 1 eni-0a 10.0.0.1 10.0.0.2 1 2 6 1 1 1 1 ACCEPT\n", true, unknownContent, "neither JSON nor flow log text"},
		{"hello world\n", true, unknownContent, "neither JSON nor flow log text"},
		{"eventTime,eventName\n", true, unknownContent, "neither JSON nor flow log text"},
		{"PK\x03\x04", true, unknownContent, "a zip archive: unpack it first"}, {"BZh9", true, unknownContent, "compressed with bzip2: unpack it first"},
		{"\xff\xfe{\x00", true, unknownContent, "UTF-16 text: convert it to UTF-8 first"}, {gzipMagic + "\x08", true, unknownContent, "compressed twice: unpack it once"},
		{"PARE\x15", true, unknownContent, "an encrypted Parquet file: decrypt it first"},
		{tar, true, unknownContent, "a tar archive: unpack it first"},
		{"\x00\x00\x00", true, unknownContent, "neither JSON nor flow log text"},
	} {
		if got, _, reason := contentOf([]byte(c.head), c.whole, lineKinds()); got != c.want || reason != c.reason {
			t.Errorf("%.20q: %d %s, want %d %s", c.head, got, reason, c.want, c.reason)
		}
	}
}

func TestFilesHaveTheSourceOfTheirRecords(t *testing.T) {
	dir := tree(t, map[string]string{
		"trail.json":   `{"Records":[{"eventVersion":"1.11"}]}`,
		"trail.gz":     string(gzipped([]byte(`{"Records":[{"eventVersion":"1.11"}]}`))),
		"finding.json": `{"detail-type":"GuardDuty Finding","detail":{"Type":"x","Service":{},"Severity":1}}`,
		"flow.log":     "srcaddr dstport\na 1\n", "empty": "", "text": "hello", "table.parquet": string(parquetOf(t, nestedRows()[:1])),
	})
	for name, want := range map[string]map[string]int64{
		"trail.json": {"cloudtrail": 1}, "trail.gz": {"cloudtrail": 1}, "finding.json": {"guardduty": 1}, "flow.log": {"vpcflow": 1},
		"empty": {}, "table.parquet": {"cloudtrail": 1}, "text": {},
	} {
		files := []File{{Path: filepath.Join(dir, name), Name: name}}
		see := func() func(*record.Record, Position) (struct{}, bool) {
			return func(*record.Record, Position) (struct{}, bool) { return struct{}{}, false }
		}
		stats, err := Scan(context.Background(), files, Options{Workers: 1}, see, func(struct{}) error { return nil })
		if !maps.Equal(stats.Sources, want) || err != nil {
			t.Errorf("%s: %v, error %v", name, stats.Sources, err)
		}
	}
}
