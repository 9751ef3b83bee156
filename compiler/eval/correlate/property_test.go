package correlate_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

var (
	seed  = flag.Uint64("seed", 1, "of the random correlations")
	pairs = flag.Int("pairs", 2000, "random correlations with events")
	cuts  = flag.Int("cuts", 1000, "random cuttings of a range into windows")
)

// ruleNames are the rules of the tests: those whose name stands in an event's
// resources match it.
var ruleNames = []string{"a", "b", "c"}

// trial is a pack of random correlations and events that its rules match.
type trial struct {
	text   string
	pack   *sigma.Pack
	ready  []*compiler.Correlated
	plans  []*compiler.Plan
	events []sample
	raw    []record.Record
}

func newTrial(t *testing.T, r *rand.Rand) *trial {
	t.Helper()
	tr := &trial{text: randomPack(r)}
	doc, diags := sigma.Parse(&diag.Source{Name: "random.yml", Text: []byte(tr.text)})
	tr.pack = sigma.Join(&sigma.Pack{Document: doc, Files: 1, Diags: diags})
	if err := tr.pack.Diags.Err(); err != nil {
		t.Fatalf("%v in\n%s", err, tr.text)
	}
	correlator := &compiler.Correlator{Plans: map[*sigma.Rule]*compiler.Plan{}, Sources: schema.ForLogsource}
	for _, rule := range tr.pack.Rules {
		plan, diags := compiler.Compile(rule, schema.ForLogsource)
		if plan == nil {
			t.Fatal(diags)
		}
		correlator.Plans[rule] = plan
		tr.plans = append(tr.plans, plan)
	}
	for _, c := range tr.pack.Correlations {
		of, diags := correlator.Correlate(c)
		if of == nil {
			t.Fatalf("%v in\n%s", diags, tr.text)
		}
		tr.ready = append(tr.ready, of)
	}
	tr.happen(t, r)
	return tr
}

