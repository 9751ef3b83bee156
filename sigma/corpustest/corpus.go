// Package corpustest reads the public rules that tests are held against where
// they stand beside the module: SigmaHQ's active rules, which have a licence of
// their own and are no part of this repository.
package corpustest

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/sigmahunt/sigmahunt/sigma"
)

// Files gives the rule files of the archive in the folder shared, or skips the
// test where it is not there.
func Files(t testing.TB, shared string) fstest.MapFS {
	t.Helper()
	name := filepath.Join(shared, "rules", "sigmahq.tar.gz")
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("no corpus of public rules: %s is not there", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for archive := tar.NewReader(unzipped); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg || !sigma.IsRuleFile(h.Name) {
			continue
		}
		text, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		files[h.Name] = &fstest.MapFile{Data: text}
	}
}

// Rules gives the rules of the archive.
func Rules(t testing.TB, shared string) []*sigma.Rule {
	t.Helper()
	pack, err := sigma.Load(Files(t, shared), ".", "")
	if err != nil {
		t.Fatal(err)
	}
	return pack.Rules
}
