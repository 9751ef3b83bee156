package diagtest

import (
	"slices"
	"testing"
	"testing/fstest"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

func TestExamplesAnnounceDiagnosticsByLineAndColumn(t *testing.T) {
	list, err := Read(fstest.MapFS{
		"SIG112-x.yml": {Data: []byte("a: b # ERROR SIG112 4 \"no \\\"b\\\"\" # WARNING SIG130 1 \"unused\"\nc: | # NOTE+1 SIG302 3 \"wide\"\n  d\n")},
		"other.txt":    {Data: []byte("# ERROR")},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []Want{
		{diag.Error, "SIG112", 1, 4, `no "b"`},
		{diag.Warning, "SIG130", 1, 1, "unused"},
		{diag.Note, "SIG302", 3, 3, "wide"},
	}
	if len(list) != 1 || list[0].Code() != "SIG112" || !slices.Equal(list[0].Wants, want) {
		t.Errorf("got %+v", list)
	}
}

func TestCommentsThatCannotBeReadAreErrors(t *testing.T) {
	for _, text := range []string{"a # ERROR", "a # ERROR SIG112 x \"m\"", "a # ERROR SIG112 1 m", `a # ERROR SIG112 1 "\q"`} {
		if _, err := Read(fstest.MapFS{"x.yml": {Data: []byte(text)}}); err == nil {
			t.Errorf("%q is read", text)
		}
	}
}

func TestDifferencesAreNamedBothWays(t *testing.T) {
	src := &diag.Source{Name: "x.yml"}
	e := Example{src, []Want{{diag.Error, diag.BadValue, 1, 2, "wrong"}, {diag.Error, diag.BadValue, 1, 2, "wrong"}}}
	var got diag.List
	got.Errorf(diag.BadValue, diag.Span{Source: src, Line: 1, Col: 2, Len: 1}, "", "this is wrong")
	got.Warnf(diag.BadValue, diag.Span{Source: src, Line: 1, Col: 2, Len: 1}, "", "this is wrong")
	want := []string{"missing: 1:2: error: wrong [SIG118]", "not announced: 1:2: warning: this is wrong [SIG118]"}
	if d := e.Differences(got); !slices.Equal(d, want) {
		t.Errorf("got %q, want %q", d, want)
	}
}
