package trinotest

import (
	"testing"

	"github.com/sigmahunt/sigmahunt/backends/testserver"
)

// trino is the one of .ci/trino.
var trino = testserver.New("trino", "Trino", "files")

// Server is a Trino that tests share.
type Server struct {
	URL   string
	Files string // the folder that the catalog hive reads as local:///
}

// Start gives the running Trino, starts one where there is none, or skips the
// test with one line where it cannot be had or SIGMAHUNT_TRINO=off forbids it.
func Start(t testing.TB) *Server {
	t.Helper()
	lines := trino.Start(t)
	return &Server{URL: lines[0], Files: lines[1]}
}
