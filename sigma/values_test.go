package sigma

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

func TestValuesByKindOfFile(t *testing.T) {
	tests := []struct {
		name, text string
		want       Values
	}{
		{"lists/x.yml", "admins: [root, 'a*', 0012, 1.50, true, '']\nhosts: h1\n", Values{"admins": {"root", "a*", "0012", "1.50", "true", ""}, "hosts": {"h1"}}},
		{"x.yaml", "a: [b]\n---\nc: d\n", Values{"a": {"b"}, "c": {"d"}}},
		{"x.csv", "\ufeffusers,hosts\nroot,h1\n\"a, b\",\n,h\\*2\n", Values{"users": {"root", "a, b"}, "hosts": {"h1", `h\*2`}}},
		{"lists/bad_ips.txt", "\ufeff# known\n10.0.0.1\r\n\n  10.0.0.2 \n", Values{"bad_ips": {"10.0.0.1", "10.0.0.2"}}},
		{"bad_ips", "10.0.0.1", Values{"bad_ips": {"10.0.0.1"}}},
	}
	for _, tt := range tests {
		got, diags := ReadValues(&diag.Source{Name: tt.name, Text: []byte(tt.text)})
		if len(diags) > 0 || !maps.EqualFunc(got, tt.want, slices.Equal) {
			t.Errorf("%s: got %q, %v, want %q", tt.name, got, diags, tt.want)
		}
	}
}

func TestValuesThatCannotBeRead(t *testing.T) {
	tests := []struct {
		name, text string
		line, col  int
		message    string
	}{
		{"x.yml", "- a\n", 1, 1, "is a mapping of names to lists"},
		{"x.yml", "a: b\nc: []\n", 2, 1, `the list "c" is empty`},
		{"x.yml", "a: [b, [c]]\n", 1, 8, "a value is a text or a number"},
		{"x.yml", "a: [b, ~]\n", 1, 8, "null is no value"},
		{"x.yml", "a: b\n'a b': c\n", 2, 1, `no placeholder can be called "a b"`},
		{"x.yml", "a: b\n---\na: c\n", 3, 1, `the list "a" appears twice`},
		{"x.csv", "a,b\n1\n", 2, 1, "wrong number of fields"},
		{"x.csv", "a,b\n1,\"2\n", 2, 1, `extraneous or missing " in quoted-field`},
		{"x.csv", "a,a\n1,2\n", 1, 3, `the list "a" appears twice`},
		{"x.csv", "a,b\n1,\n", 1, 3, `the list "b" is empty`},
		{"x.csv", "", 1, 1, "the file is empty"},
		{"x y.txt", "a\n", 1, 1, `no placeholder can be called "x y"`},
		{"x.txt", "# nothing\n\n", 1, 1, `the list "x" is empty`},
		{"x.txt", "\xff", 0, 0, "not valid UTF-8"},
	}
	for _, tt := range tests {
		got, diags := ReadValues(&diag.Source{Name: tt.name, Text: []byte(tt.text)})
		if got != nil || len(diags) != 1 || diags[0].Code != diag.BadValues || diags[0].Span.Line != tt.line || diags[0].Span.Col != tt.col ||
			!strings.Contains(diags[0].Message, tt.message) {
			t.Errorf("%s %q: got %v, %v", tt.name, tt.text, got, diags)
		}
	}
}

func TestGivenValuesComeBeforeARulesOwn(t *testing.T) {
	own := Values{"a": {"1"}, "b": {"2"}}
	pack := &Pack{Document: Document{Rules: []*Rule{{Values: own}, {}}}}
	pack.Give(Values{"b": {"3"}, "c": {"4"}})
	want := Values{"a": {"1"}, "b": {"3"}, "c": {"4"}}
	if got := pack.Rules[0].Values; !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got %v, want %v", got, want)
	}
	if own["b"][0] != "2" || len(pack.Rules[1].Values) != 2 {
		t.Errorf("own %v, second %v", own, pack.Rules[1].Values)
	}
}
