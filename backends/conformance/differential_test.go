package conformance

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/all"
	"github.com/sigmahunt/sigmahunt/backends/duckdb"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

var (
	seed  = flag.Uint64("seed", 1, "where the random plans and records begin")
	pairs = flag.Int("pairs", 5000, "how many random plans are each held against a hundred records")
)

const (
	plansAtOnce   = 25
	recordsAtOnce = 100
	wildShare     = 25 // of a hundred records
	maxShown      = 20 // differences that are printed
)

// events is a file of records of a source, and the records.
type events struct {
	source  *schema.Source
	file    string
	records []*record.Record
}

func newEvents(t *testing.T, source *schema.Source, lines [][]byte) events {
	t.Helper()
	e := events{source: source, file: filepath.Join(t.TempDir(), "events.json")}
	for _, line := range lines {
		rec, err := record.Parse(record.Repair(line)) // as the reader of files does
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		e.records = append(e.records, &rec)
	}
	if err := os.WriteFile(e.file, append(bytes.Join(lines, []byte("\n")), '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	return e
}

func (r *random) events(t *testing.T, n int) events {
	lines := make([][]byte, n)
	for i := range lines {
		lines[i] = r.recordOf(i, r.chance(wildShare))
	}
	return newFile(t, r.of.source, lines)
}

// newFile makes events as AWS writes a file of their source: JSON a line, or of flow
// logs words a line behind their names, of which the reader makes the records.
func newFile(t *testing.T, source *schema.Source, lines [][]byte) events {
	if source != schema.VPCFlow {
		return newEvents(t, source, lines)
	}
	file := filepath.Join(t.TempDir(), "events.log")
	layout := &schema.Layout{Source: source, Storage: schema.Storage{Format: schema.Delimited}}
	names := []string{}
	for _, name := range append([]string{markOf(source)}, flows.fields...) {
		layout.Columns = append(layout.Columns, schema.Column{Field: name})
		names = append(names, strings.ReplaceAll(name, "_", "-"))
	}
	var text bytes.Buffer
	for _, line := range lines {
		appendStored(&text, line, layout)
	}
	_, rows, _ := bytes.Cut(text.Bytes(), []byte("\n"))
	if err := os.WriteFile(file, append([]byte(strings.Join(names, " ")+"\n"), rows...), 0o600); err != nil {
		t.Fatal(err)
	}
	read, err := readEach(file, source.Name)
	if err != nil || len(read) != len(lines) {
		t.Fatalf("%d of %d lines were read: %v", len(read), len(lines), err)
	}
	e := newEvents(t, source, read)
	e.file = file
	return e
}

// table tells for each plan which records match, by their places.
type table [][]bool

func newTable(plans, records int) table {
	t := make(table, plans)
	for i := range t {
		t[i] = make([]bool, records)
	}
	return t
}

// evaluated is what the bare evaluator says.
func evaluated(preds []compiler.Pred, e events) table {
	result := newTable(len(preds), len(e.records))
	var event eval.Event
	for i, p := range preds {
		matcher := eval.Compile(planOf(e.source, p))
		for j, rec := range e.records {
			event.Reset(e.source, rec)
			result[i][j] = matcher.Match(&event)
		}
	}
	return result
}

// queried is what an engine says to all plans in one query, and how many of the
// records it left to the evaluator.
func queried(ctx context.Context, engine backends.Engine, preds []compiler.Pred, e events) (result table, finished int64, err error) {
	config := backends.Config{Paths: []string{e.file}, Source: e.source.Name, Workers: 1}
	b, err := engine.New(config)
	if err != nil {
		return nil, 0, err
	}
	x, err := engine.Open(ctx, config)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, x.Close()) }()
	return run(ctx, b, x, preds, e)
}

func run(ctx context.Context, b backends.Backend, x backends.Executor, preds []compiler.Pred, e events) (table, int64, error) {
	batch := compiler.Batch{Source: e.source}
	for _, p := range preds {
		batch.Plans = append(batch.Plans, planOf(e.source, p))
	}
	query, err := b.Emit(batch, backends.Window{})
	if err != nil {
		return nil, 0, err
	}
	before := x.Stats().Finished
	result := newTable(len(preds), len(e.records))
	for row, err := range x.Run(ctx, query) {
		if err != nil {
			return nil, 0, err
		}
		for _, i := range row.Plans {
			result[i][row.Where.Index] = true
		}
	}
	stats := x.Stats()
	if stats.Lost > 0 {
		return nil, 0, fmt.Errorf("reading the events: %v", stats.Problems)
	}
	return result, stats.Finished - before, nil
}

// difference is a smallest predicate that an engine and the evaluator decide
// otherwise on a record.
func difference(t *testing.T, engine backends.Engine, source *schema.Source, p compiler.Pred, rec *record.Record) string {
	one := newFile(t, source, [][]byte{rec.Raw})
	list := parts(p)
	want := evaluated(list, one)
	got, _, err := queried(t.Context(), engine, list, one)
	if err != nil {
		return err.Error()
	}
	for i, q := range list {
		if got[i][0] != want[i][0] {
			return fmt.Sprintf("%s says %v, not %v, of\n\t%s\n\t%s", engine.Name, got[i][0], want[i][0], dump(q), rec.Raw)
		}
	}
	return fmt.Sprintf("%s differs in company only, on\n\t%s\n\t%s", engine.Name, dump(p), rec.Raw)
}

// fileEngines returns the engines that read files and can run here.
func fileEngines() []backends.Engine {
	return slices.DeleteFunc(slices.Clone(all.Engines), func(e backends.Engine) bool {
		return e.Open == nil || !e.ReadsFiles || e.Name == duckdb.Engine.Name && !duckdb.Available
	})
}

// TestDuckDBIsCompared prints why DuckDB is not among the engines of the other tests.
func TestDuckDBIsCompared(t *testing.T) {
	if !duckdb.Available {
		t.Skip("no DuckDB: the tests were built with CGO_ENABLED=0")
	}
}

func TestEnginesAgreeWithTheEvaluatorOnRandomPlans(t *testing.T) {
	for _, engine := range fileEngines() {
		for _, of := range subjects {
			t.Run(engine.Name+" over "+of.source.Name, func(t *testing.T) { agree(t, engine, of, *pairs) })
		}
	}
}

func agree(t *testing.T, engine backends.Engine, of subject, pairs int) {
	r := newRandomOf(t, *seed, of)
	var rows, matched, finished int64
	shown := 0
	for done := 0; done < pairs && shown < maxShown; done += plansAtOnce {
		r.shuffle()
		e := r.events(t, recordsAtOnce)
		preds := make([]compiler.Pred, plansAtOnce)
		for i := range preds {
			preds[i] = r.pred(i % 5) // leaves alone as well, which nothing hides
		}
		want := evaluated(preds, e)
		got, left, err := queried(t.Context(), engine, preds, e)
		if err != nil {
			t.Errorf("pair %d: %v", done, err)
			shown++
			continue
		}
		rows, finished = rows+recordsAtOnce, finished+left
		for i, p := range preds {
			for j, rec := range e.records {
				if want[i][j] {
					matched++
				}
				if got[i][j] != want[i][j] && shown < maxShown {
					t.Error(difference(t, engine, e.source, p, rec))
					shown++
				}
			}
		}
	}
	t.Logf("%d plans over %d records, %d matches; %d records were left to the evaluator", pairs, rows, matched, finished)
	if finished*2 > rows {
		t.Error("the engine decided less than half of the records itself")
	}
}
