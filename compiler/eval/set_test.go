package eval

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

func TestSetFindsPlansByTheirAnchor(t *testing.T) {
	detections := []string{
		"s:\n  eventName: [CreateUser, DeleteUser]\ncondition: s",
		"s:\n  eventSource: iam.amazonaws.com\ncondition: s",
		"s:\n  eventName|startswith: Delete\ncondition: s",
		"a:\n  eventName: DeleteUser\nb:\n  eventName: ListUsers\ncondition: a or b",
		"s:\n  eventName: CreateUser\ncondition: not s",
		"s:\n  eventName|cased: createuser\ncondition: s",
		"s:\n  eventName: 443\ncondition: s",
		"s:\n  eventName: \"\\u212Aey\"\ncondition: s",
	}
	var plans []*compiler.Plan
	for _, d := range detections {
		plans = append(plans, planOf(t, schema.CloudTrail, d))
	}
	r := NewSet(plans).Reader()
	for _, tt := range []struct {
		event string
		want  []int
	}{
		{`{"eventName":"CREATEUSER"}`, []int{0}},
		{`{"eventName":"createuser"}`, []int{0, 5}},
		{`{"eventName":"DeleteUser","eventSource":"IAM.amazonaws.com"}`, []int{0, 1, 2, 3, 4}},
		{`{"eventSource":"iam.amazonaws.com"}`, []int{1, 4}},
		{`{"eventName":null}`, []int{4}},
		{`{"eventName":["x",["ListUsers","DeleteUser"],"deleteuser"]}`, []int{0, 2, 3, 4}},
		{`{"eventName":4.43e2}`, []int{4, 6}},
		{`{"eventName":{"a":"CreateUser"}}`, []int{4}},
		{`{"eventName":"kEY"}`, []int{4, 7}},
		{`{"eventName":"Create\u0055ser"}`, []int{0}},
	} {
		if got := r.Match(parse(t, tt.event)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.event, got, tt.want)
		}
	}
}

