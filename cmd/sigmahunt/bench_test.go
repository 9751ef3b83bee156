package main

import (
	"bytes"
	"compress/gzip"
	"flag"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends/all"
	"github.com/sigmahunt/sigmahunt/cmd/sigmahunt/internal/cli"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/fixtures/gen/trail"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

var benchEvents = flag.Int("events", 100_000, "events that BenchmarkScan generates")

// sharedRules is where other people's rules stand beside a checkout, to run
// with where they are.
const sharedRules = "../../../shared/rules/sigmahq_aws/rules"

// BenchmarkScan reads generated CloudTrail files through the whole program. It
// reports the speed in JSON bytes, and as a ratio to unpacking the same files
// with the standard library on one core in the same run.
func BenchmarkScan(b *testing.B) {
	dir := b.TempDir()
	if err := trail.WriteDir(dir, trail.Options{Events: *benchEvents, Seed: 1}); err != nil {
		b.Fatal(err)
	}
	size, unpack := unpacked(b, dir)
	packs := map[string][]string{"pack": {"aws"}}
	if _, err := os.Stat(sharedRules); err == nil {
		packs["pack-and-shared-rules"] = []string{"aws", sharedRules}
	} else {
		b.Logf("%s is not there: measuring with the shipped pack alone", sharedRules)
	}
	for name, pack := range packs {
		for _, on := range []string{"local", "duckdb"} {
			b.Run(name+"/"+on, func(b *testing.B) {
				b.SetBytes(size)
				args := append(append([]string{"scan"}, pack...), dir, "--on", on, "--format", "table", "--keep-going", "-q")
				for b.Loop() {
					var errs bytes.Buffer
					if code := cli.Main(all.Engines, args, nil, io.Discard, &errs); code != 0 {
						b.Fatalf("exit code %d: %s", code, errs.String())
					}
				}
				b.ReportMetric(unpack/(b.Elapsed().Seconds()/float64(b.N)), "x-gunzip")
			})
		}
	}
}

// BenchmarkCorrelation scans for ten of thirteen Describe calls within half an
// hour. It reports the time as a multiple of a scan for the single calls, run
// before it over the same events.
func BenchmarkCorrelation(b *testing.B) {
	dir, pack := b.TempDir(), b.TempDir()
	if err := trail.WriteDir(dir, trail.Options{Events: *benchEvents, Seed: 1}); err != nil {
		b.Fatal(err)
	}
	var files []string
	for _, name := range []string{"aws_ec2_discovery_call.yml", "aws_ec2_discovery_burst.yml"} {
		text, err := fs.ReadFile(rules.Files(), "aws/cloudtrail/"+name)
		if err != nil {
			b.Fatal(err)
		}
		files = append(files, filepath.Join(pack, name))
		if err := os.WriteFile(files[len(files)-1], text, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	scan := func(pack string) time.Duration {
		started := time.Now()
		var errs bytes.Buffer
		if code := cli.Main(all.Engines, []string{"scan", pack, dir, "--format", "table", "-q"}, nil, io.Discard, &errs); code != 0 {
			b.Fatalf("exit code %d: %s", code, errs.String())
		}
		return time.Since(started)
	}
	var alone, correlated time.Duration
	for b.Loop() {
		alone += scan(files[0])
		correlated += scan(pack)
	}
	b.ReportMetric(float64(correlated)/float64(alone), "x-calls-alone")
}

// unpacked gives the uncompressed size of the files below a folder, and the
// seconds that unpacking them takes.
func unpacked(b *testing.B, dir string) (size int64, seconds float64) {
	b.Helper()
	started := time.Now()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			return err
		}
		n, err := io.Copy(io.Discard, z)
		size += n
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return size, time.Since(started).Seconds()
}

// BenchmarkStart is all that happens before the first event is read: the
// shipped pack loaded, compiled and made ready.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		pack, err := rules.Load("aws")
		if err != nil {
			b.Fatal(err)
		}
		plans, diags := compiler.CompileAll(pack.Rules, schema.ForLogsource)
		if diags.HasErrors() || len(plans) == 0 {
			b.Fatal(diags.Err())
		}
	}
}
