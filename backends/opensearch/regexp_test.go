package opensearch

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/sigma"
)

func parsed(t testing.TB, expr string) *syntax.Regexp {
	t.Helper()
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		t.Fatal(err)
	}
	return re
}

func TestRegexpsAreWrittenForLucene(t *testing.T) {
	const notWord = `[^0-9A-Z_a-z]`
	for _, test := range []struct{ name, expr, want string }{
		{"unanchored", `kali`, `.*kali.*`},
		{"a text alone is spelled as it is", `^kali$`, `kali`},
		{"a text alone with escapes is made not alone", `^a\.b$`, `a\.b|` + noText},
		{"a counted text alone is written out", `^(?:ab){2}$`, `abab`},
		{"begin", `^kali`, `kali.*`},
		{"end", `kali\z`, `.*kali`},
		{"the empty text", `^$`, ``},
		{"everything", ``, `.*`},
		{"everything behind an anchor", `^`, `.*`},
		{"reserved characters", `a\.b@c#d~e&f<g>h"i\\j-k\^l$`, `.*a\.b\@c\#d\~e\&f\<g\>h\"i\\j\-k\^l`},
		{"reserved characters in a class", `^[\]\[\\^"-]`, `[\"\-\[\\\]\^].*`},
		{"a range from a backslash", `^[\\-a]`, "[\\\\\\]\\^_-a].*"},
		{"a range to a backslash", `^[Z-\\]`, `[Z-\\].*`},
		{"dot leaves newline out", `^a.b$`, "a[^\n]b"},
		{"dot takes newline with s", `(?s)^a.b$`, `a.b`},
		{"what touches a run of anything is trimmed", `.*a{2,5}b+`, `.*a{2}b.*`},
		{"repetitions stay", `^[ab]{2,5}c*d+e?f{3,}$`, `[ab]{2,5}c*d+e?f{3,}`},
		{"laziness does not matter", `^a*?b+?$`, `a*b+`},
		{"case", `(?i)^k\.e$`, "[Kk\u212a]\\.[Ee]"},
		{"alternatives of anchors", `^a|b$|c`, `a.*|.*b|.*c.*`},
		{"an anchor in a group", `(^a|b)c`, `ac.*|.*bc.*`},
		{"an end in a group", `a(b|c$)`, `.*ab.*|.*ac`},
		{"an anchor that cannot hold", `a^b`, "[^\x00-\U0010ffff]"},
		{"an anchor after what may be empty", `a*^b`, `b.*`},
		{"no class matches a surrogate", `\x{d800}`, "[^\x00-\U0010ffff]"},
		{"line begin", `(?m)^a`, "(.*\n)?a.*"},
		{"line end", `(?m)a$`, ".*a(\n.*)?"},
		{"lines", `(?m)a$\n^b`, ".*a\nb.*"},
		{"an empty line", `(?m)^$`, "(.*\n)?(\n.*)?"},
		{"word", `\bcat\b`, `(.*` + notWord + `)?cat(` + notWord + `.*)?`},
		{"no word begins inside a word", `a\bb`, "[^\x00-\U0010ffff]"},
		{"a word ends inside", `a\b.`, ".*a[^\n0-9A-Z_a-z].*"},
		{"an anchor repeated", `(^a|b)*c$`, `.*c|ab*c`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := luceneRegexp(parsed(t, test.expr))
			if !ok || got != test.want {
				t.Errorf("%s: got %q %v, want %q", test.expr, got, ok, test.want)
			}
		})
	}
}

func TestSourcesAreTranslated(t *testing.T) {
	r := compiler.Regexp{Expr: "a|b", Prefix: true, Suffix: true, Flags: compiler.RegexpFlags{IgnoreCase: true}}
	got, ok := luceneRegexp(parsed(t, r.Source()))
	if want := "[ABab]"; !ok || got != want {
		t.Errorf("got %q %v, want %q", got, ok, want)
	}
}

