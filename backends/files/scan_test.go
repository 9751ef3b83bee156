package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/sigmahunt/sigmahunt/compiler/record"
)

// seen is what a test makes of a record.
type seen struct {
	id string
	at Position
}

func see() func(*record.Record, Position) (seen, bool) {
	return func(r *record.Record, at Position) (seen, bool) { return seen{r.Lookup("id").Text(), at}, true }
}

// scanAll reads files and gives the ids of their records.
func scanAll(t *testing.T, files []File, opt Options) (string, []seen, Stats) {
	t.Helper()
	var all []seen
	var ids []string
	stats, err := Scan(context.Background(), files, opt, see, func(s seen) error {
		all, ids = append(all, s), append(ids, s.id)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(ids, " "), all, stats
}

// scanOne reads a file of that content.
func scanOne(t *testing.T, content string, opt Options) (string, Stats) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "input")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	ids, _, stats := scanAll(t, []File{{Path: path, Name: "input", Size: int64(len(content))}}, opt)
	return ids, stats
}

func zstandard(text string) string {
	w, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return string(w.EncodeAll([]byte(text), nil))
}

func gz(text string) string { return string(gzipped([]byte(text))) }

func TestScanReadsWhatPeopleHave(t *testing.T) {
	const lines = "{\"id\":1}\n{\"id\":2}\n"
	for name, c := range map[string]struct{ content, want string }{
		"plain":              {lines, "1 2"},
		"gzip":               {gz(lines), "1 2"},
		"gzip in members":    {gz(lines) + gz("{\"id\":3}\n"), "1 2 3"},
		"a record in halves": {gz("{\"id\":1}\n{\"i") + gz("d\":2}\n"), "1 2"},
		"zstd":               {zstandard(lines), "1 2"},
		"zstd in frames":     {zstandard(lines) + zstandard("{\"id\":3}\n"), "1 2 3"},
		"a document":         {gz(`{"Records":[{"id":1},{"id":2}]}`), "1 2"},
		"no records":         {gz(`{"Records":[]}`), ""},
		"null for records":   {`{"Records":null}`, ""},
		"a byte order mark":  {"\uFEFF" + lines, "1 2"},
		"CRLF":               {strings.ReplaceAll(lines, "\n", "\r\n"), "1 2"},
		"invalid UTF-8":      {"{\"id\":\"\xff\"}", "\uFFFD"},
		"much white space":   {strings.Repeat(" \n", headSize) + lines, "1 2"},
		"a flow log":         {gz("srcaddr dstport\na 1\n") + gz("b 2\n"), " "},
	} {
		t.Run(name, func(t *testing.T) {
			for _, workers := range []int{1, 3} { // three read ahead
				ids, stats := scanOne(t, c.content, Options{Workers: workers})
				if ids != c.want || len(stats.Counts) > 0 || stats.Files != 1 || stats.Compressed != int64(len(c.content)) {
					t.Errorf("%d workers: ids %q, want %q; %+v", workers, ids, c.want, stats)
				}
			}
		})
	}
}

