package opensearch

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/opensearch/nodetest"
	"github.com/sigmahunt/sigmahunt/compiler"
)

// countMonitorOf is the monitor of a pack's last correlation.
func countMonitorOf(t *testing.T, pack string) (string, error) {
	t.Helper()
	b := newBackendOf(t)
	q, err := writeCounts(b.(backends.Stager), coarse(t, b.Target(), pack), hourly)
	return q.Text, err
}

// correlated is the pack of guessing with another correlation.
func correlated(text string) string {
	return guessing[:strings.LastIndex(guessing, "---")] + "---\ntitle: Guessed\n" + text
}

func TestMonitorsOfCorrelationsAreAsAlertingDocuments(t *testing.T) {
	kinds := map[string]int{}
	for _, pack := range []string{
		guessing,
		correlated("correlation: {type: event_count, rules: failed, group-by: userAgent, timespan: 10m, condition: {gte: 5}}\n"),
		correlated("correlation: {type: event_count, rules: failed, timespan: 90s, condition: {gte: 5}}\n"),
		correlated("correlation: {type: event_count, rules: failed, group-by: requestParameters.x, timespan: 90s, condition: {gte: 5}}\n"),
		correlated("id: 11111111-2222-4333-8444-555555555555\nlevel: high\ncorrelation: {type: temporal, rules: [failed, succeeded], group-by: [userAgent, recipientAccountId], timespan: 1d}\n"),
	} {
		text, err := countMonitorOf(t, pack)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range monitorFaults(text) {
			t.Errorf("%s\n%s", fault, text)
		}
		var m struct {
			Type string `json:"monitor_type"`
		}
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		kinds[m.Type]++
	}
	if d := cmp.Diff(map[string]int{"bucket_level_monitor": 3, "query_level_monitor": 2}, kinds); d != "" {
		t.Error(d)
	}
}

// TestFaultsOfMonitorsOfCorrelationsAreSeen spoils one.
func TestFaultsOfMonitorsOfCorrelationsAreSeen(t *testing.T) {
	text, err := countMonitorOf(t, strings.Replace(guessing, "title: Guessed", "title: Guessed\nid: 11111111-2222-4333-8444-555555555555", 1))
	if err != nil {
		t.Fatal(err)
	}
	for old, spoilt := range map[string]string{
		`"parent_bucket_path": "groups"`: `"parent_bucket_path": "group"`,
		`"monitor_type": "bucket_`:       `"monitor_type": "query_`,
		`"bucket_level_trigger"`:         `"query_level_trigger"`,
		`"rule0>_count"`:                 `"rule0"`,
		`"only>rule1>_count"`:            `"rule1>_count"`,
		`"buckets_path": {`:              `"buckets_path": {"n": "_count",`,
		`"composite"`:                    `"terms"`,
		`"lang": "painless"`:             `"lang": "expression"`,
		`4333-8444-555555555555"`:        `4333-8444-555555555555>"`,
	} {
		broken := strings.ReplaceAll(text, old, spoilt)
		if broken == text || len(monitorFaults(broken)) == 0 {
			t.Errorf("with %s for %s nothing is wrong", spoilt, old)
		}
	}
}

// TestAMonitorOfACorrelationAsItIsWritten: one run is of 60 minutes and ends 10 ago,
// and the correlation looks 10 back.
func TestAMonitorOfACorrelationAsItIsWritten(t *testing.T) {
	text, err := countMonitorOf(t, guessing)
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Name     string
		Inputs   json.RawMessage
		Triggers json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	const (
		held = `{"exists": {"field": "userAgent.exact"}}`
		lost = `{"bool": {"must_not": [{"exists": {"field": "userAgent"}}]}}`
	)
	b := newBackendOf(t).(backend)
	var clauses []string
	for _, l := range coarse(t, b.Target(), guessing).Leaves {
		clause, err := json.Marshal(b.index("cloudtrail").clause(l.Plan.Where))
		if err != nil {
			t.Fatal(err)
		}
		clauses = append(clauses, string(clause))
	}
	if !strings.Contains(clauses[0], `"consolelogin"`) {
		t.Errorf("no login in %s", clauses[0])
	}
	counts := fmt.Sprintf(`{"rule0": {"filter": %s}, "rule1": {"filter": %s}}`, clauses[0], clauses[1])
	same(t, "search", string(m.Inputs), `[{"search": {"indices": ["cloudtrail-*"], "query": {
		"size": 0,
		"query": {"bool": {"filter": [
			{"range": {"eventTime.time": {"gte": "{{period_end}}||-80m", "lt": "{{period_end}}||-10m", "format": "epoch_millis"}}},
			{"bool": {"minimum_should_match": 1, "should": [`+clauses[0]+`, `+clauses[1]+`]}}
		]}},
		"aggregations": {
			"groups": {"composite": {"size": 3333, "sources": [{"group0": {"terms": {"field": "userAgent"}}}]}, "aggregations": `+counts+`},
			"lost": {
				"composite": {"size": 1, "sources": [{"century": {"date_histogram": {"field": "eventTime.time", "fixed_interval": "36500d"}}}]},
				"aggregations": {"only": {"filter": {"bool": {"filter": [`+held+`, `+lost+`]}}, "aggregations": `+counts+`}}
			}
		}
	}}}]`)
	const script = `{"lang": "painless", "source": "(params.rule0 >= 1 && params.rule1 >= 1)"}`
	same(t, "triggers", string(m.Triggers), `[
		{"bucket_level_trigger": {"name": "Guessed", "severity": "5", "actions": [], "condition": {
			"parent_bucket_path": "groups", "buckets_path": {"rule0": "rule0>_count", "rule1": "rule1>_count"}, "script": `+script+`
		}}},
		{"bucket_level_trigger": {"name": "Guessed, of groups that the index does not tell", "severity": "5", "actions": [], "condition": {
			"parent_bucket_path": "lost", "buckets_path": {"rule0": "only>rule0>_count", "rule1": "only>rule1>_count"}, "script": `+script+`
		}}}
	]`)
}

