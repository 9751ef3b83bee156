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

// BenchmarkFusion runs the public rules, or the shipped pack where they are not
// there, one by one and fused into one statement, on a Trino over generated
// events in JSON and in Parquet. It reports what fused costs: the bytes read over
// those of one rule's query, and the time over that of all queries.
func BenchmarkFusion(b *testing.B) {
	server := trinotest.Start(b)
	backend, err := athena.Engine.New(backends.Config{})
	if err != nil {
		b.Fatal(err)
	}
	layout := backend.Target().Layouts["cloudtrail"]
	plans := trailPlans(b, backend.Target())
	name := fmt.Sprintf("fusion_%d", os.Getpid())
	in := trinotest.Session{Catalog: "hive", Schema: name}
	run := func(sql string) trinotest.Stats {
		stats, err := server.Stream(b.Context(), in, sql, func([]trinotest.Column, [][]any) error { return nil })
		if err != nil {
			b.Fatalf("%v in\n%s", err, sql)
		}
		return stats
	}
	generate(b, filepath.Join(server.Files, name, "json"), *benchEvents)
	defer os.RemoveAll(filepath.Join(server.Files, name))
	run("CREATE SCHEMA " + name)
	defer run("DROP SCHEMA " + name + " CASCADE")
	for _, format := range []string{"json", "parquet"} {
		switch table := layout.Table; format {
		case "json":
			run(unpartitioned(layout, "local:///"+name+"/json"))
		case "parquet":
			run("CREATE TABLE stored WITH (format = 'PARQUET') AS SELECT * FROM " + table)
			run("DROP TABLE " + table)
			run("ALTER TABLE stored RENAME TO " + table)
		}
		b.Run(format, func(b *testing.B) { measureFusion(b, backend, plans, run) })
	}
}

func measureFusion(b *testing.B, backend backends.Backend, plans []*compiler.Plan, run func(string) trinotest.Stats) {
	text := func(plans []*compiler.Plan) string {
		q, err := backend.Emit(compiler.Batch{Source: schema.CloudTrail, Plans: plans}, backends.Window{})
		if err != nil {
			b.Fatal(err)
		}
		return q.Text
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

// generate writes events as JSON, one a line, into compressed files.
func generate(b *testing.B, dir string, events int) {
	b.Helper()
	source := b.TempDir()
	if err := trail.WriteDir(source, trail.Options{Events: events, Seed: 1}); err != nil {
		b.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	const perFile = 50_000
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
		if n%perFile == 0 {
			closeFile()
			var err error
			if file, err = os.Create(filepath.Join(dir, fmt.Sprintf("%d.json.gz", n/perFile))); err != nil {
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
