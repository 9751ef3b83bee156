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
	for _, test := range []struct{ name, expr, want string }{
		{"unanchored", `kali`, `.*kali.*`},
		{"a text alone is spelled as it is", `^kali$`, `kali`},
		{"a text alone with escapes is made not alone", `^a\.b$`, `a\.b|` + noText},
		{"a counted text alone is made not alone", `^(?:ab){2}$`, `(ab){2}|` + noText},
		{"begin", `^kali`, `kali.*`},
		{"end", `kali\z`, `.*kali`},
		{"the empty text", `^$`, `()|` + noText},
		{"everything", ``, `.*().*`},
		{"everything behind an anchor", `^`, `.*`},
		{"reserved characters", `a\.b@c#d~e&f<g>h"i\\j-k\^l$`, `.*a\.b\@c\#d\~e\&f\<g\>h\"i\\j\-k\^l`},
		{"reserved characters in a class", `^[\]\[\\^"-]`, `[\"\-\[\\\]\^].*`},
		{"a range from a backslash", `^[\\-a]`, "[\\\\\\]\\^_-a].*"},
		{"a range to a backslash", `^[Z-\\]`, `[Z-\\].*`},
		{"dot leaves newline out", `^a.b$`, "a[^\n]b|" + noText},
		{"dot takes newline with s", `(?s)^a.b$`, `a.b|` + noText},
		{"repetitions stay", `^[ab]{2,5}c*d+e?f{3,}$`, `[ab]{2,5}c*d+e?f{3,}|` + noText},
		{"laziness does not matter", `^a*?b+?$`, `a*b+|` + noText},
		{"repeated groups", `(?:ab|cd?)+e`, `.*(ab|cd?)+e.*`},
		{"case", `(?i)^k\.e$`, "[Kk\u212a]\\.[Ee]|" + noText},
		{"alternatives of anchors", `^a|b$|c`, `a.*|.*b|.*c.*`},
		{"an anchor in a group", `(^|b)c`, `c.*|.*bc.*`},
		{"an end in a group", `a(b|$)`, `.*a|.*ab.*`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, _, ok := luceneRegexp(parsed(t, test.expr))
			if !ok || got != test.want {
				t.Errorf("%s: got %q %v, want %q", test.expr, got, ok, test.want)
			}
		})
	}
}

func TestSourcesAreTranslated(t *testing.T) {
	r := compiler.Regexp{Expr: "a|b", Prefix: true, Suffix: true, Flags: compiler.RegexpFlags{IgnoreCase: true}}
	got, _, ok := luceneRegexp(parsed(t, r.Source()))
	if want := "[ABab]|" + noText; !ok || got != want {
		t.Errorf("got %q %v, want %q", got, ok, want)
	}
}

