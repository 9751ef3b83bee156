//go:build !cgo

package duckdb

import (
	"context"
	"errors"

	"github.com/sigmahunt/sigmahunt/backends"
)

// Available reports whether this binary has DuckDB inside.
const Available = false

// open fails: DuckDB is a C++ library.
func open(context.Context, backends.Config) (backends.Executor, error) {
	return nil, errors.New("this binary was built without DuckDB (CGO_ENABLED=0); use the local engine, which needs nothing")
}
