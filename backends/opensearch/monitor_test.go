package opensearch

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

var hourly = backends.Schedule{Every: time.Hour, Delay: 10 * time.Minute}

func newBackendOf(t *testing.T) backends.Backend {
	t.Helper()
	b, err := Engine.New(backends.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// shippedPlans are the legal plans of every shipped rule.
func shippedPlans(t *testing.T) []*compiler.Plan {
	t.Helper()
	b := newBackendOf(t)
	var plans []*compiler.Plan
	for _, name := range rules.Names() {
		pack, err := rules.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		compiled, diags := compiler.CompileAll(pack.Rules, schema.ForLogsource)
		if diags.HasErrors() {
			t.Fatal(diags.Err())
		}
		for _, p := range compiled {
			legal, diags := compiler.Legalize(p, b.Target())
			if legal == nil {
				t.Fatal(diags.Err())
			}
			plans = append(plans, legal)
		}
	}
	return plans
}

func monitorOf(t *testing.T, plans ...*compiler.Plan) string {
	t.Helper()
	q, err := newBackendOf(t).Emit(compiler.Batch{Source: plans[0].Source, Plans: plans}, backends.Window{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := writeMonitor(q, hourly)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestMonitorsAreAsAlertingDocuments makes a monitor of each shipped rule, and
// of ten at a time.
func TestMonitorsAreAsAlertingDocuments(t *testing.T) {
	plans := shippedPlans(t)
	names := map[string]bool{}
	for _, p := range plans {
		text := monitorOf(t, p)
		for _, fault := range monitorFaults(text) {
			t.Errorf("%s: %s", p.Rule.Source.Name, fault)
		}
		var m struct {
			Name  string
			Extra struct {
				Sigma []struct {
					ID, Title, Level string
					Tags             []string
				}
			} `json:"ui_metadata"`
		}
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		names[m.Name] = true
		said := m.Extra.Sigma[0]
		if said.ID != p.Rule.ID || said.Title != p.Rule.Title || said.Level != p.Rule.Level || !slices.Equal(said.Tags, p.Rule.Tags) {
			t.Errorf("%s: the monitor says %+v of its rule", p.Rule.Source.Name, said)
		}
	}
	if len(names) != len(plans) {
		t.Errorf("%d names of %d monitors", len(names), len(plans))
	}
	for batch := range slices.Chunk(slices.DeleteFunc(plans, func(p *compiler.Plan) bool { return p.Source != schema.CloudTrail }), maxTriggers) {
		for _, fault := range monitorFaults(monitorOf(t, batch...)) {
			t.Error(fault)
		}
	}
}

// TestFaultsOfMonitorsAreSeen spoils a monitor in the ways of other compilers
// and in some more.
func TestFaultsOfMonitorsAreSeen(t *testing.T) {
	text := monitorOf(t, shippedPlans(t)[:2]...)
	for old, spoilt := range map[string]string{
		`"severity": "`:               `"severity": 1, "x": "`,
		`"monitor_type": "query_`:     `"monitor_type": "doc_`,
		`"name": "`:                   `"title": "`,
		`"enabled": true`:             `"enabled": "true"`,
		`"unit": "MINUTES"`:           `"unit": "SECONDS"`,
		`"interval": 60`:              `"interval": 0`,
		`"lang": "painless"`:          `"lang": "mustache"`,
		`"query_level_trigger"`:       `"bucket_level_trigger"`,
		`"actions": []`:               `"actions": null`,
		`"type": "monitor"`:           `"type": "monitor", "query": {}`,
		`"indices": [`:                `"index": [`,
		`"` + packID(t, 1) + `",`:     `"` + packID(t, 0) + `",`,
		`"size": 10`:                  `"size": "10"`,
		`"source": "ctx`:              `"inline": "ctx`,
		"\"cloudtrail-*\"\n":          "\"\"\n",
		`"ui_metadata": {`:            `"ui_metadata": 1, "x": {`,
		"\"triggers\": [\n":           "\"triggers\": [], \"x\": [\n",
		"\"inputs\": [\n":             "\"inputs\": [1,\n",
		`"type": "monitor",` + "\n  ": `"type": "alert",`,
	} {
		broken := strings.ReplaceAll(text, old, spoilt)
		if broken == text || len(monitorFaults(broken)) == 0 {
			t.Errorf("with %s for %s nothing is wrong", spoilt, old)
		}
	}
	if found := monitorFaults(text); len(found) > 0 {
		t.Error(found)
	}
}

func packID(t *testing.T, i int) string { return shippedPlans(t)[i].Rule.ID }

// handmade is a query as Emit could write it, of a rule that means no harm.
func handmade(text string) backends.Query {
	rule := &sigma.Rule{}
	rule.ID, rule.Title, rule.Level = "11111111-2222-4333-8444-555555555555", "User created", "high"
	rule.Tags, rule.References, rule.FalsePositives = []string{"attack.t1136.003"}, []string{"https://example.org/a"}, []string{"administrators"}
	plan := &compiler.Plan{Rule: rule, Source: schema.CloudTrail}
	return backends.Query{Batch: compiler.Batch{Source: plan.Source, Plans: []*compiler.Plan{plan}}, Text: text, Table: "cloudtrail-*,trail-*", Time: "eventTime.time"}
}

func TestAMonitorAsItIsWritten(t *testing.T) {
	got, err := writeMonitor(handmade(`{"query": {"bool": {"filter": [{"term": {"eventName": "a{{b}}<%"}}, {"range": {"n": {"gt": 12345678901234567890}}}]}}}`), hourly)
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "enabled": true,
  "inputs": [
    {
      "search": {
        "indices": [
          "cloudtrail-*",
          "trail-*"
        ],
        "query": {
          "query": {
            "bool": {
              "filter": [
                {
                  "range": {
                    "eventTime.time": {
                      "format": "epoch_millis",
                      "gte": "{{period_end}}||-70m",
                      "lt": "{{period_end}}||-10m"
                    }
                  }
                },
                {
                  "bool": {
                    "filter": [
                      {
                        "term": {
                          "eventName": "{{=<À À>=}}a{{b}}<%<À={{ }}=À>"
                        }
                      },
                      {
                        "range": {
                          "n": {
                            "gt": 12345678901234567890
                          }
                        }
                      }
                    ]
                  }
                }
              ]
            }
          },
          "size": 10,
          "sort": [
            {
              "eventTime.time": {
                "order": "desc",
                "unmapped_type": "date"
              }
            }
          ]
        }
      }
    }
  ],
  "monitor_type": "query_level_monitor",
  "name": "User created [11111111-2222-4333-8444-555555555555]",
  "schedule": {
    "period": {
      "interval": 60,
      "unit": "MINUTES"
    }
  },
  "triggers": [
    {
      "query_level_trigger": {
        "actions": [],
        "condition": {
          "script": {
            "lang": "painless",
            "source": "ctx.results[0].hits.total.value > 0"
          }
        },
        "id": "11111111-2222-4333-8444-555555555555",
        "name": "User created",
        "severity": "2"
      }
    }
  ],
  "type": "monitor",
  "ui_metadata": {
    "schedule": {
      "frequency": "interval",
      "period": {
        "interval": 60,
        "unit": "MINUTES"
      }
    },
    "search": {
      "searchType": "query"
    },
    "sigma": [
      {
        "exact": true,
        "falsepositives": [
          "administrators"
        ],
        "id": "11111111-2222-4333-8444-555555555555",
        "level": "high",
        "references": [
          "https://example.org/a"
        ],
        "tags": [
          "attack.t1136.003"
        ],
        "title": "User created"
      }
    ]
  }
}
`
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestWithoutADelayAWindowEndsWithThePeriod(t *testing.T) {
	got := lookBack("t", backends.Schedule{Every: 5 * time.Minute})
	want := object{"range": object{"t": object{"gte": "{{period_end}}||-5m", "lt": "{{period_end}}", "format": "epoch_millis"}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestSeverityIsTheLevelAsAlertingCounts(t *testing.T) {
	for level, want := range map[string]string{"critical": "1", "high": "2", "medium": "3", "low": "4", "informational": "5", "": "5"} {
		if got := severity(level); got != want {
			t.Errorf("%q: %s, want %s", level, got, want)
		}
	}
}

// TestNamesOfMonitorsCanBeRead holds the names that hostile rules give.
func TestNamesOfMonitorsCanBeRead(t *testing.T) {
	for text, want := range map[string]string{
		"Plain title":              "Plain title",
		"  two\r\n lines\ttab ":    "two lines tab",
		"\x1b[31mred\x1b[0m":       "[31mred [0m",
		"right\u202eto\u2066left":  "right to left",
		"\x00\u200b\u2028":         "rule",
		"É中😀":                      "É中😀",
		"{{ctx.monitor}}":          "{{ctx.monitor}}",
		strings.Repeat("é", 100):   strings.Repeat("é", 100),
		strings.Repeat("é", 101):   strings.Repeat("é", 99) + "…",
		strings.Repeat("x", 1<<20): strings.Repeat("x", 99) + "…",
		"a\xffb":                   "a\ufffdb",
	} {
		rule := &sigma.Rule{}
		rule.Title = text
		if got := title(&rule.Header); got != want {
			t.Errorf("%.40q: %q, want %q", text, got, want)
		}
		rule.ID = text
		name := monitorName(&rule.Header, 2)
		if !strings.HasPrefix(name, want+" and 2 more") || strings.ContainsFunc(name, func(c rune) bool { return !unicode.IsPrint(c) }) || utf8.RuneCountInString(name) > 230 {
			t.Errorf("%.40q: named %q", text, name)
		}
	}
}

func TestMonitorsThatAreRejected(t *testing.T) {
	long := `{"query": {"term": {"a": "` + strings.Repeat("x", maxTemplate) + `"}}}`
	many := handmade(`{"query": {"match_all": {}}}`)
	for range maxTriggers {
		many.Batch.Plans = append(many.Batch.Plans, many.Batch.Plans[0])
	}
	unnamed := handmade(`{"query": {"bool": {"should": [{"bool": {"_name": "0"}}]}}}`)
	unnamed.Batch.Plans = append(unnamed.Batch.Plans, unnamed.Batch.Plans[0])
	undated := handmade(`{"query": {"match_all": {}}}`)
	undated.Time = ""
	for want, q := range map[string]backends.Query{
		"no date of cloudtrail events": undated,
		"at most 10 triggers":          many, "longer than the 65535": handmade(long), "does not name each": unnamed, "reading the query": handmade("{"),
	} {
		if text, err := writeMonitor(q, hourly); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.100s, %v, want %s", text, err, want)
		}
	}
}

// TestFusedMonitorsCountEachRule: trigger i looks at the count of rule i.
func TestFusedMonitorsCountEachRule(t *testing.T) {
	plans := shippedPlans(t)[:3]
	var m struct {
		Inputs []struct {
			Search struct {
				Query struct {
					Aggregations struct {
						Rules struct {
							Filters struct{ Filters map[string]any }
						}
					}
				}
			}
		}
		Triggers []struct {
			Query struct {
				ID        string
				Condition struct{ Script struct{ Source string } }
			} `json:"query_level_trigger"`
		}
	}
	if err := json.Unmarshal([]byte(monitorOf(t, plans...)), &m); err != nil {
		t.Fatal(err)
	}
	for i, p := range plans {
		var alone struct{ Query any }
		q, err := newBackendOf(t).Emit(compiler.Batch{Source: p.Source, Plans: []*compiler.Plan{p}}, backends.Window{})
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(q.Text), &alone); err != nil {
			t.Fatal(err)
		}
		counted := m.Inputs[0].Search.Query.Aggregations.Rules.Filters.Filters[fmt.Sprintf("rule%d", i)].(map[string]any)["bool"].(map[string]any)
		said := alone.Query.(map[string]any)["bool"].(map[string]any)
		delete(counted, "_name")
		delete(said, "_name")
		if d := cmp.Diff(said, counted); d != "" {
			t.Errorf("rule %d: %s", i, d)
		}
		want := fmt.Sprintf("ctx.results[0].aggregations.rules.buckets.rule%d.doc_count > 0", i)
		if got := m.Triggers[i].Query; got.ID != p.Rule.ID || got.Condition.Script.Source != want {
			t.Errorf("trigger %d: %+v", i, got)
		}
	}
}

// TestNoTwoTriggersHaveAnID fuses rules of which two have one id and one has none.
func TestNoTwoTriggersHaveAnID(t *testing.T) {
	var plans []*compiler.Plan
	for _, id := range []string{"a", "a", "", "b"} {
		p := *shippedPlans(t)[0]
		rule := *p.Rule
		rule.ID = id
		p.Rule = &rule
		plans = append(plans, &p)
	}
	for _, fault := range monitorFaults(monitorOf(t, plans...)) {
		t.Error(fault)
	}
	var ids []any
	for _, trigger := range triggers(plans) {
		ids = append(ids, trigger["query_level_trigger"].(object)["id"])
	}
	if d := cmp.Diff([]any{"a", nil, nil, "b"}, ids); d != "" {
		t.Error(d)
	}
}

func TestSeveralQueriesInOneText(t *testing.T) {
	q := handmade("{\n  \"query\": {\"term\": {\"a\": \"x \\n y\"}}\n}\n")
	line, err := writeMultiSearch(q, backends.Schedule{})
	if want := "{\"index\":\"cloudtrail-*,trail-*\"}\n{\"query\":{\"term\":{\"a\":\"x \\n y\"}}}\n"; line != want || err != nil {
		t.Errorf("%q, %v, want %q", line, err, want)
	}
	for _, c := range []struct {
		join  func([]string) string
		texts []string
		want  string
	}{
		{concatenate, []string{"a\nb\n", "c\nd\n"}, "a\nb\nc\nd\n"},
		{list, nil, "[]\n"},
		{list, []string{"{}\n"}, "[\n{}\n]\n"},
		{list, []string{"{}\n", "{}\n"}, "[\n{},\n{}\n]\n"},
		{backends.Paragraphs, []string{"a\n", "b\n"}, "a\n\nb\n"},
	} {
		if got := c.join(c.texts); got != c.want {
			t.Errorf("%q: %q, want %q", c.texts, got, c.want)
		}
	}
}
