package sigma

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/diagnostics/*.yml", "rules/aws/*/*.yml"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	for _, s := range []string{"", "\xff", "\ufefftitle: x", "a\r\nb", "- &a [*a]", "? [a]\n: b", "!!str a: !x b", "a: |2-\n\n   b\n", "\"\\u0000\": \"\\x85\""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		src := &diag.Source{Name: "fuzz.yml", Text: text}
		doc, diags := Parse(src)
		checkSpans(t, src, doc, diags)
		if err := diag.Render(bytes.NewBuffer(nil), diags, diag.Style{}); err != nil {
			t.Fatal(err)
		}
	})
}

// checkSpans wants every place that came from a source to be inside it.
func checkSpans(t *testing.T, src *diag.Source, doc Document, diags diag.List) {
	t.Helper()
	lines := bytes.Split(bytes.TrimPrefix(src.Text, []byte("\ufeff")), []byte{'\n'})
	widths := make([]int, len(lines))
	for i, line := range lines {
		widths[i] = utf8.RuneCount(line)
	}
	check := func(what string, s diag.Span) {
		t.Helper()
		switch {
		case s.Source != src:
			t.Fatalf("%s: the source is %v", what, s.Source)
		case s.Line < 1 || s.Line > len(lines):
			t.Fatalf("%s: line %d of %d", what, s.Line, len(lines))
		case s.Col < 1 || s.Col > widths[s.Line-1]+1:
			t.Fatalf("%s: column %d of line %d, which has %d", what, s.Col, s.Line, widths[s.Line-1])
		case s.Len < 1:
			t.Fatalf("%s: length %d", what, s.Len)
		}
	}
	for _, d := range diags {
		check(d.Error(), d.Span)
	}
	for _, r := range doc.Rules {
		check("title", r.At)
		check("logsource", r.LogsourceAt)
		for _, s := range r.Detection.Searches {
			check("search", s.At)
			for _, alt := range s.Of {
				for _, it := range alt {
					check("item", it.At)
					check("values", it.ValuesAt)
					for i, at := range it.ModifierAt {
						check(it.Modifiers[i], at)
					}
					for _, v := range it.Values {
						check("value "+v.Text, v.At)
					}
				}
			}
		}
		for _, c := range r.Detection.Conditions {
			check("condition", c.At)
		}
	}
}
