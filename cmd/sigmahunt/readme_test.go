package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends/all"
	"github.com/sigmahunt/sigmahunt/cmd/sigmahunt/internal/cli"
)

// blocks matches the code blocks of a Markdown file: language and text.
var blocks = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")

// commands matches a sigmahunt command of a line, up to a pipe or a redirection.
var commands = regexp.MustCompile(`(?:^|[\s/])sigmahunt ([a-z][^|>]*)`)

// words splits a command line at blanks outside single quotes.
func words(line string) []string {
	var list []string
	for _, w := range regexp.MustCompile(`'[^']*'|\S+`).FindAllString(line, -1) {
		list = append(list, strings.Trim(w, "'"))
	}
	return list
}

// TestReadmeShowsWhatTheProgramPrints runs the commands whose output the README
// shows, and checks that the output is the same.
func TestReadmeShowsWhatTheProgramPrints(t *testing.T) {
	root, text := readme(t)
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.Symlink(filepath.Join(root, "fixtures"), "fixtures"); err != nil {
		t.Fatal(err)
	}
	shown := 0
	for _, b := range blocks.FindAllStringSubmatch(text, -1) {
		switch b[1] {
		case "yaml":
			if err := os.WriteFile("rule.yml", []byte(b[2]), 0o600); err != nil {
				t.Fatal(err)
			}
		case "console":
			line, want, _ := strings.Cut(strings.TrimPrefix(b[2], "$ sigmahunt "), "\n")
			line, head, cut := strings.Cut(line, " | head -")
			var out, errs bytes.Buffer
			if code := cli.Main(all.Engines, words(line), strings.NewReader(""), &out, &errs); code != 0 {
				t.Errorf("%s: exit code %d: %s", line, code, errs.String())
			}
			got := out.String()
			if n, err := strconv.Atoi(head); cut && err == nil {
				got = strings.Join(strings.SplitAfter(got, "\n")[:n], "")
			}
			if got != want {
				t.Errorf("%s prints\n%s\nand the README shows\n%s", line, got, want)
			}
			shown++
		}
	}
	if shown < 4 {
		t.Errorf("the README shows the output of %d commands", shown)
	}
}

// TestDocumentedCommandsHaveTheirFlags parses every command line of the README and
// of docs. --help stops a command before it does anything, after its flags are read.
func TestDocumentedCommandsHaveTheirFlags(t *testing.T) {
	root, _ := readme(t)
	files := []string{filepath.Join(root, "README.md")}
	for _, pattern := range []string{"docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	parsed := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range commandLines(string(text)) {
			var out, errs bytes.Buffer
			if code := cli.Main(all.Engines, append(words(line), "--help"), strings.NewReader(""), &out, &errs); code != 0 {
				t.Errorf("%s: sigmahunt %s: %s", filepath.Base(file), line, errs.String())
			}
			parsed++
		}
	}
	if parsed < 20 {
		t.Errorf("%d command lines in %d files", parsed, len(files))
	}
}

// commandLines returns the arguments of the sigmahunt commands in code blocks of shells.
func commandLines(text string) []string {
	var list []string
	for _, b := range blocks.FindAllStringSubmatch(text, -1) {
		if b[1] != "sh" && b[1] != "console" {
			continue
		}
		for line := range strings.Lines(strings.ReplaceAll(b[2], "\\\n", "")) {
			line, _, _ = strings.Cut(line, " #")
			if found := commands.FindStringSubmatch(line); found != nil {
				list = append(list, found[1])
			}
		}
	}
	return list
}

func readme(t *testing.T) (root, text string) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(content, []byte("\n")); n > 150 {
		t.Errorf("the README has %d lines, more than 150", n)
	}
	return root, string(content)
}
