package correlate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// one lowers a rule, base, and correlations of it.
func one(t *testing.T, service, correlations string) ([]*compiler.CorrelationPlan, *sigma.Rule) {
	t.Helper()
	text := "title: Base\nname: base\nlogsource: {product: aws, service: " + service + "}\ndetection: {s: {accountId|exists: true}, condition: s}\n---\n" + correlations
	if service == "cloudtrail" {
		text = strings.Replace(text, "accountId", "eventName", 1)
	}
	if service == "vpcflow" {
		text = strings.Replace(text, "accountId", "srcaddr", 1)
	}
	doc, diags := sigma.Parse(&diag.Source{Name: "pack.yml", Text: []byte(text)})
	pack := sigma.Join(&sigma.Pack{Document: doc, Files: 1, Diags: diags})
	if err := pack.Diags.Err(); err != nil {
		t.Fatal(err)
	}
	low := compiler.Lower(pack, schema.ForLogsource)
	if err := low.Diags.Err(); err != nil {
		t.Fatal(err)
	}
	return low.Correlations, pack.Rules[0]
}

func add(t *testing.T, c *correlate.Collector, src *schema.Source, rule *sigma.Rule, format string, args ...any) {
	t.Helper()
	rec, err := record.Parse(fmt.Appendf(nil, format, args...))
	if err != nil {
		t.Fatal(err)
	}
	c.Add(src, &rec, rule)
}

const counting = "title: Often\nname: often\ncorrelation: {type: event_count, rules: base, timespan: 10s, condition: {gte: 3}}\n"

// Of a long stream only what is inside the windows is held.
func TestOnlyEventsInsideTheWindowsAreHeld(t *testing.T) {
	report, rule := one(t, "cloudtrail", counting)
	c := correlate.NewCollector(report, correlate.Limits{Held: 3})
	start := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	for i := range 10_000 { // each four seconds: three lie within any ten
		add(t, c, schema.CloudTrail, rule, `{"eventID":"%d","eventName":"x","eventTime":"%s"}`, i, start.Add(time.Duration(4*i)*time.Second).Format(time.RFC3339))
	}
	episodes, problems := c.Episodes()
	if len(problems) > 0 || len(episodes) != 1 {
		t.Fatalf("%d episodes, problems %v", len(episodes), problems)
	}
	if e := episodes[0]; e.Count != 10_000 || len(e.IDs) != 1000 || e.IDs[0] != "0" || e.IDs[999] != "999" || e.Value.RatString() != "3" {
		t.Errorf("%d events, %d ids, value %s", e.Count, len(e.IDs), e.Value)
	}
}

// A correlation that must hold too much stops, and so does one above it; what it
// found before is told.
func TestABoundThatIsReachedIsSaid(t *testing.T) {
	report, rule := one(t, "cloudtrail", counting+"---\ntitle: Above\ncorrelation: {type: event_count, rules: often, timespan: 10s, condition: {gte: 1}}\n---\n"+
		"title: Small\ncorrelation: {type: event_count, rules: base, timespan: 1s, condition: {gte: 2}}\n")
	c := correlate.NewCollector(report, correlate.Limits{Held: 3})
	for i, second := range []int{0, 1, 2, 20, 21, 22, 23, 24, 24} {
		add(t, c, schema.CloudTrail, rule, `{"eventID":"e%d","eventName":"x","eventTime":"2026-01-05T08:00:%02dZ"}`, i, second)
	}
	episodes, problems := c.Episodes()
	var got []string
	for _, e := range episodes {
		got = append(got, e.Of.Rule.Title+" "+e.Opening.ID)
	}
	if text := strings.Join(got, ", "); text != "Often e2, Above e2, Often e5, Above e5, Small e7" {
		t.Errorf("episodes %s", text)
	}
	var said []string
	for _, p := range problems {
		said = append(said, p.Of.Title+": "+p.Message)
	}
	want := "Often: more than 3 events within its timespan at 2026-01-05T08:00:23Z: it goes no further\n" +
		`Above: it goes no further, since "often", which it looks at, does not`
	if text := strings.Join(said, "\n"); text != want {
		t.Errorf("said\n%s", text)
	}
}

func TestTooManyEventsInAllAreSaidAndNotGuessedFrom(t *testing.T) {
	report, rule := one(t, "cloudtrail", counting)
	c := correlate.NewCollector(report, correlate.Limits{Collected: 3})
	for i := range 4 {
		add(t, c, schema.CloudTrail, rule, `{"eventID":"e%d","eventName":"x","eventTime":"2026-01-05T08:00:00Z"}`, i)
	}
	episodes, problems := c.Episodes()
	if len(episodes) > 0 || len(problems) != 1 || !strings.Contains(problems[0].Message, "more than 3 events") {
		t.Errorf("%d episodes, problems %v", len(episodes), problems)
	}
}

