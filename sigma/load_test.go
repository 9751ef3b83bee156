package sigma

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

func ruleText(title string) []byte {
	return []byte("title: " + title + "\nlogsource: {product: aws, service: cloudtrail}\ndetection: {s: x, condition: s}\n")
}

func titles(p *Pack) string {
	var list []string
	for _, r := range p.Rules {
		list = append(list, r.Title)
	}
	return strings.Join(list, " ")
}

func TestLoadReadsRuleFilesOfAFolder(t *testing.T) {
	fsys := fstest.MapFS{
		"rules/b.yml":              {Data: ruleText("b")},
		"rules/a.yaml":             {Data: ruleText("a")},
		"rules/aws/z.yml":          {Data: []byte(string(ruleText("z1")) + "---\n" + string(ruleText("z2")))},
		"rules/a_test.yml":         {Data: []byte("tests: []")},
		"rules/a_test.yaml":        {Data: []byte("tests: []")},
		"rules/.hidden.yml":        {Data: []byte("[")},
		"rules/.git/config.yml":    {Data: []byte("[")},
		"rules/README.md":          {Data: []byte("[")},
		"rules/c.YML":              {Data: []byte("[")},
		"rules/d.json":             {Data: []byte("[")},
		"rules/yml":                {Data: []byte("[")},
		"elsewhere/e.yml":          {Data: ruleText("e")},
		"rules/deep/er/and/x.yml":  {Data: ruleText("x")},
		"rules/latest_test/y.yml":  {Data: ruleText("y")},
		"rules/my_tests.yml":       {Data: ruleText("t")},
		"rules/_test.yml":          {Data: []byte("tests: []")},
		"rules/broken/syntax.yml":  {Data: []byte("title: [\n")},
		"rules/broken/warned.yml":  {Data: append([]byte("status: odd\n"), ruleText("w")...)},
		"rules/broken/correct.yml": {Data: ruleText("k")},
	}
	p, err := Load(fsys, "rules", "my/")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := titles(p), "a z1 z2 b k w x y t"; got != want {
		t.Errorf("rules %q, want %q", got, want)
	}
	if p.Files != 9 {
		t.Errorf("%d files, want 9", p.Files)
	}
	if len(p.Diags) != 2 || p.Diags[0].Span.Source.Name != "my/rules/broken/syntax.yml" || p.Diags[1].Severity != diag.Warning {
		t.Errorf("diagnostics %v", p.Diags)
	}
}

func TestLoadReadsAFileThatIsNamed(t *testing.T) {
	fsys := fstest.MapFS{"a": {Data: ruleText("a")}, ".b.yml": {Data: ruleText("b")}, "c_test.yml": {Data: ruleText("c")}, "d.yml": {Data: ruleText("d")}}
	for _, name := range []string{"a", ".b.yml", "c_test.yml", "d.yml"} {
		p, err := Load(fsys, name, "")
		if err != nil || len(p.Rules) != 1 {
			t.Errorf("%s: %d rules, %v", name, len(p.Rules), err)
		}
	}
	if p, err := Load(fsys, ".", ""); err != nil || titles(p) != "d" {
		t.Errorf("the folder they stand in gives %q, %v", titles(p), err)
	}
}

func TestLoadOfNothingIsAnEmptyPack(t *testing.T) {
	p, err := Load(fstest.MapFS{"docs/README.md": {Data: []byte("x")}}, "docs", "")
	if err != nil || p.Files != 0 || len(p.Rules) != 0 || len(p.Diags) != 0 {
		t.Errorf("got %+v, %v", p, err)
	}
	if _, err := Load(fstest.MapFS{}, "nowhere", ""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestLoadKeepsWhatCanBeRead(t *testing.T) {
	fsys := brokenFS{fstest.MapFS{"a.yml": {Data: ruleText("a")}, "b.yml": {Data: ruleText("b")}, "c.yml": {Data: ruleText("c")}}, "b.yml"}
	p, err := Load(fsys, ".", "")
	if err == nil || !strings.Contains(err.Error(), "b.yml") {
		t.Errorf("got %v", err)
	}
	if titles(p) != "a c" {
		t.Errorf("rules %q", titles(p))
	}
}

// brokenFS cannot open one file.
type brokenFS struct {
	fs.FS
	name string
}

func (b brokenFS) Open(name string) (fs.File, error) {
	if name == b.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return b.FS.Open(name)
}

func TestLoadFollowsNoSymlinkToAFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "pack", "a.yml"), ruleText("a"))
	write(t, filepath.Join(dir, "other", "b.yml"), ruleText("b"))
	for link, target := range map[string]string{
		"pack/loop":     ".",
		"pack/up":       "..",
		"pack/other":    "../other",
		"pack/link.yml": "../other/b.yml",
	} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Skip("no symlinks here:", err)
		}
	}
	p, err := Load(os.DirFS(dir), "pack", "")
	if err != nil || titles(p) != "a b" {
		t.Errorf("rules %q, %v; want a, and b once by its link", titles(p), err)
	}
}

func TestLoadReadsNoMoreThanItTakes(t *testing.T) {
	endless := &endlessFile{}
	p, err := Load(endlessFS{endless}, "big.yml", "")
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Diags) != 1 || p.Diags[0].Code != diag.TooLarge || p.Diags[0].Span.String() != "big.yml" {
		t.Errorf("diagnostics %v", p.Diags)
	}
	if endless.read > yamldoc.MaxFile+1 {
		t.Errorf("%d bytes were read", endless.read)
	}
}

// endlessFS holds one file that never ends.
type endlessFS struct{ file *endlessFile }

func (e endlessFS) Open(name string) (fs.File, error) {
	if name != "big.yml" {
		return nil, fs.ErrNotExist
	}
	return e.file, nil
}

type endlessFile struct{ read int }

func (f *endlessFile) Stat() (fs.FileInfo, error) {
	return fs.Stat(fstest.MapFS{"big.yml": {Data: []byte("x")}}, "big.yml")
}

func (f *endlessFile) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	f.read += len(p)
	return len(p), nil
}

func (f *endlessFile) Close() error { return nil }

func write(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestJoinWarnsOfOneIDForTwoRules(t *testing.T) {
	const (
		idX = "3b5f9d3c-8a3b-4e0e-9a5b-7f1f2c6d1e00"
		idY = "3b5f9d3c-8a3b-4e0e-9a5b-7f1f2c6d1e01"
	)
	pack := func(name, id, title string) *Pack {
		doc, diags := Parse(&diag.Source{Name: name, Text: append([]byte("id: "+id+"\n"), ruleText(title)...)})
		return &Pack{Document: doc, Files: 1, Diags: diags}
	}
	all := Join(pack("a.yml", idX, "a"), pack("b.yml", idY, "b"), pack("c.yml", idX, "c"), pack("d.yml", "~", "d"), pack("e.yml", "~", "e"))
	if titles(all) != "a b c d e" || all.Files != 5 {
		t.Errorf("rules %q of %d files", titles(all), all.Files)
	}
	if len(all.Diags) != 1 {
		t.Fatalf("diagnostics %v", all.Diags)
	}
	d := all.Diags[0]
	if d.Code != diag.DuplicateID || d.Severity != diag.Warning || d.Span.String() != "c.yml:2:8" || !strings.Contains(d.Message, "a.yml:2:8") {
		t.Errorf("got %v", d)
	}
}
