package compiler

import (
	"regexp"
	"testing"
)

func TestFindsAllIsAboutTheEndOfAnyText(t *testing.T) {
	for expr, want := range map[string]bool{
		"": true, "$": true, "b?$": true, "(?m)$": true, "a*": true, "(?:a||b)$": true, "(?:a|b?)(?:|c)": true, "(a?)+": true,
		"a{0,3}": true, `(?:\Ax|)\z`: true, "(?:)": true,
		"a": false, "^": false, "(?m)^": false, `\A\z`: false, "a?b": false, "(?:a|b)$": false, "(?:^|a)b?": false, `\b|a`: false, "a+": false,
		"a{1,2}": false, ".": false, "[^a]*b$": false,
	} {
		if got := (Regexp{Expr: expr}).FindsAll(); got != want {
			t.Errorf("%q: got %v", expr, got)
		}
		if !want {
			continue
		}
		for _, text := range []string{"", "x", "x😀", "é\n"} {
			if !regexp.MustCompile(expr).MatchString(text) {
				t.Errorf("%q does not find %q", expr, text)
			}
		}
	}
	if (Regexp{Expr: "a?", Prefix: true, Suffix: true}).FindsAll() {
		t.Error("an expression that takes the whole text finds all")
	}
}
