//go:build cgo

package duckdb

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// batchOf compiles a rule for each condition on CloudTrail events, and fuses
// them for DuckDB.
func batchOf(t testing.TB, detections ...string) compiler.Batch {
	t.Helper()
	batch := compiler.Batch{Source: schema.CloudTrail}
	for _, d := range detections {
		text := "title: a rule\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  s: {" + d + "}\n  condition: s\n"
		doc, problems := sigma.Parse(&diag.Source{Name: "rule.yml", Text: []byte(text)})
		if len(doc.Rules) != 1 {
			t.Fatalf("%s: %v", d, problems)
		}
		plan, problems := compiler.Compile(doc.Rules[0], schema.ForLogsource)
		if plan == nil {
			t.Fatalf("%s: %v", d, problems)
		}
		if plan, problems = compiler.Legalize(plan, &target); plan == nil {
			t.Fatalf("%s: %v", d, problems)
		}
		batch.Plans = append(batch.Plans, plan)
	}
	return batch
}

func queryOf(t testing.TB, batch compiler.Batch, w backends.Window) backends.Query {
	t.Helper()
	b, err := newBackend(backends.Config{})
	if err != nil {
		t.Fatal(err)
	}
	q, err := b.Emit(batch, w)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func openOver(t testing.TB, c backends.Config) backends.Executor {
	t.Helper()
	x, err := open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

// show gives rows as file number:index:plans.
func show(t testing.TB, rows iter.Seq2[backends.Row, error]) string {
	t.Helper()
	var out []string
	for row, err := range rows {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprintf("%d:%d:%v", row.Where.Number, row.Where.Index, row.Plans))
	}
	return strings.Join(out, " ")
}

func pathsOf(t testing.TB, texts ...string) []string {
	var paths []string
	for _, f := range writeFiles(t, texts...) {
		paths = append(paths, f.Path)
	}
	return paths
}

func TestRunDecidesRegularEventsInSQLAndOthersByTheEvaluator(t *testing.T) {
	x := openOver(t, backends.Config{Workers: 2, Paths: pathsOf(t,
		trail("GetObject", `,"userAgent":"x"`, `,"userAgent":["x","y"]`, `,"userAgent":["z"]`, `,"userAgent":"\u0078"`),
		trail("PutObject", `,"userAgent":"x"`, `,"errorCode":["q"]`))})
	batch := batchOf(t, "eventName: GetObject, userAgent: x", "userAgent: x", "eventName: PutObject")
	got := show(t, x.Run(context.Background(), queryOf(t, batch, backends.Window{})))
	if want := "0:0:[0 1] 0:1:[0 1] 0:3:[0 1] 1:0:[1 2] 1:1:[2]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	s := x.Stats()
	if s.Events != 6 || s.Files != 2 || s.Finished != 4 || s.Matches[batch.Plans[0]] != 3 || s.Matches[batch.Plans[1]] != 4 || s.Matches[batch.Plans[2]] != 2 {
		t.Errorf("stats %+v", s)
	}
}

func TestRunHoldsIrregularEventsAgainstTheWindow(t *testing.T) {
	x := openOver(t, backends.Config{Paths: pathsOf(t, trail("GetObject", ``, `,"userAgent":["x"]`))})
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		from, to int
		want     string
	}{{0, 1, "0:0:[0] 0:1:[0]"}, {-1, 0, ""}, {1, 2, ""}} {
		w := backends.Window{Start: at.Add(time.Duration(c.from) * time.Second), End: at.Add(time.Duration(c.to) * time.Second)}
		got := show(t, x.Run(context.Background(), queryOf(t, batchOf(t, "eventName: GetObject"), w)))
		if got != c.want {
			t.Errorf("%v: got %q, want %q", w, got, c.want)
		}
	}
}

