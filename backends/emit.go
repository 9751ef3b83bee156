package backends

import (
	"errors"
	"fmt"

	"github.com/sigmahunt/sigmahunt/compiler"
)

// Emit writes one query for a batch of legal plans over a window.
type Emit func(compiler.Batch, Window) (Query, error)

// TooLargeError is a query that is larger than its engine takes. The same plans may
// fit into several queries.
type TooLargeError struct{ Reason string }

func (e *TooLargeError) Error() string { return e.Reason }

// TooLarge returns the error of a query that is larger than its engine takes.
func TooLarge(format string, args ...any) error {
	return &TooLargeError{fmt.Sprintf(format, args...)}
}

// EmitAll writes a batch as one query. A query that is too large is written as two
// halves, down to single rules; a rule whose own query is too large is refused. Any
// other error would repeat itself in each half, so it is reported once, for all
// rules of the batch.
func EmitAll(emit Emit, batch compiler.Batch, w Window) (queries []Query, refused []Refused) {
	query, err := emit(batch, w)
	if err == nil {
		return []Query{query}, nil
	}
	n := len(batch.Plans)
	if large := (*TooLargeError)(nil); n == 1 || !errors.As(err, &large) {
		return nil, []Refused{{batch.Plans, err}}
	}
	for _, half := range [][]*compiler.Plan{batch.Plans[:n/2], batch.Plans[n/2:]} {
		q, r := EmitAll(emit, compiler.Batch{Source: batch.Source, Plans: half}, w)
		queries, refused = append(queries, q...), append(refused, r...)
	}
	return queries, refused
}

// Refused is plans for which an engine has no query, and why.
type Refused struct {
	Plans []*compiler.Plan // at least one
	Err   error
}

// At returns where a person finds the rule, or the first of several.
func (r Refused) At() string {
	at := r.Plans[0].Rule.At.String()
	if n := len(r.Plans); n > 1 {
		return fmt.Sprintf("%s and %d more rules", at, n-1)
	}
	return at
}
