package conformance

import (
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/opensearch"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/fixtures"
)

// withScripts has queries hold scripts, or none.
func (e *onOpenSearch) withScripts(t *testing.T, scripts bool) *onOpenSearch {
	t.Helper()
	b, err := opensearch.Engine.New(backends.Config{Settings: &opensearch.Settings{Scripts: scripts}})
	if err != nil {
		t.Fatal(err)
	}
	e.backend = b
	return e
}

func TestScriptsReturnTheExpectedEvents(t *testing.T) {
	cases, err := Load(fixtures.Conformance, "conformance")
	if err != nil {
		t.Fatal(err)
	}
	cases = slices.DeleteFunc(cases, func(c Case) bool { return !strings.HasPrefix(c.Name, "fieldref/") })
	if len(cases) == 0 {
		t.Fatal("no case compares fields")
	}
	gaps, err := ReadGaps("testdata/gaps/opensearch.txt")
	if err != nil {
		t.Fatal(err)
	}
	Run(t, newOnOpenSearch(t).withScripts(t, true), cases, gaps)
}

// TestScriptsExcludeEvents compares an error's code with its message: a script
// keeps those whose texts differ out, but for texts that no keyword holds.
func TestScriptsExcludeEvents(t *testing.T) {
	long := strings.Repeat("a", 9_000)
	events := map[string]bool{ // whether they are found
		`{"errorCode":"Denied","errorMessage":"DENIED"}`:    true,
		`{"errorCode":"Denied","errorMessage":"Throttled"}`: false,
		`{"errorCode":"Denied"}`:                            false,
		`{}`:                                                false,
		`{"errorCode":"` + long + `","errorMessage":"` + long + `"}`: true,
		`{"errorCode":"` + long + `","errorMessage":"Denied"}`:       true,
	}
	plan := Case{Name: "two fields", Rule: []byte("title: T\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  search: {errorCode|fieldref: errorMessage}\n  condition: search\n")}.Compile(t)
	var docs [][]byte
	for text := range events {
		docs = append(docs, []byte(text))
	}
	e := newOnOpenSearch(t)
	for _, scripts := range []bool{true, false} {
		e.withScripts(t, scripts)
		legal, diags := compiler.Legalize(plan, e.Target())
		if legal == nil || legal.Residual == nil {
			t.Fatalf("scripts %v: %+v, %v", scripts, legal, diags)
		}
		ids, err := e.load(t.Context(), schema.CloudTrail, docs)
		if err != nil {
			t.Fatal(err)
		}
		found, err := e.found(t.Context(), legal, ids)
		if err != nil {
			t.Fatal(err)
		}
		for i, id := range ids {
			if want := events[string(docs[i])] || !scripts; found[id] != want {
				t.Errorf("scripts %v: found %v of %.80s", scripts, found[id], docs[i])
			}
		}
	}
}
