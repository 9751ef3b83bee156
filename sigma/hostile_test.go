package sigma

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

// hostile parses a text and gives its errors, checks that every place is in the
// text, and asks that no more than the given MiB were allocated on the way.
func hostile(t *testing.T, text string, mib uint64) (Document, diag.List) {
	t.Helper()
	var before, after runtime.MemStats
	src := &diag.Source{Name: "hostile.yml", Text: []byte(text)}
	runtime.ReadMemStats(&before)
	doc, diags := Parse(src)
	runtime.ReadMemStats(&after)
	if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > mib {
		t.Errorf("%d MiB were allocated for a text of %d bytes", used, len(text))
	}
	if len(diags) > yamldoc.MaxDiags+10 {
		t.Errorf("%d diagnostics", len(diags))
	}
	located := diags
	if len(text) > yamldoc.MaxFile {
		located = nil // the file as a whole
	}
	checkSpans(t, src, doc, located)
	var errs diag.List
	for _, d := range diags {
		if d.Severity == diag.Error {
			errs = append(errs, d)
		}
	}
	return doc, errs
}

// bomb gives anchors of which each repeats the one before ten times.
func bomb(first, open, end string, item func(level, n int) string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "a0: &a0 %s\n", first)
	for level := range 9 {
		fmt.Fprintf(&b, "a%d: &a%d %s", level+1, level+1, open)
		for n := range 10 {
			b.WriteString(item(level, n))
		}
		b.WriteString(end + "\n")
	}
	return b.String()
}

func TestAliasBombsAreRefused(t *testing.T) {
	lists := bomb("[x]", "[", "]", func(level, _ int) string { return fmt.Sprintf("*a%d,", level) })
	maps := bomb("{k: x}", "{", "}", func(level, n int) string { return fmt.Sprintf("k%d: *a%d,", n, level) })
	value := strings.Repeat("x", 100_000)
	tests := map[string]string{
		"lists at top level":       lists + header + "detection: {s: x, condition: s}\n",
		"maps at top level":        maps + header + "detection: {s: x, condition: s}\n",
		"lists as values":          header + "detection:\n  s:\n    " + strings.ReplaceAll(lists, "\n", "\n    ") + "\n  condition: s\n",
		"maps as searches":         header + "detection:\n  " + strings.ReplaceAll(maps, "\n", "\n  ") + "\n  condition: 1 of them\n",
		"in the logsource":         "title: x\nlogsource:\n  " + strings.ReplaceAll(lists, "\n", "\n  ") + "\ndetection: {s: x, condition: s}\n",
		"in tags":                  header + "x: &x [" + strings.Repeat("y,", 1_000) + "]\ntags: [" + strings.Repeat("*x,", 1_000) + "]\ndetection: {s: x, condition: s}\n",
		"a list that holds itself": header + "detection:\n  s:\n    f: &l [*l, *l, *l, *l]\n  condition: s\n",
		"a map that holds itself":  header + "loop: &m {a: *m, b: *m}\ndetection: {s: x, condition: s}\n",
		"one long text many times": header + "detection:\n  s:\n    f: [&v " + value + strings.Repeat(", *v", 50_000) + "]\n  condition: s\n",
		"one long key many times": header + "detection:\n  s:\n    - ? &k " + value + "|contains\n      : x\n" +
			strings.Repeat("    - {*k : x}\n", 20_000) + "  condition: s\n",
		"one long regular expression many times": header + "detection:\n  s:\n    f|re: [&v '" + strings.Repeat("(a|b)", 20_000) + "'" +
			strings.Repeat(", *v", 50_000) + "]\n  condition: s\n",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			doc, errs := hostile(t, text, 400)
			if len(doc.Rules) != 0 || len(errs) == 0 {
				t.Fatalf("%d rules, %d errors", len(doc.Rules), len(errs))
			}
			wrong := 0
			for _, d := range errs {
				if d.Code == diag.TooLarge {
					wrong++
				}
			}
			// Maps of maps are wrong already, and not followed.
			if name != "maps as searches" && wrong != 1 {
				t.Errorf("%d times too large: %v", wrong, errs[0])
			}
		})
	}
}

func TestFewAliasesAreNoBomb(t *testing.T) {
	doc, errs := hostile(t, header+"detection:\n  s:\n    f: &v [a, b, c]\n    g: *v\n    h: [*v, *v]\n  condition: s\n", 10)
	if len(doc.Rules) != 1 {
		t.Error(errs.Err())
	}
}

