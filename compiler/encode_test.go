package compiler

import (
	"encoding/base64"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// encode sends a value through a chain of encodings as a rule would, and gives
// the texts it looks for.
func encode(t *testing.T, chain, value string) []string {
	t.Helper()
	var texts []string
	p := planOf(t, "s:\n    userAgent|"+chain+"|cased: '"+strings.ReplaceAll(value, "'", "''")+"'\ncondition: s")
	Walk(p.Where, func(p Pred) {
		switch p := p.(type) {
		case In:
			texts = append(texts, p.Values...)
		case Text:
			texts = append(texts, p.Pattern.String())
		}
	})
	return texts
}

// The expected texts were computed with Python's base64 and codecs modules, for
// base64offset as the characters that stay the same whatever surrounds the
// value.
func TestEncodings(t *testing.T) {
	tests := []struct {
		chain, value string
		want         []string // sorted
	}{
		{"base64", "foo", []string{"Zm9v"}},
		{"base64", "ab", []string{"YWI="}},
		{"base64", "", []string{""}},
		{"base64", "http://", []string{"aHR0cDovLw=="}},
		{"base64", "é", []string{"w6k="}},
		{"base64", "規則", []string{"6KaP5YmH"}},
		{"base64", "🔥", []string{"8J+UpQ=="}},
		{"base64", `a b\*c`, []string{"YSBiKmM="}},
		{"base64offset", "ab", []string{"Fi", "YW", "hY"}},
		{"base64offset", "é", []string{"Dq", "Op", "w6"}},
		{"base64offset", "foo", []string{"Zm9v", "Zvb", "mb2"}},
		{"base64offset", "xyz!", []string{"4eXoh", "eHl6I", "h5ei"}},
		{"base64offset", "http://", []string{"aHR0cDovL", "h0dHA6Ly", "odHRwOi8v"}},
		{"base64offset", "/bin/sh", []string{"9iaW4vc2", "L2Jpbi9za", "vYmluL3No"}},
		{"base64offset", "規則", []string{"6KaP5YmH", "imj+WJh", "opo/liY"}},
		{"base64offset", "🔥", []string{"8J+Up", "CflK", "wn5Sl"}},
		{"wide|base64", "foo", []string{"ZgBvAG8A"}},
		{"utf16le|base64", "foo", []string{"ZgBvAG8A"}},
		{"utf16be|base64", "foo", []string{"AGYAbwBv"}},
		{"utf16|base64", "foo", []string{"//5mAG8AbwA="}},
		{"wide|base64", "é", []string{"6QA="}},
		{"utf16be|base64", "規", []string{"iY8="}},
		{"wide|base64", "🔥", []string{"Pdgl3Q=="}},
		{"utf16|base64", "🔥", []string{"//492CXd"}},
		{"wide|base64offset", "IEX", []string{"JAEUAWA", "SQBFAFgA", "kARQBYA"}},
		{"utf16be|base64offset", "IEX", []string{"AEkARQBY", "ASQBFAF", "BJAEUAW"}},
		{"utf16|base64offset", "IEX", []string{"/+SQBFAFgA", "//5JAEUAWA", "//kkARQBYA"}},
		{"wide", "ab", []string{"a\x00b\x00"}},
		{"utf16be", "ab", []string{"\x00a\x00b"}},
		{"base64|contains", "foo", []string{"*Zm9v*"}},
		{"base64offset|startswith", "foo", []string{"Zm9v*", "Zvb*", "mb2*"}},
	}
	for _, tt := range tests {
		t.Run(tt.chain+" "+tt.value, func(t *testing.T) {
			got := encode(t, tt.chain, tt.value)
			slices.Sort(got)
			want := slices.Clone(tt.want)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

// Whatever stands before and after a value, one of its three texts stands in
// the base64 of the whole.
func TestBase64OffsetFindsTheValueAnywhere(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	random := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.IntN(256))
		}
		return b
	}
	for range 2_000 {
		value := strings.ToValidUTF8(string(random(2+r.IntN(12))), "é") + "ab"
		patterns, err := base64Offsets(sigma.LiteralPattern(value))
		if err != nil {
			t.Fatal(err.message)
		}
		before := random(r.IntN(7))
		whole := base64.StdEncoding.EncodeToString(slices.Concat(before, []byte(value), random(r.IntN(7))))
		if text, _ := patterns[len(before)%3].Plain(); !strings.Contains(whole, text) {
			t.Fatalf("%q behind %d bytes: %s is not in %s", value, len(before), text, whole)
		}
	}
}

func TestWindash(t *testing.T) {
	dashes := []string{"-", "/", "–", "—", "―"}
	around := func(before, after string) []string {
		var out []string
		for _, d := range dashes {
			out = append(out, before+d+after)
		}
		return out
	}
	tests := []struct {
		name, value string
		want        []string
	}{
		{"a hyphen", "-a", around("", "a")},
		{"a slash", "/a", around("", "a")},
		{"behind a blank", "cmd -enc", around("cmd ", "enc")},
		{"behind a sign", `"-x`, around(`"`, "x")},
		{"before a digit or an underscore", "-1", around("", "1")},
		{"before a letter of another script", "-é", around("", "é")},
		{"the second of two", "--user", around("-", "user")},
		{"inside a word it stays", "aws-cli/2", []string{"aws-cli/2"}},
		{"behind a letter of another script it stays", "é-x", []string{"é-x"}},
		{"before a blank it stays", "a - b", []string{"a - b"}},
		{"at the end it stays", "a -", []string{"a -"}},
		{"other dashes stay", "–a", []string{"–a"}},
		{"no dash", "abc", []string{"abc"}},
		{"behind a wildcard", "*-a*", around("*", "a*")},
		{"before a wildcard it stays", "-*a", []string{"-*a"}},
		{"an escaped star is no wildcard", `\*-a`, around(`\*`, "a")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			patterns, err := spellings(tt.value)
			if err != nil {
				t.Fatal(err.message)
			}
			if !slices.Equal(patterns, tt.want) {
				t.Errorf("got  %q\nwant %q", patterns, tt.want)
			}
		})
	}
	t.Run("all combinations", func(t *testing.T) {
		got, err := spellings("-a -b /c")
		if err != nil {
			t.Fatal(err.message)
		}
		seen := map[string]bool{}
		for _, s := range got {
			seen[s] = true
		}
		if len(got) != 125 || len(seen) != 125 || !seen["―a /b –c"] {
			t.Errorf("%d spellings, %d distinct", len(got), len(seen))
		}
	})
}

func spellings(value string) ([]string, *encodeError) {
	patterns, err := dashes(sigma.ParsePattern(value))
	var out []string
	for _, p := range patterns {
		out = append(out, p.String())
	}
	return out, err
}

func TestWindashComesBeforeBase64(t *testing.T) {
	got := encode(t, "windash|base64", "-a")
	slices.Sort(got)
	want := []string{"4oCTYQ==", "4oCUYQ==", "4oCVYQ==", "L2E=", "LWE="}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestValuesThatCannotBeEncodedAreRefused(t *testing.T) {
	tests := []struct {
		name, item string
		code       diag.Code
	}{
		{"a wildcard under base64", "userAgent|base64: a*", diag.BadValue},
		{"a wildcard under base64offset", "userAgent|base64offset: 'a?b'", diag.BadValue},
		{"a wildcard under wide", "userAgent|wide|base64: '*'", diag.BadValue},
		{"one byte under base64offset", "userAgent|base64offset: a", diag.ShortBase64},
		{"no byte under base64offset", "userAgent|base64offset: ''", diag.ShortBase64},
		{"an escaped star is one byte", `userAgent|base64offset: '\*'`, diag.ShortBase64},
		{"bytes of utf-16 that are no text", "userAgent|wide: é", diag.BadValue},
		{"a byte order mark is no text", "userAgent|utf16: a", diag.BadValue},
		{"a placeholder", "userAgent|expand: 'x%admins%y'", diag.Placeholder},
		{"a placeholder behind percent signs", "userAgent|expand: '100 % and %admins%'", diag.Placeholder},
		{"a placeholder in a class of characters", "userAgent|re|expand: '[]%admins%]'", diag.Placeholder},
		{"a placeholder behind a class of characters that is open still", "userAgent|re|expand: '[[:alpha:]%admins%]'", diag.Placeholder},
		{"a placeholder in a regular expression", "userAgent|expand|re: '^%admins%$'", diag.Placeholder},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, diags := Compile(ruleOf(t, "s:\n    "+tt.item+"\ncondition: s"), schema.ForLogsource)
			if p != nil || len(diags) != 1 || diags[0].Code != tt.code {
				t.Errorf("got %v, want one %s", diags, tt.code)
			}
		})
	}
}
