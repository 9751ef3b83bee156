//go:build !cgo

package duckdb

import "testing"

func TestDuckDB(t *testing.T) {
	t.Skip("no DuckDB: the tests were built with CGO_ENABLED=0")
}
