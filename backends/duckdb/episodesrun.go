//go:build cgo

package duckdb

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/files"
	"github.com/sigmahunt/sigmahunt/backends/sqlgen/episodes"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
)

// episodes runs the statement of a correlation over the files.
func (x *executor) episodes(ctx context.Context, q backends.CorrelationQuery) (found []correlate.Episode, err error) {
	err = x.answer(ctx, q.Text, func(rows *sql.Rows) error {
		found, err = readEpisodes(ctx, rows, q)
		return err
	})
	return found, err
}

// readEpisodes takes the rows of a statement.
func readEpisodes(ctx context.Context, rows *sql.Rows, q backends.CorrelationQuery) (found []correlate.Episode, err error) {
	names := episodes.Columns(q.Of)
	cells, places := make([]*string, len(names)), make([]any, len(names))
	for i := range cells {
		places[i] = &cells[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return nil, fmt.Errorf("a row of DuckDB: %w", err)
		}
		e, err := episodes.Read(q.Of, cells)
		if err != nil {
			return nil, err
		}
		found = append(found, e)
	}
	return found, failed(ctx, rows.Err())
}

// answer runs a statement over the files and hands its rows over.
func (x *executor) answer(ctx context.Context, text string, take func(*sql.Rows) error) error {
	ctx, cancel := context.WithCancel(ctx)
	r := &reader{
		ctx: ctx, files: x.files, progress: x.config.Progress, done: x.scanned,
		options: files.Options{Workers: x.config.Workers, Source: x.config.Source},
	}
	defer r.running.Wait()
	defer cancel()
	ctx = context.WithValue(ctx, readerKey{}, r)
	conn, err := x.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := createViews(ctx, conn); err != nil {
		return err
	}
	rows, err := conn.QueryContext(ctx, text)
	if err != nil {
		return failed(ctx, err)
	}
	defer rows.Close()
	return take(rows)
}
