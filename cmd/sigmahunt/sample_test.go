package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends/all"
	"github.com/sigmahunt/sigmahunt/backends/duckdb"
	"github.com/sigmahunt/sigmahunt/cmd/sigmahunt/internal/cli"
)

const sample = "../../fixtures/events"

// TestTheSampleHoldsItsAttacksAndNothingElse runs the README's first command:
// the events found are those that the story of the sample lists, on every
// engine that reads files.
func TestTheSampleHoldsItsAttacksAndNothingElse(t *testing.T) {
	want := map[string]bool{}
	text, err := os.ReadFile(sample + "/cloudtrail/EXPECTED.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		id, _, _ := strings.Cut(line, "\t")
		want[id] = true
	}
	for _, on := range []string{"local", "duckdb"} {
		t.Run(on, func(t *testing.T) {
			if on == duckdb.Engine.Name {
				needDuckDB(t)
			}
			got := map[string]bool{}
			for _, f := range findings(t, "aws", sample+"/cloudtrail", "--on", on) {
				got[f.EventIDs[0]] = true
			}
			if !maps.Equal(got, want) {
				t.Errorf("found but not in the story: %v\nin the story but not found: %v", without(got, want), without(want, got))
			}
		})
	}
}

// TestEnginesPrintTheSameFindings compares the whole output, byte by byte.
func TestEnginesPrintTheSameFindings(t *testing.T) {
	needDuckDB(t)
	for _, format := range []string{"jsonl", "json", "csv", "table"} {
		local := scan(t, "aws", sample, "--format", format, "--on", "local")
		other := scan(t, "aws", sample, "--format", format, "--on", "duckdb")
		if !bytes.Equal(local, other) {
			t.Errorf("%s differs: %d bytes from local, %d from duckdb", format, len(local), len(other))
		}
		if len(local) == 0 {
			t.Errorf("%s is empty", format)
		}
	}
}

// needDuckDB skips a test where DuckDB is not inside.
func needDuckDB(t *testing.T) {
	t.Helper()
	if !duckdb.Available {
		t.Skip("no DuckDB: the tests were built with CGO_ENABLED=0")
	}
}

type finding struct {
	EventIDs []string `json:"event_ids"`
}

func findings(t *testing.T, args ...string) []finding {
	t.Helper()
	var list []finding
	for lines := bufio.NewScanner(bytes.NewReader(scan(t, append(args, "--format", "jsonl")...))); lines.Scan(); {
		var f finding
		if err := json.Unmarshal(lines.Bytes(), &f); err != nil {
			t.Fatal(err)
		}
		list = append(list, f)
	}
	return list
}

func scan(t *testing.T, args ...string) []byte {
	t.Helper()
	var out, errs bytes.Buffer
	if code := cli.Main(all.Engines, append([]string{"scan"}, args...), nil, &out, &errs); code != 0 {
		t.Fatalf("exit code %d: %s", code, errs.String())
	}
	return out.Bytes()
}

// without gives what is in a and not in b, sorted.
func without(a, b map[string]bool) []string {
	var list []string
	for id := range a {
		if !b[id] {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list
}