func TestRunKeepsTheFirstRowsOfEachFileAndCountsAll(t *testing.T) {
	texts := make([]string, 30)
	var want []string
	for i := range texts {
		texts[i] = trail("GetObject", make([]string, 100)...)
		want = append(want, fmt.Sprintf("%d:0:[0]", i), fmt.Sprintf("%d:1:[0]", i))
	}
	x := openOver(t, backends.Config{Workers: 2, Paths: pathsOf(t, texts...)})
	q := queryOf(t, batchOf(t, "eventName: GetObject"), backends.Window{})
	q.Keep = 2
	if got := show(t, x.Run(context.Background(), q)); got != strings.Join(want, " ") {
		t.Errorf("got %s", got)
	}
	if n := x.Stats().Matches[q.Batch.Plans[0]]; n != 3000 {
		t.Errorf("%d matches", n)
	}
}

func TestProblemsOfFilesAreCountedOnceForSeveralRuns(t *testing.T) {
	x := openOver(t, backends.Config{Paths: append(pathsOf(t, trail("GetObject", ``)+`{"broken":`), filepath.Join(t.TempDir(), "none.json"))})
	for range 3 {
		show(t, x.Run(context.Background(), queryOf(t, batchOf(t, "eventName: GetObject"), backends.Window{})))
	}
	if s := x.Stats(); s.Lost != 2 || len(s.Problems) != 2 || s.Events != 1 || s.Files != 1 {
		t.Errorf("stats %+v", s)
	}
}

func TestStandardInputServesSeveralRunsUnderItsName(t *testing.T) {
	x := openOver(t, backends.Config{Paths: []string{"-"}, Stdin: strings.NewReader(trail("GetObject", ``, ``))})
	for range 2 {
		n := 0
		for row, err := range x.Run(context.Background(), queryOf(t, batchOf(t, "eventName: GetObject"), backends.Window{})) {
			if err != nil || row.Where.File != "-" {
				t.Fatal(row, err)
			}
			n++
		}
		if n != 2 {
			t.Errorf("%d rows", n)
		}
	}
}

func TestRunsMayBeOpenAtTheSameTime(t *testing.T) {
	x := openOver(t, backends.Config{Workers: 2, Paths: pathsOf(t, trail("GetObject", make([]string, 50)...))})
	q := queryOf(t, batchOf(t, "eventName: GetObject"), backends.Window{})
	a, stopA := iter.Pull2(x.Run(context.Background(), q))
	b, stopB := iter.Pull2(x.Run(context.Background(), q))
	defer stopA()
	defer stopB()
	for i := range int64(50) {
		rowA, errA, _ := a()
		rowB, errB, _ := b()
		if errA != nil || errB != nil || rowA.Where.Index != i || rowB.Where.Index != i {
			t.Fatal(rowA, errA, rowB, errB)
		}
	}
}

func TestAStatementThatFailsGivesItsError(t *testing.T) {
	x := openOver(t, backends.Config{Paths: pathsOf(t, trail("GetObject", ``))})
	for _, text := range []string{"SELECT nothing FROM cloudtrail", "SELECT * FROM read_text('/etc/hostname')", "SELECT 1/"} {
		q := queryOf(t, batchOf(t, "eventName: GetObject"), backends.Window{})
		q.Text = text
		n := 0
		for _, err := range x.Run(context.Background(), q) {
			if err == nil {
				t.Errorf("%s: a row", text)
			}
			n++
		}
		if n != 1 {
			t.Errorf("%s: %d results, want one error", text, n)
		}
	}
}

func TestStoppingEarlyAndCancellingLeaveNothingRunning(t *testing.T) {
	texts := make([]string, 20)
	for i := range texts {
		texts[i] = trail("GetObject", make([]string, 3000)...)
	}
	paths := pathsOf(t, texts...)
	before := runtime.NumGoroutine()
	x, err := open(context.Background(), backends.Config{Workers: 2, Paths: paths})
	if err != nil {
		t.Fatal(err)
	}
	q := queryOf(t, batchOf(t, "eventName: GetObject"), backends.Window{})
	for range x.Run(context.Background(), q) {
		break
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	var failure error
	for _, err := range x.Run(ctx, q) {
		failure = err
	}
	if !errors.Is(failure, context.DeadlineExceeded) {
		t.Errorf("a run that was cancelled ended with %v", failure)
	}
	temp := x.(*executor).temp
	if err := x.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(temp); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of temporary files is left: %v", err)
	}
	for range 3000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}
