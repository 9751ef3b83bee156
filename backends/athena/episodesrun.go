package athena

import (
	"context"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/sqlgen/episodes"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
)

// episodes runs the statement of a correlation.
func (x *executor) episodes(ctx context.Context, q backends.CorrelationQuery) (found []correlate.Episode, err error) {
	defer x.session.tracker.Ended()
	for cells, err := range x.session.rows(ctx, q.Text, episodes.Columns(q.Of)) {
		if err != nil {
			return nil, err
		}
		e, err := episodes.Read(q.Of, cells)
		if err != nil {
			return nil, err
		}
		found = append(found, e)
	}
	return found, nil
}
