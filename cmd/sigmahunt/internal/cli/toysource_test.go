package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends/all"
	"github.com/sigmahunt/sigmahunt/backends/athena"
	"github.com/sigmahunt/sigmahunt/backends/opensearch"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// toySource is a source that the program does not have: its fields, how its files are
// recognised, and a table of each engine.
var toySource = &schema.Source{
	Name: "toy", Services: []string{"toylog"}, Title: "Toy",
	ID: "id", Time: "at", Anchor: "verb",
	Show:    []string{"verb", "who.name", "port"},
	Columns: schema.Columns{Who: []string{"who.name"}, From: []string{"addr"}, What: []string{"verb"}, Where: []string{"place"}},
	Files: schema.Files{
		Keys: [][]string{{"verb", "who"}}, Line: []string{"port", "id", "at", "verb"}, Null: "nil", Folder: "elasticloadbalancing",
	},
	Fields: []schema.Field{
		{Name: "id", Type: schema.Text}, {Name: "at", Type: schema.Time}, {Name: "verb", Type: schema.Text},
		{Name: "who", Type: schema.Struct, Fields: []schema.Field{{Name: "name", Type: schema.Text}}},
		{Name: "addr", Type: schema.Text, Address: true}, {Name: "place", Type: schema.Text},
		{Name: "port", Type: schema.Number, Whole: true},
	},
}

func addToySource(t *testing.T) {
	t.Helper()
	sources, tables, indexes := schema.Sources, athena.Layouts, opensearch.Layouts
	t.Cleanup(func() { schema.Sources, athena.Layouts, opensearch.Layouts = sources, tables, indexes })
	unpartitioned := schema.Partitions{Scheme: schema.Unpartitioned}
	schema.Sources = append(sources[:len(sources):len(sources)], toySource)
	athena.Layouts = append(tables[:len(tables):len(tables)], &schema.Layout{
		Name: "plain", Title: "a toy table", Source: toySource, Table: "toys",
		Columns: schema.TableColumns(toySource.Fields, "", nil), Partitions: unpartitioned,
		Storage: schema.Storage{Format: schema.JSONRecords, RowFormat: "SERDE 'x'", Location: "s3://<bucket>/toys/"},
	})
	var columns []schema.Column
	for _, f := range toySource.Fields {
		columns = append(columns, schema.Column{Field: f.Name, Name: f.Name, Type: schema.UsualType(&f)})
	}
	columns[3].Members = []schema.Column{{Field: "name", Name: "name", Type: schema.Varchar}}
	opensearch.Layouts = append(indexes[:len(indexes):len(indexes)], &schema.Layout{
		Name: "template", Title: "a toy index", Source: toySource, Table: "toy-*", Columns: columns, Partitions: unpartitioned,
	})
}

func TestASourceIsDataThatTheWholeCommandLineWorksWith(t *testing.T) {
	addToySource(t)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	rule := write("rule.yml", "title: Toy taken\nid: 5b5a6d4e-2f0b-4d0c-9d5c-0f5d8a4f6c01\nstatus: test\nlevel: high\n"+
		"logsource: {product: aws, service: toylog}\ndetection:\n    selection: {verb: take, port|lt: 10}\n    condition: selection\n")
	const logs = "events/AWSLogs/111122223333/elasticloadbalancing/"
	write(logs+"a.jsonl", `{"id":"e1","at":"2026-03-01T00:00:00Z","verb":"TAKE","who":{"name":"ana"},"port":9}`+"\n"+
		`{"id":"e2","at":"2026-03-01T00:00:01Z","verb":"take","who":{"name":"ben"},"port":10}`+"\n")
	write(logs+"b.log", "3 e3 2026-03-01T00:00:02Z take\nnil e4 2026-03-01T00:00:03Z take\n")
	events := filepath.Join(dir, "events")
	for _, tt := range []struct {
		args string
		want []string
	}{
		{"scan --format jsonl " + rule + " " + events, []string{`"event_ids":["e1"]`, `"event_ids":["e3"]`, `"source":"toy"`}},
		{"compile -t athena " + rule, []string{"FROM toys", "verb"}},
		{"compile -t opensearch " + rule, []string{"verb"}},
		{"compile -t duckdb " + rule, []string{"FROM toy", "port < 10"}},
		{"check " + rule, nil},
		{"targets", []string{"athena"}},
		{"tables", []string{"athena", "toys", "a toy table", "toy-*"}},
		{"tables --on athena --source toy", []string{"CREATE EXTERNAL TABLE toys", "who struct<"}},
		{"tables --on duckdb --source toy", []string{"CREATE TABLE toy", "port BIGINT"}},
		{"tables --on opensearch --source toy", []string{"toy-*", "verb"}},
		{"rules --fields toy", []string{"who.name"}},
	} {
		var out, errs bytes.Buffer
		if code := Main(all.Engines, strings.Fields(tt.args), strings.NewReader(""), &out, &errs); code != 0 {
			t.Errorf("%s: exit code %d: %s", tt.args, code, &errs)
		}
		for _, want := range tt.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: no %q in\n%s\n%s", tt.args, want, &out, &errs)
			}
		}
		for _, other := range []string{"e2", "e4"} {
			if strings.Contains(out.String(), `"`+other+`"`) {
				t.Errorf("%s: %s is found in\n%s", tt.args, other, &out)
			}
		}
	}
}
