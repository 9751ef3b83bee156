package compiler

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// Each case of the area "invalid" is a rule that must be refused, with the place
// of every error.
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
				if _, err := fmt.Sscanf(want, "%d:%d ", &line, &col); err != nil {
					t.Fatalf("%q: %v", want, err)
				}
				if !hasErrorAt(errs, line, col) {
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

func hasErrorAt(errs diag.List, line, col int) bool {
	for _, d := range errs {
		if d.Span.Line == line && d.Span.Col == col {
			return true
		}
	}
	return false
}

// errorsOf parses and compiles every rule of a source.
func errorsOf(src *diag.Source) diag.List {
	doc, diags := sigma.Parse(src)
	for _, r := range doc.Rules {
		_, d := Compile(r)
		diags = append(diags, d...)
	}
	var errs diag.List
	for _, d := range diags {
		if d.Severity == diag.Error {
			errs = append(errs, d)
		}
	}
	return errs
}
