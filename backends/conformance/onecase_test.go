package conformance

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/duckdb"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/fixtures"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

var oneCase = flag.String("case", "", "a case, such as null/quoted-null, or the beginning of its name: run it on every engine and print the rows")

// places are where a case can run. Opening one skips the test where it is not there.
var places = []struct {
	name string
	open func(*testing.T) Engine
}{
	{"evaluator", func(*testing.T) Engine { return evaluator{} }},
	{"local", fileEngine("local")},
	{"duckdb", func(t *testing.T) Engine {
		newDuckStatements(t)
		return fileEngine("duckdb")(t)
	}},
	{"trino", func(t *testing.T) Engine { return newOnTrino(t, nil) }},
	{"opensearch", func(t *testing.T) Engine { return newOnOpenSearch(t) }},
}

// statementPlaces are where the correlations of a case can run as one query each.
var statementPlaces = []struct {
	name string
	open func(*testing.T) StatementEngine
}{
	{"duckdb-query", func(t *testing.T) StatementEngine { return newDuckStatements(t) }},
	{"trino-query", func(t *testing.T) StatementEngine { return newOnShelf(t, "", "onecase") }},
}

func fileEngine(name string) func(*testing.T) Engine {
	return func(t *testing.T) Engine {
		list := fileEngines()
		i := slices.IndexFunc(list, func(e backends.Engine) bool { return e.Name == name })
		if i < 0 {
			t.Skipf("no %s", name)
		}
		return FileEngine{list[i]}
	}
}

// TestOneCase prints which engines return each event, or episode, of one case
// beside what the case expects: make case CASE=null/quoted-null.
func TestOneCase(t *testing.T) {
	if *oneCase == "" {
		t.Skip("no case is named: make case CASE=null/quoted-null runs one")
	}
	cases, err := Load(fixtures.Conformance, "conformance")
	if err != nil {
		t.Fatal(err)
	}
	timed, err := LoadEpisodes(fixtures.Conformance, "conformance")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range cases {
		names = append(names, c.Name)
	}
	for _, c := range timed {
		names = append(names, c.Name)
	}
	name := named(t, names)
	s := &sheet{name: name, returned: map[string][]string{}}
	if i := slices.IndexFunc(cases, func(c Case) bool { return c.Name == name }); i >= 0 {
		s.runCase(t, cases[i])
	} else {
		s.runEpisodes(t, timed[slices.IndexFunc(timed, func(c EpisodeCase) bool { return c.Name == name })])
	}
	s.print(os.Stdout)
}

// named returns the one name that the flag means: itself, or the only one that
// begins with it.
func named(t *testing.T, names []string) string {
	t.Helper()
	if slices.Contains(names, *oneCase) {
		return *oneCase
	}
	var begin []string
	for _, name := range names {
		if strings.HasPrefix(name, *oneCase) {
			begin = append(begin, name)
		}
	}
	if len(begin) != 1 {
		t.Fatalf("%d cases begin with %q: %s", len(begin), *oneCase, strings.Join(begin, " "))
	}
	return begin[0]
}

// sheet is a table of what engines return.
type sheet struct {
	name, kind string
	rows, want []string // events or episodes; those that are expected
	engines    []string
	returned   map[string][]string // by engine
	notes      []string
}

func (s *sheet) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

// on runs one engine as a test of its own and notes that an engine is not there.
func (s *sheet) on(t *testing.T, name string, run func(t *testing.T) (rows []string, ran bool)) {
	t.Run(name, func(t *testing.T) {
		defer func() {
			if t.Skipped() {
				s.note("%s: not there", name)
			}
		}()
		rows, ran := run(t)
		if !ran {
			return
		}
		s.engines = append(s.engines, name)
		s.returned[name] = rows
		for _, row := range rows {
			if !slices.Contains(s.rows, row) {
				s.rows = append(s.rows, row)
			}
		}
	})
}

