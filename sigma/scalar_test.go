package sigma

import (
	"fmt"
	"testing"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

var kindNames = map[yamldoc.Kind]string{String: "string", Number: "number", Bool: "bool", Null: "null"}

// YAML 1.2 core schema, but numbers are JSON's (docs/semantics.md, S1).
func TestScalarsAreReadFromTheirRawText(t *testing.T) {
	tests := []struct{ yaml, kind, text string }{
		{`CreateUser`, "string", "CreateUser"},
		{`443`, "number", "443"},
		{`-1`, "number", "-1"},
		{`0`, "number", "0"},
		{`1.50`, "number", "1.50"},
		{`1e3`, "number", "1e3"},
		{`-1.5E+10`, "number", "-1.5E+10"},
		{`9007199254740993`, "number", "9007199254740993"},
		{`123456789012`, "number", "123456789012"},
		{`012345678901`, "string", "012345678901"},
		{`00000429`, "string", "00000429"},
		{`00050429`, "string", "00050429"},
		{`0777`, "string", "0777"},
		{`00`, "string", "00"},
		{`-01`, "string", "-01"},
		{`0x1F`, "string", "0x1F"},
		{`0o17`, "string", "0o17"},
		{`0b11`, "string", "0b11"},
		{`1_000`, "string", "1_000"},
		{`+1`, "string", "+1"},
		{`.5`, "string", ".5"},
		{`5.`, "string", "5."},
		{`1e`, "string", "1e"},
		{`1,5`, "string", "1,5"},
		{`2012-10-17`, "string", "2012-10-17"},
		{`2024-01-01T00:00:00Z`, "string", "2024-01-01T00:00:00Z"},
		{`12:30:45`, "string", "12:30:45"},
		{`1:20`, "string", "1:20"},
		{`10.0.0.1`, "string", "10.0.0.1"},
		{`nan`, "string", "nan"},
		{`inf`, "string", "inf"},
		{`yes`, "string", "yes"},
		{`No`, "string", "No"},
		{`on`, "string", "on"},
		{`y`, "string", "y"},
		{`=`, "string", "="},
		{`true`, "bool", "true"},
		{`True`, "bool", "true"},
		{`TRUE`, "bool", "true"},
		{`false`, "bool", "false"},
		{`False`, "bool", "false"},
		{`FALSE`, "bool", "false"},
		{`tRue`, "string", "tRue"},
		{``, "null", ""},
		{`~`, "null", "~"},
		{`null`, "null", "null"},
		{`Null`, "null", "Null"},
		{`NULL`, "null", "NULL"},
		{`nULL`, "string", "nULL"},
		{`none`, "string", "none"},
		{`''`, "string", ""},
		{`""`, "string", ""},
		{`'443'`, "string", "443"},
		{`"true"`, "string", "true"},
		{`'null'`, "string", "null"},
		{`'it''s'`, "string", "it's"},
		{`"a\tb\u00e9\x41"`, "string", "a\tb\u00e9A"},
		{`"a\0b"`, "string", "a\x00b"},
		{`'a\tb'`, "string", `a\tb`},
		{`a\*b`, "string", `a\*b`},
		{"|\n        a\n          b\n", "string", "a\n  b\n"},
		{"|-\n        443", "string", "443"},
		{">-\n        a\n        b", "string", "a b"},
		{"a\n        b", "string", "a b"},
		{`!!str 443`, "string", "443"},
		{`!!str true`, "string", "true"},
		{`!!str`, "string", ""},
		{`!!int "443"`, "number", "443"},
		{`!!float 1.5`, "number", "1.5"},
		{`!!bool "true"`, "bool", "true"},
		{`!!null ''`, "null", ""},
		{`a # comment`, "string", "a"},
		{`a#b`, "string", "a#b"},
	}
	for _, tt := range tests {
		t.Run(tt.yaml, func(t *testing.T) {
			rule := parseOne(t, source("selection:\n    field: "+tt.yaml+"\ncondition: selection"))
			v := rule.Detection.Searches[0].Of[0][0].Values[0]
			if kindNames[v.Kind] != tt.kind || v.Text != tt.text {
				t.Errorf("%s is the %s %q, want the %s %q", tt.yaml, kindNames[v.Kind], v.Text, tt.kind, tt.text)
			}
		})
	}
}

func TestTagsThatDoNotFitAreRefused(t *testing.T) {
	for _, yaml := range []string{"!!int abc", "!!int 007", "!!int true", "!!float ''", "!!bool yes", "!!null x", "!!timestamp 2012-10-17", "!!binary aGk=", "!local x", "!<tag:example.org,2000:x> y"} {
		t.Run(yaml, func(t *testing.T) {
			d := firstErrorOf(t, source("selection:\n    field: "+yaml+"\ncondition: selection"))
			if d.Code != diag.WrongShape {
				t.Errorf("got %v", d)
			}
		})
	}
}

func TestPlacesOfValues(t *testing.T) {
	tests := []struct {
		name, yaml     string
		line, col, len int // counted from the line of the field
	}{
		{"plain", "    field: abc", 1, 16, 3},
		{"quoted", "    field: 'abc'", 1, 16, 5},
		{"in a flow list", "    field: [x, abc]", 1, 20, 3},
		{"in a block list", "    field:\n        - x\n        - abc", 3, 15, 3},
		{"behind letters of several bytes", "    '規é': abc", 1, 15, 3},
		{"behind an anchor", "    field: &a abc", 1, 19, 3},
		{"behind a tag", "    field: !!str abc", 1, 22, 3},
		{"anchor and tag on a line of their own", "    field: &a !!str\n        abc", 2, 13, 3},
		{"of an alias is where it is written", "    other: &a abc\n    field: *a", 1, 19, 3},
		{"a block scalar's sign", "    field: |\n        abc", 1, 16, 1},
		{"a block scalar's sign behind its anchor", "    field: &a >-\n        abc", 1, 19, 1},
		{"nothing stands behind the colon", "    field:", 1, 15, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rule := parseOne(t, source("selection:\n"+tt.yaml+"\ncondition: selection"))
			items := rule.Detection.Searches[0].Of[0]
			values := items[len(items)-1].Values
			at := values[len(values)-1].At
			if got := [3]int{at.Line - 6, at.Col, at.Len}; got != [3]int{tt.line, tt.col, tt.len} {
				t.Errorf("line, column, length are %v, want %v", got, [3]int{tt.line, tt.col, tt.len})
			}
		})
	}
}

func TestPlacesSurviveByteOrderMarkAndCRLF(t *testing.T) {
	plain := source("selection:\n    field|re: '('\ncondition: selection")
	want := firstErrorOf(t, plain).Span
	for name, text := range map[string]string{
		"byte order mark": "\ufeff" + string(plain.Text),
		"crlf":            crlf(string(plain.Text)),
		"both":            "\ufeff" + crlf(string(plain.Text)),
	} {
		got := firstErrorOf(t, &diag.Source{Text: []byte(text)}).Span
		if got.Line != want.Line || got.Col != want.Col || got.Len != want.Len {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	first := firstErrorOf(t, &diag.Source{Text: []byte("\ufefftitle: a\u0001")}).Span
	if got := fmt.Sprint(first.Line, first.Col); got != "1 9" {
		t.Errorf("on the first line the mark counts: %s", got)
	}
}

func crlf(text string) string {
	var out []byte
	for _, c := range []byte(text) {
		if c == '\n' {
			out = append(out, '\r')
		}
		out = append(out, c)
	}
	return string(out)
}
