package conformance

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/athena"
	"github.com/sigmahunt/sigmahunt/backends/athena/athenatest"
	"github.com/sigmahunt/sigmahunt/backends/athena/trinotest"
	"github.com/sigmahunt/sigmahunt/backends/files"
	"github.com/sigmahunt/sigmahunt/backends/local"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/hunt"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

// database is a schema of the test Trino with a table of a source's events.
type database struct {
	server *trinotest.Server
	name   string
}

// newDatabase makes the layout's table over the events of paths.
func newDatabase(t *testing.T, layout *schema.Layout, paths ...string) *database {
	t.Helper()
	d := &database{trinotest.Start(t), fmt.Sprintf("%s_%s_%d", layout.Source.Name, layout.Name, os.Getpid())}
	dir := filepath.Join(d.server.Files, d.name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	writeTogether(t, layout.Source.Name, filepath.Join(dir, "events.json"), paths)
	in := trinotest.Session{Catalog: "hive", Schema: d.name}
	for _, sql := range []string{"CREATE SCHEMA " + d.name, unpartitioned(layout, "local:///"+d.name)} {
		if _, err := d.server.Query(t.Context(), in, sql); err != nil {
			t.Fatalf("%v in %s", err, sql)
		}
	}
	t.Cleanup(func() {
		if _, err := d.server.Query(context.WithoutCancel(t.Context()), in, "DROP SCHEMA "+d.name+" CASCADE"); err != nil {
			t.Error(err)
		}
		os.RemoveAll(dir)
	})
	return d
}

// unpartitioned gives the DDL of a layout's table without its partitions, since
// no query of these tests is for a window.
func unpartitioned(layout *schema.Layout, location string) string {
	l := *layout
	l.Partitions = schema.Partitions{Scheme: schema.Unpartitioned}
	if l.Storage.Format == schema.Managed { // Parquet, which nothing here writes
		l.Storage.Format = schema.JSONRecords
	}
	return athena.TrinoDDL(&l, l.Table, location)
}

// writeTogether writes the records of a source, one a line, into one file.
func writeTogether(t *testing.T, source, name string, paths []string) {
	t.Helper()
	list, _ := files.Find(paths) // what is no log is left alone, as by the other engines
	out, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	worker := func() func(*record.Record, files.Position) ([]byte, bool) {
		return func(rec *record.Record, at files.Position) ([]byte, bool) {
			return append(record.AppendCompact(nil, rec.Raw), '\n'), at.Source == source
		}
	}
	if _, err := files.Scan(t.Context(), list, files.Options{Workers: 1}, worker, func(line []byte) error {
		_, err := out.Write(line)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// matches runs plans on an engine, and gives the ids of the events that each
// rule matched, sorted.
func matches(t *testing.T, engine backends.Engine, config backends.Config, plans []*compiler.Plan) map[string][]string {
	t.Helper()
	return matchesBy(t, engine, config, plans, hunt.EventID)
}

// matchesBy is matches, with another way to tell events apart.
func matchesBy(t *testing.T, engine backends.Engine, config backends.Config, plans []*compiler.Plan, id func(*schema.Source, *record.Record) string) map[string][]string {
	t.Helper()
	b, err := engine.New(config)
	if err != nil {
		t.Fatal(err)
	}
	x, err := engine.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	var legal []*compiler.Plan
	for _, p := range plans {
		if l, _ := compiler.Legalize(p, b.Target()); l != nil {
			legal = append(legal, l)
		}
	}
	found := map[string][]string{}
	if err := eachMatch(t.Context(), b, x, legal, func(plan *compiler.Plan, rec *record.Record) error {
		found[plan.Rule.Ref()] = append(found[plan.Rule.Ref()], id(plan.Source, rec))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if stats := x.Stats(); stats.Lost > 0 && !engine.ReadsFiles {
		t.Error(stats.Problems)
	}
	for _, ids := range found {
		slices.Sort(ids)
	}
	return found
}

// eachMatch runs legal plans in the fewest statements, as a scan does, and hands over
// each record with each plan that it matched.
func eachMatch(ctx context.Context, b backends.Backend, x backends.Executor, plans []*compiler.Plan, match func(*compiler.Plan, *record.Record) error) error {
	for _, batch := range compiler.Fuse(plans, b.Target()) {
		query, err := b.Emit(batch, backends.Window{})
		if err != nil {
			return err
		}
		for row, err := range backends.Finish(x.Run(ctx, query), batch) {
			if err != nil {
				return err
			}
			rec, err := record.Parse(row.Event)
			if err != nil {
				return err
			}
			for _, i := range row.Plans {
				if err := match(batch.Plans[i], &rec); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// credentials are some for the SDK, which the local Athena takes.
func credentials(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
}

// overSDK is how the program reaches the local Athena.
func overSDK(t *testing.T, d *database, faults athenatest.Faults) backends.Config {
	t.Helper()
	credentials(t)
	server := athenatest.Start(t, athenatest.Options{Trino: athenatest.On(d.server), Faults: faults, Seed: 1})
	return backends.Config{Remote: backends.Remote{Region: "us-east-1", Endpoint: server.URL}, Settings: &athena.Settings{Database: d.name}}
}

// The shipped pack and SigmaHQ's rules, fused, through the SDK, the local Athena
// and Trino, over real events and the sample.
func TestAthenaGivesTheFindingsOfTheEvaluator(t *testing.T) {
	paths := []string{"../../fixtures/events/cloudtrail"}
	var packs []*sigma.Pack
	ours, err := rules.Load(rules.Names()[0])
	if err != nil {
		t.Fatal(err)
	}
	packs = append(packs, ours)
	if _, err := os.Stat(shared); errors.Is(err, fs.ErrNotExist) {
		t.Log("no folder of real events and rules beside the module: the sample alone")
	} else {
		theirs, err := sigma.Load(os.DirFS(shared+"/rules/sigmahq_aws"), "rules", "")
		if err != nil {
			t.Fatal(err)
		}
		packs, paths = append(packs, theirs), append(paths, shared+"/data/cloudtrail")
	}
	var plans []*compiler.Plan
	for _, rule := range sigma.Join(packs...).Rules {
		if p, _ := compiler.Compile(rule, schema.ForLogsource); p != nil && p.Source == schema.CloudTrail {
			plans = append(plans, p)
		}
	}
	want := matches(t, local.Engine, backends.Config{Paths: paths}, plans)
	for _, layout := range schema.LayoutsOf(athena.Layouts, "cloudtrail") {
		t.Run(layout.Name, func(t *testing.T) {
			if layout.Name == "lake" || layout.Name == "security-lake" {
				t.Skip("holds events in another form: backends/athena has its tests")
			}
			d := newDatabase(t, layout, paths...)
			config := overSDK(t, d, athenatest.Faults{})
			config.Layouts = map[string]string{"cloudtrail": layout.Name}
			compareMatches(t, matches(t, athena.Engine, config, plans), sayable(t, want, plans, config))
		})
	}
}

// sayable leaves out the rules that the engine refuses over the layout, each for
// want of a column.
func sayable(t *testing.T, want map[string][]string, plans []*compiler.Plan, config backends.Config) map[string][]string {
	t.Helper()
	b, err := athena.Engine.New(config)
	if err != nil {
		t.Fatal(err)
	}
	out := maps.Clone(want)
	for _, p := range plans {
		legal, diags := compiler.Legalize(p, b.Target())
		if legal != nil {
			continue
		}
		delete(out, p.Rule.Ref())
		for _, d := range diags {
			if d.Severity == diag.Error && d.Code != diag.NoColumn {
				t.Error(d)
			}
		}
	}
	return out
}

func compareMatches(t *testing.T, got, want map[string][]string) {
	t.Helper()
	total := 0
	for _, ref := range slices.Sorted(maps.Keys(want)) {
		total += len(want[ref])
		if !slices.Equal(got[ref], want[ref]) {
			t.Errorf("%s: %d events on Athena, %d from the evaluator", ref, len(got[ref]), len(want[ref]))
		}
	}
	for ref, ids := range got {
		if want[ref] == nil {
			t.Errorf("%s: %d events on Athena, none from the evaluator", ref, len(ids))
		}
	}
	if total == 0 {
		t.Error("nothing was found, so nothing was compared")
	}
	t.Log(strconv.Itoa(total) + " findings by " + strconv.Itoa(len(want)) + " rules")
}