func (s *sheet) runCase(t *testing.T, c Case) {
	if c.Errors != "" {
		s.note("the case expects that the rule is rejected: %s", c.Errors)
		return
	}
	plan := c.Compile(t)
	file := filepath.Join(t.TempDir(), "events.json")
	if err := os.WriteFile(file, c.Events, 0o600); err != nil {
		t.Fatal(err)
	}
	s.kind, s.want, s.rows = "event", c.Want, c.eventNames(t, plan, file)
	for _, p := range places {
		s.on(t, p.name, func(t *testing.T) ([]string, bool) {
			e := p.open(t)
			legal, diags := compiler.Legalize(plan, e.Target())
			if legal == nil {
				s.note("%s: unsupported: %v", p.name, diags.Err())
				s.checkGap(t, p.name, diags)
				return nil, false
			}
			rows, finished, err := e.Match(t.Context(), legal, file)
			if err != nil {
				t.Fatal(err)
			}
			if legal.Residual != nil {
				s.note("%s: the query returns a superset; the evaluator decided on %d events", p.name, finished)
			}
			got := c.names(t, plan, rows)
			if !slices.Equal(got, c.Want) {
				s.checkGap(t, p.name, diags)
			}
			return got, true
		})
	}
}

// checkGap fails where an engine differs and the case is not listed in its gaps.
func (s *sheet) checkGap(t *testing.T, engine string, diags diag.List) {
	file := "testdata/gaps/" + engine + ".txt"
	if exists(file) {
		gaps, err := ReadGaps(file)
		if err != nil {
			t.Fatal(err)
		}
		if code := gaps[s.name]; slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return d.Code == code }) {
			s.note("%s: the difference is listed in %s with %s", engine, file, code)
			return
		}
	}
	t.Errorf("%s differs from what the case expects", engine)
}

// eventNames returns all events of a case as want writes them.
func (c Case) eventNames(t *testing.T, plan *compiler.Plan, file string) []string {
	t.Helper()
	if c.ByPlace {
		events, err := readEach(file, plan.Source.Name)
		if err != nil {
			t.Fatal(err)
		}
		rows := make([]backends.Row, len(events))
		for i := range rows {
			rows[i].Where.Index = int64(i)
		}
		return c.names(t, plan, rows)
	}
	var names []string
	for line := range bytes.Lines(c.Events) {
		if rec, err := record.Parse(line); err == nil {
			names = append(names, rec.Lookup(plan.Source.ID).Text())
		}
	}
	return names
}

func (s *sheet) runEpisodes(t *testing.T, c EpisodeCase) {
	s.kind, s.want, s.rows = "episode", c.expected(t), c.expected(t)
	for _, p := range places {
		s.on(t, p.name, func(t *testing.T) ([]string, bool) {
			e := p.open(t)
			rules, report, legal, diags := c.compile(t, e.Target())
			if diags.HasErrors() {
				s.note("%s: unsupported: %v", p.name, diags.Err())
				s.checkGap(t, p.name, diags)
				return nil, false
			}
			episodes, problems, own := c.correlate(t, e, rules, report, legal)
			for _, problem := range problems {
				s.note("%s: %s", p.name, problem.Message)
			}
			if len(c.Want) > 0 || len(own) > 0 && !c.anyOwn {
				s.note("%s: the rules report the events %v, expected %v", p.name, own, c.Want)
			}
			if len(c.compare(t, episodes, problems, own)) > 0 {
				s.checkGap(t, p.name, diags)
			}
			return c.lines(t, episodes), true
		})
	}
	for _, p := range statementPlaces {
		s.on(t, p.name, func(t *testing.T) ([]string, bool) {
			found, _, reason := c.answers(t, p.open(t))
			if reason != "" {
				s.note("%s: not answered by one query, so the rules' events are correlated instead: %s", p.name, reason)
			}
			return c.lines(t, found), len(found) > 0 || reason == ""
		})
	}
}

func (s *sheet) print(w io.Writer) {
	fmt.Fprintln(w, s.name)
	if s.kind != "" {
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, strings.Join(append([]string{s.kind, "expected"}, s.engines...), "\t"))
		mark := func(list []string, row string) string {
			if slices.Contains(list, row) {
				return "yes"
			}
			return "-"
		}
		for _, row := range s.rows {
			cells := []string{diag.Printable(row), mark(s.want, row)}
			for _, e := range s.engines {
				cells = append(cells, mark(s.returned[e], row))
			}
			fmt.Fprintln(table, strings.Join(cells, "\t"))
		}
		table.Flush()
	}
	for _, note := range s.notes {
		fmt.Fprintln(w, diag.Printable(strings.ReplaceAll(note, "\n", "; ")))
	}
	if !duckdb.Available {
		fmt.Fprintln(w, "this build has no DuckDB: set CGO_ENABLED=1 and install a C compiler")
	}
}
