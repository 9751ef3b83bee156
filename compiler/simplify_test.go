package compiler

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// atoms is how many leaves the random predicates of this file have: exists(0),
// exists(1) and so on, which are true or false as the bits of a number say.
const atoms = 5

func atom(i int) Pred {
	return Exists{Field: schema.Path{Source: "cloudtrail", Keys: []string{fmt.Sprint(i)}, Declared: 1, Type: schema.Text}}
}

// truth is what a predicate over atoms says under an assignment.
func truth(p Pred, bits int) bool {
	switch p := p.(type) {
	case All:
		for _, q := range p.Of {
			if !truth(q, bits) {
				return false
			}
		}
		return true
	case Any:
		for _, q := range p.Of {
			if truth(q, bits) {
				return true
			}
		}
		return false
	case Not:
		return !truth(p.Of, bits)
	case Const:
		return p.Value
	case In:
		if len(p.Values) == 0 {
			return false
		}
		return bits>>(p.Field.Keys[0][0]-'0')&1 == 1
	default:
		return bits>>(Fields(p)[0].Keys[0][0]-'0')&1 == 1
	}
}

// leaf makes a leaf of an atom.
type leaf func(r *rand.Rand, field schema.Path) Pred

// random makes a predicate of about that depth.
func random(r *rand.Rand, depth int, leaves ...leaf) Pred {
	list := func() []Pred {
		of := make([]Pred, r.IntN(4))
		for i := range of {
			of[i] = random(r, depth-1, leaves...)
		}
		return of
	}
	kind := r.IntN(8)
	if depth == 0 {
		kind = 6 + r.IntN(2)
	}
	switch kind {
	case 0, 1:
		return All{Of: list()}
	case 2, 3:
		return Any{Of: list()}
	case 4, 5:
		return Not{Of: random(r, depth-1, leaves...)}
	case 6:
		if r.IntN(3) == 0 {
			return Const{Value: r.IntN(2) == 0}
		}
	}
	return leaves[r.IntN(len(leaves))](r, Fields(atom(r.IntN(atoms)))[0])
}

func existsLeaf(_ *rand.Rand, f schema.Path) Pred { return Exists{Field: f} }

func inLeaf(r *rand.Rand, f schema.Path) Pred {
	return In{Field: f, Values: []string{"a", "b"}[:r.IntN(3)]}
}

func TestSimplifyKeepsTheMeaning(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		p := random(r, 5, existsLeaf, inLeaf)
		q := Simplify(p)
		for bits := range 1 << atoms {
			if truth(p, bits) != truth(q, bits) {
				t.Fatalf("%s became %s, which differs under %05b", dump(p), dump(q), bits)
			}
		}
		if problem := notSimple(q, true); problem != "" {
			t.Fatalf("%s became %s: %s", dump(p), dump(q), problem)
		}
		if again := Simplify(q); dump(again) != dump(q) {
			t.Fatalf("%s is simplified once more to %s", dump(q), dump(again))
		}
	}
}

// notSimple says what is left to do about a predicate that has been simplified.
func notSimple(p Pred, top bool) string {
	children := func(of []Pred, same func(Pred) bool) string {
		if len(of) < 2 {
			return "a list of fewer than two"
		}
		for _, q := range of {
			if same(q) {
				return "a list right inside its like"
			}
			if problem := notSimple(q, false); problem != "" {
				return problem
			}
		}
		return ""
	}
	switch p := p.(type) {
	case All:
		return children(p.Of, func(q Pred) bool { _, ok := q.(All); return ok })
	case Any:
		return children(p.Of, func(q Pred) bool { _, ok := q.(Any); return ok })
	case Not:
		if _, double := p.Of.(Not); double {
			return "a double negation"
		}
		return notSimple(p.Of, false)
	case Const:
		if !top {
			return "a constant inside"
		}
	case In:
		if len(p.Values) == 0 {
			return "an In of nothing"
		}
	}
	return ""
}

func TestSimplifyOfEmptyLists(t *testing.T) {
	for _, tt := range []struct {
		p    Pred
		want string
	}{
		{All{}, "true"},
		{Any{}, "false"},
		{Not{Of: In{}}, "true"},
		{All{Of: []Pred{Any{Of: []Pred{All{}, Any{}}}, atom(1)}}, "exists(1)"},
	} {
		if got := dump(Simplify(tt.p)); got != tt.want {
			t.Errorf("%s became %s, want %s", dump(tt.p), got, tt.want)
		}
	}
}

func TestSimplifyLeavesItsInputAlone(t *testing.T) {
	inner := Any{Of: []Pred{atom(1), Const{Value: false}}}
	p := Any{Of: []Pred{inner, inner, Not{Of: Not{Of: atom(2)}}}}
	before := dump(p)
	Simplify(p)
	if dump(p) != before {
		t.Errorf("%s became %s", before, dump(p))
	}
}
