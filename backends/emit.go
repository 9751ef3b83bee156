package backends

import "github.com/sigmahunt/sigmahunt/compiler"

// EmitAll writes a batch as one statement, or where that is longer than the
// engine takes as halves of it, down to a single rule. What is then still too
// long is given as refused.
func EmitAll(b Backend, batch compiler.Batch, w Window) (queries []Query, refused []Refused) {
	query, err := b.Emit(batch, w)
	switch n := len(batch.Plans); {
	case err == nil:
		return []Query{query}, nil
	case n == 1:
		return nil, []Refused{{batch.Plans[0], err}}
	default:
		for _, half := range [][]*compiler.Plan{batch.Plans[:n/2], batch.Plans[n/2:]} {
			q, r := EmitAll(b, compiler.Batch{Source: batch.Source, Plans: half}, w)
			queries, refused = append(queries, q...), append(refused, r...)
		}
		return queries, refused
	}
}

// Refused is a plan that an engine takes no statement of, and why.
type Refused struct {
	Plan *compiler.Plan
	Err  error
}
