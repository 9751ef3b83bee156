package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/opensearch"
	"github.com/sigmahunt/sigmahunt/backends/opensearch/nodetest"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// countMonitor is a monitor of a correlation, as far as a run of it needs.
type countMonitor struct {
	Inputs []struct {
		Search struct {
			Indices []string
			Query   map[string]any
		}
	}
	Triggers []map[string]struct{ Condition triggerCondition }
}

type triggerCondition struct {
	Parent string            `json:"parent_bucket_path"`
	Paths  map[string]string `json:"buckets_path"`
	Script struct{ Source string }
}

// lostGroups stands for the groups that an index does not tell, and everything for
// that of a monitor without groups.
const (
	lostGroups = "lost"
	everything = "all"
)

// alerts are the groups on which a monitor alerts at the run whose period ends then,
// as Alerting finds them: each trigger page by page, here of two buckets.
func alerts(t *testing.T, server *nodetest.Server, monitor string, end time.Time) map[string]bool {
	t.Helper()
	var m countMonitor
	if err := json.Unmarshal([]byte(monitor), &m); err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, trigger := range m.Triggers {
		for level, of := range trigger {
			condition := of.Condition
			if level == "query_level_trigger" {
				counts, buckets := map[string]int64{}, map[string]any{}
				for name, n := range m.rules(t, server, end) {
					counts["ctx.results[0].aggregations.rules.buckets."+name+".doc_count"] = n
					buckets[name] = map[string]any{"doc_count": n}
				}
				holds := holdsIn(t, condition.Script.Source, counts)
				result := map[string]any{"aggregations": map[string]any{"rules": map[string]any{"buckets": buckets}}}
				if told := executed(t, server, condition.Script.Source, result); told != holds {
					t.Errorf("Painless says %v of %s over %v", told, condition.Script.Source, counts)
				}
				if holds {
					out[everything] = true
				}
				continue
			}
			for _, b := range m.buckets(t, server, condition, end) {
				counts := map[string]int64{}
				for name, path := range condition.Paths {
					counts["params."+name] = countAt(t, b, path)
				}
				holds := holdsIn(t, condition.Script.Source, counts)
				if told := b["told"].(map[string]any)["value"] == 1.0; told != holds {
					t.Errorf("Painless says %v of %s over %v", told, condition.Script.Source, counts)
				}
				if holds {
					out[keyOf(t, condition.Parent, b)] = true
				}
			}
		}
	}
	return out
}

