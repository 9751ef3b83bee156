package athenatest

import (
	"context"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends/athena/trinotest"
)

// Runner runs a statement. It calls page at least once, with the columns, also
// where there are no rows: Athena's header needs them. A statement that the
// engine refuses gives a *trinotest.Error.
type Runner interface {
	Stream(ctx context.Context, in trinotest.Session, sql string, page func(columns []trinotest.Column, rows [][]any) error) (trinotest.Stats, error)
}

// On runs statements on a Trino.
func On(server *trinotest.Server) Runner { return onTrino{server} }

// onTrino holds all rows of a result, since a stream of pages does not tell the
// columns of one that is empty.
type onTrino struct{ server *trinotest.Server }

func (t onTrino) Stream(ctx context.Context, in trinotest.Session, sql string, page func([]trinotest.Column, [][]any) error) (trinotest.Stats, error) {
	result, err := t.server.Query(ctx, in, sql)
	if err != nil {
		return trinotest.Stats{}, err
	}
	return result.Stats, page(result.Columns, result.Rows)
}

// ask runs a statement of Athena on the Runner.
func (s *Server) ask(ctx context.Context, in startRequest) (result, trinotest.Stats, error) {
	at := trinotest.Session{Catalog: in.QueryExecutionContext.Catalog, Schema: in.QueryExecutionContext.Database}
	if at.Catalog == "" || strings.EqualFold(at.Catalog, "AwsDataCatalog") {
		at.Catalog = s.options.Catalog
	}
	text := strings.TrimSuffix(strings.TrimSpace(in.QueryString), ";") // which Athena takes and Trino does not
	var all result
	stats, err := s.options.Trino.Stream(ctx, at, text, func(columns []trinotest.Column, rows [][]any) error {
		if all.columns == nil {
			all.columns = columns
			if isSelect(text) {
				all.rows = append(all.rows, header(columns))
			}
		}
		all.add(rows)
		return nil
	})
	return all, stats, err
}
