package athena

import (
	"context"
	"fmt"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/sqlgen/episodes"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
)

// Episodes runs the statement of a correlation.
func (x *executor) Episodes(ctx context.Context, q backends.CorrelationQuery) (found []correlate.Episode, err error) {
	for cells, err := range x.session.rows(ctx, q.Text, episodes.Columns(q.Of)) {
		if err != nil {
			return nil, err
		}
		e, undecided, err := episodes.Read(q.Of, cells)
		switch {
		case err != nil:
			return nil, fmt.Errorf("athena: %w", err)
		case undecided > 0:
			return nil, &backends.Undecided{Events: undecided}
		}
		found = append(found, e)
	}
	return found, nil
}
