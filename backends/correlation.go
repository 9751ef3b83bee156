package backends

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// CorrelationQuery is one statement for a correlation and the rules that it looks
// at, whose rows are episodes.
type CorrelationQuery struct {
	Target string
	Of     *compiler.CorrelationPlan
	Text   string
	Table  string // that of its first rule
	Window Window // in which the episodes open
}

// CorrelationWriter is how a backend writes correlations. A nil member is a way that
// the engine lacks. Where it has none, the rows of the rules' queries are correlated.
type CorrelationWriter struct {
	// Statement writes a correlation for which compiler.Pushable has no objection as
	// one statement; legal holds the plans of its rules. An error states what else
	// the engine does not support, or take.
	Statement func(of *compiler.CorrelationPlan, legal map[*sigma.Rule]*compiler.Plan, w Window) (CorrelationQuery, error)
	Stages    *StageWriter
}

// CorrelationRunner runs what a CorrelationWriter writes.
type CorrelationRunner struct {
	// Episodes returns the episodes of a statement in the order in which they
	// opened. The error is an *Undecided where the engine cannot decide them exactly.
	Episodes func(context.Context, CorrelationQuery) ([]correlate.Episode, error)
	// Count yields the counts of a first stage, each of one leaf, group and cell once
	// or in parts. They are complete, or the sequence ends with an error.
	Count func(context.Context, CountQuery) iter.Seq2[compiler.Count, error]
}

// EmitCorrelation writes the statement of a correlation where the backend's target
// makes its episodes in one query. The error states why there is none.
func EmitCorrelation(b Backend, of *compiler.CorrelationPlan, legal map[*sigma.Rule]*compiler.Plan, w Window) (CorrelationQuery, error) {
	reason := compiler.Pushable(of, b.Target(), legal)
	write := b.WritesCorrelations().Statement
	switch {
	case reason != "":
		return CorrelationQuery{}, errors.New(reason)
	case write == nil:
		return CorrelationQuery{}, errors.New(b.Target().Title + " has no statement for correlations")
	default:
		return write(of, legal, w)
	}
}

// Undecided is that a statement came upon events which only the evaluator reads
// exactly, so that its rows are worth nothing.
type Undecided struct{ Events int64 }

func (u *Undecided) Error() string {
	return fmt.Sprintf("%d events that SQL cannot read as the evaluator does", u.Events)
}
