package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends/all"
	"github.com/sigmahunt/sigmahunt/backends/athena"
	"github.com/sigmahunt/sigmahunt/backends/athena/athenatest"
	"github.com/sigmahunt/sigmahunt/backends/athena/trinotest"
	"github.com/sigmahunt/sigmahunt/backends/files"
	"github.com/sigmahunt/sigmahunt/cmd/sigmahunt/internal/cli"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

const sampleTrail = "../../fixtures/events/cloudtrail"

// sampleTable makes the default table of CloudTrail over the sample, each event
// in the partition of its day, and gives its database.
func sampleTable(t *testing.T, server *trinotest.Server) string {
	t.Helper()
	database := fmt.Sprintf("sample_%d", os.Getpid())
	folder := filepath.Join(server.Files, database)
	days := map[string]*bytes.Buffer{}
	list, _ := files.Find([]string{sampleTrail})
	worker := func() func(*record.Record, files.Position) ([]byte, bool) {
		return func(rec *record.Record, _ files.Position) ([]byte, bool) {
			return append(record.AppendCompact(nil, rec.Raw), '\n'), true
		}
	}
	if _, err := files.Scan(t.Context(), list, files.Options{Workers: 1}, worker, func(line []byte) error {
		rec, err := record.Parse(line)
		if err != nil {
			return err
		}
		at := rec.Lookup("eventTime")
		day := strings.ReplaceAll(at.Text()[:10], "-", "/")
		if days[day] == nil {
			days[day] = &bytes.Buffer{}
		}
		_, err = days[day].Write(line)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for day, lines := range days {
		dir := filepath.Join(folder, "timestamp="+url.PathEscape(day))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "events.json"), lines.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	layout := schema.LayoutsOf(athena.Layouts, "cloudtrail")[0]
	in := trinotest.Session{Catalog: "hive", Schema: database}
	statements := []string{
		"CREATE SCHEMA " + database, athena.TrinoDDL(layout, layout.Table, "local:///"+database),
		"CALL system.sync_partition_metadata('" + database + "', '" + layout.Table + "', 'ADD')",
	}
	for _, source := range schema.Names() {
		if source == layout.Source.Name {
			continue
		}
		empty := schema.LayoutsOf(athena.Layouts, source)[0] // the sample of these is elsewhere
		if err := os.MkdirAll(filepath.Join(server.Files, database, source), 0o755); err != nil {
			t.Fatal(err)
		}
		statements = append(statements, athena.TrinoDDL(empty, empty.Table, "local:///"+database+"/"+source))
	}
	for _, sql := range statements {
		if _, err := server.Query(t.Context(), in, sql); err != nil {
			t.Fatalf("%v in %s", err, sql)
		}
	}
	t.Cleanup(func() {
		if _, err := server.Query(context.WithoutCancel(t.Context()), in, "DROP SCHEMA "+database+" CASCADE"); err != nil {
			t.Error(err)
		}
		os.RemoveAll(folder)
	})
	return database
}

// run runs the program and gives its findings as rule and event.
func run(t *testing.T, want int, args ...string) (found []string, errs string) {
	t.Helper()
	var out, talk bytes.Buffer
	if code := cli.Main(all.Engines, args, nil, &out, &talk); code != want {
		t.Fatalf("exit code %d, not %d: %s", code, want, talk.String())
	}
	for line := range strings.Lines(out.String()) {
		var f struct {
			RuleID   string   `json:"rule_id"`
			EventIDs []string `json:"event_ids"`
		}
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		found = append(found, f.RuleID+" "+strings.Join(f.EventIDs, " "))
	}
	slices.Sort(found)
	return found, talk.String()
}

func TestScanOnAthenaFindsWhatAScanOfTheFilesFinds(t *testing.T) {
	server := trinotest.Start(t)
	database := sampleTable(t, server)
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	local := athenatest.Start(t, athenatest.Options{Trino: athenatest.On(server)})
	on := []string{"--on", "athena", "--endpoint", local.URL, "--region", "us-east-1", "--database", database, "--format", "jsonl"}
	for _, window := range [][]string{{"--from", "2026-03-01", "--to", "2026-04-01"}, {"--from", "2026-03-10T13:39:27Z", "--to", "2026-03-10T14:14:20Z"}} {
		want, _ := run(t, 0, append([]string{"scan", "aws", sampleTrail, "--format", "jsonl"}, window...)...)
		got, talk := run(t, 0, slices.Concat([]string{"scan", "aws"}, on, window)...)
		if len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%v: %d findings on Athena, %d from the files", window, len(got), len(want))
		}
		if !strings.Contains(talk, "statements read") || !strings.Contains(talk, "about $0.00") {
			t.Errorf("%v: no cost in %s", window, talk)
		}
		got, ofRows := run(t, 0, slices.Concat([]string{"scan", "aws", "--correlate", "rows"}, on, window)...)
		if !slices.Equal(got, want) {
			t.Errorf("%v: %d findings on Athena over rows, %d from the files", window, len(got), len(want))
		}
		const reach = "for correlations the events of their rules are read from"
		if !strings.Contains(ofRows, reach) || strings.Contains(talk, reach) {
			t.Errorf("%v: over rows %s, by statements %s", window, ofRows, talk)
		}
		t.Logf("by statements %s, over rows %s", talk, ofRows)
	}
	window := []string{"--from", "2026-03-01", "--to", "2026-04-01"}
	want, _ := run(t, 0, append([]string{"scan", "aws", sampleTrail, "--format", "jsonl"}, window...)...)
	table := schema.LayoutsOf(athena.Layouts, "guardduty")[0].Table
	if _, err := server.Query(t.Context(), trinotest.Session{Catalog: "hive", Schema: database}, "DROP TABLE "+table); err != nil {
		t.Fatal(err)
	}
	got, talk := run(t, 4, slices.Concat([]string{"scan", "aws"}, on, window)...)
	if !slices.Equal(got, want) || !strings.Contains(talk, table) {
		t.Errorf("without the table %s: %d findings of %d, and %s", table, len(got), len(want), talk)
	}
	if n := local.Running(); n != 0 {
		t.Errorf("%d queries are still running", n)
	}
	on[7] = "nowhere"
	_, talk = run(t, 4, slices.Concat([]string{"scan", "aws"}, on, []string{"--last", "1h"})...)
	if !strings.Contains(talk, "nowhere") {
		t.Errorf("what Athena said is not told: %s", talk)
	}
}

func TestScanOnAthenaWantsAWindowAndNoFiles(t *testing.T) {
	for want, args := range map[string][]string{
		"requires a time range":    {"scan", "aws", "--on", "athena"},
		"reads no files":           {"scan", "aws", sampleTrail, "--on", "athena", "--last", "1h"},
		"--price takes dollars":    {"scan", "aws", "--on", "athena", "--last", "1h", "--price", "-1"},
		"which cannot be negative": {"scan", "aws", "--on", "athena", "--last", "1h", "--price", "NaN"},
		"--reuse is at most 7d":    {"scan", "aws", "--on", "athena", "--last", "1h", "--reuse", "8d"},
		"is not a length of time":  {"scan", "aws", "--on", "athena", "--last", "1h", "--reuse", "soon"},
		"there is no layout \"x\"": {"scan", "aws", "--on", "athena", "--last", "1h", "--layout", "cloudtrail=x"},
	} {
		if _, talk := run(t, 3, args...); !strings.Contains(talk, want) {
			t.Errorf("%v: no %q in %s", args, want, talk)
		}
	}
}
