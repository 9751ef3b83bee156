package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/ruletest"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// EpisodeCase is one behaviour of correlations: rules and correlations, events,
// and the episodes that must be found. A line of episodes reads
//
//	title | ["group", "values"] | opening event | ids | value
//
// in the order in which they open; a value may be a fraction such as 31/3.
type EpisodeCase struct {
	Name     string
	Rules    []byte   // with the filters that go with them
	Events   []byte   // NDJSON
	Episodes []string // one a line
	Want     []string // ids of the events that rules report themselves, rule by rule
	Said     []string // what each problem must hold

	anyOwn bool // what rules report themselves is not looked at
}

// LoadEpisodes reads the cases with episodes below a folder. Load leaves them
// out.
func LoadEpisodes(fsys fs.FS, root string) ([]EpisodeCase, error) {
	var cases []EpisodeCase
	err := fs.WalkDir(fsys, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".txtar" {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil || !hasEpisodes(text) {
			return err
		}
		c, err := parseEpisodes(strings.TrimSuffix(strings.TrimPrefix(name, root+"/"), ".txtar"), text)
		cases = append(cases, c)
		return err
	})
	return cases, err
}

func hasEpisodes(text []byte) bool {
	return slices.ContainsFunc(txtar.Parse(text).Files, func(f txtar.File) bool { return f.Name == "episodes" })
}

func parseEpisodes(name string, text []byte) (EpisodeCase, error) {
	c := EpisodeCase{Name: name}
	for _, f := range txtar.Parse(text).Files {
		lines := strings.Split(strings.TrimSpace(string(f.Data)), "\n")
		switch f.Name {
		case "rule.yml":
			c.Rules = f.Data
		case "events.jsonl":
			c.Events = f.Data
		case "episodes":
			if lines[0] != "" {
				c.Episodes = lines
			}
		case "want":
			c.Want = strings.Fields(string(f.Data))
		case "said":
			c.Said = lines
		default:
			return c, fmt.Errorf("%s: no section %q is known", name, f.Name)
		}
	}
	if len(c.Rules) == 0 || len(c.Events) == 0 {
		return c, fmt.Errorf("%s: a case of correlations holds rules and events", name)
	}
	return c, nil
}

// PackEpisodes makes a case of each timed test beside the correlations of a pack.
func PackEpisodes(fsys fs.FS, root string) ([]EpisodeCase, error) {
	pack, err := sigma.Load(fsys, root, "")
	if err != nil {
		return nil, err
	}
	if pack = sigma.Join(pack); pack.Diags.HasErrors() {
		return nil, pack.Diags.Err()
	}
	var cases []EpisodeCase
	for _, of := range pack.Correlations {
		if of.Base {
			continue
		}
		tests, err := ruletest.LoadTimed(fsys, ruletest.FileFor(of.Source.Name))
		if err != nil {
			return nil, err
		}
		for _, t := range tests {
			cases = append(cases, timedCase(of, t))
		}
	}
	return cases, nil
}

// start is when the events of timed tests begin: a quarter of an hour before
// midnight, so that days and other buckets are crossed.
var start = time.Date(2026, 3, 9, 23, 45, 0, 0, time.UTC)

func timedCase(of *sigma.Correlation, t ruletest.Timed) EpisodeCase {
	c := EpisodeCase{Name: of.Source.Name + "/" + t.Name, anyOwn: true}
	c.Rules = []byte(strings.Join(texts(of), "\n---\n"))
	for i, e := range t.Events {
		c.Events = append(append(c.Events, e.Record(schema.CloudTrail, strconv.Itoa(i+1), start)...), '\n')
	}
	for _, e := range t.Episodes {
		group, _ := json.Marshal(append([]string{}, e.Group...))
		ids := strings.Trim(fmt.Sprint(e.Events), "[]")
		c.Episodes = append(c.Episodes, strings.Join([]string{of.Title, string(group), strconv.Itoa(e.Opens), ids, e.Value}, " | "))
	}
	return c
}

// texts gives the files of a correlation and of all that it refers to.
func texts(of *sigma.Correlation) []string {
	list := []string{string(of.Source.Text)}
	for _, ref := range of.Rules {
		var more []string
		if ref.Rule != nil {
			more = []string{string(ref.Rule.Source.Text)}
		} else {
			more = texts(ref.Correlation)
		}
		for _, text := range more {
			if !slices.Contains(list, text) {
				list = append(list, text)
			}
		}
	}
	return list
}

