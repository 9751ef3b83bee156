package conformance

import (
	"slices"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler"
)

// The laws of logic hold on the evaluator and on every engine, and a plan finds
// the same alone and in company.
func TestLawsOfLogicHoldOnEveryEngine(t *testing.T) {
	const plans, each = 60, 4 // each: plans in one query, five forms of each
	r := newRandom(t, *seed+1)
	for done := 0; done < plans; done += each {
		r.shuffle()
		e := r.events(t, recordsAtOnce)
		var names []string
		var forms []compiler.Pred
		for range each {
			n, f := laws(r, r.pred(4))
			names, forms = append(names, n...), append(forms, f...)
		}
		of := len(forms) / each
		hold := func(who string, got table) {
			t.Helper()
			for i := range forms {
				if first := i - i%of; !slices.Equal(got[i], got[first]) {
					t.Errorf("%s: %s is broken by\n\t%s", who, names[i], dump(forms[first]))
				}
			}
		}
		hold("evaluator", evaluated(forms, e))
		for _, engine := range fileEngines() {
			fused, _, err := queried(t.Context(), engine, forms, e)
			if err != nil {
				t.Fatal(err)
			}
			hold(engine.Name, fused)
			for i := 0; i < len(forms); i += of {
				alone, _, err := queried(t.Context(), engine, forms[i:i+1], e)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(alone[0], fused[i]) {
					t.Errorf("%s finds otherwise alone than in company:\n\t%s", engine.Name, dump(forms[i]))
				}
			}
		}
	}
}

// laws gives predicates that must hold wherever p does, by the law's name.
func laws(r *random, p compiler.Pred) (names []string, forms []compiler.Pred) {
	add := func(name string, q compiler.Pred) { names, forms = append(names, name), append(forms, q) }
	add("itself", p)
	add("not not p is p", compiler.Not{Of: compiler.Not{Of: p}})
	add("De Morgan", deMorgan(p))
	add("order does not matter", shuffled(r, p))
	add("Simplify keeps the meaning", compiler.Simplify(p))
	return names, forms
}

// deMorgan turns each All into the negation of an Any of negations, and back.
func deMorgan(p compiler.Pred) compiler.Pred {
	negated := func(of []compiler.Pred) []compiler.Pred {
		out := make([]compiler.Pred, len(of))
		for i, q := range of {
			out[i] = compiler.Not{Of: deMorgan(q)}
		}
		return out
	}
	switch p := p.(type) {
	case compiler.All:
		return compiler.Not{Of: compiler.Any{Of: negated(p.Of)}}
	case compiler.Any:
		return compiler.Not{Of: compiler.All{Of: negated(p.Of)}}
	case compiler.Not:
		return compiler.Not{Of: deMorgan(p.Of)}
	default:
		return p
	}
}

// shuffled changes the order of parts, and makes of an In an Any of its values
// in another order.
func shuffled(r *random, p compiler.Pred) compiler.Pred {
	mixed := func(of []compiler.Pred) []compiler.Pred {
		out := make([]compiler.Pred, len(of))
		for i, at := range r.Perm(len(of)) {
			out[at] = shuffled(r, of[i])
		}
		return out
	}
	switch p := p.(type) {
	case compiler.All:
		return compiler.All{Of: mixed(p.Of)}
	case compiler.Any:
		return compiler.Any{Of: mixed(p.Of)}
	case compiler.Not:
		return compiler.Not{Of: shuffled(r, p.Of)}
	case compiler.In:
		var values []compiler.Pred
		for _, i := range r.Perm(len(p.Values)) {
			values = append(values, compiler.In{Field: p.Field, Values: p.Values[i : i+1], Fold: p.Fold})
		}
		return compiler.Any{Of: values}
	default:
		return p
	}
}