func TestScanReportsWhatItCannotRead(t *testing.T) {
	document, n := trailDocument(2 << 20)
	cut := gzipped(document)
	cut = cut[:len(cut)*2/3]
	sum := bytes.Clone(gzipped([]byte("{\"id\":1}\n{\"id\":2}\n")))
	sum[len(sum)-5]++ // a byte of the length, behind it the sum
	corrupt := []byte(zstandard(strings.Repeat("{\"id\":1}\n", 100000)))
	corrupt[len(corrupt)-1]++
	for name, c := range map[string]struct {
		content string
		opt     Options
		kind    ProblemKind
		reason  string
		events  func(int64) bool
	}{
		"cut gzip":          {string(cut), Options{}, Damaged, "the gzip data ends early", func(k int64) bool { return k > int64(n/3) && k < int64(n) }},
		"a gzip header":     {gz("{}")[:5], Options{}, Damaged, "the gzip data ends early", none},
		"gzip checksum":     {string(sum), Options{}, Damaged, "the checksum of the gzip data does not match", exactly(2)},
		"corrupt gzip":      {gz("{}")[:10] + strings.Repeat("\xff", 50), Options{}, Damaged, "the gzip data is corrupt", none},
		"behind the gzip":   {gz("{\"id\":1}\n") + "no gzip header", Options{}, Damaged, "something that is not gzip follows the gzip data", exactly(1)},
		"cut zstd":          {zstandard(strings.Repeat("{\"id\":1}\n", 100))[:20], Options{}, Damaged, "the zstd data ends early", any0},
		"zstd checksum":     {string(corrupt), Options{}, Damaged, "the checksum of the zstd data does not match", any0},
		"a gzip bomb":       {gz("{\"id\":1}\n{\"a\":\"" + strings.Repeat("x", 64<<20)), Options{MaxExpand: 1 << 20}, Bomb, "expands to more than 1048576 bytes and to more than 100 times its size", exactly(1)},
		"a bomb of spaces":  {gz(strings.Repeat(" ", 64<<20)), Options{MaxExpand: 1 << 20}, Bomb, "expands to more than", none},
		"a zstd bomb":       {zstandard("{\"id\":1}\n{\"a\":\"" + strings.Repeat("x", 64<<20)), Options{MaxExpand: 1 << 20}, Bomb, "expands to more than", exactly(1)},
		"an empty file":     {"", Options{}, Empty, "nothing in it", none},
		"an empty gzip":     {gz(""), Options{}, Empty, "nothing in it", none},
		"white space":       {"\n\n", Options{}, Empty, "nothing in it", none},
		"Parquet":           {"PAR1\x15\x04\x15", Options{}, Damaged, "the Parquet file ends early", none},
		"Parquet in gzip":   {gz("PAR1\x15\x04\x15"), Options{}, Foreign, "Parquet inside a stream: give it as a file that is not compressed", none},
		"a web page":        {"<!doctype html>\n<html>", Options{}, Foreign, "neither JSON nor flow log text", none},
		"an archive":        {"PK\x03\x04xxxx", Options{}, Foreign, "a zip archive: unpack it first", none},
		"NUL bytes":         {strings.Repeat("\x00", 100), Options{}, Foreign, "neither JSON nor flow log text", none},
		"gzip in gzip":      {gz(gz("{}")), Options{}, Foreign, "compressed twice: unpack it once", none},
		"a scalar":          {`"` + strings.Repeat("x", 1<<20), Options{}, Foreign, "neither JSON nor flow log text", none},
		"broken JSON":       {"{\"id\":1}\n{\"id\":}\n{\"id\":2}\n", Options{}, Broken, "expected a value; 8 bytes skipped", exactly(2)},
		"NUL in the middle": {"{\"id\":1}\n\x00\x00\n{\"id\":2}\n", Options{}, Broken, "expected an object; 3 bytes skipped", exactly(2)},
		"deep nesting":      {"{\"id\":1}\n{\"a\":" + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + "}\n{\"id\":2}\n", Options{}, Broken, "nested more than 256 levels deep; 20007 bytes skipped", exactly(2)},
		"a large record":    {"{\"id\":1}\n{\"a\":\"" + strings.Repeat("x", 5000) + "\"}\n{\"id\":2}\n", Options{MaxRecord: 1000}, Oversized, "a record larger than 1000 bytes; ", exactly(2)},
		"cut JSON":          {`{"Records":[{"id":1},{"id"`, Options{}, Truncated, "the text ends inside a value", exactly(1)},
		"lost JSON":         {"{\"id\":1}\nxxx", Options{}, Lost, "expected an object; the rest is lost, 3 bytes", exactly(1)},
		"a narrow line":     {"srcaddr dstport\na 1\nb\nc 2\n", Options{}, Broken, "expected 2 columns, found 1; 2 bytes skipped", exactly(2)},
	} {
		t.Run(name, func(t *testing.T) {
			for _, workers := range []int{1, 3} {
				c.opt.Workers = workers
				_, stats := scanOne(t, c.content, c.opt)
				if len(stats.Problems) != 1 || stats.Problems[0].Kind != c.kind || !strings.HasPrefix(stats.Problems[0].Reason, c.reason) || stats.Problems[0].File != "input" {
					t.Errorf("%d workers: %+v, want %v: %s", workers, stats.Problems, c.kind, c.reason)
				}
				if !c.events(stats.Events) || stats.Counts[c.kind] != 1 {
					t.Errorf("%d workers: %d events, counts %v", workers, stats.Events, stats.Counts)
				}
			}
		})
	}
}

