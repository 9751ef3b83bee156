package sigma

import (
	"slices"
	"strings"
	"testing"
)

func TestPlaceholdersOfAValue(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		{"", nil}, {"%", nil}, {"%%", nil}, {"%a%", []string{"a"}}, {"a%b%c", []string{"b"}}, {"% a%", nil}, {"% %a%", []string{"a"}},
		{"%a b%c%", []string{"c"}}, {"%a.b-c_D1%", []string{"a.b-c_D1"}}, {"100%", nil}, {"%é%", nil}, {"%a", nil},
		{`\%a%`, nil}, {`\\%a%`, []string{"a"}}, {`\\\%a%`, nil}, {"%a%%b%", []string{"a", "b"}}, {`\*%a%`, []string{"a"}}, {`\`, nil},
	}
	for _, tt := range tests {
		if got := Placeholders(tt.text); !slices.Equal(got, tt.want) {
			t.Errorf("Placeholders(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestTextBesidePlaceholdersKeepsItsEscapes(t *testing.T) {
	got := SplitPlaceholders(`a\*\%b%n%\\%n%*\`)
	want := []Piece{{Text: `a\*%b`}, {Name: "n"}, {Text: `\\`}, {Name: "n"}, {Text: `*\`}}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAnEscapedPlaceholderIsNoticed(t *testing.T) {
	for text, want := range map[string]string{`\%a%`: "a", `x\%a%y`: "a", `\\%a%`: "", `\%a`: "", `\%a\%`: "", "%a%": ""} {
		if got := EscapedPlaceholder(text); got != want {
			t.Errorf("EscapedPlaceholder(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestConcatJoinsWhatMeets(t *testing.T) {
	got := Concat(ParsePattern("a*"), ParsePattern("*b"), ParsePattern("c?"), nil)
	want := Pattern{{Kind: Literal, Literal: "a"}, {Kind: AnyRun}, {Kind: Literal, Literal: "bc"}, {Kind: AnyOne}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	first := ParsePattern("a")
	if Concat(first, ParsePattern("b")); first[0].Literal != "a" {
		t.Error("the pattern that was put first has changed")
	}
}

// What is no placeholder comes back as it was written, but for \%.
func FuzzPlaceholders(f *testing.F) {
	for _, s := range []string{"%a%", `\%a%`, `\\%a%b%`, "%%a%%", `\`, "100%", "%a%%b%", `a\*%b%?`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var back strings.Builder
		for i, p := range SplitPlaceholders(text) {
			switch {
			case p.Name == "":
				if p.Text == "" || i > 0 && back.Len() == 0 {
					t.Errorf("%q has an empty piece", text)
				}
				back.WriteString(p.Text)
			case p.Text != "" || !IsPlaceholder(p.Name):
				t.Errorf("%q has the piece %q", text, p)
			default:
				back.WriteString("%" + p.Name + "%")
			}
		}
		if want := unescapePercent(text); back.String() != want {
			t.Errorf("%q came back as %q, want %q", text, back.String(), want)
		}
	})
}

// unescapePercent writes % for \%, where the backslash is not escaped itself.
func unescapePercent(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			if text[i+1] != '%' {
				out.WriteByte('\\')
			}
			i++
		}
		out.WriteByte(text[i])
	}
	return out.String()
}