// run runs the search of a monitor, and gives one of its aggregations.
func (m *countMonitor) run(t *testing.T, server *nodetest.Server, name string, end time.Time, into any) {
	t.Helper()
	search := m.Inputs[0].Search
	text, err := json.Marshal(search.Query)
	if err != nil {
		t.Fatal(err)
	}
	body, err := nodetest.AlertingRun(text, end)
	if err != nil {
		t.Fatal(err)
	}
	text, err = server.Do(t.Context(), "POST", "/"+strings.Join(search.Indices, ",")+"/_search?allow_partial_search_results=false", body)
	if err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	var answer struct{ Aggregations map[string]json.RawMessage }
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(answer.Aggregations[name], into); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

// rules are the counts of a query-level monitor.
func (m *countMonitor) rules(t *testing.T, server *nodetest.Server, end time.Time) map[string]int64 {
	t.Helper()
	var found struct {
		Buckets map[string]struct {
			Count int64 `json:"doc_count"`
		}
	}
	m.run(t, server, "rules", end, &found)
	counts := map[string]int64{}
	for name, b := range found.Buckets {
		counts[name] = b.Count
	}
	return counts
}

func holdsIn(t *testing.T, script string, counts map[string]int64) bool {
	t.Helper()
	holds, err := nodetest.Condition(script, counts)
	if err != nil {
		t.Fatal(err)
	}
	return holds
}

// executed runs the script of a query-level trigger over what a search gave.
func executed(t *testing.T, server *nodetest.Server, script string, result any) bool {
	t.Helper()
	text, err := server.Do(t.Context(), "POST", "/_scripts/painless/_execute", map[string]any{"script": map[string]any{
		"source": "def ctx = params.ctx; return " + script + ";", "params": map[string]any{"ctx": map[string]any{"results": []any{result}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var answer struct{ Result string }
	if err := json.Unmarshal(text, &answer); err != nil {
		t.Fatal(err)
	}
	return answer.Result == "true"
}

// buckets reads a composite to its end, with what the node's Painless says of the
// trigger's condition.
func (m *countMonitor) buckets(t *testing.T, server *nodetest.Server, condition triggerCondition, end time.Time) (list []map[string]any) {
	t.Helper()
	parent := condition.Parent
	aggregation := m.Inputs[0].Search.Query["aggregations"].(map[string]any)[parent].(map[string]any)
	composite := aggregation["composite"].(map[string]any)
	composite["size"] = 2
	below, _ := aggregation["aggregations"].(map[string]any)
	if below == nil {
		below = map[string]any{}
		aggregation["aggregations"] = below
	}
	below["told"] = map[string]any{"bucket_script": map[string]any{
		"buckets_path": condition.Paths, "script": map[string]any{"lang": "painless", "source": "(" + condition.Script.Source + ") ? 1 : 0"},
	}}
	for {
		var page struct {
			After   map[string]any `json:"after_key"`
			Buckets []map[string]any
		}
		m.run(t, server, parent, end, &page)
		list = append(list, page.Buckets...)
		if page.After == nil {
			delete(composite, "after")
			return list
		}
		composite["after"] = page.After
	}
}

// countAt follows a path to a count.
func countAt(t *testing.T, bucket map[string]any, path string) int64 {
	t.Helper()
	at := bucket
	for _, step := range strings.Split(path, ">") {
		if step == "_count" {
			return int64(at["doc_count"].(float64))
		}
		at = at[step].(map[string]any)
	}
	t.Fatalf("%s is no count", path)
	return 0
}

// keyOf names the group of a bucket. Alerting fails where a value is null.
func keyOf(t *testing.T, parent string, bucket map[string]any) string {
	t.Helper()
	if parent == lostGroups {
		return lostGroups
	}
	key := bucket["key"].(map[string]any)
	var group []string
	for i := range len(key) {
		value, ok := key[fmt.Sprintf("group%d", i)].(string)
		if !ok {
			t.Fatalf("the key %v is no group", key)
		}
		group = append(group, value)
	}
	return groupOf(group)
}

// groupOf names a group, as an index that folds its values has them.
func groupOf(values []string) string {
	return strings.ToLower(fmt.Sprintf("%q", values))
}

// counted gives the groups that hold what a correlation needs, among events from a
// time to before another, by the evaluator.
func counted(t *testing.T, of *compiler.Coarse, records [][]byte, from, to time.Time) map[string]bool {
	t.Helper()
	counts := map[string][]int64{}
	for _, text := range records {
		rec, err := record.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		for i, leaf := range of.Leaves {
			source := leaf.Plan.Source
			when, err := time.Parse(time.RFC3339, rec.Lookup(source.Time).Text())
			if err != nil || when.Before(from) || !when.Before(to) {
				continue
			}
			var event eval.Event
			event.Reset(source, &rec)
			if !eval.Compile(leaf.Plan).Match(&event) {
				continue
			}
			key, ok := groupOfEvent(&rec, leaf.Group)
			if !ok {
				continue
			}
			if counts[key] == nil {
				counts[key] = make([]int64, len(of.Leaves))
			}
			counts[key][i]++
		}
	}
	out := map[string]bool{}
	for key, n := range counts {
		if of.Need.Holds(n) {
			out[key] = true
		}
	}
	return out
}

func groupOfEvent(rec *record.Record, group []schema.Path) (string, bool) {
	if len(group) == 0 {
		return everything, true
	}
	var values []string
	for _, p := range group {
		rec.Leaves(p.Keys, func(v record.Value) bool {
			values = append(values, v.Text())
			return true
		})
	}
	return groupOf(values), len(values) == len(group)
}

// monitorsOf are the correlations of a case with their monitors; those that no
// monitor can tell are left out.
func monitorsOf(t *testing.T, b backends.Stager, report []*compiler.Correlated, legal map[*sigma.Rule]*compiler.Plan, s backends.Schedule) map[*compiler.Coarse]string {
	t.Helper()
	format, _ := opensearch.Engine.Format("monitor")
	out := map[*compiler.Coarse]string{}
	for _, of := range report {
		coarse := compiler.Coarsen(of, legal, b.Target())
		if coarse == nil {
			continue
		}
		q, err := format.WriteCounts(b, coarse, s)
		switch {
		case err == nil:
			out[coarse] = q.Text
		case len(backends.LeavesAlike(coarse)) == 1:
			t.Error(err)
		}
	}
	return out
}

// holdMonitors holds the monitors of a case against its episodes, at the first and
// the last run that can see each open, and where the index folds as the names of
// groups do against the evaluator's counts.
func (e *onLayout) holdMonitors(t *testing.T, s *inStages, report []*compiler.Correlated, legal map[*sigma.Rule]*compiler.Plan, records [][]byte, episodes []correlate.Episode) (monitors int) {
	t.Helper()
	schedule := backends.Schedule{Every: 5 * time.Minute, Delay: 15 * time.Minute}
	for of, monitor := range monitorsOf(t, s.backend, report, legal, schedule) {
		monitors++
		for _, episode := range episodes {
			if episode.Of != of.Of {
				continue
			}
			key := everything
			if len(of.Groups) > 0 {
				var group []string
				for _, at := range of.Groups {
					group = append(group, episode.Group[at])
				}
				key = groupOf(group)
			}
			opens := episode.Opening.At
			for _, end := range []time.Time{opens.Add(schedule.Delay + time.Millisecond), opens.Add(schedule.Delay + schedule.Every)} {
				got := alerts(t, e.server, monitor, end)
				if !got[key] && !got[lostGroups] {
					t.Errorf("no alert on %s, which opens at %s, in the run that ends at %s: %v", key, opens, end, got)
				}
				to := end.Add(-schedule.Delay)
				want := counted(t, of, records, to.Add(-schedule.Every-of.Of.Depth()), to)
				if d := cmp.Diff(want, got); d != "" && e.layout.Name == "template" {
					t.Errorf("run that ends at %s: %s", end, d)
				}
			}
		}
	}
	return monitors
}

// TestMonitorsAlertOnGroupsThatTheIndexDoesNotTell counts failed sign-ins of user
// agents that are too long for a keyword, and of none at all.
func TestMonitorsAlertOnGroupsThatTheIndexDoesNotTell(t *testing.T) {
	const rule = `title: Failed
name: failed
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: ConsoleLogin}, condition: s}
---
title: Guessed
correlation: {type: event_count, rules: failed, group-by: userAgent, timespan: 10m, condition: {gte: 3}}
`
	e := newOnOpenSearch(t)
	s := e.stages(t)
	begin := time.Date(2026, time.March, 10, 12, 0, 0, 0, time.UTC)
	schedule := backends.Schedule{Every: 5 * time.Minute}
	plans, report := EpisodeCase{Name: "long", Rules: []byte(rule)}.compile(t)
	legal, _ := legalizeAll(s.backend.Target(), plans, report)
	for _, c := range []struct {
		agents []string // of events, a minute apart
		want   []string
	}{
		{[]string{"a", "a", "A"}, []string{`["a"]`}},
		{[]string{"a", "a", "b"}, nil},
		{[]string{"", "", ""}, []string{`[""]`}},
		{[]string{long("x"), long("x"), long("x")}, []string{lostGroups}},
		{[]string{long("x"), long("y"), "a"}, nil},
		{[]string{long("x"), long("y"), "a", "a", "b", "b", "a", long("z")}, []string{`["a"]`, lostGroups}},
		{[]string{none, none, none, none}, nil},
	} {
		var events [][]byte
		for i, agent := range c.agents {
			fields := map[string]string{"eventID": fmt.Sprint(i), "eventName": "ConsoleLogin", "eventTime": begin.Add(time.Duration(i) * time.Minute).Format(time.RFC3339), "userAgent": agent}
			if agent == none {
				delete(fields, "userAgent")
			}
			event, err := json.Marshal(fields)
			if err != nil {
				t.Fatal(err)
			}
			events = append(events, event)
		}
		ids, err := e.load(t.Context(), schema.CloudTrail, events)
		if err != nil {
			t.Fatal(err)
		}
		monitors := monitorsOf(t, s.backend, report, legal, schedule)
		if len(monitors) != 1 {
			t.Fatalf("%d monitors", len(monitors))
		}
		for _, text := range monitors {
			got := slices.Sorted(maps.Keys(alerts(t, e.server, text, begin.Add(10*time.Minute))))
			if !slices.Equal(got, c.want) {
				t.Errorf("%.20q: alerts on %q, want %q", c.agents, got, c.want)
			}
			// A run later sees no event of these: the period and ten minutes are over.
			if late := alerts(t, e.server, text, begin.Add(23*time.Minute+15*time.Second)); len(late) > 0 {
				t.Errorf("%.20q: alerts on %v too late", c.agents, late)
			}
		}
		if err := (throughExecutor{e}).remove(t.Context(), schema.CloudTrail, ids); err != nil {
			t.Fatal(err)
		}
	}
}

// none stands for a field that an event lacks.
const none = "none"

// long is a text that no keyword of the template holds.
func long(letter string) string { return strings.Repeat(letter, 9_000) }