func exactly(n int64) func(int64) bool { return func(k int64) bool { return k == n } }
func none(k int64) bool                { return k == 0 }
func any0(k int64) bool                { return k >= 0 }

func TestAnHonestFileMayExpandBeyondTheLimit(t *testing.T) {
	document, n := trailDocument(4 << 20)
	if _, stats := scanOne(t, string(gzipped(document)), Options{MaxExpand: 1 << 20}); stats.Events != int64(n) || len(stats.Problems) > 0 {
		t.Errorf("%d events, want %d; %v", stats.Events, n, stats.Problems)
	}
	plain := "{\"a\":\"" + strings.Repeat("x", 2<<20) + "\"}"
	if _, stats := scanOne(t, plain, Options{MaxExpand: 1 << 20}); stats.Events != 1 {
		t.Errorf("plain text was stopped: %v", stats.Problems)
	}
}

func TestOneBadFileDoesNotHideTheOthers(t *testing.T) {
	dir := tree(t, map[string]string{"a.json": `{"id":1}`, "c.json": `{"id":3}`, "e.json": `{"id":5}`, "d/x": ""})
	name := func(n string) File { return File{Path: filepath.Join(dir, n), Name: n} }
	ids, all, stats := scanAll(t, []File{name("a.json"), name("vanished.json"), name("c.json"), name("d"), name("e.json")}, Options{Workers: 2})
	if ids != "1 3 5" || stats.Files != 4 || stats.Counts[Unreadable] != 2 || stats.Lost() != 2 {
		t.Errorf("ids %s, %+v", ids, stats)
	}
	if all[2].at.File != "e.json" || all[2].at.Number != 4 || all[2].at.Index != 0 {
		t.Errorf("position %+v", all[2].at)
	}
	for i, want := range []Problem{{File: "vanished.json", Reason: "no such file or folder"}, {File: "d", Reason: "is a directory"}} {
		if p := stats.Problems[i]; p.File != want.File || p.Reason != want.Reason {
			t.Errorf("problem %+v, want %+v", p, want)
		}
	}
}

// manyFiles makes files whose records are numbered through.
func manyFiles(t *testing.T, files, records int) []File {
	t.Helper()
	content := map[string]string{}
	id := 0
	for i := range files {
		var b strings.Builder
		for range (i*7)%records + 1 {
			fmt.Fprintf(&b, "{\"id\":%d,\"eventName\":\"X\"}\n", id)
			id++
		}
		text := b.String()
		if i%3 == 0 {
			text = gz(text)
		}
		content[fmt.Sprintf("%05d.json", i)] = text
	}
	list, problems := Find([]string{tree(t, content)})
	if len(list) != files || len(problems) > 0 {
		t.Fatal(len(list), problems)
	}
	return list
}

func TestResultsComeInOrder(t *testing.T) {
	list := manyFiles(t, 300, 900)
	for _, workers := range []int{1, 2, 8, 400} {
		_, all, stats := scanAll(t, list, Options{Workers: workers})
		if int64(len(all)) != stats.Events || stats.Sources["cloudtrail"] != stats.Events || stats.Files != 300 || len(stats.Problems) > 0 {
			t.Fatalf("%d workers: %d results, %+v", workers, len(all), stats)
		}
		file, index := 0, 0
		for i, s := range all {
			if s.at.Number != file {
				file, index = file+1, 0
			}
			if s.id != fmt.Sprint(i) || s.at.Number != file || s.at.Index != index {
				t.Fatalf("%d workers: result %d is %+v", workers, i, s)
			}
			index++
		}
	}
}