// TestNeedsAsPainless runs the script of each need over counts.
func TestNeedsAsPainless(t *testing.T) {
	has := func(least int64, leaves ...int) compiler.Need {
		return compiler.Need{AtLeast: least, Events: leaves}
	}
	of := func(least int64, needs ...compiler.Need) compiler.Need {
		return compiler.Need{AtLeast: least, Of: needs}
	}
	for want, need := range map[string]compiler.Need{
		"r0 >= 5":                           has(5, 0),
		"r0 + r1 + r0 >= 5":                 has(5, 0, 1, 0),
		"r2 >= 9223372036854775807L":        has(1<<63-1, 2),
		"false":                             of(1),
		"r1 >= 1":                           of(1, has(1, 1)),
		"(r0 >= 1 || r1 >= 2)":              of(1, has(1, 0), has(2, 1)),
		"(r0 >= 1 && r1 >= 2)":              of(2, has(1, 0), has(2, 1)),
		"((r0 >= 1 ? 1 : 0) >= 2)":          of(2, has(1, 0)),
		"(r0 >= 3 && (r1 >= 1 || r2 >= 1))": of(2, has(3, 0), of(1, has(1, 1), has(1, 2))),
		"((r0 >= 1 ? 1 : 0) + (r1 >= 1 ? 1 : 0) + (r2 >= 1 ? 1 : 0) >= 2)": of(2, has(1, 0), has(1, 1), has(1, 2)),
	} {
		script := holds(need, func(leaf int) string { return fmt.Sprintf("r%d", leaf) })
		if script != want {
			t.Errorf("%s, want %s", script, want)
		}
		for n := range int64(5 * 5 * 5) {
			counts := []int64{n % 5, n / 5 % 5, n / 25}
			got, err := nodetest.Condition(script, map[string]int64{"r0": counts[0], "r1": counts[1], "r2": counts[2]})
			if got != need.Holds(counts) || err != nil {
				t.Errorf("%s over %v: %v, %v", script, counts, got, err)
			}
		}
	}
}

// TestIDsOfTriggersNameAggregations: Alerting puts the id of a trigger into the
// search, as the name of an aggregation and through a template.
func TestIDsOfTriggersNameAggregations(t *testing.T) {
	for id, want := range map[string][]any{
		"11111111-2222-4333-8444-555555555555": {"11111111-2222-4333-8444-555555555555", "11111111-2222-4333-8444-555555555555-lost"},
		"groups":                               {nil, "groups-lost"},
		"lost":                                 {nil, "lost-lost"},
		"a>b":                                  {nil, nil},
		"{{period_end}}":                       {nil, nil},
		strings.Repeat("x", 101):               {nil, nil},
	} {
		b := newBackendOf(t)
		of := coarse(t, b.Target(), guessing)
		of.Of.Rule.ID = id
		q, err := writeCounts(b.(backends.Stager), of, hourly)
		if err != nil {
			t.Fatal(err)
		}
		var m struct{ Triggers []map[string]map[string]any }
		if err := json.Unmarshal([]byte(q.Text), &m); err != nil {
			t.Fatal(err)
		}
		var got []any
		for _, trigger := range m.Triggers {
			got = append(got, trigger["bucket_level_trigger"]["id"])
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q: %s", id, d)
		}
		for _, fault := range monitorFaults(q.Text) {
			t.Errorf("%q: %s", id, fault)
		}
	}
}

// TestTextsInMonitorsOfCorrelationsAreNoTags renders a rule that looks like a tag.
func TestTextsInMonitorsOfCorrelationsAreNoTags(t *testing.T) {
	text, err := countMonitorOf(t, strings.Replace(guessing, "Failed authentication", "'{{period_end}}<%'", 1))
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Inputs []struct {
			Search struct{ Query json.RawMessage }
		}
	}
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	body, err := nodetest.AlertingRun(m.Inputs[0].Search.Query, time.UnixMilli(1))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(body), `"{{period_end}}<%"`); n != 3 { // in the query and in two counts
		t.Errorf("%d times in %s", n, body)
	}
	if strings.Contains(string(body), "period_end}}||") {
		t.Errorf("the window is not rendered: %s", body)
	}
}

func TestMonitorsOfCorrelationsThatAreRefused(t *testing.T) {
	long := strings.Replace(guessing, "Failed authentication", strings.Repeat("x", maxTemplate), 1)
	for want, pack := range map[string]string{
		"grouped by different fields": correlated("correlation:\n  type: temporal\n  rules: [failed, succeeded]\n  group-by: who\n  timespan: 10m\n  aliases: {who: {failed: userAgent, succeeded: sourceIPAddress}}\n"),
		"longer than the 65535":       long,
	} {
		if text, err := countMonitorOf(t, pack); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.100s, %v, want %s", text, err, want)
		}
	}
	b := newBackendOf(t).(backend)
	of := coarse(t, b.Target(), guessing)
	b.indexes = maps.Clone(b.indexes)
	undated := *b.indexes["cloudtrail"]
	undated.root.Properties = maps.Clone(undated.root.Properties)
	delete(undated.root.Properties, "eventTime")
	b.indexes["cloudtrail"] = &undated
	if _, err := writeCounts(b, of, hourly); err == nil || !strings.Contains(err.Error(), "no date of cloudtrail events") {
		t.Error(err)
	}
}
