package diag

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
)

// render gives what Render writes of one diagnostic at a place of text.
func render(t *testing.T, text string, line, col, n int) string {
	t.Helper()
	var b strings.Builder
	d := Diagnostic{Code: BadCondition, Severity: Error, Message: "wrong", Span: Span{&Source{"a.yml", []byte(text)}, line, col, n}}
	if err := Render(&b, List{d}, Style{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestRenderPutsTheCaretUnderTheWordsMeant(t *testing.T) {
	tests := []struct {
		name         string
		text         string
		line, col, n int
		want         []string // the source line and the caret line, from column one
	}{
		{"plain", "condition: sel and bad", 1, 20, 3, []string{
			"condition: sel and bad",
			"                   ^~~"}},
		{"second line", "a: b\nc: d", 2, 4, 1, []string{
			"c: d",
			"   ^"}},
		{"accents are one column", "é: ü and bad", 1, 10, 3, []string{
			"é: ü and bad",
			"         ^~~"}},
		{"wide characters are two columns", "規則: bad", 1, 5, 3, []string{
			"規則: bad",
			"      ^~~"}},
		{"a wide word is underlined whole", "a: 規則 b", 1, 4, 2, []string{
			"a: 規則 b",
			"   ^~~~"}},
		{"emoji are two columns", "🔥: bad", 1, 4, 3, []string{
			"🔥: bad",
			"    ^~~"}},
		{"combining marks are none", "e\u0301: bad", 1, 5, 3, []string{
			"e\u0301: bad",
			"   ^~~"}},
		{"half-width kana are one", "ｱ: bad", 1, 4, 3, []string{
			"ｱ: bad",
			"   ^~~"}},
		{"tabs are one blank", "a:\tb:\tbad", 1, 7, 3, []string{
			"a: b: bad",
			"      ^~~"}},
		{"a carriage return is no character", "a: bad\r\nb: c\r\n", 1, 4, 9, []string{
			"a: bad",
			"   ^~~"}},
		{"a byte order mark is no character", "\ufefftitle: x", 1, 8, 1, []string{
			"title: x",
			"       ^"}},
		{"past the end stands behind it", "a:", 1, 3, 1, []string{
			"a:",
			"  ^"}},
		{"a column beyond the line is drawn in", "a:", 1, 99, 5, []string{
			"a:",
			"  ^"}},
		{"no length is one", "a: b", 1, 4, 0, []string{
			"a: b",
			"   ^"}},
		{"columns below one are the first", "a: b", 1, 0, 1, []string{
			"a: b",
			"^"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := fmt.Sprintf("a.yml:%d:%d: error: wrong [SIG114]\n%5d | %s\n      | %s\n", tt.line, tt.col, tt.line, tt.want[0], tt.want[1])
			if got := render(t, tt.text, tt.line, tt.col, tt.n); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestRenderCutsLongLinesAroundTheCaret(t *testing.T) {
	long := strings.Repeat("a", 500) + "BAD" + strings.Repeat("z", 500)
	for name, text := range map[string]string{"ascii": long, "wide": strings.ReplaceAll(long, "a", "規")} {
		t.Run(name, func(t *testing.T) {
			lines := strings.Split(render(t, text, 1, 501, 3), "\n")
			shown, caret := []rune(lines[1][len("    1 | "):]), lines[2][len("      | "):]
			if len(shown) != maxLine+2 || shown[0] != '…' || shown[len(shown)-1] != '…' {
				t.Errorf("shown %d characters: %q", len(shown), string(shown))
			}
			at := strings.IndexByte(caret, '^')
			if before, _, _ := strings.Cut(string(shown), "BAD"); cells([]rune(before)) != at {
				t.Errorf("the caret stands in column %d, BAD in %d", at, cells([]rune(before)))
			}
			if !strings.HasSuffix(caret, "^~~") {
				t.Errorf("caret line %q", caret)
			}
		})
	}
	t.Run("a caret never runs past what is shown", func(t *testing.T) {
		lines := strings.Split(render(t, long, 1, 400, 600), "\n")
		if len(lines[2]) > len("      | ")+maxLine+1 {
			t.Errorf("caret line of %d columns under %q", len(lines[2]), lines[1])
		}
	})
	t.Run("a line that just fits is left alone", func(t *testing.T) {
		text := strings.Repeat("a", maxLine)
		if got := render(t, text, 1, maxLine, 1); !strings.Contains(got, "| "+text+"\n") {
			t.Error(got)
		}
	})
}

func TestRenderWithoutAPlaceOmitsTheExcerpt(t *testing.T) {
	tests := map[string]struct {
		span Span
		want string
	}{
		"no source":          {Span{}, "<input>: warning: w [SIG131]\n      = h\n"},
		"no line":            {Span{Source: &Source{Name: "a.yml"}}, "a.yml: warning: w [SIG131]\n      = h\n"},
		"line beyond text":   {Span{&Source{"a.yml", []byte("x")}, 9, 1, 1}, "a.yml:9:1: warning: w [SIG131]\n      = h\n"},
		"source has no text": {Span{&Source{"a.yml", nil}, 1, 1, 1}, "a.yml:1:1: warning: w [SIG131]\n      = h\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var l List
			l.Warnf(BadMetadata, tt.span, "h", "w")
			var b strings.Builder
			if err := Render(&b, l, Style{}); err != nil {
				t.Fatal(err)
			}
			if b.String() != tt.want {
				t.Errorf("got %q, want %q", b.String(), tt.want)
			}
		})
	}
}

func TestRenderIsHarmlessToTerminals(t *testing.T) {
	hostile := map[string]string{
		"ansi colour":     "\x1b[31mred\x1b[0m",
		"osc title":       "\x1b]0;owned\x07",
		"osc link":        "\x1b]8;;http://evil.example\x1b\\x\x1b]8;;\x1b\\",
		"c1 csi":          "\u009b31m",
		"bidi override":   "a\u202eb\u202c",
		"bidi isolate":    "a\u2066b\u2069",
		"bidi marks":      "\u200e\u200f\u061c",
		"zero width":      "a\u200bb\u2060",
		"line ends":       "a\nb\rc\vd\fe\u0085f\u2028g\u2029h",
		"nul, bell, del":  "\x00\x07\x7f",
		"backspace":       "rm\b\bls",
		"bytes no text":   "\xff\xfe\xc3",
		"tag characters":  "\U000e0041",
		"replacement own": "\ufffd",
	}
	for name, s := range hostile {
		t.Run(name, func(t *testing.T) {
			source := &Source{Name: "dir/" + s + ".yml", Text: []byte("x: " + strings.ReplaceAll(s, "\n", ""))}
			list := List{{Code: Syntax, Severity: Error, Message: "m " + s, Hint: "h " + s, Span: Span{source, 1, 4, 1}}}
			var b strings.Builder
			if err := Render(&b, list, Style{}); err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(b.String(), "\n"); n != 4 {
				t.Errorf("%d lines, want 4: %q", n, b.String())
			}
			for _, r := range b.String() {
				if r != '\n' && r != '\ufffd' && !unicode.IsGraphic(r) {
					t.Errorf("%U got through: %q", r, b.String())
				}
			}
		})
	}
}

func TestPrintableKeepsOneCharacterForOne(t *testing.T) {
	tests := map[string]string{
		"plain é 規":        "plain é 規",
		"a\tb":             "a b",
		"a\x1bb":           "a␛b",
		"a\nb\r":           "a␊b␍",
		"\x7f\u202e":       "\ufffd\ufffd",
		"\xff\xfe":         "\ufffd\ufffd",
		"no-break\u00a0ok": "no-break\u00a0ok",
		"":                 "",
	}
	for in, want := range tests {
		if got := Printable(in); got != want {
			t.Errorf("Printable(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestStyleWrapsSeverityAndDimParts(t *testing.T) {
	var l List
	l.Errorf(Syntax, Span{&Source{"a.yml", []byte("x")}, 1, 1, 1}, "", "wrong")
	style := Style{
		Severity: func(s Severity, word string) string { return fmt.Sprintf("<%d %s>", s, word) },
		Dim:      func(s string) string { return "(" + s + ")" },
	}
	var b strings.Builder
	if err := Render(&b, l, style); err != nil {
		t.Fatal(err)
	}
	want := "a.yml:1:1: <3 error>: wrong ([SIG101])\n(    1 | )x\n(      | )^\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, fmt.Errorf("pipe closed") }

func TestRenderReportsWriteErrors(t *testing.T) {
	if err := Render(brokenWriter{}, List{{}}, Style{}); err == nil {
		t.Error("no error")
	}
}
