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

// explainOptions are the arguments and flags of explain.
type explainOptions struct {
	packOptions
	pack, events string
	id           string // of the only event to explain; empty: of any
	all          bool   // also the events that do not match
}

func (a *app) explainCommand() *cobra.Command {
	o := &explainOptions{}
	cmd := &cobra.Command{
		Use:   "explain RULE EVENTS",
		Short: "Evaluate a rule on events and show which conditions matched",
		Long: "Evaluate a rule on events and show which conditions matched, with the values that\n" +
			"they compared. For a correlation, show each time window with its events and value.\n" +
			"RULE is a rule file, or a pack with --rule to select one of its rules. EVENTS is a\n" +
			"file, or - for standard input. Events that do not match are counted; --all or --id\n" +
			"shows them too.",
		Example: "  sigmahunt explain rule.yml events.json.gz\n" +
			"  sigmahunt explain aws events.json.gz --rule 'AWS IAM User Created'",
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.pack, o.events = args[0], args[1]
			return a.explain(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.id, "id", "", "explain only the event with this id")
	cmd.Flags().BoolVar(&o.all, "all", false, "also explain the events that do not match, in the order of the file")
	o.ruleFlag(cmd)
	o.flags(cmd)
	return cmd
}

func (a *app) explain(ctx context.Context, o *explainOptions) error {
	pack, err := a.load([]string{o.pack}, &o.packOptions)
	if err != nil {
		return err
	}
	a.report(worth(pack.Diags))
	if c := oneCorrelation(pack, o.rules); c != nil {
		return a.explainCorrelation(ctx, pack, c, o.events, o.id)
	}
	plan, err := a.oneRule(pack, o.pack)
	if err != nil {
		return err
	}
	list, problems := files.Find([]string{o.events})
	if len(list) == 0 {
		return &exitError{exitEngine, noEvents(o.events, problems)}
	}
	out := bufio.NewWriter(a.out)
	shown, others := 0, 0
	worker := func() func(*record.Record, files.Position) (string, bool) {
		return func(rec *record.Record, _ files.Position) (string, bool) {
			eventID := hunt.EventID(plan.Source, rec)
			if o.id != "" && eventID != o.id {
				return "", false
			}
			trace := eval.Explain(plan, rec)
			if !trace.Result && !o.all && o.id == "" {
				return "", true
			}
			return explained(plan, trace, eventID), true
		}
	}
	stats, err := files.Scan(ctx, list, files.Options{Stdin: a.in, Workers: 1}, worker, func(text string) error {
		if text == "" {
			others++
			return nil
		}
		shown++
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
		return &exitError{exitEngine, fmt.Errorf("%s: %s", o.events, stats.Problems[0].Reason)}
	case shown+others == 0:
		return usage("%s holds no event%s", o.events, strings.TrimSuffix(" "+o.id, " "))
	case others > 0:
		a.say("%s (--all shows them)", unmatched(shown, others))
	}
	return nil
}

// unmatched counts the events that were not shown.
func unmatched(shown, others int) string {
	switch {
	case shown > 0 && others == 1:
		return "1 other event does not match"
	case shown > 0:
		return fmt.Sprintf("%d other events do not match", others)
	case others == 1:
		return "No event matches: 1 event does not"
	default:
		return fmt.Sprintf("No event matches: %d events do not", others)
	}
}

// noEvents returns why a path has no file of events.
func noEvents(arg string, problems []files.Problem) error {
	for _, p := range problems {
		return fmt.Errorf("%s: %s", p.File, p.Reason)
	}
	return fmt.Errorf("%s: no events", arg)
}

// oneRule compiles the rule to explain: the only one that is selected.
func (a *app) oneRule(pack *sigma.Pack, packArg string) (*compiler.Plan, error) {
	switch {
	case len(pack.Rules) > 1:
		return nil, usage("%s holds %d rules: select one with --rule", packArg, len(pack.Rules))
	case len(pack.Rules) == 0:
		return nil, &exitError{code: exitRule}
	}
	plan, diags := compiler.Compile(pack.Rules[0], schema.ForLogsource)
	a.report(worth(diags))
	if plan == nil {
		return nil, &exitError{code: exitRule}
	}
	return plan, nil
}

// explained writes one event's trace.
func explained(plan *compiler.Plan, trace eval.Trace, id string) string {
	var b strings.Builder
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
