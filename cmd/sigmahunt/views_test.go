package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends/all"
	"github.com/sigmahunt/sigmahunt/backends/athena/trinotest"
	"github.com/sigmahunt/sigmahunt/cmd/sigmahunt/internal/cli"
)

const viewTemplate = "../../fixtures/templates/view.sql.tmpl"

// TestViewsHoldWhatTheRulesFind makes a view of each rule of the pack with the
// example's template, and one of all.
func TestViewsHoldWhatTheRulesFind(t *testing.T) {
	server := trinotest.Start(t)
	in := trinotest.Session{Catalog: "hive", Schema: sampleTable(t, server)}
	window := []string{"--from", "2026-03-01", "--to", "2026-04-01"}
	found, _ := run(t, 0, append([]string{"scan", "aws", sampleTrail, "--format", "jsonl"}, window...)...)
	want, repeats, events := map[string]int{}, map[string]int{}, map[string]int{}
	for _, f := range found {
		id, event, _ := strings.Cut(f, " ")
		if want[id]++; strings.Contains(event, " ") {
			continue // an episode, which has a view of its own
		}
		repeats[f]++ // AWS delivers an event twice now and then, and so does the sample
		events[event] = max(events[event], repeats[f])
	}
	rows := 0
	for _, n := range events {
		rows += n
	}

	list := filepath.Join(t.TempDir(), "list.tmpl")
	if err := os.WriteFile(list, []byte(`{{ .Rule.ID }} finding_{{ .File | replace "-" "_" }} {{ .Exact }}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, view := range statements(t, "aws", viewTemplate, window...) {
		query(t, server, in, view)
	}
	var ids, counts []string
	for _, line := range statements(t, "aws", list, window...) {
		var id, name string
		var exact bool
		if _, err := fmt.Sscan(line, &id, &name, &exact); err != nil {
			t.Fatal(err)
		}
		if exact {
			ids, counts = append(ids, id), append(counts, "(SELECT count(*) FROM "+name+")")
		}
	}
	if len(ids) < 30 || rows == 0 {
		t.Fatalf("%d views, %d events found", len(ids), rows)
	}
	for i, got := range query(t, server, in, "SELECT "+strings.Join(counts, ", ")).Rows[0] {
		if fmt.Sprint(got) != strconv.Itoa(want[ids[i]]) {
			t.Errorf("the view of %s has %v rows, not %d", ids[i], got, want[ids[i]])
		}
	}

	for _, view := range statements(t, "aws", viewTemplate, append(window, "--fuse")...) {
		query(t, server, in, view)
	}
	got := query(t, server, in, "SELECT count(*) FROM finding_fused_cloudtrail_1").Rows[0][0]
	if fmt.Sprint(got) != strconv.Itoa(rows) {
		t.Errorf("the view of all rules has %v rows, not %d", got, rows)
	}
}

// TestAHostileRuleMakesOneView holds the view of a rule whose texts try to end
// comments and literals against a parser that is not ours.
func TestAHostileRuleMakesOneView(t *testing.T) {
	server := trinotest.Start(t)
	in := trinotest.Session{Catalog: "hive", Schema: sampleTable(t, server)}
	rule := filepath.Join(t.TempDir(), "evil.yml")
	text := `title: "A */ ' \" ${x} {{ y }}\n; DROP TABLE t; --"
description: "'\n*/ DROP TABLE t --"
logsource: {product: aws, service: cloudtrail}
detection:
    selection:
        userAgent|contains: ["'; DROP TABLE t; --", "\\*/ \"\n\\", "{{ y }} ${x} \u0000"]
    condition: selection
`
	if err := os.WriteFile(rule, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, view := range statements(t, rule, viewTemplate, "--from", "2026-03-01", "--to", "2026-04-01") {
		query(t, server, in, view)
	}
	if got := fmt.Sprint(query(t, server, in, "SELECT count(*) FROM finding_evil").Rows); got != "[[0]]" {
		t.Errorf("the view has %s rows", got)
	}
	quoted := filepath.Join(t.TempDir(), "quoted.tmpl")
	if err := os.WriteFile(quoted, []byte(`/* {{ comment .Title }} */ -- {{ comment .Rule.Description }}
SELECT {{ sqlString .Title }} AS {{ sqlName .Title }}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, sql := range statements(t, rule, quoted, "--last", "1h") {
		result := query(t, server, in, sql)
		if got := fmt.Sprint(result.Rows); got != "[[A */ ' \" ${x} {{ y }}\n; DROP TABLE t; --]]" {
			t.Errorf("the title came back as %q", got)
		}
	}
}

// statements gives what a template makes of each query of a pack.
func statements(t *testing.T, pack, template string, args ...string) []string {
	t.Helper()
	dir := t.TempDir()
	var out, talk bytes.Buffer
	args = append([]string{"compile", pack, "-t", "athena", "--template", template, "-o", dir}, args...)
	if code := cli.Main(all.Engines, args, nil, &out, &talk); code != 0 {
		t.Fatalf("exit code %d: %s", code, talk.String())
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	var list []string
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, string(text))
	}
	return list
}

func query(t *testing.T, server *trinotest.Server, in trinotest.Session, sql string) *trinotest.Result {
	t.Helper()
	result, err := server.Query(t.Context(), in, sql)
	if err != nil {
		t.Fatalf("%v in %s", err, sql)
	}
	return result
}
