// Package testserver has the servers that the scripts in .ci start for the
// tests: one of each for all the packages of a test run.
package testserver

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

// cannotBeHad is how a script ends where what the server needs is missing, such
// as Java or the download; any other failure is a fault of the server.
const cannotBeHad = 3

// Server is that of one script.
type Server struct {
	title, off string
	lines      func() ([]string, error)
}

// New names the server of .ci/NAME, which the reader knows by title. The script
// is asked to start it when a test first wants it, and then each of commands.
func New(name, title string, commands ...string) *Server {
	return &Server{
		title: title,
		off:   "SIGMAHUNT_" + strings.ToUpper(name),
		lines: sync.OnceValues(func() ([]string, error) { return ask(name, append([]string{"start"}, commands...)) }),
	}
}

// Start gives the URL of the running server and the line that the script prints
// for each further command. It starts a server where there is none, and skips
// the test with one line where it cannot be had or SIGMAHUNT_NAME=off forbids
// it. A server that is there and does not come up fails the test. Nothing stops
// the server: other packages use it.
func (s *Server) Start(t testing.TB) []string {
	t.Helper()
	if os.Getenv(s.off) == "off" { //nolint:forbidigo // this package is for tests only: no command could hand it the choice
		t.Skipf("no %s: %s=off", s.title, s.off)
	}
	lines, err := s.lines()
	var ended *exec.ExitError
	switch {
	case err == nil:
		return lines
	case errors.As(err, &ended) && ended.ExitCode() != cannotBeHad:
		t.Fatalf("no %s: %v", s.title, err)
	default:
		t.Skipf("no %s: %v", s.title, err)
	}
	return nil
}

// ask runs commands of a script, and gives the line that each prints.
func ask(name string, commands []string) ([]string, error) {
	root, err := moduleRoot()
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, command := range commands {
		line, err := run(filepath.Join(root, ".ci", name), command)
		if err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// run runs one command; the error holds the line that the script gives as its
// reason.
func run(script, command string) (string, error) {
	var out, reason bytes.Buffer
	run := exec.Command(script, command)
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
