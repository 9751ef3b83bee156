// Package correlatetest makes up random correlations, and events that their rules
// match, for tests.
package correlatetest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// Sample is an event as a reference knows it.
type Sample struct {
	ID    string
	At    time.Time
	Rules []string            // that it matches, by name
	Texts map[string][]string // leaves by field
}

// ruleNames are the rules of the tests: those whose name stands in an event's
// resources match it.
var ruleNames = []string{"a", "b", "c"}

// Trial is a pack of random correlations and events that its rules match.
type Trial struct {
	Text   string
	Pack   *sigma.Pack
	Ready  []*compiler.CorrelationPlan
	Plans  []*compiler.Plan
	Events []Sample
	Raw    []record.Record // of the events

	Sources []*schema.Source // of the events
	several bool             // some events are of another source than CloudTrail
}

// New makes a trial up.
func New(t testing.TB, r *rand.Rand) *Trial {
	t.Helper()
	tr := newTrial(t, randomPack(r, "", ruleNames))
	tr.happen(t, r, "")
	return tr
}

// key is the field that tells the sets of events of one trial apart.
const key = "awsRegion"

// NewOfSets makes a trial of several sets of events up, which have nothing to do
// with each other: all correlations group by the set as well.
func NewOfSets(t testing.TB, r *rand.Rand, sets int) *Trial {
	t.Helper()
	tr := newTrial(t, randomPack(r, key, ruleNames))
	for i := range sets {
		tr.happen(t, r, fmt.Sprintf("s%d", i))
	}
	return tr
}

// finding is a rule for GuardDuty, of which the events that match it have its name
// as their title.
const finding = "d"

// NewOfSources is NewOfSets with correlations of rules for CloudTrail and GuardDuty,
// whose fields aliases bring together.
func NewOfSources(t testing.TB, r *rand.Rand, sets int) *Trial {
	t.Helper()
	tr := newTrial(t, randomPack(r, key, append(slices.Clone(ruleNames), finding)))
	tr.several = true
	for i := range sets {
		tr.happen(t, r, fmt.Sprintf("s%d", i))
	}
	return tr
}

func newTrial(t testing.TB, text string) *Trial {
	t.Helper()
	tr := &Trial{Text: text}
	doc, diags := sigma.Parse(&diag.Source{Name: "random.yml", Text: []byte(tr.Text)})
	tr.Pack = sigma.Join(&sigma.Pack{Document: doc, Files: 1, Diags: diags})
	if err := tr.Pack.Diags.Err(); err != nil {
		t.Fatalf("%v in\n%s", err, tr.Text)
	}
	low := compiler.Lower(tr.Pack, schema.ForLogsource)
	if err := low.Diags.Err(); err != nil {
		t.Fatalf("%v in\n%s", err, tr.Text)
	}
	tr.Plans, tr.Ready = low.Plans, low.Correlations
	return tr
}

// happen makes up a set of events within ten minutes, many of them in the same
// second or at the same instant.
func (tr *Trial) happen(t testing.TB, r *rand.Rand, set string) {
	t.Helper()
	before := len(tr.Events)
	for i := range 4 + r.IntN(28) {
		e := Sample{ID: fmt.Sprintf("%se%02d", set, i), At: time.Date(2026, 1, 5, 8, 0, r.IntN(600), 0, time.UTC), Texts: map[string][]string{}}
		if r.IntN(3) == 0 && i > 0 {
			e.At = tr.Events[before+r.IntN(i)].At
		}
		if r.IntN(8) == 0 {
			e.At = e.At.Truncate(time.Second).Add([]time.Duration{1, 500_000_000, 999_999_999}[r.IntN(3)])
		}
		if set != "" {
			e.Texts[key] = []string{set}
		}
		params := map[string]any{}
		for _, name := range []string{"g", "h", "v", "w"} {
			if leaves := randomLeaves(r, name); leaves != nil {
				e.Texts["requestParameters."+name] = leaves
				params[name] = leaves
			}
		}
		source, names := schema.CloudTrail, ruleNames
		if tr.several && r.IntN(3) == 0 {
			source, names = schema.GuardDuty, []string{finding}
		}
		for _, name := range names {
			if r.IntN(2) == 0 {
				e.Rules = append(e.Rules, name)
			}
		}
		at, of := e.At.Format(time.RFC3339Nano), strings.Join(e.Rules, " ")
		event := map[string]any{"eventID": e.ID, "eventTime": at, "eventName": of, "requestParameters": params}
		if source == schema.GuardDuty {
			event = map[string]any{"schemaVersion": "2.0", "id": e.ID, "updatedAt": at, "title": of, "service": params}
		}
		if set != "" {
			event[inSource(source.Name, key)] = set
		}
		tr.Sources = append(tr.Sources, source)
		raw, err := json.Marshal(event)
		if err != nil {
			t.Fatal(err)
		}
		rec, err := record.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		tr.Events, tr.Raw = append(tr.Events, e), append(tr.Raw, rec)
	}
}

// inSource names a field of CloudTrail as a source has it.
func inSource(source, field string) string {
	if source == schema.CloudTrail.Name {
		return field
	}
	return strings.NewReplacer("requestParameters", "service", key, "region").Replace(field)
}

