package conformance

import (
	"bufio"
	"compress/gzip"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/athena"
	"github.com/sigmahunt/sigmahunt/backends/athena/trinotest"
	"github.com/sigmahunt/sigmahunt/backends/files"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/fixtures/gen/trail"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

var benchEvents = flag.Int("events", 100_000, "events that the benchmarks of fusion generate")

// eventsPerFile is how a day of a million events is delivered: Firehose writes what
// it has at the latest after 900 seconds, 96 files a day.
const eventsPerFile = 10_000

// BenchmarkFusion runs the public rules, or the shipped pack where they are not
// there, one by one and fused into one statement, on a Trino over generated
// events: in JSON, in a Parquet file for each file of JSON, and in Parquet files as
// large as Trino makes them. It reports what fused costs: the bytes read over those
// of the dearest rule's query, and the time over that of all queries. Trino does not
// send the rows that it finds, as Athena does not.
func BenchmarkFusion(b *testing.B) {
	server := trinotest.Start(b)
	name := fmt.Sprintf("fusion_%d", os.Getpid())
	in := trinotest.Session{Catalog: "hive", Schema: name}
	run := func(sql string) trinotest.Stats {
		stats, err := server.Stream(b.Context(), in, sql, func([]trinotest.Column, [][]any) error { return nil })
		if err != nil {
			b.Fatalf("%v in\n%s", err, sql)
		}
		return stats
	}
	written := generate(b, filepath.Join(server.Files, name, "json"), *benchEvents)
	defer os.RemoveAll(filepath.Join(server.Files, name))
	run("CREATE SCHEMA " + name)
	defer run("DROP SCHEMA " + name + " CASCADE")
	json := over(b, "json").Target().Layouts[schema.CloudTrail.Name]
	folder := "local:///" + name + "/json"
	run(unpartitioned(json, folder))
	run("CREATE TABLE parquet WITH (format = 'PARQUET') AS SELECT * FROM json WHERE false")
	for _, file := range written {
		run(`INSERT INTO parquet SELECT * FROM json WHERE "$path" = '` + folder + "/" + file + `'`)
	}
	run("CREATE TABLE compacted WITH (format = 'PARQUET') AS SELECT * FROM json")
	for _, table := range []string{"json", "parquet", "compacted"} {
		b.Run(table, func(b *testing.B) { measureFusion(b, table, run) })
	}
}

// over gives Athena over a table of CloudTrail's columns.
func over(b *testing.B, table string) backends.Backend {
	b.Helper()
	layouts := map[string]string{schema.CloudTrail.Name: "projection:" + table}
	backend, err := athena.Engine.New(backends.Config{Layouts: layouts})
	if err != nil {
		b.Fatal(err)
	}
	return backend
}

func measureFusion(b *testing.B, table string, run func(string) trinotest.Stats) {
	backend := over(b, table)
	plans := trailPlans(b, backend.Target())
	text := func(plans []*compiler.Plan) string {
		q, err := backend.Emit(compiler.Batch{Source: schema.CloudTrail, Plans: plans}, backends.Window{})
		if err != nil {
			b.Fatal(err)
		}
		return "EXPLAIN ANALYZE " + q.Text
	}
	var one, fused trinotest.Stats
	var single, together time.Duration
	for b.Loop() {
		started := time.Now()
		for i := range plans {
			if s := run(text(plans[i : i+1])); s.PhysicalInputBytes > one.PhysicalInputBytes {
				one = s
			}
		}
		single += time.Since(started)
		started = time.Now()
		fused = run(text(plans))
		together += time.Since(started)
	}
	b.ReportMetric(float64(len(plans)), "rules")
	b.ReportMetric(together.Seconds()/float64(b.N), "s-fused")
	b.ReportMetric(single.Seconds()/float64(b.N), "s-one-by-one")
	b.ReportMetric(float64(together)/float64(single), "time-ratio")
	b.ReportMetric(float64(fused.PhysicalInputBytes)/float64(one.PhysicalInputBytes), "bytes-ratio")
}

// generate writes events as JSON, one a line, into compressed files. It gives their
// names.
func generate(b *testing.B, dir string, events int) (names []string) {
	b.Helper()
	source := b.TempDir()
	if err := trail.WriteDir(source, trail.Options{Events: events, Seed: 1}); err != nil {
		b.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	var file *os.File
	var packed *gzip.Writer
	var out *bufio.Writer
	closeFile := func() {
		if file == nil {
			return
		}
		if err := out.Flush(); err != nil {
			b.Fatal(err)
		}
		if err := packed.Close(); err != nil {
			b.Fatal(err)
		}
		file.Close()
	}
	list, _ := files.Find([]string{source})
	worker := func() func(*record.Record, files.Position) ([]byte, bool) {
		return func(rec *record.Record, _ files.Position) ([]byte, bool) {
			return append(record.AppendCompact(nil, rec.Raw), '\n'), true
		}
	}
	n := 0
	if _, err := files.Scan(b.Context(), list, files.Options{}, worker, func(line []byte) error {
		if n%eventsPerFile == 0 {
			closeFile()
			names = append(names, fmt.Sprintf("%d.json.gz", len(names)))
			var err error
			if file, err = os.Create(filepath.Join(dir, names[len(names)-1])); err != nil {
				return err
			}
			packed = gzip.NewWriter(file)
			out = bufio.NewWriterSize(packed, 1<<20)
		}
		n++
		_, err := out.Write(line)
		return err
	}); err != nil {
		b.Fatal(err)
	}
	closeFile()
	if n != events {
		b.Fatalf("%d events were written, not %d", n, events)
	}
	return names
}

// trailPlans are the public rules for CloudTrail, or the shipped ones, as far as
// the target can say them.
func trailPlans(b *testing.B, target *compiler.Target) []*compiler.Plan {
	b.Helper()
	var plans []*compiler.Plan
	for _, rule := range trailRules(b) {
		p, _ := compiler.Compile(rule, schema.ForLogsource)
		if p == nil || p.Source != schema.CloudTrail {
			continue
		}
		if legal, _ := compiler.Legalize(p, target); legal != nil {
			plans = append(plans, legal)
		}
	}
	return plans
}

func trailRules(b *testing.B) []*sigma.Rule {
	b.Helper()
	if _, err := os.Stat(shared); err == nil {
		pack, err := sigma.Load(os.DirFS(shared+"/rules/sigmahq_aws"), "rules", "")
		if err != nil {
			b.Fatal(err)
		}
		return pack.Rules
	}
	b.Logf("%s is not there: measuring with the shipped pack", shared)
	pack, err := rules.Load(rules.Names()[0])
	if err != nil {
		b.Fatal(err)
	}
	return pack.Rules
}
