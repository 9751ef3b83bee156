//go:build cgo

package duckdb

import (
	"database/sql"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// A table made by DDL has the columns of the table that files are read through.
func TestDDLMakesTheTableThatQueriesRead(t *testing.T) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	types := map[kind]string{varchar: "VARCHAR", bigint: "BIGINT", boolean: "BOOLEAN"}
	for _, s := range schema.Sources {
		if _, err := db.ExecContext(t.Context(), DDL(s)); err != nil {
			t.Fatalf("%v in\n%s", err, DDL(s))
		}
		for i, want := range columnsOf(s) {
			var name, typ string
			err := db.QueryRowContext(t.Context(), "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? AND column_index = ?",
				s.Name, i+1).Scan(&name, &typ)
			if err != nil || name != want.name || typ != types[want.kind] {
				t.Errorf("%s: column %d is %s %s, %v, want %+v", s.Name, i+1, name, typ, err, want)
			}
		}
	}
}
