package correlate_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// index is an engine of two stages in memory: it holds events, of the values of a
// field all leaves, in lower case or as they are, and nothing of those it loses.
type index struct {
	tr      trial
	folded  bool
	loses   string          // a text that it cannot tell from others; empty: none
	groups  map[string]bool // fields that it can group by
	window  compiler.Range
	fetched int
}

func (x *index) target() *compiler.Target {
	return &compiler.Target{Correlation: compiler.InTwoStages, Groups: func(p schema.Path) bool {
		return p.Name() == schema.CloudTrail.Time || x.groups[p.Name()]
	}}
}

// held gives what the index has of a field of an event.
func (x *index) held(event int, p schema.Path) (list []*string) {
	for _, leaf := range x.tr.Events[event].Texts[p.Name()] {
		if x.folded {
			leaf = strings.ToLower(leaf)
		}
		if leaf == x.loses && x.loses != "" {
			list = append(list, nil)
			continue
		}
		list = append(list, &leaf)
	}
	return list
}

func (x *index) matches(event int, p *compiler.Plan) bool {
	at := x.tr.Events[event].At
	if at.Before(x.window.From) || !at.Before(x.window.To) {
		return false
	}
	var ev eval.Event
	ev.Reset(p.Source, &x.tr.Raw[event])
	return eval.Compile(p).Match(&ev)
}

// count runs the first stage.
func (x *index) count(of *compiler.Prefilter) []compiler.Candidate {
	counter := compiler.NewCounter(of)
	for l, leaf := range of.Leaves {
		for i := range x.tr.Events {
			if !x.matches(i, leaf.Plan) {
				continue
			}
			groups := [][]*string{nil}
			for _, p := range leaf.Group {
				var longer [][]*string
				for _, head := range groups {
					for _, v := range x.held(i, p) {
						longer = append(longer, append(slices.Clone(head), v))
					}
				}
				groups = longer
			}
			n := compiler.Count{Leaf: l, Dated: of.Cell > 0, N: 1}
			if of.Cell > 0 {
				n.Cell = x.tr.Events[i].At.Unix() / int64(of.Cell/time.Second)
			}
			for _, n.Group = range groups {
				counter.Add(n)
			}
		}
	}
	return counter.Candidates()
}

// fetch runs the second stage.
func (x *index) fetch(of *compiler.Prefilter, found []compiler.Candidate) []correlate.Episode {
	collector := correlate.NewCollector([]*compiler.CorrelationPlan{of.Of}, correlate.Limits{})
	for _, leaf := range of.Leaves {
		for i := range x.tr.Events {
			if x.matches(i, leaf.Plan) && slices.ContainsFunc(found, func(c compiler.Candidate) bool { return x.in(i, leaf, c) }) {
				collector.Add(schema.CloudTrail, &x.tr.Raw[i], leaf.Plan.Rule)
				x.fetched++
			}
		}
	}
	episodes, _ := collector.Episodes()
	return episodes
}

func (x *index) in(event int, leaf compiler.Leaf, c compiler.Candidate) bool {
	at := x.tr.Events[event].At
	if len(c.Ranges) > 0 && !slices.ContainsFunc(c.Ranges, func(r compiler.Range) bool { return !at.Before(r.From) && at.Before(r.To) }) {
		return false
	}
	for g, wanted := range c.Values {
		held := x.held(event, leaf.Group[g])
		if len(wanted) > 0 && !slices.ContainsFunc(held, func(v *string) bool {
			return slices.ContainsFunc(wanted, func(w *string) bool { return v == w || v != nil && w != nil && *v == *w })
		}) {
			return false
		}
	}
	return true
}

// Two stages over an engine that loses what engines lose give the episodes of all
// events, in a window those that open there.
func TestTwoStagesMissNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(*seed, 10))
	start := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	done, staged, found, fetched, all := 0, 0, map[string]int{}, 0, 0
	for staged < *pairs {
		tr := newTrial(t, r)
		legal := map[*sigma.Rule]*compiler.Plan{}
		for _, p := range tr.Plans {
			legal[p.Rule] = p
		}
		x := index{tr: tr, folded: r.IntN(2) == 0, loses: []string{"", "x", "1"}[r.IntN(3)], groups: map[string]bool{}}
		for _, name := range []string{"g", "h"} {
			x.groups["requestParameters."+name] = r.IntN(4) > 0
		}
		from, to := start.Add(time.Duration(r.IntN(300))*time.Second), start.Add(time.Duration(300+r.IntN(301))*time.Second)
		for _, c := range tr.Ready {
			done++
			of := compiler.NewPrefilter(c, legal, x.target())
			if of == nil {
				continue
			}
			staged++
			x.window = compiler.Range{From: from.Add(-c.LookBack()), To: to}
			whole := tr.Trial
			rows := correlate.NewCollector([]*compiler.CorrelationPlan{c}, correlate.Limits{})
			for _, leaf := range of.Leaves {
				for i := range whole.Events {
					if x.matches(i, leaf.Plan) {
						rows.Add(schema.CloudTrail, &whole.Raw[i], leaf.Plan.Rule)
						all++
					}
				}
			}
			episodes, _ := rows.Episodes()
			want := within(episodes, from, to)
			x.fetched = 0
			got := within(x.fetch(of, x.count(of)), from, to)
			fetched += x.fetched
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("%s\n%s of %v, window %s to %s\nevents %v\ngot\n%s\nwant\n%s", tr.Text, c.Rule.Title, x.groups, from, to, tr.Events,
					strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			found[c.Rule.Kind] += len(want)
		}
	}
	// The trials count values of fields of JSON, so value_count has two stages in chains alone.
	for kind, share := range map[string]int{"event_count": 100, "value_count": 500, "temporal": 100, "temporal_ordered": 100} {
		if found[kind] < *pairs/share {
			t.Errorf("only %d episodes of %s", found[kind], kind)
		}
	}
	if fetched >= all {
		t.Errorf("%d of %d events were fetched", fetched, all)
	}
	t.Logf("%d correlations with events, %d in two stages; episodes by kind: %v; %d of %d events fetched", done, staged, found, fetched, all)
}

func within(episodes []correlate.Episode, from, to time.Time) []string {
	return shown(slices.DeleteFunc(episodes, func(e correlate.Episode) bool {
		return e.Opening.At.Before(from) || !e.Opening.At.Before(to)
	}))
}
