package files

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// readRows gives the canonical records of a Parquet file.
func readRows(t *testing.T, data []byte, opt Options) ([]string, Stats) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "rows.parquet"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	return canonical(t, dir, opt)
}

func expectRows(t *testing.T, data []byte, opt Options, want ...string) {
	t.Helper()
	got, stats := readRows(t, data, opt)
	for i := range want {
		source, text, _ := strings.Cut(want[i], " ")
		want[i] = source + " " + canonicalText(t, []byte(text))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") || len(stats.Problems) > 0 {
		t.Errorf("got\n%s\nwant\n%s\n%v", strings.Join(got, "\n"), strings.Join(want, "\n"), stats.Problems)
	}
}

func TestNestedColumnsBecomeObjectsAndArraysWithDeclaredNames(t *testing.T) {
	full := `cloudtrail {"eventName":"GetObject","eventSource":"s3.amazonaws.com","userIdentity":{"type":"AssumedRole","sessionContext":{"sessionIssuer":{"userName":"deploy"}}},` +
		`"resources":[{"ARN":"arn:aws:s3:::logs"},{"type":"AWS::S3::Object"}],"tags":{"a":1},"words":["x","y"]}`
	for _, page := range []int{1, 2} {
		expectRows(t, parquetOf(t, nestedRows(), parquet.DataPageVersion(page), parquet.Compression(&parquet.Snappy)), Options{},
			full, `cloudtrail {"eventName":"ListBuckets","eventSource":"s3.amazonaws.com","words":[]}`, full)
	}
}

func TestTextColumnsBecomeWhatTheSourceDeclares(t *testing.T) {
	type row struct {
		Name     string `parquet:"EVENTNAME"`
		Source   string `parquet:"eventsource"`
		Identity string `parquet:"useridentity"`
		Request  string `parquet:"requestparameters"`
		Response string `parquet:"responseelements"`
		ReadOnly string `parquet:"readonly"`
		Other    string `parquet:"Note_Of_Ours"`
	}
	expectRows(t, parquetOf(t, []row{
		{"A", "x", `{"type":"Root"}`, ` {"a":[1, 2]} `, `[true]`, "true", `{"no":"json"}`},
		{"\"\n\xff", "x", `{"type":`, `1,"eventName":"B"`, ``, "yes", "-"},
		{"C", "x", `{"a":1`, `2}`, `{}`, "false", ""}, // valid only when put together
		{"D", "x", strings.Repeat("[", 500), `nul`, `null`, "", ""},
	}), Options{},
		`cloudtrail {"eventName":"A","eventSource":"x","userIdentity":{"type":"Root"},"requestParameters":{"a":[1,2]},"responseElements":[true],"readOnly":true,"Note_Of_Ours":"{\"no\":\"json\"}"}`,
		`cloudtrail {"eventName":"\"\n\ufffd","eventSource":"x","userIdentity":"{\"type\":","requestParameters":"1,\"eventName\":\"B\"","responseElements":"","readOnly":"yes","Note_Of_Ours":"-"}`,
		`cloudtrail {"eventName":"C","eventSource":"x","userIdentity":"{\"a\":1","requestParameters":"2}","responseElements":{},"readOnly":false,"Note_Of_Ours":""}`,
		`cloudtrail {"eventName":"D","eventSource":"x","userIdentity":"`+strings.Repeat("[", 500)+`","requestParameters":"nul","readOnly":"","Note_Of_Ours":""}`)
}

func TestFlowLogColumnsMayBeTextAndDashesAreNull(t *testing.T) {
	type row struct {
		Src     string `parquet:"srcaddr"`
		Dst     string `parquet:"dstaddr"`
		Port    string `parquet:"dstport"`
		Account string `parquet:"account-id"`
		Bytes   int64  `parquet:"bytes"`
	}
	expectRows(t, parquetOf(t, []row{{"10.0.0.1", "-", "22", "111122223333", 7}, {"a", "b", "022", "-", -1}}), Options{},
		`vpcflow {"srcaddr":"10.0.0.1","dstport":22,"account_id":"111122223333","bytes":7}`,
		`vpcflow {"srcaddr":"a","dstaddr":"b","dstport":"022","bytes":-1}`)
}

