package athenatest

import (
	"strconv"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends/athena/trinotest"
)

// maxPage is the most rows of a page (Amazon Athena API Reference,
// "GetQueryResults").
const maxPage = 1000

// result holds a query's rows as they are sent: a SELECT's header is the first.
type result struct {
	columns []trinotest.Column
	rows    []row
}

type row struct{ Data []datum }

// datum is a cell; NULL is one without a value.
type datum struct {
	VarCharValue *string `json:",omitempty"`
}

type resultsRequest struct {
	QueryExecutionId string
	MaxResults       int
	NextToken        string
}

// results gives a page. Its token says where in the rows it begins, so a page
// can be had again.
func (s *Server) results(in resultsRequest) (any, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queries[in.QueryExecutionId]
	if q == nil {
		return nil, unknown(in.QueryExecutionId)
	}
	if !q.ended() || q.state != "SUCCEEDED" {
		return nil, invalid("Query did not finish successfully. Final query state: %s", q.state)
	}
	if in.MaxResults < 0 || in.MaxResults > maxPage {
		return nil, invalid("MaxResults is more than maximum allowed length %d", maxPage)
	}
	from, err := place(in.NextToken, q.id)
	if err != nil || from > len(q.result.rows) {
		return nil, invalid("Invalid NextToken %q", in.NextToken)
	}
	size := s.options.Page
	if in.MaxResults > 0 {
		size = min(size, in.MaxResults)
	}
	to := min(from+size, len(q.result.rows))
	answer := map[string]any{"ResultSet": map[string]any{
		"Rows":              q.result.rows[from:to],
		"ResultSetMetadata": map[string]any{"ColumnInfo": q.result.info()},
	}}
	if to < len(q.result.rows) {
		answer["NextToken"] = q.id + "/" + strconv.Itoa(to)
	}
	return answer, nil
}

func place(token, id string) (int, error) {
	if token == "" {
		return 0, nil
	}
	return strconv.Atoi(strings.TrimPrefix(token, id+"/"))
}

func (r *result) info() []map[string]string {
	var columns []map[string]string
	for _, c := range r.columns {
		base, _ := splitType(c.Type)
		columns = append(columns, map[string]string{"Name": c.Name, "Label": c.Name, "Type": base})
	}
	return columns
}

// add turns rows of Trino into those of Athena.
func (r *result) add(rows [][]any) {
	for _, values := range rows {
		data := make([]datum, len(values))
		for i, v := range values {
			if v != nil {
				text := cellText(r.columns[i].Type, v)
				data[i].VarCharValue = &text
			}
		}
		r.rows = append(r.rows, row{data})
	}
}

func header(columns []trinotest.Column) row {
	data := make([]datum, len(columns))
	for i := range columns {
		data[i].VarCharValue = &columns[i].Name
	}
	return row{data}
}

// isSelect holds for statements whose results have a header.
func isSelect(text string) bool {
	for {
		text = strings.TrimSpace(text)
		if !strings.HasPrefix(text, "--") {
			break
		}
		_, text, _ = strings.Cut(text, "\n")
	}
	word := strings.ToUpper(text[:min(6, len(text))])
	return strings.HasPrefix(word, "SELECT") || strings.HasPrefix(word, "WITH") ||
		strings.HasPrefix(word, "VALUES") || strings.HasPrefix(word, "(")
}
