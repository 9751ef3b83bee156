package files

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/sigmahunt/sigmahunt/compiler/record"
)

// A query log as S3 and CloudWatch Logs hold it: a line each, a subscription, an answer
// to FilterLogEvents, and an export.
func TestQueryLogsAreReadFromS3AndCloudWatch(t *testing.T) {
	const a, b = `{"srcaddr":"10.0.0.1","query_name":"a.","query_timestamp":"2026-03-01T00:00:00Z"}`, `{"query_name":"b\"."}`
	quoted := func(s string) string { return string(record.AppendQuoted(nil, s)) }
	const path = "AWSLogs/111122223333/vpcdnsquerylogs/vpc-0a1/2026/03/01/"
	dir := tree(t, map[string]string{
		path + "vpc-0a1_vpcdnsquerylogs_111122223333_20260301T0000Z_1.log.gz": string(gzipped([]byte(a + "\n" + b + "\n"))),
		"subscription.json": `{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"g","logStream":"s","subscriptionFilters":["f"],"logEvents":[` +
			`{"id":"1","timestamp":1772323200000,"message":` + quoted(a) + `},{"id":"2","timestamp":1772323200000,"message":` + quoted(b) + `}]}` + "\n" +
			`{"messageType":"DATA_MESSAGE","logEvents":[]}`,
		"answer.json": `{"events":[{"logStreamName":"s","timestamp":1772323200000,"message":` + quoted(a) + `,"ingestionTime":1,"eventId":"1"},` +
			`{"logStreamName":"s","timestamp":1,"message":` + quoted(b) + `,"ingestionTime":1,"eventId":"2"}],"searchedLogStreams":[]}`,
		"export.gz": string(gzipped([]byte("2026-03-01T00:00:01.000Z " + a + "\n2026-03-01T00:00:02.123Z " + b + "\n"))),
	})
	for _, name := range []string{path, "subscription.json", "answer.json", "export.gz"} {
		list, problems := Find([]string{filepath.Join(dir, name)})
		var got []string
		see := func() func(*record.Record, Position) (string, bool) {
			return func(r *record.Record, at Position) (string, bool) { return at.Source + " " + string(r.Raw), true }
		}
		stats, err := Scan(context.Background(), list, Options{Workers: 1}, see, func(s string) error {
			got = append(got, s)
			return nil
		})
		if want := []string{"route53 " + a, "route53 " + b}; !slices.Equal(got, want) || err != nil || len(problems)+len(stats.Problems) > 0 {
			t.Errorf("%s: %q, want %q; %v %v %v", name, got, want, problems, stats.Problems, err)
		}
	}
}

func TestMessagesThatAreNotJSONStayLogEvents(t *testing.T) {
	const event = `{"id":"1","timestamp":1,"message":"2 111122223333 eni-0a {"}`
	var got []string
	s := record.NewScanner(strings.NewReader(`{"logEvents":[`+event+`,{"timestamp":1,"message":"{}","mine":1}]}`), record.ScanOptions{})
	for s.Next() {
		got = append(got, string(s.Record().Raw))
	}
	if want := []string{event, `{"timestamp":1,"message":"{}","mine":1}`}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestTheTimesOfAnExportAreLeftOutByteByByteToo(t *testing.T) {
	r := &exported{in: iotest.OneByteReader(strings.NewReader("2026-03-01T00:00:01Z {\"a\": 1}\n2026-03-01T00:00:02Z {\"b\": \"2 3\"}\n  4\n"))}
	if err := iotest.TestReader(r, []byte(" {\"a\": 1}\n {\"b\": \"2 3\"}\n  4\n")); err != nil {
		t.Error(err)
	}
}
