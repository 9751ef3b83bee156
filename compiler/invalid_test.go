package compiler

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// Each case of the area "invalid" is a file that must be refused, with the place
// of every error and, where the case gives it, the code.
func TestInvalidRulesAreRefusedWhereTheCasesSay(t *testing.T) {
	names, err := filepath.Glob("../fixtures/conformance/invalid/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(names) == 0 {
		t.Fatal("no case")
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var rule []byte
			var wants []string
			for _, f := range archive.Files {
				switch f.Name {
				case "rule.yml":
					rule = f.Data
				case "error":
					wants = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
				}
			}
			errs := errorsOf(&diag.Source{Name: "rule.yml", Text: rule})
			if len(errs) == 0 {
				t.Fatal("the rule is taken")
			}
			for _, want := range wants {
				var line, col int
				var first string
				if _, err := fmt.Sscanf(want, "%d:%d %s", &line, &col, &first); err != nil {
					t.Fatalf("%q: %v", want, err)
				}
				if !hasErrorAt(errs, line, col, codeIn(first)) {
					t.Errorf("no error at %s; got %v", want, errs.Err())
				}
			}
			for _, d := range errs {
				if !strings.Contains("\n"+strings.Join(wants, "\n"), fmt.Sprintf("\n%d:%d ", d.Span.Line, d.Span.Col)) {
					t.Errorf("the case has no %v", d)
				}
			}
		})
	}
}

var codeForm = regexp.MustCompile(`^SIG[0-9]{3}$`)

// codeIn gives the code that a case asks for, or none: the word is a message's.
func codeIn(word string) diag.Code {
	if codeForm.MatchString(word) {
		return diag.Code(word)
	}
	return ""
}

// hasErrorAt looks for an error of a code, or of any code, at a place.
func hasErrorAt(errs diag.List, line, col int, code diag.Code) bool {
	for _, d := range errs {
		if d.Span.Line == line && d.Span.Col == col && (code == "" || d.Code == code) {
			return true
		}
	}
	return false
}

// errorsOf reads a source as a pack, compiles its rules, and holds its
// correlations against their sources.
func errorsOf(src *diag.Source) diag.List {
	doc, diags := sigma.Parse(src)
	pack := sigma.Join(&sigma.Pack{Document: doc, Files: 1, Diags: diags})
	_, compiled := CompileAll(pack.Rules, schema.ForLogsource)
	diags = append(pack.Diags, compiled...)
	for _, c := range pack.Correlations {
		diags = append(diags, CheckCorrelation(c, schema.ForLogsource)...)
	}
	var errs diag.List
	for _, d := range diags {
		if d.Severity == diag.Error {
			errs = append(errs, d)
		}
	}
	return errs
}
