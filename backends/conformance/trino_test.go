package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/athena"
	"github.com/sigmahunt/sigmahunt/backends/athena/trinotest"
	"github.com/sigmahunt/sigmahunt/backends/files"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/fixtures"
)

// onTrino runs Athena's queries on a Trino, over a table of the layout's columns
// in which each event is a file, whose name tells the event.
type onTrino struct {
	server  *trinotest.Server
	backend backends.Backend
	made    atomic.Int64 // schemas so far
}

func newOnTrino(t *testing.T, layouts map[string]string) *onTrino {
	t.Helper()
	server := trinotest.Start(t)
	b, err := athena.Engine.New(backends.Config{Layouts: layouts})
	if err != nil {
		t.Fatal(err)
	}
	return &onTrino{server: server, backend: b}
}

func (e *onTrino) Name() string { return "trino" }

func (e *onTrino) Target() *compiler.Target { return e.backend.Target() }

// load makes the tables of a case's sources over the events of a file, in a schema
// of their own, which drop takes away. It gives the events of the last.
func (e *onTrino) load(ctx context.Context, file string, sources ...string) (schema string, events [][]byte, drop func() error, err error) {
	schema = fmt.Sprintf("case_%d_%d", os.Getpid(), e.made.Add(1))
	folder := filepath.Join(e.server.Files, schema)
	statements := []string{"CREATE SCHEMA " + schema}
	for _, source := range sources {
		layout := e.Target().Layouts[source]
		if events, err = writeEach(file, layout, filepath.Join(folder, source)); err != nil {
			return "", nil, nil, err
		}
		statements = append(statements, unpartitioned(layout, "local:///"+schema+"/"+source))
	}
	in := trinotest.Session{Catalog: "hive", Schema: schema}
	for _, sql := range statements {
		if _, err := e.server.Query(ctx, in, sql); err != nil {
			return "", nil, nil, fmt.Errorf("%s: %w", sql, err)
		}
	}
	return schema, events, func() error {
		_, err := e.server.Query(context.WithoutCancel(ctx), in, "DROP SCHEMA "+schema+" CASCADE")
		return errors.Join(err, os.RemoveAll(folder))
	}, nil
}

func (e *onTrino) Match(ctx context.Context, plan *compiler.Plan, file string) (rows []backends.Row, decided int64, err error) {
	name, events, drop, err := e.load(ctx, file, plan.Source.Name)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, drop()) }()
	batch := compiler.Batch{Source: plan.Source, Plans: []*compiler.Plan{plan}}
	query, err := e.backend.Emit(batch, backends.Window{})
	if err != nil {
		return nil, 0, err
	}
	result, err := e.server.Query(ctx, trinotest.Session{Catalog: "hive", Schema: name}, withPath(query.Text))
	if err != nil {
		return nil, 0, fmt.Errorf("%w in\n%s", err, query.Text)
	}
	matched := make([]bool, len(events))
	for _, row := range result.Rows {
		i, err := strconv.Atoi(strings.TrimSuffix(path.Base(row[0].(string)), ".json"))
		if err != nil {
			return nil, 0, err
		}
		matched[i] = true
	}
	return finished(batch, events, func(i int) bool { return matched[i] })
}

// finished gives the rows of the events that a query of one plan found, those of
// a superset after the evaluator has decided them.
func finished(batch compiler.Batch, events [][]byte, matched func(int) bool) (rows []backends.Row, decided int64, err error) {
	found := func(yield func(backends.Row, error) bool) {
		for i, event := range events {
			if matched(i) && !yield(backends.Row{Event: event, Plans: []int{0}, Where: backends.Origin{Index: int64(i)}}, nil) {
				return
			}
		}
	}
	for row, err := range backends.Finish(found, batch) {
		if err != nil {
			return nil, 0, err
		}
		rows = append(rows, row)
	}
	if batch.Plans[0].Residual != nil {
		decided = int64(len(events))
	}
	return rows, decided, nil
}

// withPath has the query tell the file of each row as well.
func withPath(text string) string {
	at := strings.Index("\n"+text, "\nSELECT ")
	return text[:at] + `SELECT "$path", ` + text[at+len("SELECT "):]
}

// writeEach writes each record of a file into a file of its own, as the layout's
// table stores it.
func writeEach(file string, layout *schema.Layout, dir string) ([][]byte, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	events, err := readEach(file, layout.Source.Name)
	for i, raw := range events {
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, strconv.Itoa(i)+".json"), stored(raw, layout), 0o644)
		}
	}
	return events, err
}

// readEach gives the records of a file, but for those that are plainly of another
// source.
func readEach(path, source string) ([][]byte, error) {
	list, problems := files.Find([]string{path})
	if len(problems) > 0 {
		return nil, fmt.Errorf("reading the events: %v", problems)
	}
	var events [][]byte
	worker := func() func(*record.Record, files.Position) ([]byte, bool) {
		return func(rec *record.Record, _ files.Position) ([]byte, bool) {
			of := files.NewRecognizer().SourceOf(rec)
			return bytes.Clone(rec.Raw), of == "" || of == source
		}
	}
	stats, err := files.Scan(context.Background(), list, files.Options{Workers: 1, Source: source}, worker, func(raw []byte) error {
		events = append(events, raw)
		return nil
	})
	if err == nil && stats.Lost() > 0 {
		err = fmt.Errorf("reading the events: %v", stats.Problems)
	}
	return events, err
}

// stored gives a file of one record: a line of JSON, or one of values behind a
// header.
func stored(raw []byte, layout *schema.Layout) []byte {
	if layout.Storage.Format == schema.Delimited {
		rec, err := record.Parse(raw)
		if err != nil {
			panic(err)
		}
		var values []string
		for _, c := range layout.Columns {
			text := "-"
			if v := rec.Lookup(c.Field); v.Kind != record.Absent && v.Kind != record.Null {
				text = v.Text()
			}
			values = append(values, text)
		}
		return []byte("header\n" + strings.Join(values, " ") + "\n")
	}
	if layout.Storage.Format == schema.Managed {
		return inColumns(raw, layout)
	}
	line := record.AppendCompact(nil, raw)
	if slices.ContainsFunc(layout.Columns, func(c schema.Column) bool { return c.Type == schema.LowerJSON }) {
		line = lowered(line)
	}
	return append(line, '\n')
}

// appendStored adds a record to a file of some, which has one header.
func appendStored(file *bytes.Buffer, raw []byte, layout *schema.Layout) {
	text := stored(raw, layout)
	if layout.Storage.Format == schema.Delimited && file.Len() > 0 {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	file.Write(text)
}

// lowered gives JSON with its keys in lower case, as the OpenX SerDe writes them.
func lowered(raw []byte) []byte {
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		panic(err)
	}
	out, err := json.Marshal(lowerKeys(v))
	if err != nil {
		panic(err)
	}
	return out
}

func lowerKeys(v any) any {
	switch v := v.(type) {
	case map[string]any:
		lower := map[string]any{}
		for key, value := range v {
			lower[strings.ToLower(key)] = lowerKeys(value)
		}
		return lower
	case []any:
		for i := range v {
			v[i] = lowerKeys(v[i])
		}
	}
	return v
}

func TestTrinoGivesTheEventsThatPeopleWroteDown(t *testing.T) {
	cases, err := Load(fixtures.Conformance, "conformance")
	if err != nil {
		t.Fatal(err)
	}
	gaps, err := ReadGaps("testdata/gaps/trino.txt")
	if err != nil {
		t.Fatal(err)
	}
	Run(t, newOnTrino(t, nil), cases, gaps)
}
