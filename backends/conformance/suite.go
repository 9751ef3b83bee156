package conformance

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/pipeline"
)

// Engine is what the suite runs a legal plan on.
type Engine interface {
	Name() string
	Target() *compiler.Target
	// Match gives the events of a file that match, and how many of the rows
	// the evaluator had to decide.
	Match(ctx context.Context, plan *compiler.Plan, file string) (rows []backends.Row, finished int64, err error)
}

// Proof counts what a run showed.
type Proof struct {
	Cases, Refused int
	Noted          int   // cases whose rows differ as a note of the compiler says
	Rows           int64 // rows compared
	Finished       int64 // of them decided by the evaluator
}

// Run holds an engine against every case that is not one of a wrong rule. A
// case that the engine refuses must stand in gaps with its code, and one that
// stands there must be refused, or give other rows and carry a note of that code.
func Run(t *testing.T, e Engine, cases []Case, gaps map[string]diag.Code) {
	t.Helper()
	var proof Proof
	for _, c := range cases {
		if c.Errors != "" {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			proof.Cases++
			runCase(t, e, c, gaps[c.Name], &proof)
		})
	}
	t.Logf("%s: %d cases, %d refused, %d with a noted difference; %d rows compared, %d of them decided by the evaluator",
		e.Name(), proof.Cases, proof.Refused, proof.Noted, proof.Rows, proof.Finished)
}

func runCase(t *testing.T, e Engine, c Case, gap diag.Code, proof *Proof) {
	plan := c.Compile(t)
	legal, diags := compiler.Legalize(plan, e.Target())
	switch {
	case legal == nil && gap == "":
		t.Fatalf("%s refuses the rule: %v", e.Name(), diags.Err())
	case legal == nil && !slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return d.Code == gap }):
		t.Fatalf("%s refuses the rule, not with %s but: %v", e.Name(), gap, diags.Err())
	case legal == nil:
		proof.Refused++
		return
	case gap != "" && !slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return d.Code == gap }):
		t.Fatalf("%s says the rule now: take it out of the gaps", e.Name())
	}
	file := filepath.Join(t.TempDir(), "events.json")
	if err := os.WriteFile(file, c.Events, 0o600); err != nil {
		t.Fatal(err)
	}
	rows, finished, err := e.Match(t.Context(), legal, file)
	if err != nil {
		t.Fatal(err)
	}
	proof.Rows += int64(strings.Count(string(c.Events), "\n"))
	proof.Finished += finished
	got := c.names(t, plan, rows)
	switch same := slices.Equal(got, c.Want); {
	case gap != "" && same:
		t.Errorf("%s gives the rows now: take it out of the gaps", e.Name())
	case gap != "":
		proof.Noted++
	case !same:
		t.Errorf("%s\nmatched %v\nwant    %v", c.Name, got, c.Want)
	}
}

// Compile makes the case's plan; a case's rule must be without errors.
func (c Case) Compile(t *testing.T) *compiler.Plan {
	t.Helper()
	doc, diags := sigma.Parse(&diag.Source{Name: c.Name, Text: c.Rule})
	pack := sigma.Join(&sigma.Pack{Document: doc, Files: 1, Diags: diags})
	if len(c.Pipe) > 0 {
		p, diags := pipeline.Parse(&diag.Source{Name: "pipeline.yml", Text: c.Pipe})
		if p == nil {
			t.Fatal(diags.Err())
		}
		pack = pipeline.Apply(pack, []*pipeline.Pipeline{p})
	}
	if err := pack.Diags.Err(); err != nil || len(pack.Rules) != 1 {
		t.Fatalf("%d rules: %v", len(pack.Rules), err)
	}
	for _, v := range c.Values {
		values, diags := sigma.ReadValues(&diag.Source{Name: v.Name, Text: v.Text})
		if diags.HasErrors() {
			t.Fatal(diags.Err())
		}
		pack.Give(values)
	}
	plan, diags := compiler.Compile(pack.Rules[0], schema.ForLogsource)
	if plan == nil {
		t.Fatal(diags.Err())
	}
	return plan
}

// names gives rows as want writes them.
func (c Case) names(t *testing.T, plan *compiler.Plan, rows []backends.Row) []string {
	t.Helper()
	var names []string
	for _, row := range rows {
		if c.ByPlace {
			names = append(names, strconv.FormatInt(row.Where.Index+1, 10))
			continue
		}
		rec, err := record.Parse(row.Event)
		if err != nil {
			t.Fatal(err)
		}
		v := rec.Lookup(plan.Source.ID)
		names = append(names, v.Text())
	}
	return names
}

// FileEngine runs cases on an engine of the program that reads files.
type FileEngine struct{ Engine backends.Engine }

// Name gives the engine's name.
func (f FileEngine) Name() string { return f.Engine.Name }

// Target gives what the engine can say.
func (f FileEngine) Target() *compiler.Target {
	b, err := f.Engine.New(backends.Config{})
	if err != nil {
		panic(err)
	}
	return b.Target()
}

// Match emits the plan's query and runs it over the file.
func (f FileEngine) Match(ctx context.Context, plan *compiler.Plan, file string) (rows []backends.Row, finished int64, err error) {
	return match(ctx, f.Engine, backends.Config{Paths: []string{file}, Source: plan.Source.Name, Workers: 1}, plan)
}

// match runs a plan by itself on an engine of the program, as a scan does. The
// error also tells of events that the engine could not read.
func match(ctx context.Context, engine backends.Engine, config backends.Config, plan *compiler.Plan) (rows []backends.Row, finished int64, err error) {
	b, err := engine.New(config)
	if err != nil {
		return nil, 0, err
	}
	x, err := engine.Open(ctx, config)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, x.Close()) }()
	batch := compiler.Batch{Source: plan.Source, Plans: []*compiler.Plan{plan}}
	query, err := b.Emit(batch, backends.Window{})
	if err != nil {
		return nil, 0, err
	}
	for row, err := range backends.Finish(x.Run(ctx, query), batch) {
		if err != nil {
			return nil, 0, err
		}
		rows = append(rows, row)
	}
	stats := x.Stats()
	if stats.Lost > 0 {
		return nil, 0, fmt.Errorf("%s could not read: %v", engine.Name, stats.Problems)
	}
	return rows, stats.Finished, nil
}

// ReadGaps reads an engine's list of cases that it refuses: a name and a code a
// line, # for comments.
func ReadGaps(name string) (map[string]diag.Code, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("reading gaps: %w", err)
	}
	defer f.Close()
	gaps := map[string]diag.Code{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(line)
		switch len(fields) {
		case 0:
		case 2:
			gaps[fields[0]] = diag.Code(fields[1])
		default:
			return nil, fmt.Errorf("%s: %q is not a case and a code", name, line)
		}
	}
	return gaps, nil
}
