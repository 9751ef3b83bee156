package conformance

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// hostileTexts are values, ids, titles and names that try to leave where they
// stand.
var hostileTexts = []string{
	"'; DROP TABLE cloudtrail; --", `"); SELECT 1; --`, "a\nb", "/* x */", "${v}", "x''y", "İi", "émoji 🦊", "{{1}}", "tab\there", "%_!", "[1, 2]", " ", "7:x7:y", "undecided", `C:\x`,
}

// hostileCase has five events for each hostile text, which is their group, in
// their ids, and in what is counted of them. Half a minute lies between them.
func hostileCase(t *testing.T) EpisodeCase {
	t.Helper()
	quote := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	var rules strings.Builder
	rules.WriteString("title: Read\nname: read\nlogsource: {product: aws, service: cloudtrail}\ndetection: {s: {eventName: GetObject}, condition: s}\n")
	for i, text := range hostileTexts {
		if strings.ContainsAny(text, "\n\t") || text == " " {
			continue
		}
		kind := []string{"event_count, condition: {gte: 3}", "value_count, condition: {gte: 3, field: [requestParameters.v, sourceIPAddress]}"}[i%2]
		fmt.Fprintf(&rules, "---\ntitle: %s\nname: %s\ncorrelation: {type: %s, rules: read, group-by: [%s, userIdentity.userName], timespan: 2m, aliases: {%s: {read: requestParameters.g}}}\n",
			quote(text), quote(fmt.Sprintf("%s %d", text, i)), kind, quote(text), quote(text))
	}
	c := EpisodeCase{Name: "hostile", Rules: []byte(rules.String())}
	at := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	for i, text := range hostileTexts {
		for n := range 5 {
			event := map[string]any{
				"eventID": fmt.Sprintf("%s %d", text, n), "eventTime": at.Add(time.Duration(n) * 30 * time.Second).Format(time.RFC3339), "eventName": "GetObject",
				"userIdentity": map[string]any{"userName": text}, "requestParameters": map[string]any{"g": []string{text}, "v": []string{text, fmt.Sprint(n)}}, "sourceIPAddress": fmt.Sprint(text, i%3),
			}
			c.Events = append(append(c.Events, quote(event)...), '\n')
		}
	}
	return c
}

// evaluatedEpisodes are those that the evaluator makes of a case, by the
// correlation.
func (c EpisodeCase) evaluatedEpisodes(t *testing.T, report []*compiler.CorrelationPlan) map[*compiler.CorrelationPlan][]correlate.Episode {
	t.Helper()
	collector := correlate.NewCollector(report, correlate.Limits{})
	for line := range strings.Lines(string(c.Events)) {
		rec, err := record.Parse([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		var rules []*sigma.Rule
		for _, p := range report[0].Bases() {
			rules = append(rules, p.Rule)
		}
		collector.Add(schema.CloudTrail, &rec, rules...)
	}
	episodes, problems := collector.Episodes()
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	by := map[*compiler.CorrelationPlan][]correlate.Episode{}
	for _, e := range episodes {
		by[e.Of] = append(by[e.Of], e)
	}
	return by
}

func (c EpisodeCase) records(t *testing.T) (list []*record.Record) {
	t.Helper()
	for line := range strings.Lines(string(c.Events)) {
		rec, err := record.Parse([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, &rec)
	}
	return list
}

func TestTrinoStatementsKeepHostileTextsWhereTheyStand(t *testing.T) {
	s := newShelf(t, "hostilestatements")
	c := hostileCase(t)
	_, report, legal, diags := c.compile(t, s.backend.Target())

	if diags.HasErrors() {
		t.Fatal(diags.Err())
	}
	h, err := s.hold(t.Context(), c.records(t))
	if err != nil {
		t.Fatal(err)
	}
	want := c.evaluatedEpisodes(t, report)
	for _, of := range report {
		found, err := h.episodes(t.Context(), of, legal, backends.Window{})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := linesOf(found), linesOf(want[of]); len(want) < 10 || !slices.Equal(got, want) {
			t.Errorf("%q\ngot\n%s\nwant\n%s", of.Rule.Title, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}