// happen makes up events within ten minutes, many of them in the same second.
func (tr *trial) happen(t *testing.T, r *rand.Rand) {
	t.Helper()
	for i := range 4 + r.IntN(28) {
		e := sample{id: fmt.Sprintf("e%02d", i), at: time.Date(2026, 1, 5, 8, 0, r.IntN(600), 0, time.UTC), texts: map[string][]string{}}
		if r.IntN(3) == 0 && i > 0 {
			e.at = tr.events[r.IntN(i)].at
		}
		params := map[string]any{}
		for _, name := range []string{"g", "h", "v", "w"} {
			if leaves := randomLeaves(r, name); leaves != nil {
				e.texts["requestParameters."+name] = leaves
				params[name] = leaves
			}
		}
		for _, name := range ruleNames {
			if r.IntN(2) == 0 {
				e.rules = append(e.rules, name)
			}
		}
		raw, err := json.Marshal(map[string]any{"eventID": e.id, "eventTime": e.at.Format(time.RFC3339), "eventName": strings.Join(e.rules, " "), "requestParameters": params})
		if err != nil {
			t.Fatal(err)
		}
		rec, err := record.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		tr.events, tr.raw = append(tr.events, e), append(tr.raw, rec)
	}
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
func randomPack(r *rand.Rand) string {
	var b strings.Builder
	for _, name := range ruleNames {
		fmt.Fprintf(&b, "title: %s\nname: %s\nlogsource: {product: aws, service: cloudtrail}\ndetection: {s: {eventName|contains: %s}, condition: s}\n---\n", name, name, name)
	}
	below := randomCorrelation(r, ruleNames, true)
	fmt.Fprintf(&b, "title: below\nname: below\ncorrelation: %s\n", below)
	if r.IntN(2) == 0 {
		fmt.Fprintf(&b, "---\ntitle: middle\nname: middle\ncorrelation: %s\n", randomCorrelation(r, []string{"below", "a", "b"}, true))
		fmt.Fprintf(&b, "---\ntitle: top\ncorrelation: %s\n", randomCorrelation(r, []string{"middle", "below", "c"}, false))
	}
	return b.String()
}

// randomCorrelation writes one over some of the rules. One that others look at
// groups by g, by which they may.
func randomCorrelation(r *rand.Rand, from []string, looked bool) string {
	rules := slices.Clone(from)
	r.Shuffle(len(rules), func(i, j int) { rules[i], rules[j] = rules[j], rules[i] })
	rules = rules[:1+r.IntN(len(rules))]
	kind := sigma.CorrelationKinds[r.IntN(len(sigma.CorrelationKinds))]
	chained := !slices.Contains(from, "c") || slices.Contains(from, "below")
	group := []string{"requestParameters.g"}
	if !looked && r.IntN(2) == 0 {
		group = nil
	} else if !chained && r.IntN(2) == 0 {
		group = append(group, "requestParameters.h")
	}
	fields := "requestParameters.g"
	if !chained {
		fields = []string{"requestParameters.v", "[requestParameters.v, requestParameters.w]"}[r.IntN(2)]
		if kind != "value_count" {
			fields = "requestParameters.v"
		}
	}
	aliases := ""
	if !chained && r.IntN(4) == 0 {
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

// episodes runs the package over events in the order given.
func (tr *trial) episodes(t *testing.T, order []int) []correlate.Episode {
	t.Helper()
	collector := correlate.NewCollector(tr.ready, correlate.Limits{})
	for _, i := range order {
		var rules []*sigma.Rule
		for _, p := range tr.plans {
			var ev eval.Event
			ev.Reset(p.Source, &tr.raw[i])
			if eval.Compile(p).Match(&ev) {
				rules = append(rules, p.Rule)
			}
		}
		collector.Add(schema.CloudTrail, &tr.raw[i], rules...)
	}
	episodes, problems := collector.Episodes()
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return episodes
}

func (tr *trial) all() []int {
	order := make([]int, len(tr.events))
	for i := range order {
		order[i] = i
	}
	return order
}

func show(title string, group []string, opening string, first, last time.Time, ids []string, value *big.Rat) string {
	return fmt.Sprintf("%s %q %s %s-%s %v %s", title, group, opening, first.Format("04:05"), last.Format("04:05"), ids, value.RatString())
}

func shown(episodes []correlate.Episode) []string {
	var list []string
	for _, e := range episodes {
		list = append(list, show(e.Of.Rule.Title, e.Group, e.Opening.ID, e.First, e.Last, e.IDs, e.Value))
	}
	slices.Sort(list)
	return list
}

func TestCorrelationsAgreeWithABruteForceReference(t *testing.T) {
	r := rand.New(rand.NewPCG(*seed, 7))
	found := map[string]int{}
	done := 0
	for done < *pairs {
		tr := newTrial(t, r)
		var want []string
		for _, c := range tr.pack.Correlations {
			for _, e := range runs(c, tr.events) {
				want = append(want, show(c.Title, e.group, e.opening, e.first, e.last, e.ids, e.value))
				found[c.Kind]++
			}
			done++
		}
		slices.Sort(want)
		if got := shown(tr.episodes(t, tr.all())); !slices.Equal(got, want) {
			t.Fatalf("%s\nevents %v\ngot\n%s\nwant\n%s", tr.text, tr.events, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	for _, kind := range sigma.CorrelationKinds {
		if found[kind] < done/50 {
			t.Errorf("only %d episodes of %s", found[kind], kind)
		}
	}
	t.Logf("%d correlations with events agree; episodes by kind: %v", done, found)
}

func TestTheOrderOfInputDoesNotMatter(t *testing.T) {
	r := rand.New(rand.NewPCG(*seed, 8))
	for range *pairs / 8 {
		tr := newTrial(t, r)
		order := tr.all()
		want := shown(tr.episodes(t, order))
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		again := append(order, order[:len(order)/2]...) // and some delivered twice
		if got := shown(tr.episodes(t, again)); !slices.Equal(got, want) {
			t.Fatalf("%s\norder %v\ngot\n%s\nwant\n%s", tr.text, again, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// A range that is cut into windows, each read from its start minus the look-back
// to its end, gives each episode once: in the window in which it opened, as far
// as it had come by the end of it.
func TestCuttingTimeIntoWindowsChangesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(*seed, 9))
	start := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	whole, cutShort := 0, 0
	for range *cuts {
		tr := newTrial(t, r)
		all := tr.episodes(t, tr.all())
		edges := []int{0, 600}
		for range 1 + r.IntN(6) {
			edges = append(edges, r.IntN(600))
		}
		slices.Sort(edges)
		told := map[string]int{}
		for i := range edges[1:] {
			from, to := start.Add(time.Duration(edges[i])*time.Second), start.Add(time.Duration(edges[i+1])*time.Second)
			known := shown(tr.episodes(t, tr.within(start, to)))
			for _, of := range tr.ready {
				for _, e := range tr.episodes(t, tr.within(from.Add(-of.LookBack()), to)) {
					if e.Of != of || e.Opening.At.Before(from) || !e.Opening.At.Before(to) {
						continue
					}
					told[named(e)]++
					if line := shown([]correlate.Episode{e})[0]; !slices.Contains(known, line) {
						t.Fatalf("%s\nwindow %s to %s gives\n%s\nthe whole range up to its end\n%s", tr.text, from, to, line, strings.Join(known, "\n"))
					}
				}
			}
		}
		for _, e := range all {
			if told[named(e)] != 1 {
				t.Fatalf("%s\nedges %v: %s is told %d times", tr.text, edges, named(e), told[named(e)])
			}
			delete(told, named(e))
			whole++
			if slices.ContainsFunc(edges, func(s int) bool {
				at := start.Add(time.Duration(s) * time.Second)
				return at.After(e.Opening.At) && !at.After(e.Last)
			}) {
				cutShort++
			}
		}
		if len(told) > 0 {
			t.Fatalf("%s\nedges %v: told besides: %v", tr.text, edges, told)
		}
	}
	t.Logf("%d cuttings: %d episodes, each told once; %d of them were cut", *cuts, whole, cutShort)
}

func named(e correlate.Episode) string {
	return fmt.Sprintf("%s %q %s", e.Of.Rule.Title, e.Group, e.Opening.ID)
}

func (tr *trial) within(from, to time.Time) []int {
	var list []int
	for i, e := range tr.events {
		if !e.at.Before(from) && e.at.Before(to) {
			list = append(list, i)
		}
	}
	return list
}
