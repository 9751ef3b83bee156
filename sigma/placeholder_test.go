package sigma

import (
	"slices"
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
