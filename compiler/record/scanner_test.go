package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// outcome is what a scanner made of an input.
type outcome struct {
	records  []string
	problems []Problem
	err      error
}

func scanAll(r io.Reader, opt ScanOptions) outcome {
	var o outcome
	opt.Problem = func(p Problem) { o.problems = append(o.problems, p) }
	s := NewScanner(r, opt)
	for s.Next() {
		o.records = append(o.records, string(s.Record().Raw))
	}
	o.err = s.Err()
	return o
}

// ids gives the value of id of each record, to compare by.
func (o outcome) ids() string {
	var ids []string
	for _, text := range o.records {
		r, err := Parse([]byte(text))
		if err != nil {
			panic(err)
		}
		ids = append(ids, r.Lookup("id").Text())
	}
	return strings.Join(ids, " ")
}

func TestScannerTellsTheFormByItself(t *testing.T) {
	for name, c := range map[string]struct{ input, want string }{
		"a CloudTrail document":         {`{"Records":[{"id":1},{"id":2}]}`, "1 2"},
		"other keys around the records": {`{"x":{"y":[1]},"Records":[{"id":1}],"z":null}`, "1"},
		"documents one after the other": {`{"Records":[{"id":1}]}{"Records":[{"id":2}]}` + "\n" + `{"Records":[{"id":3}]}`, "1 2 3"},
		"no records":                    {`{"Records":[]}`, ""},
		"null for records":              {`{"Records":null}{"id":1}`, "1"},
		"null for records, more behind": {`{"Records": null , "x":1}{"id":1}`, "1"},
		"a second Records":              {`{"Records":[{"id":1}],"Records":[{"id":2}]}`, "1 2"},
		"an answer of GetFindings":      {`{"Findings":[{"id":1}],"NextToken":""}`, "1"},
		"spaces everywhere":             {" { \"Records\" : [ {\"id\" : 1 } , { \"id\":2} ] } ", "1 2"},
		"an array":                      {`[{"id":1},{"id":2}]`, "1 2"},
		"an array of documents":         {`[{"Records":[{"id":1}]},{"Records":[{"id":2}]},{"id":3}]`, "1 2 3"},
		"arrays in arrays":              {`[[{"id":1}],[{"id":2}]]`, "1 2"},
		"lines":                         {"{\"id\":1}\n{\"id\":2}\n", "1 2"},
		"lines with CRLF":               {"{\"id\":1}\r\n{\"id\":2}\r\n", "1 2"},
		"no line break at the end":      {"{\"id\":1}\n{\"id\":2}", "1 2"},
		"blank lines":                   {"\n\n{\"id\":1}\n\n \n{\"id\":2}\n\n", "1 2"},
		"objects without a space":       {`{"id":1}{"id":2}`, "1 2"},
		"objects with commas":           {"{\"id\":1},\n{\"id\":2},\n", "1 2"},
		"no commas in an array":         {`{"Records":[{"id":1}{"id":2}]}`, "1 2"},
		"a comma too many":              {`{"Records":[{"id":1},]}`, "1"},
		"pretty-printed objects":        {"{\n  \"id\": 1,\n  \"a\": {\n    \"id\": 9\n  }\n}\n{\n  \"id\": 2\n}\n", "1 2"},
		"documents on lines":            {"{\"Records\":[{\"id\":1}]}\n{\"Records\":[{\"id\":2},{\"id\":3}]}\n", "1 2 3"},
		"an EventBridge envelope":       {`{"version":"0","id":"e","detail-type":"GuardDuty Finding","detail":{"id":1,"b":2}}`, "1"},
		"envelopes in an array":         {`[{"detail":{"id":1},"detail-type":"x"},{"id":2}]`, "1 2"},
		"detail alone is no envelope":   {`{"id":1,"detail":{"id":9}}`, "1"},
		"an envelope without an object": {`{"id":1,"detail-type":"x","detail":"y"}`, "1"},
		"a byte order mark":             {"\uFEFF{\"id\":1}", "1"},
		"marks between files":           {"\uFEFF{\"id\":1}\n\uFEFF{\"id\":2}", "1 2"},
		"an empty object":               {`{}`, ""},
		"nothing":                       {``, ""},
		"white space":                   {" \r\n\t ", ""},
		"Records deeper down":           {`{"id":1,"a":{"Records":[{"id":9}]}}`, "1"},
		"Records that is no array":      {`{"id":1,"Records":{"id":9}}`, "1"},
		"a repeated key":                {`{"id":1,"id":2}`, "1"},
	} {
		t.Run(name, func(t *testing.T) {
			o := scanAll(strings.NewReader(c.input), ScanOptions{})
			if got := o.ids(); got != c.want || len(o.problems) > 0 || o.err != nil {
				t.Errorf("%s: ids %q, want %q; problems %v, error %v", c.input, got, c.want, o.problems, o.err)
			}
		})
	}
}

