package hunt

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/local"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

const correlatedPack = `title: Denied
name: denied
logsource: {product: aws, service: cloudtrail}
detection: {selection: {errorCode: AccessDenied}, condition: selection}
---
title: Created
name: created
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName: CreateUser}, condition: selection}
---
title: Often
correlation: {type: event_count, rules: denied, timespan: 10m, condition: {gte: 2}}
`

// remote stands for an engine that is asked elsewhere: it notes what it is asked
// and answers with the rows of the window, or fails.
type remote struct {
	backends.Backend
	target compiler.Target
	events map[string]time.Time // by id
	fails  string               // the title of a rule whose query fails
	asked  []string
}

func (r *remote) Target() *compiler.Target { return &r.target }

func (r *remote) Run(_ context.Context, q backends.Query) iter.Seq2[backends.Row, error] {
	return func(yield func(backends.Row, error) bool) {
		titles := ""
		for _, p := range q.Batch.Plans {
			titles += p.Rule.Title + " "
		}
		r.asked = append(r.asked, titles+q.Window.Start.Format("15:04")+"-"+q.Window.End.Format("15:04"))
		if r.fails != "" && strings.Contains(titles, r.fails) {
			yield(backends.Row{}, errors.New("throttled"))
			return
		}
		for _, id := range []string{"d1", "d2", "d3"} {
			if at := r.events[id]; q.Batch.Plans[0].Rule.Title == "Denied" && q.Window.Contains(at) {
				text := fmt.Sprintf(`{"eventID":%q,"eventTime":%q,"errorCode":"AccessDenied"}`, id, at.Format(time.RFC3339))
				if !yield(backends.Row{Event: []byte(text), Plans: []int{0}}, nil) {
					return
				}
			}
		}
	}
}

func (r *remote) RunsCorrelations() backends.CorrelationRunner { return backends.CorrelationRunner{} }
func (r *remote) Stats() backends.Stats                        { return backends.Stats{} }
func (r *remote) Close() error                                 { return nil }

// kept keeps what is found.
type kept struct{ found []string }

// options collects findings.
func (k *kept) options() Options {
	add := func(f *Finding) error {
		k.found = append(k.found, f.RuleTitle+" "+strings.Join(f.EventIDs, " "))
		return nil
	}
	return Options{
		Event:   func(_ *compiler.Plan, f *Finding) error { return add(f) },
		Episode: func(_ *compiler.CorrelationPlan, f *Finding) error { return add(f) },
	}
}

// packOf makes a pack ready for a target.
func packOf(text string, target *compiler.Target) *compiler.Program {
	doc, diags := sigma.Parse(&diag.Source{Name: "pack.yml", Text: []byte(text)})
	return compiler.NewProgram(sigma.Join(&sigma.Pack{Document: doc, Files: 1, Diags: diags}), schema.ForLogsource, target)
}

// remoteOf is such an engine and a pack made ready for it; denied calls are at
// 8:50, 8:55 and 9:05.
func remoteOf(t *testing.T, text, fails string, how compiler.Correlating) (*compiler.Program, *remote) {
	t.Helper()
	emitter, err := local.Engine.New(backends.Config{})
	if err != nil {
		t.Fatal(err)
	}
	r := &remote{Backend: emitter, target: *emitter.Target(), fails: fails, events: map[string]time.Time{"d1": on(8, 50), "d2": on(8, 55), "d3": on(9, 5)}}
	r.target.Sources, r.target.Correlation = compiler.OneSource, how
	return packOf(text, &r.target), r
}

func on(hour, minute int) time.Time { return time.Date(2026, 1, 5, hour, minute, 0, 0, time.UTC) }

// morning is from 9 to 10 o'clock.
var morning = backends.Window{Start: on(9, 0), End: on(10, 0)}

// remoteScan scans the morning, over rows.
func remoteScan(t *testing.T, text, fails string) (*remote, Result, *kept) {
	t.Helper()
	c, r := remoteOf(t, text, fails, compiler.OfRows)
	run, k := scanned(t, c, r, r, nil)
	return r, run, k
}

// scanned runs a program over the morning; fellBack may be nil.
func scanned(t *testing.T, c *compiler.Program, b backends.Backend, x backends.Executor, fellBack func(*compiler.CorrelationPlan, error)) (Result, *kept) {
	t.Helper()
	k := &kept{}
	options := k.options()
	options.FellBack = fellBack
	result, err := Run(t.Context(), c, Session{Backend: b, Executor: x}, morning, options)
	if err != nil {
		t.Fatal(err)
	}
	return result, k
}

// An engine that is paid by what it reads is asked for the look-back, twice ten
// minutes, by the rules of correlations alone. The run that opened at 8:55 goes
// on at 9:05 and is not told again.
func TestOnlyRulesOfCorrelationsAreAskedForTheLookBack(t *testing.T) {
	r, run, k := remoteScan(t, correlatedPack, "")
	if got := strings.Join(r.asked, ", "); got != "Created 09:00-10:00, Denied 08:40-10:00" {
		t.Errorf("asked %s", got)
	}
	if len(k.found) > 0 || len(run.Failures) > 0 {
		t.Errorf("found %v, failed %v", k.found, run.Failures)
	}
}

func TestRulesThatGenerateReportWithinTheWindowAlone(t *testing.T) {
	_, run, k := remoteScan(t, strings.Replace(correlatedPack, "timespan: 10m", "timespan: 11m, generate: true", 1), "")
	if got := strings.Join(k.found, ", "); got != "Denied d3" || len(run.Failures) > 0 {
		t.Errorf("found %s, failed %v", got, run.Failures)
	}
}

// With a timespan of six minutes the run of 8:55 is over at 9:05.
func TestAnEpisodeIsToldInTheWindowInWhichItOpens(t *testing.T) {
	_, _, k := remoteScan(t, strings.NewReplacer("timespan: 10m", "timespan: 6m", "gte: 2", "gte: 1").Replace(correlatedPack), "")
	if got := strings.Join(k.found, ", "); got != "Often d3" {
		t.Errorf("found %s", got)
	}
}

func TestNothingIsCorrelatedWhereRowsAreMissing(t *testing.T) {
	_, run, k := remoteScan(t, correlatedPack, "Denied")
	if got := fmt.Sprint(run.Failures); got != "[throttled correlations: none was made, since rows of their rules are missing]" || len(k.found) > 0 {
		t.Errorf("failed %s, found %v", got, k.found)
	}
	_, run, _ = remoteScan(t, correlatedPack, "Created")
	if got := fmt.Sprint(run.Failures); got != "[throttled]" {
		t.Errorf("another rule: failed %s", got)
	}
}
