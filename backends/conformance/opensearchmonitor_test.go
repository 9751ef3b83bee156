package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/opensearch"
	"github.com/sigmahunt/sigmahunt/backends/opensearch/nodetest"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

// inFormat writes the query of plans, over the test's own index, in a format.
func (e *onOpenSearch) inFormat(t *testing.T, name string, s backends.Schedule, plans ...*compiler.Plan) (q backends.Query, text string) {
	t.Helper()
	format, ok := opensearch.Engine.Format(name)
	if !ok {
		t.Fatalf("no format %s", name)
	}
	q, err := e.backend.Emit(compiler.Batch{Source: plans[0].Source, Plans: plans}, backends.Window{})
	if err != nil {
		t.Fatal(err)
	}
	q.Table = e.index(plans[0].Source)
	if text, err = format.Write(q, s); err != nil {
		t.Fatal(err)
	}
	return q, text
}

// searchOf returns the search inside a monitor.
func searchOf(t *testing.T, monitor string) json.RawMessage {
	t.Helper()
	var m struct {
		Inputs []struct {
			Search struct{ Query json.RawMessage }
		}
	}
	if err := json.Unmarshal([]byte(monitor), &m); err != nil || len(m.Inputs) != 1 {
		t.Fatalf("%v in %s", err, monitor)
	}
	return m.Inputs[0].Search.Query
}

// answer is what a search finds.
type answer struct {
	Hits struct {
		Total struct{ Value int }
		Hits  []struct {
			ID string `json:"_id"`
		}
	}
	Aggregations struct {
		Rules struct {
			Buckets map[string]struct {
				Count int `json:"doc_count"`
			}
		}
	}
	Status int
}

func (a *answer) ids() []string {
	ids := []string{}
	for _, h := range a.Hits.Hits {
		ids = append(ids, h.ID)
	}
	slices.Sort(ids)
	return ids
}

// runMonitor returns what a monitor sees at the run whose period ends then, with
// as many hits as there are.
func (e *onOpenSearch) runMonitor(t *testing.T, monitor string, source *schema.Source, end time.Time) *answer {
	t.Helper()
	var a answer
	if err := json.Unmarshal(e.searched(t, monitor, source, end, "&size=10000&_source=false"), &a); err != nil {
		t.Fatal(err)
	}
	return &a
}

// searched returns what the node answers to a monitor's search at the run whose period
// ends then, asked with more parameters.
func (e *onOpenSearch) searched(t *testing.T, monitor string, source *schema.Source, end time.Time, more string) json.RawMessage {
	t.Helper()
	body, err := nodetest.AlertingRun(searchOf(t, monitor), end)
	if err != nil {
		t.Fatal(err)
	}
	text, err := e.server.Do(t.Context(), "POST", "/"+e.index(source)+"/_search?allow_partial_search_results=false"+more, body)
	if err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return text
}

// triggered tells which triggers of a query-level monitor the node's Painless finds
// to hold, in their order, at the run whose period ends then.
func (e *onOpenSearch) triggered(t *testing.T, monitor string, source *schema.Source, end time.Time) (holds []bool) {
	t.Helper()
	result := e.searched(t, monitor, source, end, "")
	var m struct {
		Triggers []map[string]struct {
			Condition struct{ Script struct{ Source string } }
		}
	}
	if err := json.Unmarshal([]byte(monitor), &m); err != nil {
		t.Fatal(err)
	}
	for _, trigger := range m.Triggers {
		holds = append(holds, executed(t, e.server, trigger["query_level_trigger"].Condition.Script.Source, result))
	}
	return holds
}

// executed runs the script of a query-level trigger over what a search returned.
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

// at returns an event another time.
func at(t *testing.T, source *schema.Source, event []byte, when time.Time) []byte {
	t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(event, &fields); err != nil {
		t.Fatal(err)
	}
	text := strconv.Quote(when.UTC().Format(time.RFC3339))
	if source.TimeUnix {
		text = strconv.FormatInt(when.Unix(), 10)
	}
	fields[source.Time] = json.RawMessage(text)
	out, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// packPlansWithEvents are the shipped rules, legal on OpenSearch, by their
// sources, each with the events of its tests.
func packPlansWithEvents(t *testing.T, target *compiler.Target) (plans map[*schema.Source][]*compiler.Plan, events map[*schema.Source][][]byte) {
	t.Helper()
	plans, events = map[*schema.Source][]*compiler.Plan{}, map[*schema.Source][][]byte{}
	for _, pack := range rules.Names() {
		cases, err := PackCases(rules.Files(), pack)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			legal, diags := compiler.Legalize(c.Compile(t), target)
			if legal == nil {
				t.Fatal(diags.Err())
			}
			s := legal.Source
			plans[s] = append(plans[s], legal)
			events[s] = append(events[s], bytes.Split(bytes.TrimSpace(c.Events), []byte("\n"))...)
		}
	}
	return plans, events
}

