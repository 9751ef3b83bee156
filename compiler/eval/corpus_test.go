package eval

import (
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma/corpustest"
)

// shared is where real events and rules may stand beside the module. They are
// not part of it.
const shared = "../../../shared"

// sharedPlans compiles SigmaHQ's rules for CloudTrail.
func sharedPlans(t testing.TB) []*compiler.Plan {
	t.Helper()
	var plans []*compiler.Plan
	for _, rule := range corpustest.Rules(t, shared) {
		if p, _ := compiler.Compile(rule, schema.ForLogsource); p != nil && p.Source == schema.CloudTrail {
			plans = append(plans, p)
		}
	}
	return plans
}

// sharedEvents calls visit with every CloudTrail record there is.
func sharedEvents(t testing.TB, visit func(*record.Record)) {
	t.Helper()
	root := filepath.Join(shared, "data", "cloudtrail")
	if _, err := os.Stat(root); errors.Is(err, fs.ErrNotExist) {
		t.Skip("no CloudTrail files beside the module")
	}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		unzipped, err := gzip.NewReader(file)
		if err != nil {
			return err
		}
		s := record.NewScanner(unzipped, record.ScanOptions{})
		for s.Next() {
			visit(s.Record())
		}
		return s.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestIndexedIsUnindexedOnRealEvents(t *testing.T) {
	plans := sharedPlans(t)
	set, matchers := NewSet(plans), compileAll(plans)
	r := set.Reader()
	events, hits := 0, 0
	sharedEvents(t, func(rec *record.Record) {
		want := unindexed(matchers, schema.CloudTrail, rec)
		if got := r.Match(rec); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v on %s", got, want, rec.Raw)
		}
		events++
		hits += len(want)
	})
	t.Logf("%d plans, %d of them without an index, %d events, %d matches", len(plans), len(set.always), events, hits)
	if len(plans) == 0 || events == 0 || hits == 0 {
		t.Error("nothing was compared")
	}
}

// BenchmarkSharedRules matches real events against SigmaHQ's rules.
func BenchmarkSharedRules(b *testing.B) {
	plans := sharedPlans(b)
	var records []*record.Record
	size := 0
	sharedEvents(b, func(rec *record.Record) {
		records = append(records, parse(b, string(rec.Raw)))
		size += len(rec.Raw)
	})
	r := NewSet(plans).Reader()
	match := func() {
		for _, rec := range records {
			r.Match(rec)
		}
	}
	match()
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		match()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(records)), "ns/event")
}
