package sigma

import (
	"slices"
	"strings"
	"testing"
)

// shape writes a pattern's tokens apart: literals quoted by |, wildcards bare.
func shape(p Pattern) string {
	var parts []string
	for _, t := range p {
		switch t.Kind {
		case Literal:
			parts = append(parts, "|"+t.Literal+"|")
		case AnyRun:
			parts = append(parts, "*")
		case AnyOne:
			parts = append(parts, "?")
		}
	}
	return strings.Join(parts, " ")
}

func TestParsePattern(t *testing.T) {
	tests := []struct{ name, value, want string }{
		{"empty text has no token", ``, ``},
		{"plain text", `CreateUser`, `|CreateUser|`},
		{"star", `*`, `*`},
		{"question mark", `?`, `?`},
		{"wildcards between literals", `a*b?c`, `|a| * |b| ? |c|`},
		{"stars next to each other are one run", `a***b`, `|a| * |b|`},
		{"question marks each ask for a character", `a???`, `|a| ? ? ?`},
		{"star and question mark keep their order", `*?*`, `* ? *`},
		{"escaped star", `a\*b`, `|a*b|`},
		{"escaped question mark", `a\?b`, `|a?b|`},
		{"escaped backslash", `a\\b`, `|a\b|`},
		{"a backslash before another character stays", `C:\Windows\system32`, `|C:\Windows\system32|`},
		{"a backslash before n is no newline", `a\nb`, `|a\nb|`},
		{"a backslash before a quote stays", `a\'b\"c`, `|a\'b\"c|`},
		{"a backslash before a percent sign stays", `\%x\%`, `|\%x\%|`},
		{"trailing backslash", `Temp\`, `|Temp\|`},
		{"two trailing backslashes are one", `Temp\\`, `|Temp\|`},
		{"three trailing backslashes are two", `Temp\\\`, `|Temp\\|`},
		{"a backslash alone", `\`, `|\|`},
		{"backslash and wildcard", `a\\*`, `|a\| *`},
		{"backslash and literal star", `a\\\*`, `|a\*|`},
		{"two backslashes and a wildcard", `a\\\\*`, `|a\\| *`},
		{"two backslashes and a literal star", `a\\\\\*`, `|a\\*|`},
		{"three backslashes before a letter are two", `a\\\b`, `|a\\b|`},
		{"four backslashes before a letter are two", `a\\\\b`, `|a\\b|`},
		{"a network path", `\\\\server\\share`, `|\\server\share|`},
		{"backslash and question mark", `a\\?`, `|a\| ?`},
		{"escaped wildcards next to real ones", `\**\??`, `|*| * |?| ?`},
		{"letters of several bytes", `é*規?🔥`, `|é| * |規| ? |🔥|`},
		{"newlines and NUL are literal", "a\nb\x00", "|a\nb\x00|"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := ParsePattern(tt.value)
			if got := shape(p); got != tt.want {
				t.Fatalf("ParsePattern(%q) = %s, want %s", tt.value, got, tt.want)
			}
			if again := ParsePattern(p.String()); !slices.Equal(again, p) {
				t.Errorf("%q written as %q reads as %s", tt.value, p.String(), shape(again))
			}
		})
	}
}

func TestOpenAddsWildcardsAfterTheText(t *testing.T) {
	tests := []struct {
		name, value   string
		before, after bool
		want          string
	}{
		{"contains", `a`, true, true, `* |a| *`},
		{"startswith", `a`, false, true, `|a| *`},
		{"endswith", `a`, true, false, `* |a|`},
		{"neither", `a`, false, false, `|a|`},
		{"a trailing backslash does not escape the wildcard", `Temp\`, true, true, `* |Temp\| *`},
		{"a wildcard that is there is not doubled", `*a*`, true, true, `* |a| *`},
		{"a star alone stays one", `*`, true, true, `*`},
		{"empty text becomes one run", ``, true, true, `*`},
		{"question marks stay", `?a?`, true, true, `* ? |a| ? *`},
		{"an escaped star at the end is text", `a\*`, false, true, `|a*| *`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := ParsePattern(tt.value)
			before := shape(p)
			if got := shape(p.Open(tt.before, tt.after)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if shape(p) != before {
				t.Errorf("the pattern itself changed from %s to %s", before, shape(p))
			}
		})
	}
}

func TestPlainGivesTextWithoutWildcards(t *testing.T) {
	tests := []struct {
		value, text string
		ok          bool
	}{
		{``, "", true}, {`a`, "a", true}, {`\*`, "*", true}, {`*`, "", false}, {`a?`, "", false}, {`?a`, "", false},
	}
	for _, tt := range tests {
		if text, ok := ParsePattern(tt.value).Plain(); text != tt.text || ok != tt.ok {
			t.Errorf("Plain of %q = %q, %v, want %q, %v", tt.value, text, ok, tt.text, tt.ok)
		}
	}
}

func TestLiteralPatternTakesNothingForAWildcard(t *testing.T) {
	for _, text := range []string{"", "a", "*", `\*`, `a\`, "?"} {
		if got, ok := LiteralPattern(text).Plain(); got != text || !ok {
			t.Errorf("LiteralPattern(%q) is %q, %v", text, got, ok)
		}
	}
}

func TestMapChangesLiteralsOfACopy(t *testing.T) {
	p := ParsePattern(`A*B\*`)
	if got := shape(p.Map(strings.ToLower)); got != "|a| * |b*|" {
		t.Errorf("got %s", got)
	}
	if got := shape(p); got != "|A| * |B*|" {
		t.Errorf("the pattern itself is now %s", got)
	}
}

func FuzzPattern(f *testing.F) {
	for _, s := range []string{``, `a*b?c`, `\*\?\\`, `Temp\`, `a\\*`, `a\\\*`, `a\\\\b`, `***`, "é\n\x00", "\xff*"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		p := ParsePattern(value)
		if again := ParsePattern(p.String()); !slices.Equal(again, p) {
			t.Fatalf("%q is %s, but its writing %q is %s", value, shape(p), p.String(), shape(again))
		}
		for i, tok := range p {
			switch {
			case tok.Kind == Literal && tok.Literal == "", tok.Kind != Literal && tok.Literal != "":
				t.Fatalf("token %d of %q: %+v", i, value, tok)
			case i > 0 && tok.Kind == p[i-1].Kind && tok.Kind != AnyOne:
				t.Fatalf("tokens %d and %d of %q should be one: %s", i-1, i, value, shape(p))
			}
		}
		if open := p.Open(true, true); shape(open.Open(true, true)) != shape(open) {
			t.Fatalf("opening %q twice differs: %s", value, shape(open))
		}
	})
}