func TestNestingIsBounded(t *testing.T) {
	block := func(indent, item string, n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.Repeat(indent, i) + item + "\n")
		}
		return b.String()
	}
	tests := map[string]string{
		"flow lists, open":        strings.Repeat("[", 10_000),
		"flow lists, closed":      header + "x: " + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000) + "\n",
		"flow maps, open":         strings.Repeat("{a: ", 10_000),
		"flow maps, closed":       header + "x: " + strings.Repeat("{a: ", 9_000) + "b" + strings.Repeat("}", 9_000) + "\n",
		"as values":               header + "detection:\n  s:\n    f: " + strings.Repeat("[", 9_000) + "x" + strings.Repeat("]", 9_000) + "\n  condition: s\n",
		"as searches":             header + "detection:\n  s: " + strings.Repeat("[", 9_000) + "x" + strings.Repeat("]", 9_000) + "\n  condition: s\n",
		"in related":              header + "related:\n  - id: " + strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000) + "\n",
		"as a key":                strings.Repeat("[", 9_000) + strings.Repeat("]", 9_000) + ": x\n",
		"block maps":              block(" ", "a:", 1_500),
		"block lists in one line": strings.Repeat("- ", 10_000) + "x\n",
		"block lists":             block(" ", "-", 1_500),
		"explicit keys":           strings.Repeat("? ", 10_000) + "x\n",
		"parentheses":             header + "detection: {s: x, condition: '" + strings.Repeat("(", 1_500) + "s'}\n",
		"nots":                    header + "detection: {s: x, condition: '" + strings.Repeat("not ", 1_500) + "s'}\n",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			if doc, errs := hostile(t, text, 100); len(doc.Rules) != 0 || len(errs) == 0 {
				t.Errorf("%d rules, %d errors", len(doc.Rules), len(errs))
			}
		})
	}
}

func TestSizeIsBounded(t *testing.T) {
	tests := []struct {
		name, text string
		code       diag.Code // of an error; empty where the rule must be read
	}{
		{"a scalar of 100 MB", header + "description: " + strings.Repeat("x", 100<<20), diag.TooLarge},
		{"a scalar of 3 MB", header + "description: " + strings.Repeat("x", 3<<20) + "\ndetection: {s: x, condition: s}\n", ""},
		{"a value of 1 MB", header + "detection: {s: {f: '" + strings.Repeat("*x", 1<<19) + "'}, condition: s}\n", ""},
		{"100,000 values in a list", header + "detection:\n  condition: s\n  s:\n    f:\n" + strings.Repeat("      - value\n", 100_000), ""},
		{"100,000 values in a line", header + "detection: {condition: s, s: {f: [" + strings.Repeat("value,", 100_000) + "]}}\n", ""},
		{"300,000 values in a list", header + "detection:\n  condition: s\n  s:\n    f:\n" + strings.Repeat("      - value\n", 300_000), diag.TooLarge},
		{"a condition of 1 MB", header + "detection:\n  s: x\n  condition: s" + strings.Repeat(" and not s", 1<<20/10), diag.TooLarge},
		{"a condition of 1 MB without a blank", header + "detection:\n  s: x\n  condition: " + strings.Repeat("x", 1<<20), diag.UndefinedSearch},
		{"names of 1 MB that differ a little", header + "detection:\n  ? s" + strings.Repeat("x", 1<<20) + "\n  : x\n  condition: s" + strings.Repeat("x", 1<<20) + "y", diag.UndefinedSearch},
		{"many conditions", header + "detection:\n  s: x\n  condition:\n" + strings.Repeat("    - s or s\n", 50_000), diag.TooLarge},
		{"many wrong conditions", header + "detection:\n  s: x\n  condition:\n" + strings.Repeat("    - t\n", 50_000), diag.UndefinedSearch},
		{"many searches", header + "detection:\n" + many(50_000, "  s%d: x\n") + "  condition: 1 of them\n", diag.TooLarge},
		{"many selectors", header + "detection:\n" + many(900, "  s%d: x\n") + "  condition: " + strings.Repeat("1 of s* or ", 400) + "s1\n", ""},
		{"many keys", header + "detection: {s: x, condition: s}\n" + many(40_000, "k%d: v\n"), ""},
		{"many wrong items in a line", header + "detection: {condition: s, s: {" + many(50_000, "f%d|nope: x,") + "}}", diag.UnknownModifier},
		{"many duplicate keys", header + "detection:\n  condition: s\n  s:\n" + strings.Repeat("    f: x\n", 50_000), diag.DuplicateKey},
		{"many wrong documents", strings.Repeat("--- a\n", 100_000), diag.WrongShape},
		{"many modifiers", header + "detection:\n  condition: s\n  s:\n    ? f" + strings.Repeat("|all", 200_000) + "\n    : x\n", diag.BadChain},
		{"many comments", header + strings.Repeat("# x\n", 200_000) + "detection: {s: x, condition: s}\n", ""},
		{"many directives", strings.Repeat("%TAG !a! b\n", 100_000) + "--- x\n", diag.Syntax},
		{"many anchors", header + "x: [" + many(80_000, "&a%d x,") + "]\ndetection: {s: x, condition: s}\n", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, errs := hostile(t, tt.text, 900)
			switch {
			case tt.code == "":
				if len(doc.Rules) != 1 {
					t.Errorf("%d rules: %v", len(doc.Rules), errs.Err())
				}
			case len(doc.Rules) != 0 || !hasCode(errs, tt.code):
				t.Errorf("%d rules, %d errors, the first %v; want %s", len(doc.Rules), len(errs), errs[:min(1, len(errs))], tt.code)
			}
		})
	}
}

