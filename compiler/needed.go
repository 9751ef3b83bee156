package compiler

import (
	"slices"

	"github.com/sigmahunt/sigmahunt/sigma"
)

// Needed gives the folded texts of which a field must have one for a predicate
// to be true; known is false when it may be true whatever the field holds.
func Needed(p Pred, field string) (texts []string, known bool) {
	switch p := p.(type) {
	case Const:
		return nil, !p.Value
	case In:
		if p.Field.Name() != field {
			return nil, false
		}
		for _, v := range p.Values {
			texts = append(texts, sigma.Fold(v))
		}
		return distinct(texts), true
	case All:
		for _, q := range p.Of {
			if t, ok := Needed(q, field); ok && (!known || len(t) < len(texts)) {
				texts, known = t, true
			}
		}
		return texts, known
	case Any:
		for _, q := range p.Of {
			t, ok := Needed(q, field)
			if !ok {
				return nil, false
			}
			texts = append(texts, t...)
		}
		return distinct(texts), true
	default:
		return nil, false
	}
}

func distinct(texts []string) []string {
	slices.Sort(texts)
	return slices.Compact(texts)
}
