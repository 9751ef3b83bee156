package nodetest

import (
	"testing"

	"github.com/sigmahunt/sigmahunt/backends/testserver"
)

// node is the one of .ci/opensearch.
var node = testserver.New("opensearch", "OpenSearch")

// Server is an OpenSearch that tests share.
type Server struct {
	URL string // http://127.0.0.1:PORT; no other host is spoken to
}

// Start returns the running OpenSearch, starts one where there is none, or skips
// the test with one line where it cannot be had or SIGMAHUNT_OPENSEARCH=off
// forbids it.
func Start(t testing.TB) *Server {
	t.Helper()
	return &Server{URL: node.Start(t)[0]}
}
