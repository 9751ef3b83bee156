package conformance

import (
	"bytes"
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

	"github.com/sigmahunt/sigmahunt/backends/files"
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
	Events   []byte   // NDJSON; where rules are of several sources, each event tells its own
	Episodes []string // one a line
	Want     []string // ids of the events that rules report themselves, rule by rule
	Said     []string // what each problem must hold

	anyOwn bool // what rules report themselves is not looked at
	noIDs  bool // the engine cannot hash events as they were stored: ids are counted
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
	files := texts(of)
	if t.Filter != nil {
		files = append(files, string(t.Filter))
	}
	c.Rules = []byte(strings.Join(files, "\n---\n"))
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
// of the rules, which are then correlated. Gaps are as for Run: a case that
// stands there is refused, or gives something else and carries a note, with its
// code.
func RunEpisodes(t *testing.T, e Engine, cases []EpisodeCase, gaps map[string]diag.Code) {
	t.Helper()
	refused := 0
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			if !c.run(t, e, gaps[c.Name]) {
				refused++
			}
		})
	}
	t.Logf("%s: %d cases of correlations, %d refused", e.Name(), len(cases), refused)
}

// run reports whether the engine takes the case.
func (c EpisodeCase) run(t *testing.T, e Engine, gap diag.Code) bool {
	rules, report, legal, diags := c.compile(t, e.Target())
	c.noIDs = e.Target().Identity == compiler.Unsupported && slices.ContainsFunc(rules, func(p *compiler.Plan) bool { return p.Source.ID == "" })
	said := slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return d.Code == gap })
	switch {
	case gap == "" && diags.HasErrors():
		t.Fatalf("%s refuses the case: %v", e.Name(), diags.Err())
	case gap != "" && !said:
		t.Fatalf("%s does not say %s of the case: mend the gaps. It says: %v", e.Name(), gap, diags.Err())
	case diags.HasErrors():
		return false
	}
	wrong := c.differences(t, e, rules, report, legal)
	switch {
	case gap != "" && len(wrong) == 0:
		t.Errorf("%s gives the episodes now: take the case out of the gaps", e.Name())
	case gap == "":
		for _, text := range wrong {
			t.Error(text)
		}
	}
	return true
}

// differences runs the rules, correlates their events, and returns what is not as
// the case expects.
func (c EpisodeCase) differences(t *testing.T, e Engine, rules []*compiler.Plan, report []*compiler.CorrelationPlan, legal map[*sigma.Rule]*compiler.Plan) []string {
	t.Helper()
	episodes, problems, own := c.correlate(t, e, rules, report, legal)
	return c.compare(t, episodes, problems, own)
}

// compare returns what is not as the case expects of episodes, problems and the
// events that rules report themselves.
func (c EpisodeCase) compare(t *testing.T, episodes []correlate.Episode, problems []correlate.Problem, own []string) (wrong []string) {
	t.Helper()
	if !c.anyOwn && !slices.Equal(own, c.Want) {
		wrong = append(wrong, fmt.Sprintf("the rules report %v, want %v", own, c.Want))
	}
	return append(wrong, c.hold(t, episodes, problems)...)
}

// correlate runs the rules on an engine and correlates their events. It also returns
// the ids of the events that rules report themselves.
func (c EpisodeCase) correlate(t *testing.T, e Engine, rules []*compiler.Plan, report []*compiler.CorrelationPlan, legal map[*sigma.Rule]*compiler.Plan) (episodes []correlate.Episode, problems []correlate.Problem, own []string) {
	t.Helper()
	collector := correlate.NewCollector(report, correlate.Limits{})
	for _, p := range rules {
		ids, err := collect(t.Context(), e, legal[p.Rule], c.writeOf(t, p.Source, rules), collector)
		if err != nil {
			t.Fatal(err)
		}
		if !p.Rule.Base {
			own = append(own, ids...)
		}
	}
	episodes, problems = collector.Episodes()
	return episodes, problems, own
}

