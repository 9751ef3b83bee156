package backends

import (
	"context"
	"errors"
	"fmt"

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

// CorrelationWriter is a backend whose target makes episodes in one query.
type CorrelationWriter interface {
	// EmitCorrelation writes the statement of a correlation for which
	// compiler.Pushable has no objection; legal holds the plans of its rules. An
	// error says what else the engine cannot say, or take.
	EmitCorrelation(of *compiler.CorrelationPlan, legal map[*sigma.Rule]*compiler.Plan, w Window) (CorrelationQuery, error)
}

// EmitCorrelation writes the statement of a correlation where the backend's target
// makes its episodes in one query. The error says why there is none.
func EmitCorrelation(b Backend, of *compiler.CorrelationPlan, legal map[*sigma.Rule]*compiler.Plan, w Window) (CorrelationQuery, error) {
	reason := compiler.Pushable(of, b.Target(), legal)
	writer, ok := b.(CorrelationWriter)
	switch {
	case reason != "":
		return CorrelationQuery{}, errors.New(reason)
	case !ok:
		return CorrelationQuery{}, errors.New(b.Target().Title + " correlates in no statement")
	default:
		return writer.EmitCorrelation(of, legal, w)
	}
}

// CorrelationRunner is an executor that runs such statements.
type CorrelationRunner interface {
	// Episodes gives the episodes in the order in which they opened. The error is
	// an *Undecided where the engine could not tell them exactly.
	Episodes(context.Context, CorrelationQuery) ([]correlate.Episode, error)
}

// Undecided is that a statement came upon events which only the evaluator reads
// exactly, so that its rows are worth nothing.
type Undecided struct{ Events int64 }

func (u *Undecided) Error() string {
	return fmt.Sprintf("%d events that SQL cannot read as the evaluator does", u.Events)
}
