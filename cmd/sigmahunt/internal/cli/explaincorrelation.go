package cli

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sigmahunt/sigmahunt/backends/files"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// oneCorrelation finds the correlation to explain: the one that a name calls, or
// the only one that reports where no rule does. There may be none.
func oneCorrelation(pack *sigma.Pack, names []string) *sigma.Correlation {
	var reporting []*sigma.Correlation
	for _, c := range pack.Correlations {
		if slices.ContainsFunc(names, c.Called) {
			return c
		}
		if !c.Base {
			reporting = append(reporting, c)
		}
	}
	if len(reporting) != 1 || slices.ContainsFunc(pack.Rules, func(r *sigma.Rule) bool { return !r.Base }) {
		return nil
	}
	return reporting[0]
}

// explainCorrelation shows the windows in which a correlation, and those that it
// refers to, are evaluated; with an id, only those that end with that event.
func (a *app) explainCorrelation(ctx context.Context, pack *sigma.Pack, c *sigma.Correlation, eventsArg, id string) error {
	low := compiler.Lower(pack, schema.ForLogsource)
	a.report(worth(low.Diags))
	i := slices.IndexFunc(low.Correlations, func(of *compiler.CorrelationPlan) bool { return of.Rule == c })
	if i < 0 {
		return &exitError{code: exitRule}
	}
	out := bufio.NewWriter(a.out)
	lines := 0
	collector := correlate.NewCollector(low.Correlations[i:i+1], correlate.Limits{})
	collector.Trace = &correlate.Trace{
		LeftOut: func(of *sigma.Correlation, rule *sigma.Rule, event string) {
			if id == "" || id == event {
				lines++
				fmt.Fprintf(out, "%s matches %q, but has no value for all that %q groups by\n", diag.Printable(event), diag.Printable(rule.Title), diag.Printable(of.Title))
			}
		},
		Looked: func(l correlate.Look) {
			if id == "" || slices.Contains(l.IDs, id) {
				lines++
				fmt.Fprintln(out, looked(l))
			}
		},
	}
	if err := a.collectFile(ctx, low.Correlations[i], eventsArg, collector); err != nil {
		return err
	}
	_, problems := collector.Episodes()
	if err := out.Flush(); err != nil {
		return &exitError{exitEngine, err}
	}
	for _, p := range problems {
		a.say("sigmahunt: %s", diag.Printable(p.Message))
	}
	switch {
	case len(problems) > 0:
		return &exitError{code: exitEngine}
	case lines == 0:
		return usage("%s holds no event%s that a rule of the correlation matches", eventsArg, strings.TrimSuffix(" "+id, " "))
	default:
		return nil
	}
}

// collectFile adds the events of a file that a correlation's rules match to a
// collector.
func (a *app) collectFile(ctx context.Context, of *compiler.CorrelationPlan, eventsArg string, to *correlate.Collector) error {
	list, found := files.Find([]string{eventsArg})
	if len(list) == 0 {
		return &exitError{exitEngine, noEvents(eventsArg, found)}
	}
	var ev eval.Event
	bases, matchers := of.Bases(), []*eval.Matcher(nil)
	for _, p := range bases {
		matchers = append(matchers, eval.Compile(p))
	}
	worker := func() func(*record.Record, files.Position) (struct{}, bool) {
		return func(rec *record.Record, at files.Position) (struct{}, bool) {
			var rules []*sigma.Rule
			for i, p := range bases {
				if ev.Reset(p.Source, rec); at.Source == p.Source.Name && matchers[i].Match(&ev) {
					rules = append(rules, p.Rule)
				}
			}
			if len(rules) > 0 {
				to.Add(schema.ByName(at.Source), rec, rules...)
			}
			return struct{}{}, false
		}
	}
	stats, err := files.Scan(ctx, list, files.Options{Stdin: a.in, Workers: 1}, worker, func(struct{}) error { return nil })
	switch {
	case err != nil:
		return &exitError{exitEngine, err}
	case stats.Lost() > 0:
		return &exitError{exitEngine, fmt.Errorf("%s: %s", eventsArg, stats.Problems[0].Reason)}
	}
	return nil
}

// looked writes the evaluation of one window on a line.
func looked(l correlate.Look) string {
	rule := l.Of.Rule
	var group []string
	for i, n := range rule.GroupBy {
		group = append(group, fmt.Sprintf("%s = %q", diag.Printable(n.Text), l.Group[i]))
	}
	value, verdict := "nothing to measure", "does not fire"
	if l.Value != nil {
		value = rule.Kind + " " + l.Value.RatString()
	}
	if l.Fires {
		verdict = "fires"
	}
	since := l.At.Add(-rule.Timespan).Format(time.RFC3339Nano)
	return fmt.Sprintf("%s %s %q %s: %d events after %s, %s, requires %s%s", l.At.Format(time.RFC3339Nano), diag.Printable(strings.Join(l.IDs, " ")),
		diag.Printable(rule.Title), verdict, l.Events, since, value, required(l.Of), suffix(group))
}

func suffix(group []string) string {
	if len(group) == 0 {
		return ""
	}
	return "; " + strings.Join(group, ", ")
}

// required describes when a correlation fires.
func required(of *compiler.CorrelationPlan) string {
	var parts []string
	for _, b := range of.Bounds {
		parts = append(parts, b.Op+" "+b.Value.RatString())
	}
	if len(parts) > 0 {
		return strings.Join(parts, " and ")
	}
	and := " and "
	if of.Rule.Kind == "temporal_ordered" {
		and = " then "
	}
	for _, w := range of.Ways {
		way := strings.Join(named(of, w.Present), and)
		for _, name := range named(of, w.Absent) {
			way = strings.TrimPrefix(way+" and not "+name, " and ")
		}
		parts = append(parts, way)
	}
	return strings.Join(parts, ", or ")
}

func named(of *compiler.CorrelationPlan, inputs []int) []string {
	var names []string
	for _, i := range inputs {
		names = append(names, diag.Printable(of.Rule.Rules[i].Text))
	}
	return names
}