// What is past a limit is refused before the work is done: without the bounds on
// work this test would not end.
func TestRegexpsPastLucenesLimitsAreRefused(t *testing.T) {
	for name, expr := range map[string]string{
		"length":                   strings.Repeat("a", 997),
		"length in UTF-16 units":   strings.Repeat("\U0001F600", 499),
		"a large class":            `\pL`,
		"many large classes":       strings.Repeat(`[\pL\pN]?`, 5000),
		"a sum of classes":         strings.Repeat(`\p{Greek}`, 20),
		"states":                   `[ab].{20}$`,
		"states of a glob":         `a.{12}b.{12}c`,
		"positions":                `^(?:abc[de]){1000}$`,
		"effort":                   `^(?:a?){1000}$`,
		"optional anchors":         `^` + strings.Repeat(`(?:\ba?)`, 5000),
		"optional parts":           strings.Repeat(`a?`, 20000) + "b",
		"alternatives of anchors":  strings.Repeat(`(?:^|a|$|\b|(?:b|\B))`, 300),
		"nested repeats":           strings.Repeat("(?:", 300) + "a" + strings.Repeat("b*)*", 300),
		"lines in a repetition":    `(?m)(?:^a\n)*b`,
		"many copies of an anchor": `(?:\ba){11}`,
		"long alternation":         strings.Repeat("abc|bcd|", 50000) + "x",
	} {
		t.Run(name, func(t *testing.T) {
			if got, ok := luceneRegexp(parsed(t, expr)); ok {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestRegexpsWithinLucenesLimitsAreSaid(t *testing.T) {
	for name, expr := range map[string]string{
		"longest":        distinct(996),
		"longest alone":  "^" + strings.Repeat("a", 1000) + "$",
		"counted":        `^[A-Za-z0-9+/]{800}$`,
		"keywords":       `(?:` + strings.Repeat("mimikatz|lsass|procdump|", 30) + `x)`,
		"keywords, fold": `(?i)(?:powershell|cmd\.exe|wscript|cscript|mshta|rundll32).*(?:-enc|hidden|bypass)`,
		"address":        `\b(?:\d{1,3}\.){3}\d{1,3}\b`,
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := luceneRegexp(parsed(t, expr))
			if n := len(utf16.Encode([]rune(got))); !ok || n > maxExpr {
				t.Errorf("%v, %d units", ok, n)
			}
		})
	}
}

func distinct(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteRune(rune('一' + i))
	}
	return b.String()
}

func TestGlobsAreWrittenForLucene(t *testing.T) {
	for _, test := range []struct {
		name, glob string
		fold       bool
		want       string
	}{
		{"empty", ``, true, ``},
		{"run", `*`, true, `.*`},
		{"wildcards", `a?b*`, false, `a.b.*`},
		{"reserved", `*a.b@*`, false, `.*a\.b\@.*`},
		{"fold", `*k1*`, true, ".*[Kk\u212a]1.*"},
		{"dotted I stays", "*\u0130*", true, ".*\u0130.*"},
		{"i is of I alone", "*i*", true, ".*[Ii].*"},
		{"sigmas are two", "*σς*", true, ".*[Σσ]ς.*"},
		{"nothing folds to a capital", "*K*", true, "[^\x00-\U0010ffff]"},
		{"alone", `a\*b`, false, `a\*b|` + noText},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, ok := luceneGlob(sigma.ParsePattern(test.glob), test.fold)
			if !ok || got != test.want {
				t.Errorf("%s: got %q %v, want %q", test.glob, got, ok, test.want)
			}
		})
	}
	for name, p := range map[string]sigma.Pattern{
		"invalid UTF-8": sigma.LiteralPattern("a\xff"),
		"length":        sigma.LiteralPattern(strings.Repeat("a", 1001)),
		"huge":          sigma.LiteralPattern(strings.Repeat("a", 1<<24)),
		"states":        sigma.ParsePattern("*a" + strings.Repeat("?", 20) + "b"),
	} {
		if got, ok := luceneGlob(p, false); ok {
			t.Errorf("%s: got %.40q", name, got)
		}
	}
}

// A glob means what the evaluator makes of it, for every rune there is.
func TestFoldedGlobsTakeEveryRuneThatFoldsToTheirs(t *testing.T) {
	for r := rune(0); r <= 0x10ffff; r++ {
		if folded := sigma.FoldRune(r); folded != r && !globRune(folded, true).has(r) {
			t.Errorf("%U folds to %U, which does not take it", r, folded)
		}
	}
	for r := rune(0); r <= 0x10ffff; r++ {
		c := globRune(r, true)
		for i := 0; i < len(c); i += 2 {
			for of := c[i]; of <= c[i+1]; of++ {
				if sigma.FoldRune(of) != r {
					t.Errorf("%U is taken for %U", of, r)
				}
			}
		}
	}
}

// assertSame holds an expression of RE2 against its translation.
func assertSame(t *testing.T, expr string, texts []string) (said bool) {
	t.Helper()
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return false
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return false
	}
	lucene, ok := luceneRegexp(tree)
	if !ok {
		return false
	}
	m, err := readLucene(lucene)
	if err != nil {
		t.Fatalf("%q: %q: %v", expr, lucene, err)
	}
	for _, text := range texts {
		if got, want := m.whole(text), re.MatchString(text); got != want {
			t.Fatalf("%q as %q: %q: got %v, want %v", expr, lucene, text, got, want)
		}
	}
	return true
}

func TestTranslationsMatchWhatRE2Finds(t *testing.T) {
	g := newGenerator(1)
	texts := append([]string{""}, alphabet...)
	for range 200 {
		texts = append(texts, g.text())
	}
	said, total := 0, 4000
	for range total {
		if assertSame(t, g.regexp(3), texts) {
			said++
		}
	}
	if said < total*9/10 {
		t.Errorf("only %d of %d were said", said, total)
	}
}

func FuzzLuceneRegexp(f *testing.F) {
	g := newGenerator(2)
	for range 50 {
		f.Add(g.regexp(3), g.text())
	}
	f.Fuzz(func(t *testing.T, expr, text string) {
		if len(expr) > 200 || len(text) > 200 {
			return
		}
		text = strings.ToValidUTF8(text, "\ufffd")
		assertSame(t, expr, []string{text, "", text + text})
	})
}