// TestRunsOfAMonitorSeeEachEventOnce puts the events of the shipped rules' tests
// at the ends of windows and between, and holds each rule's monitor against the
// rule's own query and the clock, run after run.
func TestRunsOfAMonitorSeeEachEventOnce(t *testing.T) {
	e := newOnOpenSearch(t)
	// Periods end at a minute and some milliseconds: when a monitor was enabled.
	first := time.Date(2026, time.March, 10, 12, 0, 0, 123e6, time.UTC)
	schedule := backends.Schedule{Every: 5 * time.Minute, Delay: 15 * time.Minute}
	const runs = 3
	opens := first.Add(-20 * time.Minute)       // the first window, 11:40:00.123
	closes := opens.Add(runs * 5 * time.Minute) // the last, 11:55:00.123
	times := []time.Time{                       // of events, which are of whole seconds
		opens.Truncate(time.Second),                      // just before the first
		opens.Truncate(time.Second).Add(time.Second),     // the first in it
		opens.Add(5 * time.Minute).Truncate(time.Second), // the last in it
		opens.Add(5 * time.Minute).Truncate(time.Second).Add(time.Second),
		opens.Add(8 * time.Minute).Truncate(time.Second),
		closes.Truncate(time.Second),                  // the last of all
		closes.Truncate(time.Second).Add(time.Second), // just after it
		first.Truncate(time.Second),                   // of the run itself: later than the delay allows
	}
	plans, events := packPlansWithEvents(t, e.Target())
	for source, of := range plans {
		var docs [][]byte
		var when []time.Time
		for _, event := range events[source] {
			for _, moment := range times {
				docs, when = append(docs, at(t, source, event, moment)), append(when, moment)
			}
		}
		ids, err := e.load(t.Context(), source, docs)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range of {
			matched, err := e.found(t.Context(), p, ids)
			if err != nil {
				t.Fatal(err)
			}
			if len(matched) == 0 {
				t.Errorf("%s matches no event", p.Rule.Source.Name)
			}
			_, monitor := e.inFormat(t, "monitor", schedule, p)
			for run := range runs {
				end := first.Add(time.Duration(run) * schedule.Every)
				var want []string
				for i, id := range ids {
					if !when[i].Before(end.Add(-20*time.Minute)) && when[i].Before(end.Add(-15*time.Minute)) && matched[id] {
						want = append(want, id)
					}
				}
				slices.Sort(want)
				got := e.runMonitor(t, monitor, source, end)
				if d := cmp.Diff(want, got.ids()); d != "" || got.Hits.Total.Value != len(want) {
					t.Errorf("%s, run %d: %d hits, %s", p.Rule.Source.Name, run, got.Hits.Total.Value, d)
				}
			}
		}
	}
}

// TestFusedMonitorsCountTheEventsOfEachRule holds the counts that the triggers
// look at against the hits of each rule's own monitor.
func TestFusedMonitorsCountTheEventsOfEachRule(t *testing.T) {
	e := newOnOpenSearch(t)
	end := time.Date(2026, time.March, 10, 12, 0, 0, 0, time.UTC)
	schedule := backends.Schedule{Every: time.Hour}
	plans, events := packPlansWithEvents(t, e.Target())
	for source, of := range plans {
		if len(of) == 1 {
			t.Logf("%s: the pack has one rule, which is not fused", source.Name)
			continue
		}
		var docs [][]byte
		for i, event := range events[source] {
			docs = append(docs, at(t, source, event, end.Add(-time.Duration(i%2+1)*40*time.Minute))) // every other one is too old
		}
		if _, err := e.load(t.Context(), source, docs); err != nil {
			t.Fatal(err)
		}
		total := 0
		for batch := range slices.Chunk(of, 7) {
			if len(batch) == 1 {
				continue
			}
			_, fused := e.inFormat(t, "monitor", schedule, batch...)
			counted := e.runMonitor(t, fused, source, end).Aggregations.Rules.Buckets
			triggers := e.triggered(t, fused, source, end)
			if len(counted) != len(batch) || len(triggers) != len(batch) {
				t.Fatalf("%d rules are counted, and %d have triggers, of %d", len(counted), len(triggers), len(batch))
			}
			for i, p := range batch {
				_, alone := e.inFormat(t, "monitor", schedule, p)
				want := e.runMonitor(t, alone, source, end).Hits.Total.Value
				if got := counted[fmt.Sprintf("rule%d", i)].Count; got != want {
					t.Errorf("%s: %d events are counted, want %d", p.Rule.Source.Name, got, want)
				}
				if own := e.triggered(t, alone, source, end); triggers[i] != (want > 0) || !slices.Equal(own, []bool{want > 0}) {
					t.Errorf("%s: of %d events its trigger says %v, alone %v", p.Rule.Source.Name, want, triggers[i], own)
				}
				total += want
			}
		}
		if total == 0 {
			t.Errorf("%s: no rule matches", source.Name)
		}
	}
}