// RunEpisodes holds an engine against cases of correlations: it gives the rows
// of the rules, which are then correlated.
func RunEpisodes(t *testing.T, e Engine, cases []EpisodeCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) { c.run(t, e) })
	}
	t.Logf("%s: %d cases of correlations", e.Name(), len(cases))
}

func (c EpisodeCase) run(t *testing.T, e Engine) {
	rules, report := c.compile(t)
	file := filepath.Join(t.TempDir(), "events.json")
	if err := os.WriteFile(file, c.Events, 0o600); err != nil {
		t.Fatal(err)
	}
	legal := map[*sigma.Rule]*compiler.Plan{}
	for _, p := range rules {
		plan, diags := compiler.Legalize(p, e.Target())
		if plan == nil {
			t.Fatal(diags.Err())
		}
		legal[p.Rule] = plan
	}
	for _, of := range report {
		if err := compiler.LegalizeCorrelation(of, e.Target(), legal).Err(); err != nil {
			t.Fatalf("%s refuses the correlation: %v", e.Name(), err)
		}
	}
	collector := correlate.NewCollector(report, correlate.Limits{})
	var own []string
	for _, p := range rules {
		ids, err := collect(t.Context(), e, legal[p.Rule], file, collector)
		if err != nil {
			t.Fatal(err)
		}
		if !p.Rule.Base {
			own = append(own, ids...)
		}
	}
	if !c.anyOwn && !slices.Equal(own, c.Want) {
		t.Errorf("the rules report %v, want %v", own, c.Want)
	}
	episodes, problems := collector.Episodes()
	c.hold(t, episodes, problems)
}

// compile gives the plans of the rules, and the correlations that report.
func (c EpisodeCase) compile(t *testing.T) (rules []*compiler.Plan, report []*compiler.Correlated) {
	t.Helper()
	doc, diags := sigma.Parse(&diag.Source{Name: c.Name, Text: c.Rules})
	pack := sigma.Join(&sigma.Pack{Document: doc, Files: 1, Diags: diags})
	if err := pack.Diags.Err(); err != nil {
		t.Fatal(err)
	}
	correlator := &compiler.Correlator{Plans: map[*sigma.Rule]*compiler.Plan{}, Sources: schema.ForLogsource}
	for _, r := range pack.Rules {
		plan, diags := compiler.Compile(r, schema.ForLogsource)
		if plan == nil {
			t.Fatal(diags.Err())
		}
		correlator.Plans[r] = plan
		rules = append(rules, plan)
	}
	for _, of := range pack.Correlations {
		ready, diags := correlator.Correlate(of)
		if ready == nil {
			t.Fatal(diags.Err())
		}
		if !of.Base {
			report = append(report, ready)
		}
	}
	return rules, report
}

// collect hands the rows of a rule to the collector and gives their ids.
func collect(ctx context.Context, e Engine, plan *compiler.Plan, file string, to *correlate.Collector) ([]string, error) {
	rows, _, err := e.Match(ctx, plan, file)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, row := range rows {
		rec, err := record.Parse(row.Event)
		if err != nil {
			return nil, err
		}
		to.Add(plan.Source, &rec, plan.Rule)
		ids = append(ids, rec.Lookup(plan.Source.ID).Text())
	}
	return ids, nil
}

func (c EpisodeCase) hold(t *testing.T, episodes []correlate.Episode, problems []correlate.Problem) {
	var got, want []string
	for _, e := range episodes {
		group, err := json.Marshal(append([]string{}, e.Group...))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, strings.Join([]string{e.Of.Rule.Title, string(group), e.Opening.ID, strings.Join(e.IDs, " "), e.Value.RatString()}, " | "))
		if e.Count != len(e.IDs) {
			t.Errorf("%d events, %d ids", e.Count, len(e.IDs))
		}
	}
	for _, line := range c.Episodes {
		at := strings.LastIndex(line, " | ") + len(" | ")
		value, ok := new(big.Rat).SetString(line[at:])
		if !ok {
			t.Fatalf("%q ends with no number", line)
		}
		want = append(want, line[:at]+value.RatString())
	}
	if !slices.Equal(got, want) {
		t.Errorf("episodes\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for i, p := range problems {
		if i >= len(c.Said) || !strings.Contains(p.Message, c.Said[i]) {
			t.Errorf("said: %s", p.Message)
		}
	}
	if len(problems) < len(c.Said) {
		t.Errorf("said %d things, want %d", len(problems), len(c.Said))
	}
}
