package files

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/fixtures/gen/flow"
	"github.com/sigmahunt/sigmahunt/fixtures/gen/trail"
)

// canonical gives each record's JSON with sorted keys and without members that
// are null: a column has no way to tell null from nothing.
func canonical(t testing.TB, dir string, opt Options) ([]string, Stats) {
	t.Helper()
	list, problems := Find([]string{dir})
	if len(list) == 0 || len(problems) > 0 {
		t.Fatal(list, problems)
	}
	var all []string
	stats, err := Scan(context.Background(), list, opt, func() func(*record.Record, Position) (string, bool) {
		return func(r *record.Record, at Position) (string, bool) {
			return at.Source + " " + canonicalText(t, r.Raw), true
		}
	}, func(s string) error { all = append(all, s); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return all, stats
}

func canonicalText(t testing.TB, raw []byte) string {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		t.Errorf("%s: %v", raw, err)
	}
	whole := map[string]any{}
	for key, value := range members {
		var v any
		if err := json.Unmarshal(value, &v); err != nil || v == nil {
			continue
		}
		whole[key] = v
	}
	text, err := json.Marshal(whole)
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

func TestParquetGivesTheRecordsThatJSONGives(t *testing.T) {
	base := trail.Options{Events: 3000, PerFile: 1000, Seed: 7, AttackRate: 0.05}
	dirs := map[trail.Format]string{trail.JSON: t.TempDir(), trail.Parquet: t.TempDir()}
	for format, dir := range dirs {
		o := base
		o.Format = format
		if err := trail.WriteDir(dir, o); err != nil {
			t.Fatal(err)
		}
	}
	sameRecords(t, dirs[trail.JSON], dirs[trail.Parquet], base.Events, "cloudtrail")
}

func TestParquetGivesTheRecordsThatFlowLogTextGives(t *testing.T) {
	text, columns := t.TempDir(), t.TempDir()
	for dir, o := range map[string]flow.Options{text: {Custom: true}, columns: {Parquet: true}} {
		o.Rows, o.PerFile, o.Seed, o.AttackRate = 3000, 1000, 7, 0.05
		if err := flow.WriteDir(dir, o); err != nil {
			t.Fatal(err)
		}
	}
	sameRecords(t, text, columns, 3000, "vpcflow")
}

func sameRecords(t *testing.T, want, got string, events int, source string) {
	t.Helper()
	wanted, _ := canonical(t, want, Options{})
	found, stats := canonical(t, got, Options{})
	if len(found) != events || len(wanted) != events || stats.Sources[source] != int64(events) || len(stats.Counts) > 0 {
		t.Fatalf("%d records, want %d of %d; %+v", len(found), len(wanted), events, stats)
	}
	for i := range wanted {
		if found[i] != wanted[i] {
			t.Fatalf("record %d is\n%s\nwant\n%s", i, found[i], wanted[i])
		}
	}
}
