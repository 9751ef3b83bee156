package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/all"
	"github.com/sigmahunt/sigmahunt/backends/local"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// toyEngine is an engine that the program does not have. Its queries name the rules
// that they answer; it runs them by the evaluator, over the files of a flag of its
// own. Everything that the command line knows of it is in this file.
var toyEngine = backends.Engine{
	Name: "toy",
	Language: &backends.Language{
		Extension: ".toy", Comment: "# ",
		Formats: []backends.Format{{Name: "shout", Extension: ".loud", Write: func(q backends.Query, _ backends.Schedule) (string, error) {
			return strings.ToUpper(q.Text), nil
		}}},
	},
	Tables: &backends.Tables{
		Known: func(s *schema.Source) []backends.Table {
			return []backends.Table{{Layout: "plain", Name: "toy_" + s.Name, Title: "a toy table"}}
		},
		Create: func(s *schema.Source, o backends.TableOptions) (string, error) {
			if o.Layout == "" {
				return "", errors.New("a toy needs --layout")
			}
			return "make toy_" + s.Name + "\n", nil
		},
	},
	Settings: func() backends.Settings { return &toySettings{} },
	New: func(c backends.Config) (backends.Backend, error) {
		b, err := local.Engine.New(c)
		if err != nil {
			return nil, err
		}
		target := *b.Target()
		target.Name, target.Title, target.Correlation, target.Sources = "toy", "Toy", compiler.InOneQuery, compiler.OneSource
		return &toyBackend{target}, nil
	},
	Open: func(ctx context.Context, c backends.Config) (backends.Executor, error) {
		c.Paths = []string{c.Settings.(*toySettings).box}
		x, err := local.Engine.Open(ctx, c)
		return &toyExecutor{x}, err
	},
}

type toySettings struct{ box string }

func (s *toySettings) Flags(f *pflag.FlagSet) {
	f.StringVar(&s.box, "toy-box", "", "Toy: the file of events")
}

func (s *toySettings) Check(func(string) string) ([]string, error) {
	if s.box == "" {
		return nil, errors.New("--toy-box is missing")
	}
	return []string{"toys are not for work"}, nil
}

type toyBackend struct{ target compiler.Target }

func (b *toyBackend) Target() *compiler.Target { return &b.target }

func (b *toyBackend) Emit(batch compiler.Batch, w backends.Window) (backends.Query, error) {
	text := "find\n"
	for _, p := range batch.Plans {
		text += "  " + p.Rule.Title + "\n"
	}
	return backends.Query{Target: "toy", Batch: batch, Text: text, Table: "toy_" + batch.Source.Name, Window: w}, nil
}

func (b *toyBackend) WritesCorrelations() backends.CorrelationWriter {
	return backends.CorrelationWriter{Statement: func(of *compiler.CorrelationPlan, _ map[*sigma.Rule]*compiler.Plan, w backends.Window) (backends.CorrelationQuery, error) {
		return backends.CorrelationQuery{Target: "toy", Of: of, Text: "correlate " + of.Rule.Title + "\n", Window: w}, nil
	}}
}

// toyExecutor runs rules, and no statement of a correlation: those are correlated
// from the rows of their rules.
type toyExecutor struct{ files backends.Executor }

func (x *toyExecutor) Run(ctx context.Context, q backends.Query) iter.Seq2[backends.Row, error] {
	if !strings.HasPrefix(q.Text, "find\n") {
		return func(yield func(backends.Row, error) bool) {
			yield(backends.Row{}, fmt.Errorf("toy: not a query: %q", q.Text))
		}
	}
	return x.files.Run(ctx, q)
}

func (x *toyExecutor) RunsCorrelations() backends.CorrelationRunner {
	return backends.CorrelationRunner{}
}
func (x *toyExecutor) Stats() backends.Stats { return x.files.Stats() }
func (x *toyExecutor) Close() error          { return x.files.Close() }

const toyPack = `title: User made
id: 11111111-2222-4333-8444-555555555555
name: made
level: high
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: CreateUser}, condition: selection}
---
title: Users made
id: 21111111-2222-4333-8444-555555555555
level: high
correlation: {type: event_count, rules: made, timespan: 10m, condition: {gte: 2}, generate: true}
`