func TestScannerGoesOnBehindBrokenRecords(t *testing.T) {
	for name, c := range map[string]struct {
		input, want string
		problems    string // kind, offset, line, bytes skipped, records before
	}{
		"a broken line":               {"{\"id\":1}\n{\"id\":tru}\n{\"id\":3}\n", "1 3", "1 18 2 11 1"},
		"a line cut short":            {"{\"id\":1}\n{\"id\":{\"a\":1}\n{\"id\":3}\n", "1 3", "1 23 3 14 1"},
		"a string that never ends":    {"{\"id\":\"1}\n{\"id\":2}\n", "2", "1 9 1 10 0"},
		"text between lines":          {"{\"id\":1}\nhello\nworld\n{\"id\":2}\n", "1 2", "1 9 2 12 1"},
		"text before all":             {"hello\n{\"id\":2}\n", "2", "1 0 1 6 0"},
		"NUL bytes":                   {"{\"id\":1}\n\x00\x00\x00\n{\"id\":2}\n", "1 2", "1 9 2 4 1"},
		"a number as a record":        {"{\"id\":1}\n17\n{\"id\":2}\n", "1 2", "1 9 2 3 1"},
		"text at the end":             {"{\"id\":1}\nhello", "1", "4 9 2 5 1"},
		"a broken record in an array": {`{"Records":[{"id":1},{"id":tru},{"id":3}]}`, "1 3", "1 30 1 10 1"},
		"the last record is broken":   {`{"Records":[{"id":1},{"id":01}]}{"id":2}`, "1 2", "1 28 1 9 1"},
		"brackets inside strings":     {`[{"id":1,"a":"]}\"","b":x,"c":"}"},{"id":2}]`, "2", "1 24 1 33 0"},
		"a stray quote":               {`[{"id":1},{"id":"2"x","a":"b"},{"id":3},{"id":4}]`, "1 3 4", "1 19 1 21 1"},
		"a quote that is missing":     {`[{"id":1},{"id":"2},{"id":3},{"id":4}]`, "1 3 4", "1 22 1 10 1"},
		"objects without a space":     {`{"id":1}{"id":tru}{"id":3}`, "1 3", "1 17 1 10 1"},
		"a quote between objects":     {`{"id":1}{"id":"2"x"}{"id":3}{"id":4}`, "1 3 4", "1 17 1 12 1"},
		"the last line is broken":     {"{\"id\":1}\n{\"id\":}\n", "1", "1 15 2 8 1"},
		"a brace that is missing":     {"[\n{\"id\":1},\n{\"id\":{\"x\":2},\n{\"id\":3}\n]", "1 3", "1 27 4 15 1"},
		"a brace too many":            {`[{"id":1}},{"id":2}]`, "1 2", "1 9 1 1 1"},
		"values that are no objects":  {`[null,{"id":1},"x",2,true,{"id":2}]`, "1 2", "1 1 1 4 0|1 15 1 3 1|1 19 1 1 1|1 21 1 4 1"},
		"a bracket at the top":        {`]{"id":1}}{"id":2}`, "1 2", "1 0 1 1 0"},
		"an array of rubbish":         {`[x,{"id":1}]`, "1", "1 1 1 1 0"},
		"a key in an array":           {`[{"id":1},"a":{"id":2}]`, "1", "1 10 1 3 1|1 13 1 9 1"},
		"a broken end of a document":  {"{\"Records\":[{\"id\":1}]x}\n{\"id\":2}", "1 2", "1 21 1 3 1"},
		"a cut record":                {`{"id":1}{"id":2`, "1", "3 15 1 7 1"},
		"a cut record in an array":    {`{"Records":[{"id":1},{"id":2`, "1", "3 28 1 7 1"},
		"a cut array":                 {`{"Records":[{"id":1}`, "1", "3 20 1 0 1"},
		"a cut document":              {`{"Records":[{"id":1}]`, "1", "3 21 1 0 1"},
		"a document alone":            {`{"Records":[`, "", "3 12 1 0 0"},
		"a cut line, then a whole":    {"{\"id\":[1,\n{\"id\":2}", "2", "1 18 2 10 0"},
		"two documents, one cut":      {"{\"Records\":[{\"id\":1},{\"id\":\n{\"Records\":[{\"id\":2}]}", "1 2", "1 50 2 7 1|3 50 2 0 2"},
		"a deep record":               {"{\"id\":1}\n{\"a\":" + strings.Repeat("[", 10000) + "\n{\"id\":2}\n", "1 2", "1 269 2 10006 1"},
		"a deep record in an array":   {"[{\"id\":1},{\"a\":" + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + "},{\"id\":2}]", "1 2", "1 270 1 20006 1"},
		"arrays without end":          {strings.Repeat("[", 10000), "", "4 512 1 9744 0"},
	} {
		t.Run(name, func(t *testing.T) {
			o := scanAll(strings.NewReader(c.input), ScanOptions{})
			var problems []string
			for _, p := range o.problems {
				problems = append(problems, fmt.Sprint(p.Kind, p.Offset, p.Line, p.Skipped, p.Records))
			}
			if got := strings.Join(problems, "|"); o.ids() != c.want || got != c.problems || o.err != nil {
				t.Errorf("%.80s\nids %q, want %q\nproblems %s, want %s\n%v, error %v", c.input, o.ids(), c.want, got, c.problems, o.problems, o.err)
			}
		})
	}
}

