package hunt

import "github.com/sigmahunt/sigmahunt/compiler"

// FailureKind is what a run did not do.
type FailureKind int

// The kinds of failures.
const (
	QueryFailed       FailureKind = iota + 1 // the engine did not take or did not answer the query of some rules
	RowsMissing                              // correlations were not made, since a query of their rules failed
	CorrelationFailed                        // one correlation was not made, since its events could not be read
	EventsOmitted                            // correlations omit events or values, or are not made, see the message
)

// Failure is one thing that a run did not do. What is around it was done.
type Failure struct {
	Kind  FailureKind
	Plans []*compiler.Plan          // of QueryFailed
	Of    *compiler.CorrelationPlan // of CorrelationFailed
	Err   error
}

func (f Failure) Error() string { return f.Err.Error() }

// Unwrap returns the cause.
func (f Failure) Unwrap() error { return f.Err }
