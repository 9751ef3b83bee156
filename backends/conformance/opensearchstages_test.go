package conformance

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/opensearch"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/fixtures"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

// inStages correlates in two stages, through the program's executor, over what is
// loaded.
type inStages struct {
	backend backends.Backend
	fetched *fetching
}

func newInStages(b backends.Backend, x backends.Executor) *inStages {
	return &inStages{backend: b, fetched: &fetching{Executor: x}}
}

func (e *onOpenSearch) stages(t *testing.T) *inStages {
	t.Helper()
	config := backends.Config{Layouts: map[string]string{}, Remote: backends.Remote{Endpoint: e.server.URL}}
	for _, name := range schema.Names() {
		source := schema.ByName(name)
		config.Layouts[name] = fmt.Sprintf("%s:%s", schema.LayoutsOf(opensearch.Layouts, name)[0].Name, e.index(source))
	}
	if err := opensearch.Engine.InspectMappings(t.Context(), &config); err != nil {
		t.Fatal(err)
	}
	return openStages(t, config)
}

func openStages(t *testing.T, config backends.Config) *inStages {
	t.Helper()
	b, err := opensearch.Engine.New(config)
	if err != nil {
		t.Fatal(err)
	}
	x, err := opensearch.Engine.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	return newInStages(b, x)
}

// run returns the episodes of a correlation over a window. One without a first
// stage has all its events for a candidate.
func (s *inStages) run(ctx context.Context, of *compiler.CorrelationPlan, legal map[*sigma.Rule]*compiler.Plan, w backends.Window) (e []correlate.Episode, p []correlate.Problem, staged bool, err error) {
	prefilter := compiler.NewPrefilter(of, legal, s.backend.Target())
	found := compiler.Everything()
	if staged = prefilter != nil; !staged {
		prefilter = unstaged(of, legal)
	} else if found, err = backends.FindCandidates(ctx, s.backend, s.fetched, prefilter, w); err != nil {
		return nil, nil, staged, err
	}
	e, p, err = backends.CorrelateCandidates(ctx, s.backend, s.fetched, prefilter, w, found)
	return e, p, staged, err
}

// unstaged is a correlation of whose rules all events are fetched.
func unstaged(of *compiler.CorrelationPlan, legal map[*sigma.Rule]*compiler.Plan) *compiler.Prefilter {
	prefilter := &compiler.Prefilter{Of: of}
	for _, p := range of.Bases() {
		prefilter.Leaves = append(prefilter.Leaves, compiler.Leaf{Plan: legal[p.Rule]})
	}
	return prefilter
}

// fetching counts the rows that an executor gives, and tells the query that fails.
type fetching struct {
	backends.Executor
	rows int
}

func (f *fetching) Run(ctx context.Context, q backends.Query) iter.Seq2[backends.Row, error] {
	return func(yield func(backends.Row, error) bool) {
		for row, err := range f.Executor.Run(ctx, q) {
			if f.rows++; err != nil {
				err = fmt.Errorf("%w of\n%s", err, q.Text)
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// runStages holds two stages against cases of correlations, and gives how many
// of their correlations have them.
func runStages(t *testing.T, cases []EpisodeCase) (staged int) {
	t.Helper()
	e := newOnOpenSearch(t)
	through := throughExecutor{e}
	s := e.stages(t)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			plans, report, legal, diags := c.compile(t, s.backend.Target())

			if diags.HasErrors() {
				t.Fatal(diags.Err())
			}
			for _, source := range sourcesOf(plans) {
				ids := c.load(t, e, source)
				defer func() {
					if err := through.remove(t.Context(), source, ids); err != nil {
						t.Error(err)
					}
				}()
			}
			var episodes []correlate.Episode
			var problems []correlate.Problem
			for _, of := range report {
				some, said, two, err := s.run(t.Context(), of, legal, backends.Window{})
				if two {
					staged++
				}
				if err != nil {
					t.Fatal(err)
				}
				episodes, problems = append(episodes, some...), append(problems, said...)
			}
			correlate.Sort(episodes, report)
			for _, text := range c.hold(t, episodes, problems) {
				t.Error(text)
			}
		})
	}
	return staged
}

func sourcesOf(plans []*compiler.Plan) (list []*schema.Source) {
	seen := map[*schema.Source]bool{}
	for _, p := range plans {
		if !seen[p.Source] {
			seen[p.Source] = true
			list = append(list, p.Source)
		}
	}
	return list
}

// load indexes the events of a case that are of a source.
func (c EpisodeCase) load(t *testing.T, e *onOpenSearch, source *schema.Source) []string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "events.json")
	if err := os.WriteFile(file, c.Events, 0o600); err != nil {
		t.Fatal(err)
	}
	events, err := readEach(file, source.Name)
	if err != nil {
		t.Fatal(err)
	}
	ids, err := e.load(t.Context(), source, events)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestTwoStagesReturnTheExpectedEpisodes(t *testing.T) {
	cases, err := LoadEpisodes(fixtures.Conformance, "conformance")
	if err != nil {
		t.Fatal(err)
	}
	gaps, err := ReadGaps("testdata/gaps/opensearch.txt")
	if err != nil {
		t.Fatal(err)
	}
	var open []EpisodeCase
	for _, c := range cases {
		if gaps[c.Name] == "" {
			open = append(open, c)
		}
	}
	staged := runStages(t, open)
	if staged < 40 {
		t.Errorf("only %d correlations have two stages", staged)
	}
	t.Logf("%d cases, %d correlations in two stages", len(open), staged)
}

func TestTwoStagesAgreeWithThePacksTimedTests(t *testing.T) {
	for _, pack := range rules.Names() {
		cases, err := PackEpisodes(rules.Files(), pack)
		if err != nil {
			t.Fatal(err)
		}
		if staged := runStages(t, cases); staged < len(cases) {
			t.Errorf("%d of %d correlations have two stages", staged, len(cases))
		}
	}
}