func TestEmptySetMatchesNothing(t *testing.T) {
	if got := NewSet(nil).Reader().Match(parse(t, `{"eventName":"x"}`)); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

// The index must stand in front of plans: without it the tests above would pass
// just the same.
func TestIndexKeepsPlansFromBeingTried(t *testing.T) {
	for _, tt := range []struct {
		detection, event string
		tried            bool
	}{
		{"s:\n  eventName: A\ncondition: s", `{"eventName":"B"}`, false},
		{"s:\n  eventName: A\ncondition: s", `{}`, false},
		{"s:\n  eventName: A\ncondition: s", `{"eventName":["B","a"]}`, true},
		{"s:\n  eventName: A\n  awsRegion|contains: x\ncondition: s", `{"eventName":"B","awsRegion":"x"}`, false},
		{"a:\n  eventName: A\nb:\n  eventName: B\ncondition: 1 of them", `{"eventName":"C"}`, false},
		{"a:\n  eventName: A\nb:\n  awsRegion: B\ncondition: 1 of them", `{"eventName":"C"}`, true},
		{"s:\n  eventName: A\ncondition: not s", `{"eventName":"C"}`, true},
		{"s:\n  userIdentity.type: Root\nf:\n  eventType: AwsServiceEvent\ncondition: s and not f", `{"userIdentity":{"type":"IAMUser"}}`, false},
		{"s:\n  userIdentity.type: Root\nf:\n  eventType: AwsServiceEvent\ncondition: s and not f", `{"userIdentity":{"type":"ROOT"}}`, true},
		{"keywords: [x]\ncondition: keywords", `{"eventName":"C"}`, true},
	} {
		r := NewSet([]*compiler.Plan{planOf(t, schema.CloudTrail, tt.detection)}).Reader()
		r.Match(parse(t, tt.event))
		if got := r.tried[0] == r.round; got != tt.tried {
			t.Errorf("%s\non %s: tried %v, want %v", tt.detection, tt.event, got, tt.tried)
		}
	}
}

// corpus makes plans and events in which values meet often and every shape
// stands in every field, the anchor's too.
type corpus struct{ rng *rand.Rand }

var (
	corpusFields = []string{"eventName", "eventName", "eventSource", "userIdentity.type", "requestParameters.a", "requestParameters.a.b", "resources.ARN", "eventTime"}
	corpusTexts  = []string{"a", "A", "ab", "aB", "k", "\u212a", "ß", "ẞ", "\u0130", "", "443", "443.0", "0443", "true", "10.0.0.1", "2026-03-10T05:00:00Z", "a\nb"}
)

func choice[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

func (c corpus) path(t testing.TB) schema.Path { return path(t, choice(c.rng, corpusFields)) }

func (c corpus) pred(t testing.TB, depth int) compiler.Pred {
	if depth > 0 && c.rng.IntN(3) > 0 {
		var list []compiler.Pred
		for range c.rng.IntN(4) {
			list = append(list, c.pred(t, depth-1))
		}
		switch c.rng.IntN(3) {
		case 0:
			return compiler.All{Of: list}
		case 1:
			return compiler.Any{Of: list}
		default:
			return compiler.Not{Of: c.pred(t, depth-1)}
		}
	}
	return c.leaf(t)
}

func (c corpus) leaf(t testing.TB) compiler.Pred {
	fold := c.rng.IntN(2) == 0
	literal := func(s string) string {
		if fold {
			return sigma.Fold(s)
		}
		return s
	}
	field := c.path(t)
	switch c.rng.IntN(14) {
	case 0:
		return compiler.Const{Value: fold}
	case 1:
		return compiler.Null{Field: field}
	case 2:
		return compiler.Exists{Field: field}
	case 3:
		bound, _ := record.ParseDecimal(choice(c.rng, []string{"443", "0", "-1", "442.5", "10000000000000000000000"}))
		return compiler.Num{Field: field, Op: compiler.Op(1 + c.rng.IntN(5)), Bound: bound}
	case 4:
		return compiler.FieldEq{Field: field, Other: c.path(t), Relation: compiler.Relation(1 + c.rng.IntN(4)), Fold: fold}
	case 5:
		return compiler.Regexp{Field: field, Expr: choice(c.rng, []string{"a+", "^a", "k|ab", ".", "4{2}3"}), Flags: compiler.RegexpFlags{IgnoreCase: fold}}
	case 6:
		return compiler.Keyword{Pattern: sigma.LiteralPattern(literal(choice(c.rng, corpusTexts))).Open(true, true), Fold: fold}
	case 7, 8:
		p := sigma.ParsePattern(choice(c.rng, []string{"a*", "*B", "?", "*", "a?b", "*4*"}))
		return compiler.Text{Field: field, Pattern: p.Map(literal), Fold: fold}
	case 9:
		return compiler.TimePart{Field: field, Part: compiler.Hour, Op: compiler.Equal, Bound: 5}
	default:
		var values []string
		for range c.rng.IntN(4) {
			values = append(values, literal(choice(c.rng, corpusTexts)))
		}
		slices.Sort(values)
		return compiler.In{Field: field, Values: slices.Compact(values), Fold: fold}
	}
}

func (c corpus) event() string {
	var members []string
	for _, key := range []string{"eventName", "eventSource", "userIdentity", "requestParameters", "resources", "eventTime"} {
		if c.rng.IntN(4) > 0 {
			members = append(members, fmt.Sprintf("%q:%s", key, c.value(3)))
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

func (c corpus) value(depth int) string {
	n := 14
	if depth == 0 {
		n = 10
	}
	switch k := c.rng.IntN(n); {
	case k == 0:
		return "null"
	case k == 1:
		return choice(c.rng, []string{"true", "false"})
	case k == 2:
		return choice(c.rng, []string{"443", "443.0", "4.43e2", "-1", "1e30", "0"})
	case k < 10:
		text, _ := json.Marshal(choice(c.rng, corpusTexts))
		return string(text)
	case k < 12:
		var list []string
		for range c.rng.IntN(4) {
			list = append(list, c.value(depth-1))
		}
		return "[" + strings.Join(list, ",") + "]"
	default:
		var members []string
		for _, key := range []string{"type", "a", "b", "ARN"} {
			if c.rng.IntN(2) > 0 {
				members = append(members, fmt.Sprintf("%q:%s", key, c.value(depth-1)))
			}
		}
		return "{" + strings.Join(members, ",") + "}"
	}
}

// unindexed evaluates each plan by itself, each on a fresh look at the record.
func unindexed(matchers []*Matcher, src *schema.Source, rec *record.Record) []int {
	var hits []int
	for i, m := range matchers {
		var ev Event
		if ev.Reset(src, rec); m.Match(&ev) {
			hits = append(hits, i)
		}
	}
	return hits
}

func compileAll(plans []*compiler.Plan) []*Matcher {
	var matchers []*Matcher
	for _, p := range plans {
		matchers = append(matchers, Compile(p))
	}
	return matchers
}

func TestIndexedIsUnindexed(t *testing.T) {
	hits, indexed := 0, 0
	for seed := range uint64(150) {
		c := corpus{rand.New(rand.NewPCG(seed, 9))}
		var plans []*compiler.Plan
		for range 40 {
			plans = append(plans, &compiler.Plan{Source: schema.CloudTrail, Where: c.pred(t, 3)})
		}
		set, matchers := NewSet(plans), compileAll(plans)
		for _, x := range set.indexes {
			indexed += len(x.plans)
		}
		r := set.Reader()
		for range 60 {
			event := c.event()
			rec := parse(t, event)
			want := unindexed(matchers, schema.CloudTrail, rec)
			if got := r.Match(rec); !slices.Equal(got, want) {
				t.Fatalf("seed %d: %s: got %v, want %v", seed, event, got, want)
			}
			i := c.rng.IntN(len(plans))
			if got := Explain(plans[i], rec).Result; got != slices.Contains(want, i) {
				t.Fatalf("seed %d: %s: plan %d explained as %v: %#v", seed, event, i, got, plans[i].Where)
			}
			hits += len(want)
		}
	}
	if hits < 10_000 || indexed < 1000 {
		t.Errorf("the corpus is thin: %d matches, %d index entries", hits, indexed)
	}
}

// naive evaluates the leaves whose meaning a decoded tree can tell, to hold the
// evaluator's paths against another reading of them. Its events repeat no key.
func naive(p compiler.Pred, tree any) (holds, known bool) {
	switch p := p.(type) {
	case compiler.In:
		for _, v := range naiveLeaves(tree, p.Field.Keys) {
			if text, ok := v.(string); ok {
				if p.Fold {
					text = sigma.Fold(text)
				}
				holds = holds || slices.Contains(p.Values, text)
			} else {
				return false, false
			}
		}
		return holds, true
	case compiler.Null:
		return len(naiveLeaves(tree, p.Field.Keys)) == 0 && !naiveEmpty(tree, p.Field.Keys), true
	default:
		return false, false
	}
}

func naiveLeaves(v any, keys []string) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		var all []any
		for _, e := range v {
			all = append(all, naiveLeaves(e, keys)...)
		}
		return all
	case map[string]any:
		if len(keys) > 0 {
			return naiveLeaves(v[keys[0]], keys[1:])
		}
	}
	if len(keys) > 0 {
		return nil
	}
	return []any{v}
}

func naiveEmpty(v any, keys []string) bool {
	switch v := v.(type) {
	case []any:
		return len(keys) == 0 && len(v) == 0 || slices.ContainsFunc(v, func(e any) bool { return naiveEmpty(e, keys) })
	case map[string]any:
		return len(keys) > 0 && naiveEmpty(v[keys[0]], keys[1:])
	default:
		return false
	}
}

func TestPathsAreReadAsADecodedTreeReadsThem(t *testing.T) {
	c := corpus{rand.New(rand.NewPCG(10, 11))}
	looked := 0
	for range 60_000 {
		p := c.leaf(t)
		event := c.event()
		var tree any
		if err := json.Unmarshal([]byte(event), &tree); err != nil {
			t.Fatal(err)
		}
		want, known := naive(p, tree)
		if !known {
			continue
		}
		looked++
		if got := holdsIn(t, schema.CloudTrail, p, event); got != want {
			t.Fatalf("%#v on %s: got %v, want %v", p, event, got, want)
		}
	}
	if looked < 5000 {
		t.Errorf("only %d were looked at", looked)
	}
}

// The laws of two-valued logic hold over missing fields too.
func TestLawsOfNegation(t *testing.T) {
	c := corpus{rand.New(rand.NewPCG(12, 13))}
	for range 5000 {
		a, b := c.pred(t, 2), c.pred(t, 2)
		event := c.event()
		not := func(p compiler.Pred) compiler.Pred { return compiler.Not{Of: p} }
		for _, pair := range [][2]compiler.Pred{
			{not(compiler.Any{Of: []compiler.Pred{a, b}}), compiler.All{Of: []compiler.Pred{not(a), not(b)}}},
			{not(compiler.All{Of: []compiler.Pred{a, b}}), compiler.Any{Of: []compiler.Pred{not(a), not(b)}}},
			{a, not(not(a))},
			{a, compiler.Simplify(a)},
		} {
			if x, y := holdsIn(t, schema.CloudTrail, pair[0], event), holdsIn(t, schema.CloudTrail, pair[1], event); x != y {
				t.Fatalf("%s: %#v is %v, %#v is %v", event, pair[0], x, pair[1], y)
			}
		}
	}
}
