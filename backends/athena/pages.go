package athena

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
)

// pageRows is the most that Athena gives at once, the header counted (Amazon
// Athena API Reference, "GetQueryResults").
const pageRows = 1000

// results yields the rows of a query that succeeded, without the header, which
// is the first row of the first page.
func (s *session) results(ctx context.Context, id string, want []string) iter.Seq2[[]*string, error] {
	return func(yield func([]*string, error) bool) {
		headed := false
		for page, err := range s.pages(ctx, id) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !headed {
				if err := checkHeader(id, page[0], want); err != nil {
					yield(nil, err)
					return
				}
				headed, page = true, page[1:]
			}
			s.tracker.Rows(len(page))
			for _, row := range page {
				cells, err := cellsOf(id, row, len(want))
				if !yield(cells, err) || err != nil {
					return
				}
			}
		}
	}
}

// pages yields the pages of a result that have rows; the first row of all is the
// header. A page that fails is asked for again under the same token, so none
// is missed or given twice.
func (s *session) pages(ctx context.Context, id string) iter.Seq2[[]types.Row, error] {
	return func(yield func([]types.Row, error) bool) {
		size, some := int32(pageRows), false
		in := &sdk.GetQueryResultsInput{QueryExecutionId: &id, MaxResults: &size}
		for {
			out, err := call(ctx, s.options.Clock, "GetQueryResults", func(ctx context.Context) (*sdk.GetQueryResultsOutput, error) {
				return s.client.GetQueryResults(ctx, in)
			})
			if err != nil {
				yield(nil, err)
				return
			}
			if out.ResultSet != nil && len(out.ResultSet.Rows) > 0 {
				some = true
				if !yield(out.ResultSet.Rows, nil) {
					return
				}
			}
			if out.NextToken == nil || *out.NextToken == "" {
				break
			}
			in.NextToken = out.NextToken
		}
		if !some {
			yield(nil, fmt.Errorf("athena: query %s gave a result without a header", id))
		}
	}
}

// checkHeader compares names without case: a column that is not renamed has the
// table's spelling.
func checkHeader(id string, row types.Row, want []string) error {
	got := make([]string, len(row.Data))
	for i, d := range row.Data {
		if d.VarCharValue != nil {
			got[i] = *d.VarCharValue
		}
	}
	if !slices.EqualFunc(got, want, strings.EqualFold) {
		return fmt.Errorf("athena: query %s gave the columns %q, not %q", id, got, want)
	}
	return nil
}

func cellsOf(id string, row types.Row, n int) ([]*string, error) {
	if len(row.Data) != n {
		return nil, fmt.Errorf("athena: query %s gave a row of %d cells, not %d", id, len(row.Data), n)
	}
	cells := make([]*string, n)
	for i, d := range row.Data {
		cells[i] = d.VarCharValue
	}
	return cells, nil
}