func TestProblemsReadWell(t *testing.T) {
	o := scanAll(strings.NewReader("{\"id\":1}\n{\"id\":tru}\n{\"id\":3"), ScanOptions{})
	want := []string{
		"line 2, offset 18: expected true, false or null; 11 bytes skipped",
		"line 3, offset 27: the text ends inside a value",
	}
	for i, p := range o.problems {
		if p.String() != want[i] {
			t.Errorf("%s, want %s", p, want[i])
		}
	}
	if len(o.problems) != len(want) {
		t.Error(o.problems)
	}
}

func TestOversizedRecordsAreSkipped(t *testing.T) {
	large := `{"id":2,"a":"` + strings.Repeat(`x\"}`, 2000) + `"}`
	for name, c := range map[string]struct{ input, want string }{
		"in an array":  {`[{"id":1},` + large + `,{"id":3}]`, "1 3"},
		"the last one": {`{"Records":[{"id":1},` + large + `]}{"id":3}`, "1 3"},
		"on a line":    {"{\"id\":1}\n" + large + "\n{\"id\":3}", "1 3"},
		"a scalar":     {`[{"id":1},"` + strings.Repeat("x", 9000) + `",{"id":3}]`, "1 3"},
		"a number":     {`[{"id":1},` + strings.Repeat("1", 9000) + `,{"id":3}]`, "1 3"},
		"at the end":   {"{\"id\":1}\n{\"id\":3}\n" + large[:5000], "1 3"},
		"torn":         {"{\"id\":1}\n{\"a\":\"" + strings.Repeat("x", 5000) + "\n{\"id\":3}", "1 3"},
	} {
		for _, size := range []int{1 << 20, 700, 1} {
			o := scanAll(&pieces{data: []byte(c.input), size: size}, ScanOptions{MaxRecord: 1000})
			if o.ids() != c.want || len(o.problems) != 1 || o.err != nil {
				t.Errorf("%s, %d bytes at once: ids %q, want %q; %.300v", name, size, o.ids(), c.want, o.problems)
			} else if k := o.problems[0].Kind; k != Oversized && size < 1000 && name != "torn" {
				t.Errorf("%s: kind %d", name, k)
			}
		}
	}
	if o := scanAll(strings.NewReader(large), ScanOptions{MaxRecord: len(large)}); len(o.records) != 1 {
		t.Errorf("a record of exactly MaxRecord is skipped: %v", o.problems)
	}
}

