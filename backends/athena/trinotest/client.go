package trinotest

import "context"

// Session is where statements look tables up. An empty field is left out.
type Session struct{ Catalog, Schema string }

// Column is a column of a result, its type as Trino writes it: varchar(3),
// row(a bigint).
type Column struct{ Name, Type string }

// Result is all a statement gives. Values are as JSON has them: string,
// json.Number, bool, []any (arrays and rows), map[string]any, nil.
type Result struct {
	Columns []Column
	Rows    [][]any
	Stats   Stats
}

// Stats is what a statement cost.
type Stats struct{ PhysicalInputBytes, CPUMillis, ElapsedMillis, QueuedMillis int64 }

// Error is what Trino says of a statement that fails.
type Error struct {
	Name    string // such as SYNTAX_ERROR
	Kind    string // USER_ERROR, INTERNAL_ERROR, INSUFFICIENT_RESOURCES or EXTERNAL
	Message string
}

func (e *Error) Error() string { return e.Name + ": " + e.Message }

// Query runs one statement, without a semicolon, and holds all of its rows.
// A statement that fails at Trino gives an *Error.
func (s *Server) Query(ctx context.Context, in Session, sql string) (*Result, error) {
	result := &Result{}
	columns, stats, err := s.run(ctx, in, sql, func(_ []Column, rows [][]any) error {
		result.Rows = append(result.Rows, rows...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	result.Columns, result.Stats = columns, stats
	return result, nil
}

// Stream runs one statement and hands over its rows as they come; page is not
// called for a page without rows. It returns the statistics of the end. When
// ctx ends, or page fails, the statement is cancelled at Trino and the error
// is that of ctx or of page.
func (s *Server) Stream(ctx context.Context, in Session, sql string, page func(columns []Column, rows [][]any) error) (Stats, error) {
	_, stats, err := s.run(ctx, in, sql, page)
	return stats, err
}
