package conformance

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/athena"
	"github.com/sigmahunt/sigmahunt/backends/athena/athenatest"
	"github.com/sigmahunt/sigmahunt/backends/athena/trinotest"
	"github.com/sigmahunt/sigmahunt/backends/files"
	"github.com/sigmahunt/sigmahunt/backends/local"
	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/fixtures"
	"github.com/sigmahunt/sigmahunt/hunt"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

// sourceRules are the pack's rules for a source and those of its conformance
// cases, which together ask for most of its fields.
func sourceRules(t *testing.T, source *schema.Source) []*compiler.Plan {
	t.Helper()
	pack, err := rules.Load(rules.Names()[0])
	if err != nil {
		t.Fatal(err)
	}
	var plans []*compiler.Plan
	for _, rule := range pack.Rules {
		if p, _ := compiler.Compile(rule, schema.ForLogsource); p != nil && p.Source == source {
			plans = append(plans, p)
		}
	}
	cases, err := Load(fixtures.Conformance, "conformance")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if strings.HasPrefix(c.Name, source.Name+"/") && c.Errors == "" {
			plans = append(plans, c.Compile(t))
		}
	}
	return plans
}

// writeStored writes the events of a source as a layout's files hold them: lines
// of JSON, or of values behind one header.
func writeStored(t *testing.T, layout *schema.Layout, name string, paths []string) int {
	t.Helper()
	list, _ := files.Find(paths)
	var out bytes.Buffer
	n := 0
	worker := func() func(*record.Record, files.Position) ([]byte, bool) {
		return func(rec *record.Record, at files.Position) ([]byte, bool) {
			if at.Source != layout.Source.Name {
				return nil, false
			}
			return bytes.Clone(rec.Raw), true
		}
	}
	if _, err := files.Scan(t.Context(), list, files.Options{Workers: 1}, worker, func(text []byte) error {
		n++
		appendStored(&out, text, layout)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return n
}

// databaseOf makes a layout's table of events. Parquet, which nothing here
// writes, is made by Trino of a table of text.
func databaseOf(t *testing.T, layout *schema.Layout, paths ...string) *database {
	t.Helper()
	d := &database{trinotest.Start(t), fmt.Sprintf("of_%s_%s_%d", layout.Source.Name, layout.Name, os.Getpid())}
	dir := filepath.Join(d.server.Files, d.name, "events")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	in := trinotest.Session{Catalog: "hive", Schema: d.name}
	run := func(sql string) {
		if _, err := d.server.Query(context.WithoutCancel(t.Context()), in, sql); err != nil {
			t.Fatalf("%v in %s", err, sql)
		}
	}
	run("CREATE SCHEMA " + d.name)
	t.Cleanup(func() {
		run("DROP SCHEMA " + d.name + " CASCADE")
		os.RemoveAll(filepath.Join(d.server.Files, d.name))
	})
	text := *layout
	if layout.Storage.Format == schema.Parquet {
		text.Table, text.Storage.Format = "as_text", schema.Delimited
	}
	n := writeStored(t, &text, filepath.Join(dir, "events"), paths)
	run(unpartitioned(&text, "local:///"+d.name+"/events"))
	if text.Table != layout.Table {
		run("CREATE TABLE " + sqlgen.Ident(layout.Table).String() + " WITH (format = 'PARQUET') AS SELECT * FROM as_text")
	}
	t.Logf("%d events", n)
	return d
}

// byFields identifies events of a source without ids by all scalar fields that a
// layout holds, since their text is made anew of the columns.
func byFields(layout *schema.Layout) func(*schema.Source, *record.Record) string {
	return func(source *schema.Source, rec *record.Record) string {
		if source.ID != "" {
			return hunt.EventID(source, rec)
		}
		var fields []string
		for _, c := range layout.Columns {
			text := "-"
			switch v := rec.Lookup(c.Field); v.Kind {
			case record.String, record.Number, record.Bool:
				text = v.Text()
			case record.Absent, record.Null, record.Array, record.Object:
			}
			fields = append(fields, text)
		}
		return strings.Join(fields, " ")
	}
}

func TestAthenaReturnsTheFindingsOfTheOtherSources(t *testing.T) {
	for _, source := range []*schema.Source{schema.VPCFlow, schema.GuardDuty, schema.Route53} {
		paths := []string{"../../fixtures/events/" + source.Name}
		if beside := shared + "/data/" + source.Name; exists(beside) {
			paths = append(paths, beside)
		}
		gaps, err := ReadGaps("testdata/gaps/trino.txt")
		if err != nil {
			t.Fatal(err)
		}
		plans := slices.DeleteFunc(sourceRules(t, source), func(p *compiler.Plan) bool { return gaps[p.Rule.Source.Name] != "" })
		for _, layout := range schema.LayoutsOf(athena.Layouts, source.Name) {
			t.Run(source.Name+" "+layout.Name, func(t *testing.T) {
				config := overSDK(t, databaseOf(t, layout, paths...), athenatest.Faults{})
				config.Layouts = map[string]string{source.Name: layout.Name}
				want := matchesBy(t, local.Engine, backends.Config{Paths: paths}, plans, byFields(layout))
				got := matchesBy(t, athena.Engine, config, plans, byFields(layout))
				compareMatches(t, got, sayable(t, want, plans, config))
			})
		}
	}
}
