package nodetest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Off is the environment variable that, set to off, skips the tests that need
// an OpenSearch.
const Off = "SIGMAHUNT_OPENSEARCH"

// cannotBeHad is how .ci/opensearch ends where Java, Maven, the download or a
// user is missing; any other failure is a fault of the node.
const cannotBeHad = 3

// Server is an OpenSearch that tests share.
type Server struct {
	URL string // http://127.0.0.1:PORT; no other host is spoken to
}

// start is the one start of this process.
var start = sync.OnceValues(func() (*Server, error) {
	root, err := moduleRoot()
	if err != nil {
		return nil, err
	}
	var out, reason bytes.Buffer
	run := exec.Command(filepath.Join(root, ".ci", "opensearch"), "start")
	run.Stdout, run.Stderr = &out, &reason
	if err := run.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w", strings.TrimSpace(reason.String()), err)
	}
	return &Server{URL: strings.TrimSpace(out.String())}, nil
})

// Start gives the running OpenSearch, starts one where there is none, or skips
// the test with one line where it cannot be had. A node that is there and does
// not come up fails the test. Nothing stops the node: other packages use it.
func Start(t testing.TB) *Server {
	t.Helper()
	if os.Getenv(Off) == "off" { //nolint:forbidigo // this package is for tests only: no command could hand it the choice
		t.Skipf("no OpenSearch: %s=off", Off)
	}
	server, err := start()
	var ended *exec.ExitError
	switch {
	case err == nil:
		return server
	case errors.As(err, &ended) && ended.ExitCode() != cannotBeHad:
		t.Fatalf("no OpenSearch: %v", err)
	default:
		t.Skipf("no OpenSearch: %v", err)
	}
	return nil
}

// moduleRoot is the nearest folder upwards that holds go.mod.
func moduleRoot() (string, error) {
	folder, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(folder, "go.mod")); missing == nil {
			return folder, nil
		}
		up := filepath.Dir(folder)
		if up == folder {
			err = errors.New("no go.mod above the working folder")
		}
		folder = up
	}
	return "", err
}