// TestMultiSearchesAnswerAsTheirQueriesDo sends all the rules' lines as one
// _msearch.
func TestMultiSearchesAnswerAsTheirQueriesDo(t *testing.T) {
	e := newOnOpenSearch(t)
	format, _ := opensearch.Engine.Format("ndjson")
	plans, events := packPlansWithEvents(t, e.Target())
	var lines []string
	var queries []backends.Query
	for source, of := range plans {
		if _, err := e.load(t.Context(), source, events[source]); err != nil {
			t.Fatal(err)
		}
		for _, p := range of {
			q, text := e.inFormat(t, "ndjson", backends.Schedule{}, p)
			queries, lines = append(queries, q), append(lines, text)
		}
		q, text := e.inFormat(t, "ndjson", backends.Schedule{}, of...) // and fused
		queries, lines = append(queries, q), append(lines, text)
	}
	text, err := e.server.Do(t.Context(), "POST", "/_msearch", format.Join(lines))
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Responses []*answer }
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all.Responses) != len(queries) {
		t.Fatalf("%d answers to %d queries", len(all.Responses), len(queries))
	}
	for i, q := range queries {
		text, err := e.server.Do(t.Context(), "POST", "/"+q.Table+"/_search", q.Text)
		if err != nil {
			t.Fatal(err)
		}
		var own answer
		if err := json.Unmarshal(text, &own); err != nil {
			t.Fatal(err)
		}
		got := all.Responses[i]
		if got.Status != 200 || own.Hits.Total.Value == 0 || got.Hits.Total != own.Hits.Total || !slices.Equal(got.ids(), own.ids()) {
			t.Errorf("%s: status %d, %d hits %q, want %d hits %q", q.Text, got.Status, got.Hits.Total.Value, got.ids(), own.Hits.Total.Value, own.ids())
		}
	}
}

// openTags are texts that Mustache would read as something.
var openTags = []string{
	"{{", "{{{", "{{}}", "{{x}}", "{{ x }}", "{{{x}}}", "{{&x}}", "{{#x}}", "{{#x}}y{{/x}}", "{{^x}}y{{/x}}", "{{/x}}", "{{>x}}", "{{<x}}",
	"{{$x}}", "{{%x}}", "{{! x }}", "{{!", "{{=", "{{=}}", "{{=<% %>=}}", "{{=<% %>=}}<%x%>", "{{<%={{ }}=%>", "{{<%", "{{<% <À",
	"{{<%<À<Á", "{{%>", "{{period_end}}", "{{period_start}}||-1h", "{{ctx.monitor.name}}", "{{#toJson}}period_end{{/toJson}}", "{{#url}}a b{{/url}}",
	"{{#join}}x{{/join}}", "a{{", "a{{b", "{{\"}}", "{{\\\"}}", "{{\n}}", "{{\t", "{{\\u007b}}", "\\{{", "{{é}}", "{{😀}}", "{{<", "{{<<%",
	"{{}}}}", "}}{{", "{{ {{ }} }}", "{{.}}", "{{x.y}}", "{{'}}", "{{*}}", "{{?}}", "{{[a-z]}}", "{{a|b}}", "{{(x)}}", "{{x}}{{y}}", "{{{{", "{{x}", "{{}", "{{ ",
}

// tags are those and texts that are almost such.
func tags() []string {
	out := []string{"}}", "<%={{ }}=%>", "{\\{", "{{\x00}}", "{ {", "<%x%>"}
	for _, s := range openTags {
		out = append(out, s, s+"{", "}"+s, "<"+s, s[1:])
	}
	return out
}

// hostileMonitors makes the monitor of each rule that holds a text in some place,
// and returns it what it makes of them.
func (e *onOpenSearch) hostileMonitors(t *testing.T, v string, use func(place string, legal *compiler.Plan, q backends.Query, monitor string)) {
	t.Helper()
	for _, place := range hostilePlaces {
		plan := hostilePlan(v, place.search(v), "s", v)
		if plan == nil {
			continue
		}
		legal, diags := compiler.Legalize(plan, e.Target())
		if legal == nil {
			t.Fatalf("%s %.60q: %v", place.name, v, diags.Err())
		}
		q, monitor := e.inFormat(t, "monitor", backends.Schedule{Every: 5 * time.Minute}, legal)
		use(place.name, legal, q, monitor)
	}
}

