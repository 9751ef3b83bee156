package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/opensearch"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/fixtures"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

// alias names the n-th case's events in the indexes of a layout.
func (e *onLayout) alias(n int) string { return fmt.Sprintf("only-%s-%d", e.prefix(), n) }

// apart returns each set of events a name of its own, under which they are found
// and no others.
func (e *onLayout) apart(t *testing.T, held []inIndex) {
	t.Helper()
	var actions []any
	for i, h := range held {
		actions = append(actions, map[string]any{"add": map[string]any{
			"index": e.prefix() + "-*", "alias": e.alias(i),
			"filter": map[string]any{"ids": map[string]any{"values": h.ids}},
		}})
	}
	if _, err := e.server.Do(t.Context(), "POST", "/_aliases", map[string]any{"actions": actions}); err != nil {
		t.Fatal(err)
	}
}

// caseStages correlates the events of one case.
func (e *onLayout) caseStages(t *testing.T, n int) *inStages {
	t.Helper()
	config := e.config
	config.Layouts = map[string]string{e.layout.Source.Name: e.layout.Name + ":" + e.alias(n)}
	return openStages(t, config)
}

// told are episodes in the form in which people write them down.
func told(list []correlate.Episode, report []*compiler.CorrelationPlan) []string {
	correlate.Sort(list, report)
	lines := []string{}
	for _, e := range list {
		lines = append(lines, fmt.Sprintf("%s | %q | %s | %s | %s", e.Of.Rule.Title, e.Group, e.Opening.ID, strings.Join(e.IDs, " "), e.Value.RatString()))
	}
	return lines
}

// byEvaluator returns the episodes of records.
func byEvaluator(t *testing.T, plans []*compiler.Plan, report []*compiler.CorrelationPlan, records [][]byte) ([]correlate.Episode, []correlate.Problem) {
	t.Helper()
	collector := correlate.NewCollector(report, correlate.Limits{})
	for _, text := range records {
		rec, err := record.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		var event eval.Event
		event.Reset(schema.CloudTrail, &rec)
		for _, p := range plans {
			if eval.Compile(p).Match(&event) {
				collector.Add(p.Source, &rec, p.Rule)
			}
		}
	}
	return collector.Episodes()
}

// episodeProof counts what a layout's run showed.
type episodeProof struct {
	Cases, Refused, Noted, Correlations, Staged, Episodes int

	AsWritten int // cases whose events the documents hold as far as they matter
}

// holdEpisodes holds a case, by rows and in two stages, against the
// evaluator over the records that the documents hold.
func (e *onLayout) holdEpisodes(t *testing.T, c EpisodeCase, n int, in inIndex, proof *episodeProof) {
	t.Helper()
	proof.Cases++
	s := e.caseStages(t, n)
	plans, report, legal, diags := c.compile(t, s.backend.Target())

	if diags.HasErrors() {
		if !onlyColumns(diags) {
			t.Errorf("refused for another reason than a field that the layout lacks: %v", diags.Err())
		}
		proof.Refused++
		return
	}
	want, problems := byEvaluator(t, plans, report, in.records)
	if len(c.hold(t, want, problems)) == 0 {
		proof.AsWritten++
	}
	if slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return d.Code == diag.ReadAs }) {
		proof.Noted++
	}
	proof.Episodes += len(want)
	byRows, inStages := e.episodes(t, s, report, legal, proof)
	for road, got := range map[string][]correlate.Episode{"rows": byRows, "stages": inStages} {
		if d := cmp.Diff(told(want, report), told(got, report)); d != "" {
			t.Errorf("by %s: %s", road, d)
		}
	}
}

// onlyColumns reports whether a refusal is for fields that a layout lacks, and of
// correlations for the rules that ask for those.
func onlyColumns(diags diag.List) bool {
	lacking := 0
	for _, d := range diags {
		switch {
		case d.Code == diag.NoColumn:
			lacking++
		case d.Severity == diag.Error && d.Code != diag.BadReference:
			return false
		}
	}
	return lacking > 0
}

