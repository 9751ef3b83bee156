package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sigmahunt/sigmahunt/backends/files"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/hunt"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

func (a *app) explainCommand() *cobra.Command {
	var rule, id string
	o := &packOptions{}
	cmd := &cobra.Command{
		Use:   "explain RULE EVENTS",
		Short: "Show which parts of a rule match an event, and with which values",
		Long: "Hold the events of a file against a rule and show what each part of the rule says,\n" +
			"or of a correlation what it sees in each window.\n" +
			"RULE is a rule file, or a shipped pack with --rule naming one of its rules by id, name\n" +
			"or title. EVENTS is a file, or - for standard input.",
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.explain(cmd.Context(), o, args[0], args[1], rule, id)
		},
	}
	cmd.Flags().StringVar(&rule, "rule", "", "which rule of RULE: its id, name or title")
	cmd.Flags().StringVar(&id, "id", "", "only the event of this id")
	o.flags(cmd)
	return cmd
}

func (a *app) explain(ctx context.Context, o *packOptions, packArg, eventsArg, ruleArg, id string) error {
	pack, err := a.load([]string{packArg}, o)
	if err != nil {
		return err
	}
	a.report(worth(pack.Diags))
	if c := oneCorrelation(pack, ruleArg); c != nil {
		return a.explainCorrelation(ctx, pack, c, eventsArg, id)
	}
	plan, err := a.oneRule(pack, packArg, ruleArg)
	if err != nil {
		return err
	}
	list, problems := files.Find([]string{eventsArg})
	if len(list) == 0 {
		return &exitError{exitEngine, noEvents(eventsArg, problems)}
	}
	out := bufio.NewWriter(a.out)
	seen := 0
	worker := func() func(*record.Record, files.Position) (string, bool) {
		return func(rec *record.Record, _ files.Position) (string, bool) {
			eventID := hunt.EventID(plan.Source, rec)
			if id != "" && eventID != id {
				return "", false
			}
			return explained(plan, rec, eventID), true
		}
	}
	stats, err := files.Scan(ctx, list, files.Options{Stdin: a.in, Workers: 1}, worker, func(text string) error {
		seen++
		_, err := out.WriteString(text)
		return err
	})
	if err == nil {
		err = out.Flush()
	}
	switch {
	case err != nil:
		return &exitError{exitEngine, err}
	case stats.Lost() > 0:
		return &exitError{exitEngine, fmt.Errorf("%s: %s", eventsArg, stats.Problems[0].Reason)}
	case seen == 0:
		return usage("%s holds no event%s", eventsArg, map[bool]string{true: " " + id, false: ""}[id != ""])
	}
	return nil
}

// noEvents says why a path gives no file of events.
func noEvents(arg string, problems []files.Problem) error {
	for _, p := range problems {
		return fmt.Errorf("%s: %s", p.File, p.Reason)
	}
	return fmt.Errorf("%s: no events", arg)
}

// oneRule finds the rule to explain and compiles it.
func (a *app) oneRule(pack *sigma.Pack, packArg, ruleArg string) (*compiler.Plan, error) {
	for _, r := range pack.Rules {
		if ruleArg == "" && len(pack.Rules) > 1 {
			return nil, usage("%s holds %d rules: name one with --rule", packArg, len(pack.Rules))
		}
		if ruleArg != "" && !called(&r.Header, ruleArg) {
			continue
		}
		plan, diags := compiler.Compile(r, schema.ForLogsource)
		a.report(worth(diags))
		if plan == nil {
			return nil, &exitError{code: exitRule}
		}
		return plan, nil
	}
	if ruleArg == "" {
		return nil, &exitError{code: exitRule}
	}
	return nil, usage("%s holds no rule %q", packArg, ruleArg)
}

// called reports whether a document has that id, name or title.
func called(h *sigma.Header, name string) bool {
	return name == h.ID || name == h.Name || name == h.Title
}

// explained writes one event's trace.
func explained(plan *compiler.Plan, rec *record.Record, id string) string {
	var b strings.Builder
	trace := eval.Explain(plan, rec)
	verdict := "does not match"
	if trace.Result {
		verdict = "matches"
	}
	fmt.Fprintf(&b, "%s %s %q\n", diag.Printable(id), verdict, diag.Printable(plan.Rule.Title))
	writeTrace(&b, trace, "  ")
	return b.String()
}

// writeTrace writes a predicate on a line of its own, and its parts below it.
func writeTrace(w io.StringWriter, t eval.Trace, indent string) {
	mark := "✗"
	if t.Result {
		mark = "✓"
	}
	line := fmt.Sprintf("%s%s %s", indent, mark, diag.Printable(compiler.Describe(t.Pred)))
	if at := t.Pred.Span(); at.Line > 0 {
		line += fmt.Sprintf("  (line %d)", at.Line)
	}
	w.WriteString(line + "\n") //nolint:errcheck // a builder
	for _, f := range t.Fields {
		w.WriteString(indent + "    " + fieldLine(f) + "\n") //nolint:errcheck // a builder
	}
	for _, part := range t.Of {
		writeTrace(w, part, indent+"  ")
	}
}

func fieldLine(f eval.FieldTrace) string {
	name := diag.Printable(f.Path.Name())
	switch {
	case len(f.Values) == 0 && f.Empty:
		return name + " is an empty array"
	case len(f.Values) == 0 && f.Key:
		return name + " is null"
	case len(f.Values) == 0:
		return name + " is missing"
	}
	var values []string
	for _, v := range f.Values {
		values = append(values, fmt.Sprintf("%q", v))
	}
	if f.More > 0 {
		values = append(values, fmt.Sprintf("and %d more", f.More))
	}
	return name + " = " + strings.Join(values, ", ")
}
