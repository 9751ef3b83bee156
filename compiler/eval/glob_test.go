package eval

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sigmahunt/sigmahunt/sigma"
)

// matchSlow is what a pattern means, by trying everything.
func matchSlow(p sigma.Pattern, text string) bool {
	if len(p) == 0 {
		return text == ""
	}
	_, size := utf8.DecodeRuneInString(text)
	switch p[0].Kind {
	case sigma.AnyRun:
		return matchSlow(p[1:], text) || text != "" && matchSlow(p, text[size:])
	case sigma.AnyOne:
		return text != "" && matchSlow(p[1:], text[size:])
	default:
		rest, ok := strings.CutPrefix(text, p[0].Literal)
		return ok && matchSlow(p[1:], rest)
	}
}

func TestGlobs(t *testing.T) {
	for _, tt := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"a", "a", true},
		{"*", "", true},
		{"a*a", "a", false}, // head and tail do not overlap
		{"a*a", "aa", true},
		{"*ab*ab", "abab", true},
		{"*ab*ab", "aab", false},
		{"*a*b*c*", "xaxbxcx", true},
		{"*a*b*c*", "xaxcxbx", false},
		{"?", "", false},
		{"?", "é", true},
		{"??", "é", false},
		{"*??x", "€x", false}, // the euro sign is one character, not three
		{"*?x", "€x", true},
		{"a?*", "a", false},
		{"a?*", "ab", true},
		{"*a?", "aab", true},
		{"*a?", "aba", false},
		{"*a?b*", "aXXaYb", true},
		{"?*?", "é", false},
		{"*?a?*a", "xaaa", true},
	} {
		p := sigma.ParsePattern(tt.pattern)
		if got := newGlob(p).match([]byte(tt.text)); got != tt.want {
			t.Errorf("%q on %q: got %v, want %v", tt.pattern, tt.text, got, tt.want)
		}
		if got := matchSlow(p, tt.text); got != tt.want {
			t.Errorf("the reference is wrong: %q on %q gives %v", tt.pattern, tt.text, got)
		}
	}
}

// A pattern made to go back often stays within the product of the lengths: a
// matcher that tries each way would not end.
func TestGlobDoesNotRunAway(t *testing.T) {
	text := []byte(strings.Repeat("a", 100_000))
	for _, pattern := range []string{
		strings.Repeat("*a", 30) + "*b",
		strings.Repeat("*a?", 30) + "b",
	} {
		if newGlob(sigma.ParsePattern(pattern)).match(text) {
			t.Errorf("%s matches", pattern)
		}
	}
}

func FuzzGlob(f *testing.F) {
	f.Add("a*b?c", "axxbyc")
	f.Add("*??x", "€€x")
	f.Add(`\*?`, "*\xff")
	f.Add("*a?*b", "ab\xc3\xa9ab")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 12 || len(text) > 24 || !utf8.ValidString(pattern) {
			return
		}
		p := sigma.ParsePattern(pattern)
		if got, want := newGlob(p).match([]byte(text)), matchSlow(p, text); got != want {
			t.Errorf("%q on %q: got %v, want %v", pattern, text, got, want)
		}
	})
}