func randomLeaves(r *rand.Rand, name string) []string {
	if r.IntN(8) == 0 {
		return nil
	}
	texts := []string{"x", "y", ""}
	if name == "v" {
		texts = []string{"0", "1", "2.5", "-3", "0.1", "1e2", "many"}
	}
	var leaves []string
	for range 1 + r.IntN(2)*r.IntN(3) {
		leaves = append(leaves, texts[r.IntN(len(texts))])
	}
	return leaves
}

// randomPack writes rules, a correlation of them, one that may stand above it,
// and sometimes one above both.
func randomPack(r *rand.Rand, key string, names []string) string {
	var b strings.Builder
	for _, name := range ruleNames {
		fmt.Fprintf(&b, "title: %s\nname: %s\nlogsource: {product: aws, service: cloudtrail}\ndetection: {s: {eventName|contains: %s}, condition: s}\n---\n", name, name, name)
	}
	if slices.Contains(names, finding) {
		fmt.Fprintf(&b, "title: %s\nname: %s\nlogsource: {product: aws, service: guardduty}\ndetection: {s: {title|contains: %s}, condition: s}\n---\n", finding, finding, finding)
	}
	below := randomCorrelation(r, key, names, true)
	fmt.Fprintf(&b, "title: below\nname: below\ncorrelation: %s\n", below)
	if r.IntN(2) == 0 {
		fmt.Fprintf(&b, "---\ntitle: middle\nname: middle\ncorrelation: %s\n", randomCorrelation(r, key, []string{"below", "a", "b"}, true))
		fmt.Fprintf(&b, "---\ntitle: top\ncorrelation: %s\n", randomCorrelation(r, key, []string{"middle", "below", "c"}, false))
	}
	return b.String()
}

// randomCorrelation writes one over some of the rules. One that others look at
// groups by g, by which they may.
func randomCorrelation(r *rand.Rand, key string, from []string, looked bool) string {
	rules := slices.Clone(from)
	r.Shuffle(len(rules), func(i, j int) { rules[i], rules[j] = rules[j], rules[i] })
	rules = rules[:1+r.IntN(len(rules))]
	several := slices.Contains(from, finding)
	if several && !slices.Contains(rules, finding) {
		rules = append(rules, finding)
	}
	if several && len(rules) == 1 {
		rules = append(rules, from[0])
	}
	kind := sigma.CorrelationKinds[r.IntN(len(sigma.CorrelationKinds))]
	chained := !slices.Contains(from, "c") || slices.Contains(from, "below")
	group := []string{"requestParameters.g"}
	if !looked && r.IntN(2) == 0 {
		group = nil
	} else if !chained && r.IntN(2) == 0 {
		group = append(group, "requestParameters.h")
	}
	if key != "" {
		group = append(group, key)
	}
	fields := "requestParameters.g"
	if !chained {
		fields = []string{"requestParameters.v", "[requestParameters.v, requestParameters.w]"}[r.IntN(2)]
		if kind != "value_count" {
			fields = "requestParameters.v"
		}
	}
	aliases := ""
	if several {
		aliases = ", aliases: {" + strings.Join(each([]string{"requestParameters.g", "requestParameters.h", "requestParameters.v", "requestParameters.w", key}, func(field string) string {
			return field + ": {" + strings.Join(each(rules, func(name string) string {
				if name == finding {
					return name + ": " + inSource(schema.GuardDuty.Name, field)
				}
				return name + ": " + field
			}), ", ") + "}"
		}), ", ") + "}"
	} else if !chained && r.IntN(4) == 0 {
		aliases = ", aliases: {requestParameters.g: {" + strings.Join(each(rules, func(name string) string {
			return name + ": requestParameters." + []string{"g", "h"}[r.IntN(2)]
		}), ", ") + "}}"
	}
	return fmt.Sprintf("{type: %s, rules: [%s], group-by: [%s], timespan: %ds%s%s}", kind, strings.Join(rules, ", "),
		strings.Join(group, ", "), 1+r.IntN(200), randomCondition(r, kind, rules, fields), aliases)
}

func each(list []string, f func(string) string) []string {
	var out []string
	for _, s := range list {
		out = append(out, f(s))
	}
	return out
}

func randomCondition(r *rand.Rand, kind string, rules []string, fields string) string {
	temporal := strings.HasPrefix(kind, "temporal")
	switch {
	case temporal && r.IntN(3) == 0:
		return ""
	case temporal && r.IntN(2) == 0:
		return ", condition: " + randomExpression(r, rules)
	}
	numbers := []string{"0", "1", "2", "3", "1.5", "4"}
	text := ", condition: {" + sigma.BoundOps[r.IntN(len(sigma.BoundOps))] + ": " + numbers[r.IntN(len(numbers))]
	if strings.HasPrefix(kind, "value_") {
		text += ", field: " + fields
	}
	if kind == "value_percentile" {
		text += ", percentile: " + []string{"0", "10", "50", "99.9", "100"}[r.IntN(5)]
	}
	return text + "}"
}

// randomExpression names each rule once or more.
func randomExpression(r *rand.Rand, rules []string) string {
	words := slices.Clone(rules)
	for range r.IntN(2) {
		words = append(words, rules[r.IntN(len(rules))])
	}
	r.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
	text := ""
	for i, w := range words {
		if r.IntN(3) == 0 {
			w = "not " + w
		}
		if i > 0 {
			text = "(" + text + ") " + []string{"and", "or"}[r.IntN(2)] + " "
		}
		text += w
	}
	return text
}
