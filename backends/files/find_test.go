package files

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tree makes files with their content in a new folder. A content that begins
// with -> is a link.
func tree(t *testing.T, content map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range content {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		var err error
		if to, ok := strings.CutPrefix(text, "->"); ok {
			err = os.Symlink(to, path)
		} else {
			err = os.WriteFile(path, []byte(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// findBelow runs Find and gives names without the folder that they lie in.
func findBelow(dir string, paths ...string) (found, left []string) {
	files, problems := Find(paths)
	short := func(name string) string {
		return filepath.ToSlash(strings.TrimPrefix(name, dir+string(filepath.Separator)))
	}
	for _, f := range files {
		found = append(found, short(f.Name))
	}
	for _, p := range problems {
		left = append(left, fmt.Sprintf("%s: %s: %s", short(p.File), p.Kind, p.Reason))
	}
	return found, left
}

func TestFindListsFoldersInOrderAndSaysWhatItLeavesOut(t *testing.T) {
	dir := tree(t, map[string]string{
		"AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/b.json.gz":    "{}",
		"AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/a.json.gz":    "{}",
		"AWSLogs/111122223333/CloudTrail/eu-central-1/2026/03/01/c.json.gz": "{}",
		"AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/d.json.gz":   "{}",
		"AWSLogs/111122223333/CloudTrail-Insight/us-east-1/i.json.gz":       "{}",
		"AWSLogs/111122223333/CloudTrail-NetworkActivity/us-east-1/n.json":  "{}",
		"AWSLogs/111122223333/vpcflowlogs/us-east-1/f.log.gz":               "{}",
		"AWSLogs/111122223333/elasticloadbalancing/us-east-1/l.log.gz":      "",
		"AWSLogs/111122223333/Config/ConfigWritabilityCheckFile":            "",
		"AWSLogs/111122223333/GuardDuty/us-east-1/2026/03/01/g.jsonl.gz":    "{}",
		"Config/mine.json": "{}",
		"README.md":        "", "notes.TXT": "", "page.html.gz": "", ".hidden.json": "", ".git/config": "", "labels.tsv": "", "LICENSE": "",
		"plain": "{}", "export.ndjson.zst": "{}", "old.log": "{}",
	})
	found, left := findBelow(dir, dir)
	want := []string{
		"AWSLogs/111122223333/CloudTrail/eu-central-1/2026/03/01/c.json.gz",
		"AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/a.json.gz",
		"AWSLogs/111122223333/CloudTrail/us-east-1/2026/03/01/b.json.gz",
		"AWSLogs/111122223333/CloudTrail-NetworkActivity/us-east-1/n.json",
		"AWSLogs/111122223333/GuardDuty/us-east-1/2026/03/01/g.jsonl.gz",
		"AWSLogs/111122223333/vpcflowlogs/us-east-1/f.log.gz",
		"Config/mine.json", "export.ndjson.zst", "notes.TXT", "old.log", "plain",
	}
	if !slices.Equal(found, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(found, "\n"), strings.Join(want, "\n"))
	}
	wantLeft := []string{
		".git: skipped: hidden", ".hidden.json: skipped: hidden",
		"AWSLogs/111122223333/CloudTrail-Digest: skipped: CloudTrail digests hold no events",
		"AWSLogs/111122223333/CloudTrail-Insight: skipped: CloudTrail insights are not API events",
		"AWSLogs/111122223333/Config: skipped: AWS Config writes no events",
		"AWSLogs/111122223333/elasticloadbalancing: skipped: load balancer access logs are not read",
		"LICENSE: skipped: its name is not that of a log", "README.md: skipped: .md is not a log format",
		"labels.tsv: skipped: .tsv is not a log format", "page.html.gz: skipped: .html is not a log format",
	}
	if !slices.Equal(left, wantLeft) {
		t.Errorf("left out\n%s\nwant\n%s", strings.Join(left, "\n"), strings.Join(wantLeft, "\n"))
	}
}

func TestFindTakesWhatTheUserNames(t *testing.T) {
	dir := tree(t, map[string]string{".hidden.md": "{}", "a.json": "{}"})
	hidden := filepath.Join(dir, ".hidden.md")
	files, problems := Find([]string{hidden, Stdin, filepath.Join(dir, "none.json"), filepath.Join(dir, "a.json")})
	if len(files) != 3 || files[0].Name != hidden || files[0].Size != 2 || files[1].Path != Stdin || files[2].Name != filepath.Join(dir, "a.json") {
		t.Errorf("files %v", files)
	}
	if len(problems) != 1 || problems[0].Kind != Unreadable || problems[0].Reason != "no such file or folder" {
		t.Errorf("problems %v", problems)
	}
}

func TestFindReadsNothingTwice(t *testing.T) {
	dir := tree(t, map[string]string{
		"logs/a.json": "{}", "logs/sub/b.json": "{}", "logs/sub/loop": "->..", "logs/self": "->.", "logs/link.json": "->a.json",
		"logs/outside": "->../other", "other/c.json": "{}", "logs/dangling.json": "->nowhere",
	})
	logs := filepath.Join(dir, "logs")
	found, left := findBelow(dir, logs, filepath.Join(logs, "a.json"), filepath.Join(dir, "other"), Stdin, Stdin)
	if want := []string{"logs/a.json", "logs/outside/c.json", "logs/sub/b.json", Stdin}; !slices.Equal(found, want) {
		t.Errorf("found %q, want %q", found, want)
	}
	want := []string{
		"logs/dangling.json: unreadable: no such file or folder", "logs/link.json: skipped: listed already",
		"logs/self: skipped: listed already", "logs/sub/loop: skipped: listed already",
		"logs/a.json: skipped: listed already", "other: skipped: listed already", "-: skipped: listed already",
	}
	if !slices.Equal(left, want) {
		t.Errorf("left out\n%s", strings.Join(left, "\n"))
	}
}

func TestFindReportsAFolderThatItMayNotRead(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("the super-user may read everything")
	}
	dir := tree(t, map[string]string{"a/x.json": "{}", "b/y.json": "{}"})
	if err := os.Chmod(filepath.Join(dir, "a"), 0); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(filepath.Join(dir, "a"), 0o700)
	found, left := findBelow(dir, dir)
	if !slices.Equal(found, []string{"b/y.json"}) || !slices.Equal(left, []string{"a: unreadable: no permission to read it"}) {
		t.Errorf("found %q, left out %q", found, left)
	}
}