func TestAnEngineIsOneValueThatTheWholeCommandLineWorksWith(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	pack := write("pack.yml", toyPack)
	box := write("box.json", `{"eventVersion":"1.08","eventID":"e1","eventName":"CreateUser","eventTime":"2026-03-10T08:00:00Z","eventSource":"iam.amazonaws.com"}
{"eventVersion":"1.08","eventID":"e2","eventName":"CreateUser","eventTime":"2026-03-10T08:01:00Z","eventSource":"iam.amazonaws.com"}
{"eventVersion":"1.08","eventID":"e3","eventName":"DeleteUser","eventTime":"2026-03-10T08:02:00Z","eventSource":"iam.amazonaws.com"}
`)
	engines := append(all.Engines[:len(all.Engines):len(all.Engines)], toyEngine)
	run := func(args string) (code int, out, errs string) {
		var o, e bytes.Buffer
		code = Main(engines, strings.Fields(args), strings.NewReader(""), &o, &e)
		return code, o.String(), e.String()
	}
	for _, tt := range []struct {
		args string
		code int
		want []string // in either stream
		not  string
	}{
		{"compile -t toy " + pack, 0, []string{"find\n  User made", "correlate Users made"}, ""},
		{"compile -t toy --fuse " + pack, 0, []string{"find\n  User made", "correlate Users made"}, ""},
		{"compile -t toy --format shout " + pack, 0, []string{"FIND\n  USER MADE", "CORRELATE USERS MADE"}, ""},
		{"compile -t toy --format json " + pack, 0, []string{`"target": "toy"`}, ""},
		{"scan --on toy --format jsonl --last 24h " + pack, 3, []string{"--toy-box is missing"}, ""},
		{"scan --on toy --format jsonl --from 2026-03-10 --toy-box " + box + " " + pack, 0,
			[]string{"toys are not for work", `"event_ids":["e1"]`, `"event_ids":["e2"]`, `"event_ids":["e1","e2"]`}, `"e3"`},
		{"scan --help", 0, []string{"--toy-box", "duckdb, athena, opensearch, toy"}, ""},
		{"check " + pack, 0, []string{"toy        1 compiled (0 as supersets), 1 correlated in one"}, ""},
		{"targets", 0, []string{"toy  "}, ""},
		{"tables", 0, []string{"toy_cloudtrail", "a toy table"}, ""},
		{"tables --on toy --source vpcflow --layout plain", 0, []string{"make toy_vpcflow"}, ""},
		{"tables --on toy --source vpcflow", 3, []string{"a toy needs --layout"}, ""},
	} {
		code, out, errs := run(tt.args)
		if code != tt.code {
			t.Errorf("%s: exit code %d, want %d: %s", tt.args, code, tt.code, errs)
		}
		for _, want := range tt.want {
			if !strings.Contains(out+errs, want) {
				t.Errorf("%s: no %q in\n%s\n%s", tt.args, want, out, errs)
			}
		}
		if tt.not != "" && strings.Contains(out, tt.not) {
			t.Errorf("%s: %q in\n%s", tt.args, tt.not, out)
		}
	}
}

// TestAWrongSettingIsReportedOnce fails every query for a reason that a smaller query
// has too.
func TestAWrongSettingIsReportedOnce(t *testing.T) {
	plans := make([]*compiler.Plan, 40)
	for i := range plans {
		rule := &sigma.Rule{}
		rule.ID = fmt.Sprint(i)
		plans[i] = &compiler.Plan{Rule: rule, Source: schema.CloudTrail}
	}
	asked := 0
	emit := func(compiler.Batch, backends.Window) (backends.Query, error) {
		asked++
		return backends.Query{}, errors.New("no such time")
	}
	queries, refused := backends.EmitAll(emit, compiler.Batch{Source: schema.CloudTrail, Plans: plans}, backends.Window{})
	if len(queries) != 0 || len(refused) != 1 || len(refused[0].Plans) != 40 || asked != 1 {
		t.Errorf("%d queries, %d refused, emitted %d times", len(queries), len(refused), asked)
	}
}
