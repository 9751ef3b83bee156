package conformance

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/opensearch"
	"github.com/sigmahunt/sigmahunt/backends/opensearch/nodetest"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

// BenchmarkTwoStages runs each correlation of the shipped pack over generated
// events, in two stages and from all rows of its rules. It reports how many events
// the second stage fetches of those, and holds the episodes against each other.
func BenchmarkTwoStages(b *testing.B) {
	on := &searched{server: nodetest.Start(b), index: fmt.Sprintf("%s-stages-%d", schema.CloudTrail.Name, os.Getpid())}
	on.load(b, *benchEvents)
	config := backends.Config{
		Layouts: map[string]string{schema.CloudTrail.Name: schema.LayoutsOf(opensearch.Layouts, schema.CloudTrail.Name)[0].Name + ":" + on.index},
		Remote:  backends.Remote{Endpoint: on.server.URL},
	}
	backend, err := opensearch.Engine.New(config)
	if err != nil {
		b.Fatal(err)
	}
	executor, err := opensearch.Engine.Open(b.Context(), config)
	if err != nil {
		b.Fatal(err)
	}
	defer executor.Close()
	s := newInStages(backend, executor)
	report, legal := shippedCorrelations(b, backend.Target())
	fetched, rows := 0, 0
	for b.Loop() {
		for _, of := range report {
			prefilter := compiler.NewPrefilter(of, legal, backend.Target())
			if prefilter == nil {
				b.Fatalf("%s has no first stage", of.Rule.Title)
			}
			all, n, whole := s.timed(b, prefilter, compiler.Everything())
			started := time.Now()
			found, err := backends.FindCandidates(b.Context(), s.backend, s.fetched, prefilter, backends.Window{})
			if err != nil {
				b.Fatal(err)
			}
			first := time.Since(started)
			some, m, second := s.timed(b, prefilter, found)
			if got, want := opening(some, backends.Window{}), opening(all, backends.Window{}); !slices.Equal(got, want) {
				b.Errorf("%s: %d episodes, want %d", of.Rule.Title, len(got), len(want))
			}
			b.Logf("%s: %d episodes; %d of %d events fetched, in %s after %s of counting, all of them in %s", of.Rule.Title, len(all), m, n,
				second.Round(time.Millisecond), first.Round(time.Millisecond), whole.Round(time.Millisecond))
			fetched, rows = fetched+m, rows+n
		}
	}
	b.ReportMetric(float64(fetched)/float64(rows), "fetched/rows")
}

// timed fetches the events of candidates, and counts them.
func (s *inStages) timed(b *testing.B, of *compiler.Prefilter, found []compiler.Candidate) ([]correlate.Episode, int, time.Duration) {
	b.Helper()
	s.fetched.rows = 0
	started := time.Now()
	episodes, _, err := backends.CorrelateCandidates(b.Context(), s.backend, s.fetched, of, backends.Window{}, found)
	if err != nil {
		b.Fatal(err)
	}
	return episodes, s.fetched.rows, time.Since(started)
}

// shippedCorrelations are those of the pack that report, with the legal plans of
// its rules.
func shippedCorrelations(b *testing.B, target *compiler.Target) (report []*compiler.CorrelationPlan, legal map[*sigma.Rule]*compiler.Plan) {
	b.Helper()
	pack, err := sigma.Load(rules.Files(), "aws", "")
	if err != nil {
		b.Fatal(err)
	}
	pack = sigma.Join(pack)
	program := compiler.NewProgram(pack, schema.ForLogsource, target)
	if err := program.Diags.Err(); err != nil {
		b.Fatal(err)
	}
	return program.Reporting(), program.Legal
}