// pieces reads data in pieces of one size.
type pieces struct {
	data []byte
	size int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.data) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.data[:min(p.size, len(p.data))])
	p.data = p.data[n:]
	return n, nil
}

func TestMemoryIsConstant(t *testing.T) {
	huge := io.MultiReader(
		strings.NewReader("{\"id\":1}\n{\"id\":2,\"a\":\""), io.LimitReader(repeated("abc"), 100<<20), strings.NewReader("\"}\n"),
		io.LimitReader(repeated(" "), 50<<20), strings.NewReader("{\"id\":3}\n"), io.LimitReader(repeated("rubbish\n"), 50<<20),
		strings.NewReader("\n{\"id\":4}\n\""), io.LimitReader(repeated("x"), 100<<20),
	)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	o := scanAll(huge, ScanOptions{MaxRecord: 1 << 20})
	runtime.ReadMemStats(&after)
	if o.ids() != "1 3 4" || len(o.problems) != 3 {
		t.Errorf("ids %s; %v", o.ids(), o.problems)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Errorf("%d bytes were allocated", used)
	}
}

type repeated string

func (r repeated) Read(b []byte) (int, error) {
	n := copy(b, r)
	for n < len(b) {
		n += copy(b[n:], b[:n])
	}
	return n, nil
}

func TestBuffersDoNotChangeTheOutcome(t *testing.T) {
	for _, size := range []int{20 << 10, 700 << 10} { // within the first buffer, and beyond it
		data, n := sampleFile(size)
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, data, "", "  "); err != nil {
			t.Fatal(err)
		}
		lines := bytes.ReplaceAll(data, []byte(`},{"eventVersion"`), []byte("}\n{\"eventVersion\""))
		for i, input := range [][]byte{data, lines, pretty.Bytes()} {
			want := scanAll(bytes.NewReader(input), ScanOptions{})
			if len(want.records) != n || len(want.problems) > 0 {
				t.Fatalf("input %d: %d records, want %d; %v", i, len(want.records), n, want.problems)
			}
			for _, piece := range []int{size / 20000, size / 2000, 4096, 100 << 10} {
				got := scanAll(&pieces{data: input, size: piece}, ScanOptions{})
				if !slices.Equal(got.records, want.records) || len(got.problems) > 0 {
					t.Errorf("input %d, %d bytes at once: %d records; %v", i, piece, len(got.records), got.problems)
				}
			}
		}
	}
}

func TestInvalidUTF8IsRepaired(t *testing.T) {
	o := scanAll(strings.NewReader("{\"id\":\"\xff\xfe\"}\n{\"id\":\"é\"}\n{\"\xc3\":1,\"id\":3,\"detail-type\":\"x\",\"detail\":{\"id\":\"\xed\xa0\x80\"}}"), ScanOptions{})
	if got := o.ids(); got != "\uFFFD é \uFFFD" || len(o.problems) > 0 {
		t.Errorf("%q, %v", got, o.problems)
	}
}

func TestAReadersErrorEndsTheScan(t *testing.T) {
	broken := errors.New("checksum")
	for _, input := range []string{"{\"id\":1}\n{\"id\":2", `{"Records":[{"id":1},{"id"`, `{"Records":[{"id":1}`, "{\"id\":1}\n", "{\"id\":1}"} {
		o := scanAll(io.MultiReader(strings.NewReader(input), iotest.ErrReader(broken)), ScanOptions{})
		if o.ids() != "1" || !errors.Is(o.err, broken) || len(o.problems) > 0 {
			t.Errorf("%s: ids %s, error %v, problems %v", input, o.ids(), o.err, o.problems)
		}
	}
	if o := scanAll(emptyReader{}, ScanOptions{}); !errors.Is(o.err, io.ErrNoProgress) {
		t.Error(o.err)
	}
}

type emptyReader struct{}

func (emptyReader) Read([]byte) (int, error) { return 0, nil }