func TestSlowReadersHoldTheWorkersBack(t *testing.T) {
	const files = 40
	text := strings.Repeat(`{"a":"`+strings.Repeat("x", 1000)+`"}`+"\n", 4000)
	content := map[string]string{}
	for i := range files {
		content[fmt.Sprintf("%02d.json", i)] = text
	}
	list, _ := Find([]string{tree(t, content)})
	var made, emitted, most atomic.Int64
	copying := func() func(*record.Record, Position) ([]byte, bool) {
		return func(r *record.Record, _ Position) ([]byte, bool) {
			made.Add(int64(len(r.Raw)))
			return bytes.Clone(r.Raw), true
		}
	}
	_, err := Scan(context.Background(), list, Options{Workers: 8}, copying, func(raw []byte) error {
		emitted.Add(int64(len(raw)))
		if wait := made.Load() - emitted.Load(); wait > most.Load() {
			most.Store(wait)
		}
		return nil
	})
	if err != nil || emitted.Load() != int64(files*4000*1008) {
		t.Fatalf("%d bytes, error %v", emitted.Load(), err)
	}
	// What waits, a chunk in each worker's hands, and the one being emitted.
	if limit := int64(waitingBytes + 9*(chunkBytes+2000)); most.Load() > limit {
		t.Errorf("%d bytes of results waited, the limit is %d", most.Load(), limit)
	}
}

