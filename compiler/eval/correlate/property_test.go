package correlate_test

import (
	"flag"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler/eval"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate/correlatetest"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

var (
	seed  = flag.Uint64("seed", 1, "of the random correlations")
	pairs = flag.Int("pairs", 2000, "random correlations with events")
	cuts  = flag.Int("cuts", 1000, "random cuttings of a range into windows")
)

// trial is a pack of random correlations and events that its rules match.
type trial struct{ *correlatetest.Trial }

func newTrial(t *testing.T, r *rand.Rand) trial { return trial{correlatetest.New(t, r)} }

// episodes runs the package over events in the order given.
func (tr trial) episodes(t *testing.T, order []int) []correlate.Episode {
	t.Helper()
	collector := correlate.NewCollector(tr.Ready, correlate.Limits{})
	for _, i := range order {
		var rules []*sigma.Rule
		for _, p := range tr.Plans {
			var ev eval.Event
			ev.Reset(p.Source, &tr.Raw[i])
			if eval.Compile(p).Match(&ev) {
				rules = append(rules, p.Rule)
			}
		}
		collector.Add(schema.CloudTrail, &tr.Raw[i], rules...)
	}
	episodes, problems := collector.Episodes()
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return episodes
}

func (tr trial) all() []int {
	order := make([]int, len(tr.Events))
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
		for _, c := range tr.Pack.Correlations {
			for _, e := range runs(c, tr.Events) {
				want = append(want, show(c.Title, e.group, e.opening, e.first, e.last, e.ids, e.value))
				found[c.Kind]++
			}
			done++
		}
		slices.Sort(want)
		if got := shown(tr.episodes(t, tr.all())); !slices.Equal(got, want) {
			t.Fatalf("%s\nevents %v\ngot\n%s\nwant\n%s", tr.Text, tr.Events, strings.Join(got, "\n"), strings.Join(want, "\n"))
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
			t.Fatalf("%s\norder %v\ngot\n%s\nwant\n%s", tr.Text, again, strings.Join(got, "\n"), strings.Join(want, "\n"))
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
			for _, of := range tr.Ready {
				for _, e := range tr.episodes(t, tr.within(from.Add(-of.LookBack()), to)) {
					if e.Of != of || e.Opening.At.Before(from) || !e.Opening.At.Before(to) {
						continue
					}
					told[named(e)]++
					if line := shown([]correlate.Episode{e})[0]; !slices.Contains(known, line) {
						t.Fatalf("%s\nwindow %s to %s gives\n%s\nthe whole range up to its end\n%s", tr.Text, from, to, line, strings.Join(known, "\n"))
					}
				}
			}
		}
		for _, e := range all {
			if told[named(e)] != 1 {
				t.Fatalf("%s\nedges %v: %s is told %d times", tr.Text, edges, named(e), told[named(e)])
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
			t.Fatalf("%s\nedges %v: told besides: %v", tr.Text, edges, told)
		}
	}
	t.Logf("%d cuttings: %d episodes, each told once; %d of them were cut", *cuts, whole, cutShort)
}

func named(e correlate.Episode) string {
	return fmt.Sprintf("%s %q %s", e.Of.Rule.Title, e.Group, e.Opening.ID)
}

func (tr trial) within(from, to time.Time) []int {
	var list []int
	for i, e := range tr.Events {
		if !e.At.Before(from) && e.At.Before(to) {
			list = append(list, i)
		}
	}
	return list
}
