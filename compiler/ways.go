package compiler

import (
	"slices"

	sg "github.com/bradleyjkemp/sigma-go"

	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// maxWays bounds the alternatives that an expression over rules may come to.
const maxWays = 256

// ways lowers a temporal correlation's expression; without one all its rules
// must have events.
func (c *CorrelationPlan) ways(diags *diag.List) {
	expr := c.Rule.Condition.Expr
	if expr == nil {
		all := Way{}
		for i := range c.Rule.Rules {
			all.Present = append(all.Present, i)
		}
		c.Ways = []Way{all}
		return
	}
	w := &wayMaker{rules: c.Rule.Rules}
	if c.Ways = w.make(expr, true); w.tooMany {
		diags.Errorf(diag.TooLarge, c.Rule.Condition.At, "write several correlations", "the condition comes to more than %d combinations of rules", maxWays)
	}
}

// wayMaker multiplies an expression out into alternatives.
type wayMaker struct {
	rules   []sigma.Reference
	tooMany bool
}

// make gives the ways in which an expression is true, or where it is not wanted
// false.
func (w *wayMaker) make(e sg.SearchExpr, wanted bool) []Way {
	switch e := e.(type) {
	case sg.And:
		return w.list(e, wanted, wanted)
	case sg.Or:
		return w.list(e, wanted, !wanted)
	case sg.Not:
		return w.make(e.Expr, !wanted)
	case sg.SearchIdentifier:
		return w.rule(e.Name, wanted)
	case sg.OneOfIdentifier:
		return w.rule(e.Ident.Name, wanted)
	case sg.AllOfIdentifier:
		return w.rule(e.Ident.Name, wanted)
	default:
		panic("compiler: a condition node that the parser does not make")
	}
}

func (w *wayMaker) rule(name string, wanted bool) []Way {
	i := slices.IndexFunc(w.rules, func(r sigma.Reference) bool { return r.Text == name })
	if wanted {
		return []Way{{Present: []int{i}}}
	}
	return []Way{{Absent: []int{i}}}
}

// list joins the ways of several expressions: all of which, or any.
func (w *wayMaker) list(list []sg.SearchExpr, wanted, all bool) []Way {
	var ways []Way
	for i, e := range list {
		next := w.make(e, wanted)
		if all && i > 0 {
			next = w.both(ways, next)
			ways = nil
		}
		if ways = append(ways, next...); len(ways) > maxWays {
			w.tooMany = true
			return nil
		}
	}
	return ways
}

// both joins each of some ways with each of others; what wants a rule to be both
// there and not is no way.
func (w *wayMaker) both(ways, others []Way) []Way {
	var out []Way
	for _, a := range ways {
		for _, b := range others {
			joined := Way{union(a.Present, b.Present), union(a.Absent, b.Absent)}
			if slices.ContainsFunc(joined.Present, func(i int) bool { return slices.Contains(joined.Absent, i) }) {
				continue
			}
			if out = append(out, joined); len(out) > maxWays {
				return out
			}
		}
	}
	return out
}

func union(a, b []int) []int {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