func hasCode(l diag.List, code diag.Code) bool {
	return slices.ContainsFunc(l, func(d diag.Diagnostic) bool { return d.Code == code })
}

func many(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func TestBytesThatAreNoTextAreRefusedByTheirPlace(t *testing.T) {
	body := header + "detection: {s: 'é %s', condition: s}\n"
	for _, bytes := range []string{"\x00", "\x01", "\x08", "\x1b[31m", "\x7f", "\u0080", "\u0085", "\u009f", "\u2028", "\u2029", "\ufffe", "\uffff",
		"\xff", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "a\rb"} {
		t.Run(fmt.Sprintf("%q", bytes), func(t *testing.T) {
			_, errs := hostile(t, fmt.Sprintf(body, bytes), 10)
			if len(errs) != 1 || errs[0].Code != diag.Syntax || errs[0].Span.Line != 5 || errs[0].Span.Col < 19 || errs[0].Span.Col > 20 {
				t.Errorf("got %v", errs.Err())
			}
		})
	}
	for name, text := range map[string]string{
		"utf-16 little endian": "\xff\xfet\x00i\x00t\x00l\x00e\x00:\x00 \x00x\x00",
		"utf-16 big endian":    "\xfe\xff\x00t\x00i\x00t\x00l\x00e",
		"gzip":                 "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff",
		"an elf file":          "\x7fELF\x02\x01\x01\x00",
	} {
		t.Run(name, func(t *testing.T) {
			if _, errs := hostile(t, text, 10); len(errs) != 1 || errs[0].Span.String() != "hostile.yml:1:1" {
				t.Errorf("got %v", errs.Err())
			}
		})
	}
}

func TestTextThatLooksOddIsRead(t *testing.T) {
	rule := header + "detection: {s: x, condition: s}\n"
	for name, text := range map[string]string{
		"byte order mark":     "\ufeff" + rule,
		"crlf":                crlf(rule),
		"no last line end":    strings.TrimSuffix(rule, "\n"),
		"tabs behind values":  strings.ReplaceAll(rule, "aws\n", "aws\t\n"),
		"private use, emoji":  strings.ReplaceAll(rule, "Example", "\ue000 🔥 \u202e"),
		"blank lines at end":  rule + "\n\n\n",
		"json":                `{"title": "x", "logsource": {"product": "aws"}, "detection": {"s": "x", "condition": "s"}}`,
		"nul in a quoted key": header + "detection: {\"s\\0\": x, t: y, condition: t or 1 of s*}\n",
	} {
		t.Run(name, func(t *testing.T) {
			if doc, errs := hostile(t, text, 10); len(doc.Rules) != 1 {
				t.Errorf("%d rules: %v", len(doc.Rules), errs.Err())
			}
		})
	}
}

func TestDocumentsThatAreNoRulesAreToldByTheirPlace(t *testing.T) {
	for name, text := range map[string]string{
		"a list":   "- a\n- b\n",
		"a text":   "hello\n",
		"a number": "5\n",
		"html":     "<html>\n<body>\n",
		"quoted":   "'x'\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, errs := hostile(t, text, 10)
			if len(errs) != 1 || errs[0].Code != diag.WrongShape || errs[0].Span.String() != "hostile.yml:1:1" {
				t.Errorf("got %v", errs.Err())
			}
		})
	}
}
