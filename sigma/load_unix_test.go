//go:build unix

package sigma

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestLoadRefusesWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.yml"), ruleText("a"))
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe.yml"), 0o600); err != nil {
		t.Skip("no named pipes here:", err)
	}
	if err := os.Symlink(".", filepath.Join(dir, "folder.yml")); err != nil {
		t.Fatal(err)
	}
	p, err := Load(os.DirFS(dir), ".", "")
	for _, name := range []string{"pipe.yml", "folder.yml"} {
		if err == nil || !strings.Contains(err.Error(), name+": not a regular file") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if titles(p) != "a" {
		t.Errorf("rules %q", titles(p))
	}
}
