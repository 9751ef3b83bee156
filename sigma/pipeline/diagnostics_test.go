package pipeline

import (
	"os"
	"slices"
	"testing"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/diag/diagtest"
)

func TestDiagnosticsByExample(t *testing.T) {
	examples, err := diagtest.Read(os.DirFS("testdata/diagnostics"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range examples {
		t.Run(e.Source.Name, func(t *testing.T) {
			p, got := Parse(e.Source)
			for _, d := range e.Differences(got) {
				t.Errorf("%s", d)
			}
			if !slices.ContainsFunc(got, func(d diag.Diagnostic) bool { return d.Code == e.Code() }) {
				t.Errorf("nothing of %s", e.Code())
			}
			if p != nil {
				t.Error("a pipeline with an error is given")
			}
		})
	}
}
