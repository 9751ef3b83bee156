package conformance

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate/correlatetest"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// randomWindow gives a part of the ten minutes in which events happen, or now and
// then all time.
func randomWindow(r *rand.Rand) backends.Window {
	if r.IntN(2) == 0 {
		return backends.Window{}
	}
	start := time.Date(2026, 1, 5, 8, 0, r.IntN(500), 0, time.UTC)
	return backends.Window{Start: start, End: start.Add(time.Duration(1+r.IntN(300)) * time.Second)}
}

// correlated are the episodes of a window that the evaluator makes of a trial's
// events, a line each, by the correlation.
func correlated(t testing.TB, tr *correlatetest.Trial, w backends.Window) map[*compiler.CorrelationPlan][]string {
	t.Helper()
	collector := correlate.NewCollector(tr.Ready, correlate.Limits{})
	for i := range tr.Raw {
		if !(backends.Window{End: w.End}).Holds(&tr.Raw[i], tr.Sources[i]) {
			continue
		}
		var rules []*sigma.Rule
		for _, p := range tr.Plans {
			if p.Source != tr.Sources[i] {
				continue
			}
			var ev eval.Event
			if ev.Reset(p.Source, &tr.Raw[i]); eval.Compile(p).Match(&ev) {
				rules = append(rules, p.Rule)
			}
		}
		if len(rules) > 0 {
			collector.Add(tr.Sources[i], &tr.Raw[i], rules...)
		}
	}
	episodes, problems := collector.Episodes()
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	byOf := map[*compiler.CorrelationPlan][]correlate.Episode{}
	for _, e := range episodes {
		if w.Contains(e.Opening.At) {
			byOf[e.Of] = append(byOf[e.Of], e)
		}
	}
	lines := map[*compiler.CorrelationPlan][]string{}
	for of, list := range byOf {
		lines[of] = linesOf(list)
	}
	return lines
}

// linesOf writes episodes, all that is told of them, in an order of their own.
func linesOf(list []correlate.Episode) []string {
	var lines []string
	for _, e := range list {
		clock := func(t time.Time) string { return t.Format(time.RFC3339Nano) }
		lines = append(lines, fmt.Sprintf("%q %s %s %s %s-%s %d %v %s", e.Group, clock(e.Opening.At), e.Opening.ID, e.Opening.Source, clock(e.First), clock(e.Last), e.Count, e.IDs, e.Value.RatString()))
	}
	slices.SortFunc(lines, cmp.Compare)
	return lines
}

// differ tells how a statement's episodes differ from the evaluator's.
func differ(tr *correlatetest.Trial, of *compiler.CorrelationPlan, got, want []string) string {
	if slices.Equal(got, want) {
		return ""
	}
	return fmt.Sprintf("%s: in\n%s\nevents\n%s\nthe statement gives\n%s\nthe evaluator\n%s", of.Rule.Title, tr.Text,
		ndjson(tr), strings.Join(got, "\n"), strings.Join(want, "\n"))
}

// legalAll gives the plans of a trial as a target has them.
func legalAll(t testing.TB, tr *correlatetest.Trial, target *compiler.Target) map[*sigma.Rule]*compiler.Plan {
	t.Helper()
	legal := map[*sigma.Rule]*compiler.Plan{}
	for _, p := range tr.Plans {
		plan, diags := compiler.Legalize(p, target)
		if plan == nil {
			t.Fatal(diags)
		}
		legal[p.Rule] = plan
	}
	return legal
}

// delivered are the events of a trial, some of them twice.
func delivered(tr *correlatetest.Trial) (list []*record.Record) {
	for i := range tr.Raw {
		if list = append(list, &tr.Raw[i]); i%5 == 0 {
			list = append(list, &tr.Raw[i/2])
		}
	}
	return list
}

// ndjson gives the events of a trial as they are delivered, one a line.
func ndjson(tr *correlatetest.Trial) []byte {
	var text []byte
	for _, e := range delivered(tr) {
		text = append(append(text, e.Raw...), '\n')
	}
	return text
}