// What one hostile event could make arithmetic or memory explode with is left
// out, and said.
func TestHostileValuesAreLeftOutAndSaid(t *testing.T) {
	report, rule := one(t, "cloudtrail", "title: Sum\ncorrelation: {type: value_sum, rules: base, timespan: 10s, condition: {gte: 1, field: requestParameters.n}}\n---\n"+
		"title: Tuples\ncorrelation: {type: value_count, rules: base, timespan: 10s, condition: {gte: 1, field: [requestParameters.a, requestParameters.b]}}\n")
	c := correlate.NewCollector(report, correlate.Limits{})
	many := strings.TrimSuffix(strings.Repeat(`%d,`, 100), ",")
	var numbers []any
	for i := range 100 {
		numbers = append(numbers, i)
	}
	list := fmt.Sprintf(many, numbers...)
	add(t, c, schema.CloudTrail, rule, `{"eventID":"e1","eventName":"x","eventTime":"2026-01-05T08:00:00Z","requestParameters":{"n":[1e999999999,"2",%s],"a":[%s],"b":[%s]}}`,
		strings.Repeat("9", 500), list, list)
	episodes, problems := c.Episodes()
	var got []string
	for _, e := range episodes {
		got = append(got, e.Of.Rule.Title+" "+e.Value.RatString())
	}
	for _, p := range problems {
		got = append(got, p.Of.Title+": "+p.Message)
	}
	want := "Sum 2\nTuples 1000\nSum: 2 values were too long or too many in one event to be looked at, such as in e1\n" +
		"Tuples: 9000 values were too long or too many in one event to be looked at, such as in e1"
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("got\n%s", text)
	}
}

// So is what a correlation reads of the groups of one below it.
func TestHostileGroupsBelowAreSaid(t *testing.T) {
	report, rule := one(t, "cloudtrail", "title: Below\nname: below\ncorrelation: {type: event_count, rules: base, group-by: requestParameters.n, timespan: 10s, condition: {gte: 1}}\n---\n"+
		"title: Sum\ncorrelation: {type: value_sum, rules: below, timespan: 10s, condition: {gte: 1, field: requestParameters.n}}\n")
	c := correlate.NewCollector(report[1:], correlate.Limits{})
	for i, n := range []string{`"1e999999999"`, "3", "4.5"} {
		add(t, c, schema.CloudTrail, rule, `{"eventID":"e%d","eventName":"x","eventTime":"2026-01-05T08:00:00Z","requestParameters":{"n":%s}}`, i, n)
	}
	episodes, problems := c.Episodes()
	if len(episodes) != 1 || episodes[0].Value.RatString() != "15/2" || strings.Join(episodes[0].IDs, " ") != "e0 e1 e2" {
		t.Errorf("episodes %v", episodes)
	}
	if len(problems) != 1 || problems[0].Of.Title != "Sum" || problems[0].Message != "1 values of groups below it were too long to be looked at" {
		t.Errorf("problems %v", problems)
	}
}

// Times of other sources: seconds since 1970, and text with a fraction. The
// window leaves out its edge, to the millisecond.
func TestTimesOfEverySourceAreRead(t *testing.T) {
	report, rule := one(t, "vpcflow", counting)
	c := correlate.NewCollector(report, correlate.Limits{})
	for _, second := range []int{1767600000, 1767600001, 1767600009, 1767600010, 1767600010} {
		add(t, c, schema.VPCFlow, rule, `{"srcaddr":"192.0.2.%d","start":%d}`, second%7, second)
	}
	if episodes, problems := c.Episodes(); len(problems) > 0 || len(episodes) != 1 || episodes[0].Count != 4 || episodes[0].First.Unix() != 1767600000 {
		t.Errorf("flow logs: %v, %v", episodes, problems)
	}
	report, rule = one(t, "guardduty", counting)
	c = correlate.NewCollector(report, correlate.Limits{})
	for i, second := range []string{"00.000", "00.001", "01.000", "10.000"} {
		add(t, c, schema.GuardDuty, rule, `{"id":"f%d","accountId":"1","updatedAt":"2026-01-05T08:00:%sZ"}`, i, second)
	}
	episodes, problems := c.Episodes()
	if len(problems) > 0 || len(episodes) != 1 || episodes[0].Opening.ID != "f2" || episodes[0].Last.Sub(episodes[0].First) != 10*time.Second || episodes[0].Value.RatString() != "3" {
		t.Errorf("findings: %v, %v", episodes, problems)
	}
}