// TestMonitorsRenderHostileTextsAsTheyAre holds what a monitor searches for, after
// Alerting has rendered it, against the rule's own query: for every hostile text
// in every place of a rule.
func TestMonitorsRenderHostileTextsAsTheyAre(t *testing.T) {
	e := newOnOpenSearch(t)
	end := time.Date(2026, time.March, 10, 12, 0, 0, 0, time.UTC)
	for _, v := range append(tags(), hostileValues(t)...) {
		e.hostileMonitors(t, v, func(place string, _ *compiler.Plan, q backends.Query, monitor string) {
			holdRendered(t, place, v, q, searchOf(t, monitor), end)
		})
	}
}

// TestMonitorsFindHostileTexts runs the monitors of texts that Mustache reads.
func TestMonitorsFindHostileTexts(t *testing.T) {
	e := newOnOpenSearch(t)
	end := time.Date(2026, time.March, 10, 12, 0, 0, 0, time.UTC)
	var docs [][]byte
	for i, v := range openTags {
		for _, event := range hostileEvents(strconv.Itoa(i), v) {
			docs = append(docs, at(t, schema.CloudTrail, event, end.Add(-time.Minute)))
		}
	}
	ids, err := e.load(t.Context(), schema.CloudTrail, docs)
	if err != nil {
		t.Fatal(err)
	}
	asked := []string{"value", "contains", "cased", "between wildcards", "re"}
	found := map[string]int{}
	for _, v := range openTags {
		e.hostileMonitors(t, v, func(place string, legal *compiler.Plan, _ backends.Query, monitor string) {
			if legal.Residual != nil || !slices.Contains(asked, place) {
				return // of those that are widened, not every text is in the search
			}
			want, err := e.found(t.Context(), legal, ids)
			if err != nil {
				t.Fatal(err)
			}
			if len(want) > 0 {
				found[place]++
			}
			holdTemplate(t, e.server, searchOf(t, monitor), end)
			if d := cmp.Diff(slices.Sorted(maps.Keys(want)), e.runMonitor(t, monitor, schema.CloudTrail, end).ids(), cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s %.60q: %s", place, v, d)
			}
		})
	}
	for _, place := range asked {
		if found[place] < len(openTags)*9/10 {
			t.Errorf("of %d texts as %s, %d are found", len(openTags), place, found[place])
		}
	}
}

// holdTemplate holds what the tests render of a search against what the node's own
// Mustache makes of it.
func holdTemplate(t *testing.T, server *nodetest.Server, search json.RawMessage, end time.Time) {
	t.Helper()
	template, values, err := nodetest.AlertingTemplate(search, end)
	if err != nil {
		t.Fatal(err)
	}
	text, err := server.Do(t.Context(), "POST", "/_render/template", map[string]any{"source": template, "params": values})
	if err != nil {
		t.Errorf("%v: %s", err, template)
		return
	}
	var node struct {
		Output any `json:"template_output"`
	}
	if err := json.Unmarshal(text, &node); err != nil {
		t.Fatal(err)
	}
	body, err := nodetest.AlertingRun(search, end)
	if err != nil {
		t.Fatal(err)
	}
	var ours any
	if err := json.Unmarshal(body, &ours); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(node.Output, ours); d != "" {
		t.Errorf("%s: %s", template, d)
	}
}

// holdRendered holds the rule inside a rendered search against the rule's query.
func holdRendered(t *testing.T, place, v string, q backends.Query, search json.RawMessage, end time.Time) {
	t.Helper()
	body, err := nodetest.AlertingRun(search, end)
	if err != nil {
		t.Errorf("%s %.60q: %v", place, v, err)
		return
	}
	var rendered struct {
		Query struct{ Bool struct{ Filter []any } }
	}
	var own struct{ Query any }
	if err := json.Unmarshal(body, &rendered); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(q.Text), &own); err != nil {
		t.Fatal(err)
	}
	if len(rendered.Query.Bool.Filter) != 2 {
		t.Fatalf("%s %.60q: %s", place, v, body)
	}
	if d := cmp.Diff(own.Query, rendered.Query.Bool.Filter[1]); d != "" {
		t.Errorf("%s %.60q: %s", place, v, d)
	}
	if bytes.Contains(body, []byte("period_end}}||")) && !strings.Contains(v, "period_end") {
		t.Errorf("%s %.60q: the window is not rendered: %s", place, v, body)
	}
}
