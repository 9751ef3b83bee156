package compiler

import "github.com/sigmahunt/sigmahunt/compiler/schema"

// Walk calls visit for p and all below it, parents first.
func Walk(p Pred, visit func(Pred)) {
	visit(p)
	switch p := p.(type) {
	case All:
		for _, q := range p.Of {
			Walk(q, visit)
		}
	case Any:
		for _, q := range p.Of {
			Walk(q, visit)
		}
	case Not:
		Walk(p.Of, visit)
	}
}

// Tests counts the leaves of a predicate.
func Tests(p Pred) int {
	n := 0
	Walk(p, func(p Pred) {
		switch p.(type) {
		case All, Any, Not:
		default:
			n++
		}
	})
	return n
}

// Fields gives the paths that a leaf looks at; All, Any, Not, Const and Keyword
// have none.
func Fields(p Pred) []schema.Path {
	switch p := p.(type) {
	case Text:
		return []schema.Path{p.Field}
	case In:
		return []schema.Path{p.Field}
	case Regexp:
		return []schema.Path{p.Field}
	case CIDR:
		return []schema.Path{p.Field}
	case Num:
		return []schema.Path{p.Field}
	case TimePart:
		return []schema.Path{p.Field}
	case FieldEq:
		return []schema.Path{p.Field, p.Other}
	case Null:
		return []schema.Path{p.Field}
	case Exists:
		return []schema.Path{p.Field}
	default:
		return nil
	}
}