// episodes returns those of all correlations, on both roads.
func (e *onLayout) episodes(t *testing.T, s *inStages, report []*compiler.CorrelationPlan, legal map[*sigma.Rule]*compiler.Plan, proof *episodeProof) (byRows, inStages []correlate.Episode) {
	t.Helper()
	for _, of := range report {
		proof.Correlations++
		rows, _, err := backends.CorrelateCandidates(t.Context(), s.backend, s.fetched, unstaged(of, legal), backends.Window{}, compiler.Everything())
		if err != nil {
			t.Fatal(err)
		}
		byRows = append(byRows, rows...)
		staged, _, two, err := s.run(t.Context(), of, legal, backends.Window{})
		if err != nil {
			t.Fatal(err)
		}
		if inStages = append(inStages, staged...); two {
			proof.Staged++
		}
	}
	return byRows, inStages
}

// episodeCases are the cases and timed tests of which all rules look at
// CloudTrail, with their events. A field that a layout lacks may be exchanged for
// another, in rules and events.
func episodeCases(t *testing.T, exchange ...string) (cases []EpisodeCase, events [][][]byte) {
	t.Helper()
	exchanged := strings.NewReplacer(exchange...)
	list, err := LoadEpisodes(fixtures.Conformance, "conformance")
	if err != nil {
		t.Fatal(err)
	}
	for _, pack := range rules.Names() {
		timed, err := PackEpisodes(rules.Files(), pack)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, timed...)
	}
	for _, c := range list {
		c.Rules, c.Events = []byte(exchanged.Replace(string(c.Rules))), []byte(exchanged.Replace(string(c.Events)))
		plans := c.lower(t).Plans
		if sources := sourcesOf(plans); len(sources) != 1 || sources[0] != schema.CloudTrail {
			continue
		}
		file := filepath.Join(t.TempDir(), "events.json")
		if err := os.WriteFile(file, c.Events, 0o600); err != nil {
			t.Fatal(err)
		}
		records, err := readEach(file, schema.CloudTrail.Name)
		if err != nil {
			t.Fatal(err)
		}
		cases, events = append(cases, c), append(events, records)
	}
	return cases, events
}

// TestOpenSearchInEveryLayoutReturnsTheEvaluatorsEpisodes runs the cases of
// correlations, and the timed tests of the pack, on each layout.
func TestOpenSearchInEveryLayoutReturnsTheEvaluatorsEpisodes(t *testing.T) {
	for _, run := range []struct {
		layout   string
		live     bool
		exchange []string
		want     episodeProof // at least, and of the refused at most
	}{
		{"template", false, nil, episodeProof{Staged: 120, Episodes: 110, AsWritten: 148}},
		{"flat", false, nil, episodeProof{Staged: 120, Episodes: 110, AsWritten: 148}},
		{"parameters", false, nil, episodeProof{Staged: 120, Episodes: 110, AsWritten: 148}},
		{"cwl", true, nil, episodeProof{Staged: 120, Episodes: 110, AsWritten: 146}},
		{"security-analytics", true, nil, episodeProof{Staged: 120, Episodes: 110, AsWritten: 146}},
		{"ecs", false, []string{"userName", "accessKeyId"}, episodeProof{Staged: 120, Episodes: 110, AsWritten: 146}},
		// 17 read additionalEventData.
		{"ocsf", false, []string{"recipientAccountId", "eventVersion", "eventVersion", "apiVersion"}, episodeProof{Refused: 17, Staged: 120, Episodes: 97, AsWritten: 130}},
	} {
		t.Run(run.layout, func(t *testing.T) {
			l, err := opensearch.Choose(schema.CloudTrail.Name, run.layout)
			if err != nil {
				t.Fatal(err)
			}
			cases, events := episodeCases(t, run.exchange...)
			e := newOnLayout(t, l, run.live)
			held := e.loadEach(t, events)
			e.look(t)
			e.apart(t, held)
			var proof episodeProof
			for i, c := range cases {
				t.Run(c.Name, func(t *testing.T) { e.holdEpisodes(t, c, i, held[i], &proof) })
			}
			if want := run.want; proof.Refused > want.Refused || proof.Staged < want.Staged || proof.Episodes < want.Episodes || proof.AsWritten < want.AsWritten {
				t.Errorf("%+v, want %+v", proof, want)
			}
			t.Logf("%+v", proof)
		})
	}
}
