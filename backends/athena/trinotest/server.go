package trinotest

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
// a Trino.
const Off = "SIGMAHUNT_TRINO"

// cannotBeHad is how .ci/trino ends where Java, Maven or the download is
// missing; any other failure is a fault of the server.
const cannotBeHad = 3

// Server is a Trino that tests share.
type Server struct {
	URL   string
	Files string // the folder that the catalog hive reads as local:///
}

// start is the one start of this process.
var start = sync.OnceValues(func() (*Server, error) {
	root, err := moduleRoot()
	if err != nil {
		return nil, err
	}
	url, err := script(root, "start")
	if err != nil {
		return nil, err
	}
	files, err := script(root, "files")
	if err != nil {
		return nil, err
	}
	return &Server{URL: url, Files: files}, nil
})

// Start gives the running Trino, starts one where there is none, or skips the
// test with one line where it cannot be had. A server that is there and does
// not come up fails the test. Nothing stops the server: other packages use it.
func Start(t testing.TB) *Server {
	t.Helper()
	if os.Getenv(Off) == "off" { //nolint:forbidigo // this package is for tests only: no command could hand it the choice
		t.Skipf("no Trino: %s=off", Off)
	}
	server, err := start()
	var ended *exec.ExitError
	switch {
	case err == nil:
		return server
	case errors.As(err, &ended) && ended.ExitCode() != cannotBeHad:
		t.Fatalf("no Trino: %v", err)
	default:
		t.Skipf("no Trino: %v", err)
	}
	return nil
}

// script runs a command of .ci/trino and gives the line it prints; the error
// holds the line it gives as its reason.
func script(root, command string) (string, error) {
	var out, reason bytes.Buffer
	run := exec.Command(filepath.Join(root, ".ci", "trino"), command)
	run.Stdout, run.Stderr = &out, &reason
	if err := run.Run(); err != nil {
		return "", fmt.Errorf("%s: %w", strings.TrimSpace(reason.String()), err)
	}
	return strings.TrimSpace(out.String()), nil
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
