package compiler

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

func path(name string) schema.Path {
	return schema.Path{Source: "cloudtrail", Keys: strings.Split(name, "."), Declared: 1, Type: schema.Text}
}

// everyLeaf holds one leaf of each kind, all that they have set.
func everyLeaf() []Pred {
	bound, _ := record.ParseDecimal("5")
	f, g := path("a.b"), path("c")
	return []Pred{
		Text{Field: f, Pattern: sigma.ParsePattern("x*"), Fold: true},
		In{Field: f, Values: []string{"x", "y\n"}},
		Regexp{Field: f, Expr: "x|y", Flags: RegexpFlags{IgnoreCase: true}, Prefix: true},
		CIDR{Field: f, Prefix: netip.MustParsePrefix("10.0.0.0/8")},
		Num{Field: f, Op: GreaterEqual, Bound: bound},
		TimePart{Field: f, Part: Week, Op: Equal, Bound: 5},
		FieldEq{Field: f, Other: g, Relation: HasSuffix, Fold: true},
		Null{Field: f},
		Exists{Field: f},
		Keyword{Pattern: sigma.ParsePattern("*x*")},
	}
}

func TestFieldsGivesEveryPathOfEveryLeaf(t *testing.T) {
	for _, p := range everyLeaf() {
		var want []string
		v := reflect.ValueOf(p)
		for i := range v.NumField() {
			if f, ok := v.Field(i).Interface().(schema.Path); ok {
				want = append(want, f.Name())
			}
		}
		var got []string
		for _, f := range Fields(p) {
			got = append(got, f.Name())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%T: got %v, want %v", p, got, want)
		}
	}
	for _, p := range []Pred{All{Of: []Pred{atom(1)}}, Any{Of: []Pred{atom(1)}}, Not{Of: atom(1)}, Const{}} {
		if got := Fields(p); got != nil {
			t.Errorf("%T: got %v", p, got)
		}
	}
}

func TestWalkVisitsParentsFirst(t *testing.T) {
	p := All{Of: []Pred{Not{Of: Any{Of: []Pred{atom(1), atom(2)}}}, atom(3)}}
	var got []string
	Walk(p, func(p Pred) { got = append(got, reflect.TypeOf(p).Name()+strings.TrimPrefix(Describe(p), "any of")) })
	if want := "[Allall of Notnot Any Exists1 exists Exists2 exists Exists3 exists]"; fmt.Sprint(got) != want {
		t.Errorf("got %v", got)
	}
}

func TestDescribe(t *testing.T) {
	want := []string{
		`a.b is like "x*"`,
		`a.b is "x" or "y\n", case counting`,
		`a.b matches /(?i)\A(?:x|y)/`,
		`a.b is in 10.0.0.0/8`,
		`a.b >= 5`,
		`the week of a.b = 5`,
		`a.b ends with c`,
		`a.b is null or missing`,
		`a.b exists`,
		`the event holds "*x*", case counting`,
	}
	for i, p := range everyLeaf() {
		if got := Describe(p); got != want[i] {
			t.Errorf("%T: got %s, want %s", p, got, want[i])
		}
	}
	for want, p := range map[string]Pred{"all of": All{}, "any of": Any{}, "not": Not{Of: atom(1)}, "always true": Const{Value: true}, "always false": Const{}} {
		if got := Describe(p); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestNeeded(t *testing.T) {
	tests := []struct{ name, detection, want string }{
		{"an equality", "s:\n    eventName: A\ncondition: s", "a"},
		{"a list", "s:\n    eventName: [b, A]\ncondition: s", "a b"},
		{"cased values are folded", "s:\n    eventName|cased: [B, b]\ncondition: s", "b"},
		{"beside another field", "s:\n    eventName: a\n    errorCode: x\ncondition: s", "a"},
		{"the shorter of two", "s:\n    eventName: [a, b, c]\nt:\n    eventName: [a, b]\ncondition: s and t", "a b"},
		{"alternatives", "s:\n    eventName: a\nt:\n    eventName: [a, b]\n    errorCode: x\ncondition: s or t", "a b"},
		{"one of them elsewhere", "s:\n    eventName: a\nt:\n    errorCode: x\ncondition: s or t", "unknown"},
		{"negated", "s:\n    eventName: a\ncondition: not s", "unknown"},
		{"beside a negation", "s:\n    eventName: a\nt:\n    eventName: b\ncondition: s and not t", "a"},
		{"a wildcard", "s:\n    eventName: a*\ncondition: s", "unknown"},
		{"a keyword", "s: a\ncondition: s", "unknown"},
		{"null", "s:\n    eventName: null\ncondition: s", "unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			texts, known := Needed(planOf(t, tt.detection).Where, "eventName")
			got := strings.Join(texts, " ")
			if !known {
				got = "unknown"
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// An event that satisfies a predicate has one of the texts that it needs.
func TestNeededTextsAreNeeded(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	name := func(r *rand.Rand, _ schema.Path) Pred {
		values := []string{"0", "1", "2", "3"}
		r.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
		return In{Field: path("eventName"), Values: values[:r.IntN(4)]}
	}
	known := 0
	for range 20_000 {
		p := random(r, 4, name, existsLeaf)
		texts, ok := Needed(p, "eventName")
		if !ok {
			continue
		}
		known++
		for bits := range 1 << (atoms + 4) { // the upper four: which values eventName has
			has := func(v string) bool { return bits>>(atoms+int(v[0]-'0'))&1 == 1 }
			if satisfied(p, bits, has) && !slices.ContainsFunc(texts, has) {
				t.Fatalf("%s is said to need %q, and is true under %09b", dump(p), texts, bits)
			}
		}
	}
	if known < 1_000 {
		t.Errorf("only %d predicates needed a text", known)
	}
}

// satisfied is truth with the leaves of eventName asked of has.
func satisfied(p Pred, bits int, has func(string) bool) bool {
	switch p := p.(type) {
	case All:
		return !slices.ContainsFunc(p.Of, func(q Pred) bool { return !satisfied(q, bits, has) })
	case Any:
		return slices.ContainsFunc(p.Of, func(q Pred) bool { return satisfied(q, bits, has) })
	case Not:
		return !satisfied(p.Of, bits, has)
	case In:
		return slices.ContainsFunc(p.Values, has)
	default:
		return truth(p, bits)
	}
}
