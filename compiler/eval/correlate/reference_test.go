package correlate_test

import (
	"cmp"
	"math/big"
	"slices"
	"strings"
	"time"

	sg "github.com/bradleyjkemp/sigma-go"

	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate/correlatetest"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// This is correlation written a second time, from docs/semantics.md and the Sigma
// specification alone: every window is made anew for every event, and nothing is
// kept between them. It shares no code with the package.

// sample is an event as the reference knows it.
type sample = correlatetest.Sample

// fact is what stands for an event of one rule, or of a correlation below.
type fact struct {
	id    string
	at    time.Time
	rule  int
	group []string
	texts map[string][]string
	ids   []string
}

// run is an episode of the reference.
type run struct {
	group       []string
	opening     string
	first, last time.Time
	ids         []string
	value       *big.Rat
}

// facts gives the events of a correlation's rules that have all group values.
func facts(c *sigma.Correlation, events []sample) []fact {
	var list []fact
	for r, ref := range c.Rules {
		if ref.Correlation != nil {
			for _, fired := range firings(ref.Correlation, events) {
				texts := map[string][]string{}
				for i, name := range ref.Correlation.GroupBy {
					texts[name.Text] = []string{fired.group[i]}
				}
				list = appendFact(list, c, fact{id: fired.id, at: fired.at, rule: r, texts: texts, ids: fired.ids})
			}
			continue
		}
		for _, e := range events {
			if slices.Contains(e.Rules, ref.Text) {
				list = appendFact(list, c, fact{id: e.ID, at: e.At, rule: r, texts: e.Texts, ids: []string{e.ID}})
			}
		}
	}
	return list
}

func appendFact(list []fact, c *sigma.Correlation, f fact) []fact {
	for _, name := range c.GroupBy {
		leaves := f.texts[field(c, name.Text, f.rule)]
		if len(leaves) == 0 {
			return list
		}
		f.group = append(f.group, leaves[0])
	}
	return append(list, f)
}

func field(c *sigma.Correlation, name string, rule int) string {
	for _, a := range c.Aliases {
		for _, f := range a.Fields {
			if a.Text == name && f.Rule.Text == c.Rules[rule].Text {
				return f.Field.Text
			}
		}
	}
	return name
}

// firing is an event with which a correlation fires.
type firing struct {
	id    string
	at    time.Time
	group []string
	ids   []string // of the window
	value *big.Rat
}

func firings(c *sigma.Correlation, events []sample) []firing {
	all := facts(c, events)
	var list []firing
	for _, f := range all {
		if slices.ContainsFunc(list, func(g firing) bool { return g.id == f.id && slices.Equal(g.group, f.group) }) {
			continue
		}
		var window []fact
		var ids []string
		for _, o := range all {
			if slices.Equal(o.group, f.group) && !o.at.After(f.at) && o.at.After(f.at.Add(-c.Timespan)) {
				window = append(window, o)
				ids = append(ids, o.ids...)
			}
		}
		if value, ok := judge(c, window); ok {
			slices.Sort(ids)
			list = append(list, firing{f.id, f.at, f.group, slices.Compact(ids), value})
		}
	}
	return list
}

// judge measures a window and holds the condition against it.
func judge(c *sigma.Correlation, window []fact) (*big.Rat, bool) {
	value := measured(c, window)
	if value == nil {
		return nil, false
	}
	for _, b := range c.Condition.Bounds {
		bound, _ := new(big.Rat).SetString(b.Value.Text)
		d := value.Cmp(bound)
		ok := map[string]bool{"gt": d > 0, "gte": d >= 0, "lt": d < 0, "lte": d <= 0, "eq": d == 0, "neq": d != 0}[b.Op]
		if !ok {
			return nil, false
		}
	}
	if len(c.Condition.Bounds) > 0 || !strings.HasPrefix(c.Kind, "temporal") {
		return value, true
	}
	return value, expressed(c, window)
}

// expressed holds the expression, or all rules, against a window. In order, a
// name that is wanted stands for its place in some chain: every chain of the
// rules is tried.
func expressed(c *sigma.Correlation, window []fact) bool {
	n := len(c.Rules)
	for set := range 1 << n {
		if !exists(c, window, set) {
			continue
		}
		if c.Condition.Expr == nil && set == 1<<n-1 {
			return true
		}
		if c.Condition.Expr != nil && evaluate(c, c.Condition.Expr, window, set, true) {
			return true
		}
	}
	return false
}

// exists reports whether the window has events of every rule in the set, in order
// where that is asked.
func exists(c *sigma.Correlation, window []fact, set int) bool {
	var after time.Time
	for r := range c.Rules {
		if set&(1<<r) == 0 {
			continue
		}
		var soonest time.Time // the soonest later event leaves most room for the rest
		for _, f := range window {
			later := c.Kind != "temporal_ordered" || f.at.After(after)
			if f.rule == r && later && (soonest.IsZero() || f.at.Before(soonest)) {
				soonest = f.at
			}
		}
		if soonest.IsZero() {
			return false
		}
		after = soonest
	}
	return true
}

func evaluate(c *sigma.Correlation, e sg.SearchExpr, window []fact, set int, wanted bool) bool {
	switch e := e.(type) {
	case sg.And:
		for _, part := range e {
			if !evaluate(c, part, window, set, wanted) {
				return false
			}
		}
		return true
	case sg.Or:
		for _, part := range e {
			if evaluate(c, part, window, set, wanted) {
				return true
			}
		}
		return false
	case sg.Not:
		return !evaluate(c, e.Expr, window, set, !wanted)
	case sg.SearchIdentifier:
		r := slices.IndexFunc(c.Rules, func(ref sigma.Reference) bool { return ref.Text == e.Name })
		if wanted {
			return set&(1<<r) != 0
		}
		return slices.ContainsFunc(window, func(f fact) bool { return f.rule == r })
	default:
		panic("an expression that the tests do not make")
	}
}

func measured(c *sigma.Correlation, window []fact) *big.Rat {
	switch c.Kind {
	case "event_count":
		return big.NewRat(int64(len(window)), 1)
	case "temporal":
		return big.NewRat(int64(present(window)), 1)
	case "temporal_ordered":
		if len(c.Condition.Bounds) == 0 {
			return big.NewRat(int64(present(window)), 1)
		}
		best := 0
		for set := range 1 << len(c.Rules) {
			if n := ones(set); n > best && exists(c, window, set) {
				best = n
			}
		}
		return big.NewRat(int64(best), 1)
	case "value_count":
		tuples := map[string]bool{}
		for _, f := range window {
			combine(c, f, 0, "", tuples)
		}
		return big.NewRat(int64(len(tuples)), 1)
	}
	var numbers []*big.Rat
	for _, f := range window {
		for _, text := range f.texts[field(c, c.Condition.Fields[0].Text, f.rule)] {
			if n, ok := new(big.Rat).SetString(text); ok && !strings.ContainsAny(text, "/+_xX ") {
				numbers = append(numbers, n)
			}
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	return statistic(c, numbers)
}

func statistic(c *sigma.Correlation, numbers []*big.Rat) *big.Rat {
	sum := new(big.Rat)
	for _, n := range numbers {
		sum.Add(sum, n)
	}
	last := big.NewRat(int64(len(numbers)-1), 1)
	switch c.Kind {
	case "value_sum":
		return sum
	case "value_avg":
		return sum.Quo(sum, big.NewRat(int64(len(numbers)), 1))
	}
	share := big.NewRat(1, 2)
	if c.Kind == "value_percentile" {
		share.SetString(c.Condition.Percentile.Text)
		share.Quo(share, big.NewRat(100, 1))
	}
	slices.SortFunc(numbers, (*big.Rat).Cmp)
	place := last.Mul(last, share)
	for i := range numbers { // the two numbers around the place, weighed by how near they are
		low := big.NewRat(int64(i), 1)
		if place.Cmp(low) == 0 {
			return numbers[i]
		}
		if high := big.NewRat(int64(i+1), 1); place.Cmp(high) < 0 {
			near := new(big.Rat).Mul(numbers[i], high.Sub(high, place))
			return near.Add(near, new(big.Rat).Mul(numbers[i+1], new(big.Rat).Sub(place, low)))
		}
	}
	panic("a place beyond the numbers")
}

func present(window []fact) int {
	rules := map[int]bool{}
	for _, f := range window {
		rules[f.rule] = true
	}
	return len(rules)
}

func ones(set int) int {
	n := 0
	for ; set > 0; set >>= 1 {
		n += set & 1
	}
	return n
}

func combine(c *sigma.Correlation, f fact, i int, tuple string, into map[string]bool) {
	if i == len(c.Condition.Fields) {
		into[tuple] = true
		return
	}
	for _, text := range f.texts[field(c, c.Condition.Fields[i].Text, f.rule)] {
		combine(c, f, i+1, tuple+text+"\x00", into)
	}
}

// runs joins firings into episodes.
func runs(c *sigma.Correlation, events []sample) []run {
	fired := firings(c, events)
	slices.SortStableFunc(fired, func(a, b firing) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.id, b.id)) })
	times := map[string]time.Time{}
	for _, e := range events {
		times[e.ID] = e.At
	}
	var list []run
	open := map[string]int{}
	for _, f := range fired {
		k := strings.Join(f.group, "\x00")
		i, ok := open[k]
		if !ok || f.at.Sub(list[i].last) >= c.Timespan {
			i = len(list)
			open[k] = i
			list = append(list, run{group: f.group, opening: f.id, value: f.value})
		}
		r := &list[i]
		r.last = f.at
		r.ids = append(r.ids, f.ids...)
		if f.value.Cmp(r.value) > 0 {
			r.value = f.value
		}
	}
	for i := range list {
		r := &list[i]
		slices.SortFunc(r.ids, func(a, b string) int { return cmp.Or(times[a].Compare(times[b]), cmp.Compare(a, b)) })
		r.ids = slices.Compact(r.ids)
		r.first = times[r.ids[0]]
	}
	return list
}
