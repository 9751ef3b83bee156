package conformance

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/all"
	"github.com/sigmahunt/sigmahunt/backends/files"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/fixtures"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

// evaluator is the reference: the plan's matcher alone, without index.
type evaluator struct{}

func (evaluator) Name() string { return "evaluator" }

func (evaluator) Target() *compiler.Target { return FileEngine{all.Engines[0]}.Target() }

func (evaluator) Match(ctx context.Context, plan *compiler.Plan, file string) ([]backends.Row, int64, error) {
	list, problems := files.Find([]string{file})
	if len(problems) > 0 {
		return nil, 0, fmt.Errorf("reading the events: %v", problems)
	}
	var rows []backends.Row
	matcher := eval.Compile(plan)
	worker := func() func(*record.Record, files.Position) (backends.Row, bool) {
		var event eval.Event
		return func(rec *record.Record, at files.Position) (backends.Row, bool) {
			event.Reset(plan.Source, rec)
			row := backends.Row{Event: bytes.Clone(rec.Raw), Where: backends.Origin{Index: int64(at.Index)}}
			return row, at.Source == plan.Source.Name && matcher.Match(&event)
		}
	}
	stats, err := files.Scan(ctx, list, files.Options{Workers: 1, Source: plan.Source.Name}, worker, func(row backends.Row) error {
		rows = append(rows, row)
		return nil
	})
	if err == nil && stats.Lost() > 0 {
		err = fmt.Errorf("reading the events: %v", stats.Problems)
	}
	return rows, 0, err
}

// engines returns the evaluator and the engines that read files and can run here.
func engines() []Engine {
	list := []Engine{evaluator{}}
	for _, e := range fileEngines() {
		list = append(list, FileEngine{e})
	}
	return list
}

func TestEveryEngineGivesTheEventsThatPeopleWroteDown(t *testing.T) {
	cases, err := Load(fixtures.Conformance, "conformance")
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) < 120 {
		t.Fatalf("only %d cases were found", len(cases))
	}
	runAll(t, cases, true)
}

func TestEveryEngineGivesTheEpisodesThatPeopleWroteDown(t *testing.T) {
	cases, err := LoadEpisodes(fixtures.Conformance, "conformance")
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) < 95 {
		t.Fatalf("only %d cases were found", len(cases))
	}
	for _, e := range engines() {
		t.Run(e.Name(), func(t *testing.T) { RunEpisodes(t, e, cases, nil) })
	}
}

// Of each correlation of the packs some timed tests find an episode and some none.
func TestEveryEngineAgreesWithThePacksTimedTests(t *testing.T) {
	for _, pack := range rules.Names() {
		cases, err := PackEpisodes(rules.Files(), pack)
		if err != nil {
			t.Fatal(err)
		}
		fires := map[string][2]int{}
		for _, c := range cases {
			rule, _, _ := strings.Cut(c.Name, "/")
			counts := fires[rule]
			counts[min(len(c.Episodes), 1)]++
			fires[rule] = counts
		}
		for rule, counts := range fires {
			if counts[0] < 2 || counts[1] < 2 {
				t.Errorf("%s: %d tests find nothing and %d an episode: at least two of each are asked for", rule, counts[0], counts[1])
			}
		}
		for _, e := range engines() {
			t.Run(e.Name(), func(t *testing.T) { RunEpisodes(t, e, cases, nil) })
		}
	}
}

func TestEveryEngineAgreesWithThePacksTests(t *testing.T) {
	for _, pack := range rules.Names() {
		cases, err := PackCases(rules.Files(), pack)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			all := bytes.Count(c.Events, []byte("\n"))
			if len(c.Want) < 2 || all-len(c.Want) < 2 {
				t.Errorf("%s: %d events match and %d do not: at least two of each are asked for", c.Name, len(c.Want), all-len(c.Want))
			}
		}
		runAll(t, cases, false)
	}
}

func runAll(t *testing.T, cases []Case, withGaps bool) {
	for _, e := range engines() {
		t.Run(e.Name(), func(t *testing.T) {
			gaps := map[string]diag.Code{}
			if name := fmt.Sprintf("testdata/gaps/%s.txt", e.Name()); withGaps && exists(name) {
				var err error
				if gaps, err = ReadGaps(name); err != nil {
					t.Fatal(err)
				}
			}
			Run(t, e, cases, gaps)
		})
	}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