func TestScannerCountsAndIsUsedAgain(t *testing.T) {
	s := NewScanner(strings.NewReader("{\"a\":1}\n {\"b\":2}"), ScanOptions{})
	var offsets []int64
	for s.Next() {
		offsets = append(offsets, s.Offset())
	}
	if !slices.Equal(offsets, []int64{0, 9}) || s.Count() != 2 || s.Bytes() != 16 {
		t.Errorf("offsets %v, count %d, bytes %d", offsets, s.Count(), s.Bytes())
	}
	event, _ := sampleFile(100 << 10)
	r := bytes.NewReader(event)
	n := testing.AllocsPerRun(20, func() {
		r.Seek(0, io.SeekStart)
		s.Reset(r, ScanOptions{})
		for s.Next() {
		}
	})
	if n > 0 {
		t.Errorf("%v allocations a file", n)
	}
}

// checkScanner holds what must be true of any input: it ends, every record is
// valid and part of the input, and the size of the pieces read is of no
// consequence.
func checkScanner(t *testing.T, input []byte) {
	t.Helper()
	want := scanAll(bytes.NewReader(input), ScanOptions{})
	for _, text := range want.records {
		if !json.Valid([]byte(text)) || !bytes.Contains(Repair(input), []byte(text)) {
			t.Fatalf("%q: record %q", input, text)
		}
	}
	skipped := int64(0)
	for _, p := range want.problems {
		skipped += p.Skipped
		if p.Offset < p.Start || p.Offset > int64(len(input)) || p.Reason == "" {
			t.Fatalf("%q: problem %+v", input, p)
		}
	}
	if skipped > int64(len(input)) {
		t.Fatalf("%q: %d bytes skipped", input, skipped)
	}
	for _, size := range []int{1, 3} {
		got := scanAll(&pieces{data: input, size: size}, ScanOptions{})
		if !slices.Equal(got.records, want.records) || !slices.Equal(got.problems, want.problems) {
			t.Fatalf("%q, %d bytes at once:\n%q %v\nwant\n%q %v", input, size, got.records, got.problems, want.records, want.problems)
		}
	}
}

func FuzzScanner(f *testing.F) {
	f.Add([]byte(`{"x":1,"Records":[{"id":1},{"id":"2"x"},null,{"id":3}],"y":{}}` + "\n{\"id\":4}\n"))
	f.Add([]byte("{\"detail-type\":\"x\",\"detail\":{\"id\":1}}\n[{},[{}]]\n{\n"))
	f.Fuzz(checkScanner)
}

func TestScannerStandsRandomInput(t *testing.T) {
	rnd := rand.New(rand.NewPCG(9, 10))
	parts := []string{
		`{"Records":[`, `{"id":1}`, `{"id":"`, `"}`, `]}`, `}`, `{`, `[`, `]`, `,`, "\n", "\n{", `"`, `:`, `null`, `1`, `"a":`, `\`, "\x00",
		`{"detail-type":"x","detail":{"id":2}}`, "\uFEFF", "\xff", `{"id":{"a":[1,2]},"b":"c"}`, "  ", "\r\n", "tru",
	}
	for range 6000 {
		var b strings.Builder
		for range rnd.IntN(12) {
			b.WriteString(parts[rnd.IntN(len(parts))])
		}
		checkScanner(t, []byte(b.String()))
	}
}

// Broken input must not cost more than a few looks at each byte: of 2 MiB, a look
// from each byte to the end would take an hour.
func TestRecoveryIsNotQuadratic(t *testing.T) {
	for name, unit := range map[string]string{
		"open arrays on lines":    "{\"a\":[\n",
		"stray quotes":            `{"id":"2"x","a":"b"},`,
		"odd quotes":              `{"id":"2},`,
		"open records on lines":   "{\"a\":{\"b\":1},\n",
		"scalars":                 "1,",
		"records with a bad part": `{"id":{"x":[1,2,{"y":tru}]}},`,
		"closing brackets":        "]}",
		"text":                    "x\n",
	} {
		for _, start := range []string{"", `[{"id":1},`} {
			got := scanAll(strings.NewReader(start+strings.Repeat(unit, 2<<20/len(unit))), ScanOptions{})
			if got.err != nil || len(got.problems) == 0 {
				t.Errorf("%s after %q: %d problems, error %v", name, start, len(got.problems), got.err)
			}
		}
	}
}