// writeOf writes the events that rules of a source are to look at, into a file.
func (c EpisodeCase) writeOf(t *testing.T, source *schema.Source, rules []*compiler.Plan) string {
	t.Helper()
	events := c.Events
	if slices.ContainsFunc(rules, func(p *compiler.Plan) bool { return p.Source != source }) {
		events = nil
		for line := range bytes.Lines(c.Events) {
			rec, err := record.Parse(line)
			if err != nil {
				t.Fatal(err)
			}
			if files.NewRecognizer().SourceOf(&rec) == source.Name {
				events = append(events, line...)
			}
		}
	}
	file := filepath.Join(t.TempDir(), "events.json")
	if err := os.WriteFile(file, events, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// lower compiles the rules and the correlations.
func (c EpisodeCase) lower(t *testing.T) *compiler.Lowered {
	t.Helper()
	doc, diags := sigma.Parse(&diag.Source{Name: c.Name, Text: c.Rules})
	pack := sigma.Join(&sigma.Pack{Document: doc, Files: 1, Diags: diags})
	if err := pack.Diags.Err(); err != nil {
		t.Fatal(err)
	}
	low := compiler.Lower(pack, schema.ForLogsource)
	if err := low.Diags.Err(); err != nil {
		t.Fatal(err)
	}
	return low
}

// compile compiles the case for a target: the rules before they are legalized, the
// correlations that report, the legal plans, and what the target does not support.
func (c EpisodeCase) compile(t *testing.T, target *compiler.Target) (rules []*compiler.Plan, report []*compiler.CorrelationPlan, legal map[*sigma.Rule]*compiler.Plan, diags diag.List) {
	t.Helper()
	low := c.lower(t)
	program := low.For(target, nil)
	return low.Plans, low.Reporting(), program.Legal, program.TargetDiags
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

// line writes an episode, without its ids where the engine has no ids of events.
func (c EpisodeCase) line(parts ...string) string {
	if n := len(parts); c.noIDs && n >= 3 {
		parts[n-3], parts[n-2] = "", strconv.Itoa(len(strings.Fields(parts[n-2])))+" events"
	}
	return strings.Join(parts, " | ")
}

// lines writes episodes as a case does.
func (c EpisodeCase) lines(t *testing.T, episodes []correlate.Episode) (lines []string) {
	t.Helper()
	for _, e := range episodes {
		group, err := json.Marshal(append([]string{}, e.Group...))
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, c.line(e.Of.Rule.Title, string(group), e.Opening.ID, strings.Join(e.IDs, " "), e.Value.RatString()))
	}
	return lines
}

// expected returns the lines of the case, each value in its lowest terms.
func (c EpisodeCase) expected(t *testing.T) (want []string) {
	t.Helper()
	for _, line := range c.Episodes {
		parts := strings.Split(line, " | ")
		last := len(parts) - 1
		value, ok := new(big.Rat).SetString(parts[last])
		if !ok {
			t.Fatalf("%q ends with no number", line)
		}
		parts[last] = value.RatString()
		want = append(want, c.line(parts...))
	}
	return want
}

// hold tells how episodes and problems differ from those that people wrote down.
func (c EpisodeCase) hold(t *testing.T, episodes []correlate.Episode, problems []correlate.Problem) (wrong []string) {
	t.Helper()
	tell := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	for _, e := range episodes {
		if e.Count != len(e.IDs) {
			tell("%d events, %d ids", e.Count, len(e.IDs))
		}
	}
	got, want := c.lines(t, episodes), c.expected(t)
	if !slices.Equal(got, want) {
		tell("episodes\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for i, p := range problems {
		if i >= len(c.Said) || !strings.Contains(p.Message, c.Said[i]) {
			tell("said: %s", p.Message)
		}
	}
	if len(problems) < len(c.Said) {
		tell("said %d things, want %d", len(problems), len(c.Said))
	}
	return wrong
}
