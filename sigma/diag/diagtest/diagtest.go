// Package diagtest reads example rules that say, in comments, which diagnostics
// they cause:
//
//	condition: selection and flter # ERROR SIG112 30 "no search \"flter\""
//
// The words are ERROR, WARNING or NOTE, the code, the column of the caret, and a
// part of the message as a Go string. Several may follow each other on a line.
// Where no comment can stand, inside a block scalar, ERROR+2 stands two lines
// above what it means.
package diagtest

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// Want is a diagnostic that an example announces.
type Want struct {
	Severity diag.Severity
	Code     diag.Code
	Line     int
	Col      int
	Message  string // a part of it
}

// Example is a rule file with what it announces.
type Example struct {
	Source *diag.Source
	Wants  []Want
}

var (
	wanted   = regexp.MustCompile(`# (ERROR|WARNING|NOTE)(?:\+(\d+))? (SIG\d{3}) (\d+) ("(?:[^"\\]|\\.)*")`)
	anyOfIt  = regexp.MustCompile(`# (?:ERROR|WARNING|NOTE)`)
	severity = map[string]diag.Severity{"ERROR": diag.Error, "WARNING": diag.Warning, "NOTE": diag.Note}
)

// Read reads the examples of a folder.
func Read(fsys fs.FS) ([]Example, error) {
	names, err := fs.Glob(fsys, "*.yml")
	if err != nil {
		return nil, err
	}
	var list []Example
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		wants, err := readWants(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		list = append(list, Example{&diag.Source{Name: name, Text: text}, wants})
	}
	return list, nil
}

func readWants(text string) ([]Want, error) {
	var wants []Want
	for i, line := range strings.Split(text, "\n") {
		found := wanted.FindAllStringSubmatch(line, -1)
		if len(found) != len(anyOfIt.FindAllString(line, -1)) {
			return nil, fmt.Errorf("line %d: a comment that cannot be read: %s", i+1, line)
		}
		for _, m := range found {
			w := Want{Severity: severity[m[1]], Code: diag.Code(m[3]), Line: i + 1}
			below, _ := strconv.Atoi(m[2])
			w.Line += below
			w.Col, _ = strconv.Atoi(m[4])
			var err error
			if w.Message, err = strconv.Unquote(m[5]); err != nil {
				return nil, fmt.Errorf("line %d: %s: %w", i+1, m[5], err)
			}
			wants = append(wants, w)
		}
	}
	return wants, nil
}

// Code gives the code that the example's name begins with.
func (e Example) Code() diag.Code {
	code, _, _ := strings.Cut(path.Base(e.Source.Name), "-")
	return diag.Code(code)
}

// Differences says which of the announced diagnostics are missing from a list,
// and which of the list were not announced.
func (e Example) Differences(got diag.List) []string {
	var out []string
	taken := make([]bool, len(got))
	for _, w := range e.Wants {
		found := false
		for i, d := range got {
			if !taken[i] && w.is(d) {
				taken[i], found = true, true
				break
			}
		}
		if !found {
			out = append(out, fmt.Sprintf("missing: %d:%d: %s: %s [%s]", w.Line, w.Col, w.Severity, w.Message, w.Code))
		}
	}
	for i, d := range got {
		if !taken[i] {
			out = append(out, fmt.Sprintf("not announced: %d:%d: %s: %s [%s]", d.Span.Line, d.Span.Col, d.Severity, d.Message, d.Code))
		}
	}
	return out
}

func (w Want) is(d diag.Diagnostic) bool {
	return w.Severity == d.Severity && w.Code == d.Code && w.Line == d.Span.Line && w.Col == d.Span.Col && strings.Contains(d.Message, w.Message)
}