func TestColumnsAreWrittenByTheirTypes(t *testing.T) {
	at := time.Date(2026, 3, 1, 8, 0, 0, 120e6, time.UTC)
	type row struct {
		Millis  time.Time        `parquet:"millis,timestamp(millisecond)"`
		Nanos   int64            `parquet:"nanos,timestamp(nanosecond)"`
		Old     deprecated.Int96 `parquet:"old"`
		Day     int32            `parquet:"day,date"`
		Price   int64            `parquet:"price,decimal(2:18)"`
		Ratio   float64          `parquet:"ratio"`
		Large   uint64           `parquet:"large"`
		Yes     bool             `parquet:"yes"`
		ID      [16]byte         `parquet:"id,uuid"`
		Message string           `parquet:"message,json"`
	}
	nanos := uint64(8*time.Hour + 120*time.Millisecond)
	r := row{at, at.UnixNano(), deprecated.Int96{uint32(nanos), uint32(nanos >> 32), 2440588 + 20513}, 20513, -5, 1.5e300, 1<<64 - 1, true, [16]byte{0: 0xab, 15: 1}, `{"a":1}`}
	expectRows(t, parquetOf(t, []row{r}), Options{Source: "guardduty"},
		`guardduty {"millis":"2026-03-01T08:00:00.12Z","nanos":"2026-03-01T08:00:00.12Z","old":"2026-03-01T08:00:00.12Z","day":"2026-03-01","price":-0.05,"ratio":1.5e300,"large":18446744073709551615,"yes":true,"id":"ab000000-0000-0000-0000-000000000001","message":{"a":1}}`)
}

func TestTheColumnsOfATableNameItsSource(t *testing.T) {
	for want, names := range map[string][]string{
		"cloudtrail": {"EventName", "eventsource"}, "vpcflow": {"srcaddr", "dstaddr", "type"},
		"guardduty": {"schemaversion", "severity", "type"}, "": {"eventname", "srcaddr", "severity", "type"},
	} {
		if got := sourceOfTable(names); got != schema.ByName(want) {
			t.Errorf("%v: %+v, want %q", names, got, want)
		}
	}
}

func TestALargeRowIsLeftOutAndTheOthersAreRead(t *testing.T) {
	rows := []nestedRow{{EventName: "A"}, {EventName: strings.Repeat("x", 2000)}, {EventName: "B"}}
	got, stats := readRows(t, parquetOf(t, rows), Options{MaxRecord: 1000})
	if len(got) != 2 || stats.Counts[Oversized] != 1 || stats.Problems[0].Reason != "a row larger than 1000 bytes" || stats.Problems[0].Records != 1 {
		t.Errorf("%v; %+v", got, stats)
	}
}

func TestADamagedRowGroupDoesNotHideTheNext(t *testing.T) {
	rows := make([]nestedRow, 300)
	for i := range rows {
		rows[i] = nestedRow{EventName: strings.Repeat("x", i), EventSource: "y"}
	}
	data := parquetOf(t, rows, parquet.MaxRowsPerRowGroup(100), parquet.Compression(&parquet.Zstd))
	file, err := parquet.OpenFile(strings.NewReader(string(data)), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	at := file.Metadata().RowGroups[1].Columns[0].MetaData.DataPageOffset
	copy(data[at:], "\xff\xff\xff\xff")
	var progress int64
	got, stats := readRows(t, data, Options{Workers: 1, Progress: func(n int64) { progress += n }})
	if len(got) != 200 || len(stats.Problems) != 1 || stats.Compressed != int64(len(data)) || progress != int64(len(data)) {
		t.Fatalf("%d records, progress %d; %+v", len(got), progress, stats)
	}
	if p := stats.Problems[0]; p.Kind != Damaged || p.Reason != "row group 2 of 3: the Parquet data is corrupt" || p.Records != 100 {
		t.Errorf("%+v", p)
	}
}
