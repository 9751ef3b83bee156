package testserver_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigmahunt/sigmahunt/backends/testserver"
)

// module makes the working folder one inside a module whose .ci/fake is script.
func module(t *testing.T, script string) {
	t.Helper()
	root := t.TempDir()
	for path, text := range map[string]string{"go.mod": "module m\n", ".ci/fake": "#!/bin/sh\n" + script, "a/b/c.go": ""} {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(filepath.Join(root, "a", "b"))
}

// observed is a test that keeps how it was ended.
type observed struct {
	testing.TB
	skipped, failed string
}

func (o *observed) Skipf(format string, args ...any) {
	o.skipped = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (o *observed) Fatalf(format string, args ...any) {
	o.failed = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// start is what a test sees that starts the server.
func start(t *testing.T, server *testserver.Server) (lines []string, skipped, failed string) {
	t.Helper()
	o := &observed{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		lines = server.Start(o)
	}()
	<-done
	return lines, o.skipped, o.failed
}

func TestAServerIsStartedOnce(t *testing.T) {
	module(t, `echo "$1" >>asked; echo "the answer to $1"`)
	server := testserver.New("fake", "Fake", "url", "files")
	for range 2 {
		lines, skipped, failed := start(t, server)
		want := []string{"the answer to start", "the answer to url", "the answer to files"}
		if diff := cmp.Diff(want, lines); diff != "" || skipped != "" || failed != "" {
			t.Errorf("skipped %q, failed %q\n%s", skipped, failed, diff)
		}
	}
	if asked, err := os.ReadFile("asked"); string(asked) != "start\nurl\nfiles\n" {
		t.Errorf("the script is asked %q, %v", asked, err)
	}
}

func TestWhatCannotBeHadSkips(t *testing.T) {
	for _, test := range []struct{ name, script, off, skipped, failed string }{
		{"missing", "echo 'no Java' >&2; exit 3", "", "no Fake: no Java: exit status 3", ""},
		{"faulty", "echo 'it gave no answer' >&2; exit 1", "", "", "no Fake: it gave no answer: exit status 1"},
		{"later", `[ "$1" = start ] || { echo gone >&2; exit 1; }`, "", "", "no Fake: gone: exit status 1"},
		{"forbidden", "exit 1", "off", "no Fake: SIGMAHUNT_FAKE=off", ""},
		{"allowed", "exit 1", "on", "", "no Fake: : exit status 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("SIGMAHUNT_FAKE", test.off)
			module(t, test.script)
			lines, skipped, failed := start(t, testserver.New("fake", "Fake", "url"))
			if skipped != test.skipped || failed != test.failed || lines != nil {
				t.Errorf("skipped %q, failed %q, lines %q", skipped, failed, lines)
			}
		})
	}
}
