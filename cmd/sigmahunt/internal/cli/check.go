package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

func (a *app) checkCommand() *cobra.Command {
	format, o := "pretty", &packOptions{}
	cmd := &cobra.Command{
		Use:   "check PACK...",
		Short: "Read rules and compile them for every target",
		Long: "Read rules and compile them for every target: report errors with their place and what to\n" +
			"write instead, and count for each target what is exact, a superset or unsupported.",
		Example: "  sigmahunt check rules/ --notes\n" +
			"  sigmahunt check sigma/rules --schema open",
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return usage("no rules given: name a pack (such as aws), a rule file or a folder of rules")
			case format != "pretty" && format != "json":
				return usage("--format takes pretty or json, not %q", format)
			}
			return a.check(args, o, format)
		},
	}
	cmd.Flags().StringVar(&format, "format", format, "pretty or json")
	o.flags(cmd)
	o.schemaFlag(cmd)
	o.notesFlag(cmd)
	return cmd
}

// checked is what check found.
type checked struct {
	Files        int             `json:"files"`
	Rules        int             `json:"rules"`
	Correlations int             `json:"correlations"`
	Filters      int             `json:"filters"`
	LeftOut      int             `json:"left_out"` // documents that are wrong, or that a pipeline refuses
	Targets      []checkedTarget `json:"targets"`
	Diagnostics  []diagJSON      `json:"diagnostics"`
}

type checkedTarget struct {
	Target     string         `json:"target"`
	Compiled   int            `json:"compiled"`
	Widened    int            `json:"widened"` // of the compiled: supersets that the evaluator finishes
	Correlated int            `json:"correlated"`
	InOneQuery int            `json:"in_one_query"`  // of the correlated: by a statement
	InStages   int            `json:"in_two_stages"` // of the correlated; the evaluator makes the others of all rows of their rules
	Refused    map[string]int `json:"refused"`       // by diagnostic code
}

type diagJSON struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
}

func (a *app) check(args []string, o *packOptions, format string) error {
	sources, err := o.lookup()
	if err != nil {
		return err
	}
	pack, err := a.load(args, o)
	if err != nil {
		return err
	}
	low := compiler.Lower(pack, sources)
	list := slices.Concat(pack.Diags, low.Diags)
	result := checked{Files: pack.Files, Rules: len(pack.Rules), Correlations: len(pack.Correlations), Filters: len(pack.Filters), LeftOut: pack.LeftOut, Diagnostics: []diagJSON{}}
	for _, engine := range a.engines {
		backend, err := engine.New(backends.Config{})
		if err != nil {
			return &exitError{exitEngine, err}
		}
		t, diags := checkTarget(low, backend)
		result.Targets = append(result.Targets, t)
		list = append(list, diags...)
	}
	list.Sort()
	if format == "json" {
		for _, d := range list {
			result.Diagnostics = append(result.Diagnostics, toJSON(d))
		}
		if err := writeJSON(a.out, result); err != nil {
			return err
		}
	} else {
		a.report(o.shown(list))
		a.printChecked(result)
	}
	if list.HasErrors() {
		return &exitError{code: exitRule}
	}
	return nil
}

// checkTarget makes a pack ready for one target and writes every query. What was
// rejected before counts as rejected by each target.
func checkTarget(low *compiler.Lowered, b backends.Backend) (checkedTarget, diag.List) {
	c := low.For(b.Target(), func(p *compiler.Plan) error {
		_, err := b.Emit(compiler.Batch{Source: p.Source, Plans: []*compiler.Plan{p}}, backends.Window{})
		return err
	})
	t := checkedTarget{Target: b.Target().Name, Refused: c.Rejected, Compiled: len(c.Legal), Correlated: len(c.Correlations)}
	for _, plan := range c.Legal {
		if plan.Residual != nil {
			t.Widened++
		}
	}
	for _, of := range c.Correlations {
		if _, err := backends.EmitCorrelation(b, of, c.Legal, backends.Window{}); err == nil {
			t.InOneQuery++
		} else if staged, _ := backends.InStages(c, []*compiler.CorrelationPlan{of}, b); len(staged) > 0 {
			t.InStages++
		}
	}
	return t, c.TargetDiags
}

func toJSON(d diag.Diagnostic) diagJSON {
	j := diagJSON{
		Code: string(d.Code), Severity: d.Severity.String(), Line: d.Span.Line, Column: d.Span.Col,
		Message: d.Message, Hint: d.Hint,
	}
	if d.Span.Source != nil {
		j.File = d.Span.Source.Name
	}
	return j
}

func (a *app) printChecked(r checked) {
	a.say("%d rules in %d files", r.Rules, r.Files)
	if r.LeftOut > 0 {
		a.say("%d documents skipped because of errors", r.LeftOut)
	}
	if r.Correlations+r.Filters > 0 {
		a.say("%d correlations, %d filters", r.Correlations, r.Filters)
	}
	for _, t := range r.Targets {
		correlated := ""
		if r.Correlations > 0 {
			correlated = t.correlated()
		}
		a.say("%-10s %d compiled (%d as supersets), %s%s", t.Target, t.Compiled, t.Widened, correlated, refusedByCode(t.Refused))
	}
}

// correlated says how many correlations come about in which way.
func (t *checkedTarget) correlated() string {
	text := ""
	if t.InOneQuery > 0 {
		text += fmt.Sprintf("%d correlated in one statement, ", t.InOneQuery)
	}
	if t.InStages > 0 {
		text += fmt.Sprintf("%d correlated in two stages, ", t.InStages)
	}
	return text + fmt.Sprintf("%d correlated over their rows, ", t.Correlated-t.InOneQuery-t.InStages)
}

// refusedByCode gives how many were refused, and for what.
func refusedByCode(refused map[string]int) string {
	total := 0
	var codes []string
	for _, code := range slices.Sorted(maps.Keys(refused)) {
		total += refused[code]
		codes = append(codes, fmt.Sprintf("%s %d", code, refused[code]))
	}
	if total == 0 {
		return "0 unsupported"
	}
	return fmt.Sprintf("%d unsupported (%s)", total, strings.Join(codes, ", "))
}
