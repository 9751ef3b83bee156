//go:build cgo

package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strconv"

	"github.com/duckdb/duckdb-go/v2"
)

// Available reports whether this binary has DuckDB inside.
const Available = true

// openDatabase opens an empty database in memory with the tables' functions.
// What does not fit into memory goes to the folder temp.
func openDatabase(threads int, temp string) (*sql.DB, error) {
	settings := url.Values{
		"autoinstall_known_extensions": {"false"}, // nothing is fetched from anywhere
		"autoload_known_extensions":    {"false"},
		"memory_limit":                 {"2GB"},
		"preserve_insertion_order":     {"false"},
		"temp_directory":               {temp},
	}
	if threads > 0 {
		settings.Set("threads", strconv.Itoa(threads))
	}
	connector, err := duckdb.NewConnector(":memory:?"+settings.Encode(), nil)
	if err != nil {
		return nil, fmt.Errorf("open DuckDB: %w", err)
	}
	db := sql.OpenDB(connector)
	// Views and macros of a statement live with its connection.
	db.SetMaxIdleConns(-1)
	if err := registerOn(db); err != nil {
		db.Close()
		return nil, fmt.Errorf("open DuckDB: %w", err)
	}
	return db, nil
}

func registerOn(db *sql.DB) error {
	conn, err := db.Conn(context.Background())
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := registerTables(conn); err != nil {
		return err
	}
	// Statements read their tables, and no file. It cannot be undone, and not
	// be set before the folder for temporary files is.
	_, err = conn.ExecContext(context.Background(), "SET enable_external_access = false")
	return err
}