// noLeak checks that the goroutines of before are all there are.
func noLeak(t *testing.T, before int) {
	t.Helper()
	for range 3000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

func TestAnErrorOfEmitStopsEverything(t *testing.T) {
	list := manyFiles(t, 200, 900)
	before := runtime.NumGoroutine()
	enough := errors.New("enough")
	for _, workers := range []int{1, 8, 500} {
		count := 0
		_, err := Scan(context.Background(), list, Options{Workers: workers}, see, func(seen) error {
			if count++; count == 5000 {
				return enough
			}
			return nil
		})
		if !errors.Is(err, enough) || count != 5000 {
			t.Errorf("%d workers: error %v after %d results", workers, err, count)
		}
		noLeak(t, before)
	}
}

func TestCancellingStopsEverything(t *testing.T) {
	list := manyFiles(t, 200, 900)
	before := runtime.NumGoroutine()
	reason := errors.New("the user has gone")
	for _, workers := range []int{1, 8} {
		ctx, cancel := context.WithCancelCause(context.Background())
		count := 0
		stats, err := Scan(ctx, list, Options{Workers: workers}, see, func(seen) error {
			if count++; count == 100 {
				cancel(reason)
			}
			return nil
		})
		if !errors.Is(err, reason) || len(stats.Problems) > 0 {
			t.Errorf("%d workers: error %v, %v", workers, err, stats.Problems)
		}
		noLeak(t, before)
		cancel(nil)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Scan(ctx, list, Options{}, see, func(seen) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	noLeak(t, before)
}

func TestStandardInputIsReadAndLetGo(t *testing.T) {
	stdin := []File{{Path: Stdin, Name: Stdin}}
	for _, content := range []string{"{\"id\":1}\n{\"id\":2}\n", gz("{\"id\":1}\n{\"id\":2}\n"), zstandard("{\"id\":1}\n{\"id\":2}\n")} {
		ids, all, stats := scanAll(t, stdin, Options{Stdin: strings.NewReader(content)})
		if ids != "1 2" || all[0].at.File != Stdin || stats.Compressed != int64(len(content)) {
			t.Errorf("ids %s, %+v", ids, stats)
		}
	}
	if _, _, stats := scanAll(t, stdin, Options{}); stats.Counts[Empty] != 1 {
		t.Errorf("%+v", stats)
	}
	before := runtime.NumGoroutine()
	r, w := io.Pipe() // a terminal at which nobody types
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	go w.Write([]byte("{\"id\":1}\n"))
	_, err := Scan(ctx, stdin, Options{Stdin: r}, see, func(seen) error { return nil })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	w.Close()
	noLeak(t, before)
}

func TestResultsOfAStreamArriveAsTheyCome(t *testing.T) {
	r, w := io.Pipe()
	got := make(chan string, 10)
	go Scan(context.Background(), []File{{Path: Stdin}}, Options{Stdin: r}, see, func(s seen) error {
		got <- s.id
		return nil
	})
	for _, id := range []string{"1", "2", "3"} {
		fmt.Fprintf(w, "{\"id\":%s}\n", id)
		select {
		case text := <-got:
			if text != id {
				t.Errorf("id %s, want %s", text, id)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("a result waits for the next one")
		}
	}
	w.Close()
}

func TestProgressAddsUpToTheFilesSizes(t *testing.T) {
	list := manyFiles(t, 50, 300)
	var read, size atomic.Int64
	for _, f := range list {
		size.Add(f.Size)
	}
	_, _, stats := scanAll(t, list, Options{Workers: 4, Progress: func(n int64) { read.Add(n) }})
	if read.Load() != size.Load() || stats.Compressed != size.Load() {
		t.Errorf("%d bytes of progress, %d counted, want %d", read.Load(), stats.Compressed, size.Load())
	}
}

func TestTheSourceIsToldARecordOrForced(t *testing.T) {
	text := "{\"eventName\":\"X\"}\n{\"schemaVersion\":\"2.0\"}\n{\"x\":1}\n{\"eventName\":\"Y\"}\n"
	_, stats := scanOne(t, text, Options{})
	if fmt.Sprint(stats.Sources) != "map[:1 cloudtrail:2 guardduty:1]" {
		t.Errorf("sources %v", stats.Sources)
	}
	_, stats = scanOne(t, text, Options{Source: "vpcflow"})
	if fmt.Sprint(stats.Sources) != "map[vpcflow:4]" {
		t.Errorf("forced sources %v", stats.Sources)
	}
}

func TestProblemsAreManyButTheListIsShort(t *testing.T) {
	content := map[string]string{}
	for i := range 100 {
		content[fmt.Sprintf("%03d.json", i)] = "{\"id\":1}\n" + strings.Repeat("{x\n{\"id\":2}\n", 100)
	}
	list, _ := Find([]string{tree(t, content)})
	_, _, stats := scanAll(t, list, Options{Workers: 4})
	if stats.Counts[Broken] != 10000 || len(stats.Problems) != maxProblems || stats.Events != 10100 {
		t.Errorf("counts %v, %d listed, %d events", stats.Counts, len(stats.Problems), stats.Events)
	}
	if first, next := stats.Problems[maxFileProblems-1], stats.Problems[maxFileProblems]; first.File == next.File {
		t.Errorf("one file takes the place of all: %+v", next)
	}
}

func TestALargeFileIsReadInConstantMemory(t *testing.T) {
	const size = 200 << 20
	event, _ := trailDocument(100)
	line := string(event[len(`{"Records":[`):len(event)-2]) + "\n"
	source := io.MultiReader(io.LimitReader(&repeating{line, 0}, int64(size/len(line)*len(line))),
		strings.NewReader(`{"a":"`), io.LimitReader(&repeating{"xyz", 0}, 100<<20), strings.NewReader("\"}\n{\"eventName\":\"last\"}\n"))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	stats, err := Scan(context.Background(), []File{{Path: Stdin}}, Options{Stdin: source}, counting, func(int) error { return nil })
	runtime.ReadMemStats(&after)
	if err != nil || stats.Sources["cloudtrail"] != int64(size/len(line))+1 || stats.Counts[Oversized] != 1 {
		t.Errorf("error %v, %+v", err, stats)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 48<<20 {
		t.Errorf("%d bytes were allocated", used)
	}
}

// repeating gives a text again and again.
type repeating struct {
	text string
	at   int
}

func (r *repeating) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) {
		k := copy(b[n:], r.text[r.at:])
		n, r.at = n+k, (r.at+k)%len(r.text)
	}
	return n, nil
}

func TestProblemsNameALineOrAnOffset(t *testing.T) {
	_, stats := scanOne(t, "{\"id\":}\n{\"id\":}\n", Options{})
	if p := stats.Problems; len(p) != 2 || p[0].Line != 0 || p[0].Offset != 6 || p[1].Line != 2 || p[1].Offset != 14 {
		t.Errorf("%+v", p)
	}
}