// Past a limit translation ends before the work is done: without the bounds on work
// this test would not end.
func TestOtherRegexpsAreNotTranslated(t *testing.T) {
	for name, expr := range map[string]string{
		"length":                  strings.Repeat("a", 997),
		"length in UTF-16 units":  strings.Repeat("\U0001F600", 499),
		"a large class":           `\pL`,
		"many large classes":      strings.Repeat(`[\pL\pN]?`, 5000),
		"a sum of classes":        strings.Repeat(`\p{Greek}`, 20),
		"states":                  `[ab].{20}$`,
		"positions":               `^(?:abc[de]){1000}$`,
		"effort":                  `^(?:a?){1000}$`,
		"optional anchors":        `^` + strings.Repeat(`(?:\ba?)`, 5000),
		"optional parts":          strings.Repeat(`a?`, 20000) + "b",
		"alternatives of anchors": strings.Repeat(`(?:^|a|$|\b|(?:b|\B))`, 300),
		"anchors at both ends":    `(^|` + apart(5000) + `)x(` + apart(5000) + `|$)`,
		"nested repeats":          strings.Repeat("(?:", 300) + "a" + strings.Repeat("b+)+", 300),
		"long alternation":        strings.Repeat("abc|bcd|", 50000) + "x",
		"an anchor inside":        `a^b`,
		"an anchor in a repeat":   `(^a|b)*c`,
		"a class of surrogates":   `\x{d800}`,
		"lines":                   `(?m)^a`,
		"words":                   `\bcat\b`,
		"nothing":                 `[^\x00-\x{10FFFF}]`,
	} {
		t.Run(name, func(t *testing.T) {
			if got, _, ok := luceneRegexp(parsed(t, expr)); ok {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestRegexpsWithinLucenesLimitsAreTranslated(t *testing.T) {
	for name, expr := range map[string]string{
		"longest":        distinct(996),
		"longest alone":  "^" + distinct(1000) + "$",
		"counted":        `^[A-Za-z0-9+/]{800}$`,
		"keywords":       `(?:` + strings.Repeat("mimikatz|lsass|procdump|", 30) + `x)`,
		"keywords, fold": `(?i)(?:powershell|cmd\.exe|wscript|cscript|mshta|rundll32).*(?:-enc|hidden|bypass)`,
		"address":        `(?:\d{1,3}\.){3}\d{1,3}`,
	} {
		t.Run(name, func(t *testing.T) {
			got, _, ok := luceneRegexp(parsed(t, expr))
			if n := len(utf16.Encode([]rune(got))); !ok || n > maxExpr {
				t.Errorf("%v, %d units", ok, n)
			}
		})
	}
}

// apart is alternatives that begin with different characters.
func apart(n int) string { return strings.Join(strings.Split(distinct(n), ""), "x|") }

func distinct(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteRune(rune('一' + i))
	}
	return b.String()
}

func TestPatternsStayWithinLucenesLimits(t *testing.T) {
	for name, test := range map[string]struct {
		pattern sigma.Pattern
		want    bool
	}{
		"plain":            {sigma.ParsePattern("*mimikatz*"), true},
		"single":           {sigma.ParsePattern("*a??b*"), true},
		"long":             {sigma.LiteralPattern(distinct(1000)), true},
		"invalid UTF-8":    {sigma.LiteralPattern("a\xff"), false},
		"huge":             {sigma.LiteralPattern(strings.Repeat("a", 1<<24)), false},
		"states":           {sigma.ParsePattern("*a" + strings.Repeat("?", 20) + "b"), false},
		"states of a long": {sigma.ParsePattern("*" + strings.Repeat("a", 1500) + "*"), false},
	} {
		if got := patternDeterminizes(test.pattern); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A pattern for a query with case_insensitive finds every text that folds to one
// that the pattern matches, and where it is exact no other.
func TestPatternsInAnyCase(t *testing.T) {
	for _, test := range []struct {
		pattern, keyword, wildcard string
		exact, exactWildcard       bool
	}{
		{"*ab1*", "*ab1*", "*ab1*", true, true},
		{"a?b", "a?b", "a*b", true, false},
		{"click", "clic?", "clic*", false, false},
		{"cli", "cli", "cli", true, false},
		{"a\u0130b", "a\u0130b", "a*b", true, false},
		{"\u03c3\u03c2", "?\u03c2", "*", false, false},
		{"\u00e9", "?", "*", false, false},
	} {
		for kind, want := range map[viewKind]string{term: test.keyword, pattern: test.wildcard} {
			exact := test.exact
			if kind == pattern {
				exact = test.exactWildcard
			}
			if got, ok := (view{kind: kind}).anyCase(sigma.ParsePattern(test.pattern)); strings.ReplaceAll(glob(got), "**", "*") != want || ok != exact {
				t.Errorf("%s: %s %v, want %s %v", test.pattern, glob(got), ok, want, exact)
			}
		}
	}
}

// An ASCII letter but k is folded to by its capital alone: by what case_insensitive
// takes for it.
func TestLettersOfASCIIHaveTwoCases(t *testing.T) {
	for r := rune(0); r <= 0x10ffff; r++ {
		if f := sigma.FoldRune(r); f != r && f < 0x80 && f != 'k' && f != r+'a'-'A' {
			t.Errorf("%U folds to %q", r, f)
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
	lucene, empty, ok := luceneRegexp(tree)
	if !ok {
		return false
	}
	m, err := readLucene(lucene)
	if err != nil {
		t.Fatalf("%q: %q: %v", expr, lucene, err)
	}
	if want := re.MatchString(""); empty != want {
		t.Fatalf("%q: matches the empty text: %v, want %v", expr, empty, want)
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
	if said < total/2 { // the others have anchors inside
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
