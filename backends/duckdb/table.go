//go:build cgo

package duckdb

import (
	"context"
	"database/sql"
	"errors"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// functionName is the table function of a source, behind its view.
func functionName(src *schema.Source) string { return "sigmahunt_" + src.Name }

// registerTables makes the table functions of all sources known to the database
// that conn belongs to.
func registerTables(conn *sql.Conn) error {
	for _, src := range schema.Sources {
		t, err := newTable(src)
		if err != nil {
			return err
		}
		if err := duckdb.RegisterTableUDF(conn, functionName(src), duckdb.ParallelChunkTableFunction{BindArgumentsContext: t.bind}); err != nil {
			return err
		}
	}
	return nil
}

// createViews gives the sources' names to their tables, on one connection.
func createViews(ctx context.Context, conn *sql.Conn) error {
	for _, src := range schema.Sources {
		text := "CREATE OR REPLACE TEMP VIEW " + src.Name + " AS SELECT * FROM " + functionName(src) + "()"
		if _, err := conn.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// table is what DuckDB is told of a source's table.
type table struct {
	tableLayout
	infos []duckdb.ColumnInfo
}

func newTable(src *schema.Source) (*table, error) {
	t := &table{tableLayout: tableLayout{src, columnsOf(src)}}
	for _, c := range t.columns {
		info, err := duckdb.NewTypeInfo(duckTypes[c.kind])
		if err != nil {
			return nil, err
		}
		t.infos = append(t.infos, duckdb.ColumnInfo{Name: c.name, T: info})
	}
	return t, nil
}

var duckTypes = map[kind]duckdb.Type{
	varchar: duckdb.TYPE_VARCHAR, bigint: duckdb.TYPE_BIGINT, boolean: duckdb.TYPE_BOOLEAN,
}

// readerKey is the context's key of the *reader that tables read with.
type readerKey struct{}

// bind gives one use of the table in a statement, fed by the reader that the
// statement's context carries.
func (t *table) bind(ctx context.Context, _ map[string]any, _ ...any) (duckdb.ParallelChunkTableSource, error) {
	r, ok := ctx.Value(readerKey{}).(*reader)
	if !ok {
		return nil, errors.New("the statement runs without a reader of files")
	}
	return &tableSource{table: t, reader: r}, nil
}

// tableSource is a table in one statement. DuckDB calls FillChunk from several
// threads.
type tableSource struct {
	*table
	reader *reader
	feed   feed
}

func (s *tableSource) ColumnInfos() []duckdb.ColumnInfo     { return s.infos }
func (s *tableSource) Cardinality() *duckdb.CardinalityInfo { return nil }
func (s *tableSource) Init() duckdb.ParallelTableSourceInfo { return duckdb.ParallelTableSourceInfo{} }
func (s *tableSource) NewLocalState() any                   { return nil }

// FillChunk gives the next rows; none at the end.
func (s *tableSource) FillChunk(_ any, chunk duckdb.DataChunk) error {
	// What is projected is known from the chunk only, so the scan starts here.
	batches := s.feed.open(s.reader, &s.tableLayout, func() []bool { return s.projected(&chunk) })
	select {
	case b, ok := <-batches:
		if !ok {
			return errors.Join(s.reader.ctx.Err(), chunk.SetSize(0))
		}
		return b.write(&chunk)
	case <-s.reader.ctx.Done():
		return s.reader.ctx.Err()
	}
}

// projected tells the columns that the statement uses.
func (s *tableSource) projected(chunk *duckdb.DataChunk) []bool {
	used := make([]bool, len(s.columns))
	for i := range used {
		_, err := chunk.GetVector(i)
		used[i] = err == nil
	}
	return used
}

// write puts a batch into a chunk, which has room for batchRows rows.
func (b *batch) write(chunk *duckdb.DataChunk) error {
	// The vectors take as many rows as the chunk has.
	if err := chunk.SetSize(b.rows); err != nil {
		return err
	}
	text := b.text.String()
	for c := range b.cells {
		if b.cells[c] == nil {
			continue
		}
		if err := b.writeColumn(chunk, c, text); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) writeColumn(chunk *duckdb.DataChunk, c int, text string) error {
	if b.columns[c].kind == varchar {
		return b.writeText(chunk, c, text)
	}
	for row, v := range b.cells[c] {
		var err error
		switch {
		case v == null:
			err = duckdb.SetChunkValue[any](*chunk, c, row, nil)
		case b.columns[c].kind == boolean:
			err = duckdb.SetChunkValue(*chunk, c, row, v.from != 0)
		default:
			err = duckdb.SetChunkValue(*chunk, c, row, v.from)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) writeText(chunk *duckdb.DataChunk, c int, text string) error {
	vector, err := chunk.GetVector(c)
	if err != nil {
		return err
	}
	w, err := duckdb.GetVectorWriter[string](vector)
	if err != nil {
		return err
	}
	for row, v := range b.cells[c] {
		if v == null {
			err = w.SetNull(row)
		} else {
			err = w.Set(row, text[v.from:v.to])
		}
		if err != nil {
			return err
		}
	}
	return nil
}
