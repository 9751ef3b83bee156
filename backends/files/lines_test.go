package files

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/sigmahunt/sigmahunt/compiler/record"
)

// flowRecords reads flow log text.
func flowRecords(r io.Reader) (lines, problems []string, err error) {
	var f lineReader
	f.reset(r, lineKinds()[0], func(p record.Problem) { problems = append(problems, fmt.Sprintf("%d %s", p.Kind, p)) })
	for f.Next() {
		lines = append(lines, string(f.Record().Raw))
	}
	return lines, problems, f.Err()
}

func TestFlowLogLinesBecomeRecords(t *testing.T) {
	const names = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n"
	const line = "2 111122223333 eni-0a 10.0.0.1 198.51.100.7 49152 443 6 10 8400 1772352000 1772352060 ACCEPT OK\n"
	const want = `{"version":2,"account_id":"111122223333","interface_id":"eni-0a","srcaddr":"10.0.0.1","dstaddr":"198.51.100.7","srcport":49152,"dstport":443,"protocol":6,"packets":10,"bytes":8400,"start":1772352000,"end":1772352060,"action":"ACCEPT","log_status":"OK"}`
	for name, c := range map[string]struct{ input, want string }{
		"with a header":         {names + line, want},
		"without a header":      {line, want},
		"braces in the header":  {"${version} ${account-id} ${pkt-srcaddr}\n3 1 ::1\n", `{"version":3,"account_id":"1","pkt_srcaddr":"::1"}`},
		"an own order":          {"dstport srcaddr type\n22 10.0.0.1 IPv4\n", `{"dstport":22,"srcaddr":"10.0.0.1","type":"IPv4"}`},
		"no data":               {"version srcaddr dstport log-status\n2 - - NODATA\n", `{"version":2,"srcaddr":null,"dstport":null,"log_status":"NODATA"}`},
		"no integer":            {"srcaddr dstport tcp-flags bytes\n10.0.0.1 http 007 1.5\n", `{"srcaddr":"10.0.0.1","dstport":"http","tcp_flags":"007","bytes":"1.5"}`},
		"a huge integer":        {"srcaddr bytes\na 123456789012345678901234567890\n", `{"srcaddr":"a","bytes":123456789012345678901234567890}`},
		"hostile text":          {"srcaddr action\n\"\\\x01 <é\xff>\n", `{"srcaddr":"\"\\\u0001","action":"<é` + "\uFFFD" + `>"}`},
		"a field of the future": {"version srcaddr zz-top9\n12 a b\n", `{"version":12,"srcaddr":"a","zz_top9":"b"}`},
		"CRLF and blanks":       {"srcaddr   dstport\r\n\r\n  a   1  \r\n", `{"srcaddr":"a","dstport":1}`},
		"a byte order mark":     {"\uFEFFsrcaddr dstport\na 1", `{"srcaddr":"a","dstport":1}`},
		"files put together":    {"srcaddr dstport\na 1\ndstport srcaddr\n2 b\n", `{"srcaddr":"a","dstport":1}` + "\n" + `{"dstport":2,"srcaddr":"b"}`},
	} {
		lines, problems, err := flowRecords(strings.NewReader(c.input))
		if got := strings.Join(lines, "\n"); got != c.want || len(problems) > 0 || err != nil {
			t.Errorf("%s: %s\nwant %s\n%v, error %v", name, got, c.want, problems, err)
		}
	}
}

func TestFlowLogRecordsAreLikeParsedOnes(t *testing.T) {
	var f lineReader
	f.reset(strings.NewReader("srcaddr dstport action bytes\n10.0.0.1 443 - x\"y\n"), lineKinds()[0], func(p record.Problem) { t.Error(p) })
	if !f.Next() {
		t.Fatal("no record")
	}
	got := f.Record()
	want, err := record.Parse(got.Raw)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Members, want.Members) {
		t.Errorf("members %v, want %v", got.Members, want.Members)
	}
}

func TestFlowLogLinesOfTheWrongWidthAreReported(t *testing.T) {
	input := "srcaddr dstport action\na 1 ACCEPT\na 2\n" + strings.Repeat("x", maxLine+10) + "\nb 3 REJECT extra\nc 4 ACCEPT\n" + strings.Repeat("y", 3*maxLine)
	lines, problems, err := flowRecords(strings.NewReader(input))
	if len(lines) != 2 || err != nil {
		t.Errorf("%d records, error %v", len(lines), err)
	}
	want := []string{
		"1 line 3, offset 34: expected 3 columns, found 2; 4 bytes skipped",
		fmt.Sprintf("2 line 4, offset 38: a line longer than %d bytes; %d bytes skipped", maxLine, maxLine+11),
		fmt.Sprintf("1 line 5, offset %d: expected 3 columns, found 4; 17 bytes skipped", 38+maxLine+11),
		fmt.Sprintf("2 line 7, offset %d: a line longer than %d bytes; %d bytes skipped", 38+maxLine+11+17+11, maxLine, 3*maxLine),
	}
	if strings.Join(problems, "\n") != strings.Join(want, "\n") {
		t.Errorf("problems\n%s\nwant\n%s", strings.Join(problems, "\n"), strings.Join(want, "\n"))
	}
}

func TestHalfALineBeforeAnErrorIsNoRecord(t *testing.T) {
	broken := errors.New("cut")
	lines, problems, err := flowRecords(io.MultiReader(strings.NewReader("srcaddr dstport\na 1\nb 22"), iotest.ErrReader(broken)))
	if len(lines) != 1 || len(problems) > 0 || !errors.Is(err, broken) {
		t.Errorf("%q, %v, %v", lines, problems, err)
	}
}

func TestReadingFlowLogLinesDoesNotAllocate(t *testing.T) {
	text := strings.Repeat("2 111122223333 eni-0a 10.0.0.1 198.51.100.7 49152 443 6 10 8400 1772352000 1772352060 ACCEPT OK\n", 2000)
	var f lineReader
	n := testing.AllocsPerRun(5, func() {
		f.reset(strings.NewReader(text), lineKinds()[0], nil)
		for f.Next() {
		}
		if f.count != 2000 {
			t.Fatalf("%d records", f.count)
		}
	})
	if n > 100 {
		t.Errorf("%v allocations for 2,000 lines", n)
	}
}

func FuzzFlowLog(f *testing.F) {
	f.Add("srcaddr dstport\na 1\nb - \n")
	f.Add("2 1 eni-0a 10.0.0.1 10.0.0.2 1 2 6 1 1 1 1 ACCEPT OK")
	f.Fuzz(func(t *testing.T, text string) {
		lines, _, err := flowRecords(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range lines {
			if _, err := record.Parse([]byte(line)); err != nil {
				t.Fatalf("%q: record %q: %v", text, line, err)
			}
		}
	})
}

func BenchmarkFlowLog(b *testing.B) {
	text := strings.Repeat("2 111122223333 eni-0a 10.0.0.1 198.51.100.7 49152 443 6 10 8400 1772352000 1772352060 ACCEPT OK\n", 10000)
	b.SetBytes(int64(len(text)))
	var f lineReader
	for b.Loop() {
		f.reset(strings.NewReader(text), lineKinds()[0], nil)
		for f.Next() {
		}
	}
}
