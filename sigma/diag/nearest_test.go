package diag

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	fields := []string{"eventName", "eventSource", "sourceIPAddress", "userAgent", "interface_id"}
	tests := []struct{ name, word, want string }{
		{"same but for case", "eventname", "eventName"},
		{"same but for separators", "interface-id", "interface_id"},
		{"separators left out", "interfaceid", "interface_id"},
		{"one letter missing", "evenName", "eventName"},
		{"one letter too many", "userAgents", "userAgent"},
		{"two letters swapped", "eventSoucre", "eventSource"},
		{"the closest of several", "eventNames", "eventName"},
		{"nothing is close", "destination", ""},
		{"a short word is close to itself alone", "ev", ""},
		{"an empty word", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Nearest(tt.word, fields); got != tt.want {
				t.Errorf("Nearest(%q) = %q, want %q", tt.word, got, tt.want)
			}
		})
	}
	if got := Nearest("x", nil); got != "" {
		t.Errorf("nearest of no names: %q", got)
	}
	if got := Nearest("AB", []string{"ab", "aB"}); got != "ab" {
		t.Errorf("of two as close the first is given, not %q", got)
	}
}

func TestNearestSkipsNamesTooLongToCompare(t *testing.T) {
	long := strings.Repeat("a", 1<<20)
	names := []string{long + "b", "eventName"}
	if got := Nearest(long, names); got != "" {
		t.Errorf("got a name of %d bytes", len(got))
	}
	if got := Nearest("eventNam", names); got != "eventName" {
		t.Errorf("got %q", got)
	}
}

func TestDistanceIsLevenshtein(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0},
		{"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"ab", "ba", 2},
	}
	for _, tt := range tests {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
		if got := distance(tt.b, tt.a); got != tt.want {
			t.Errorf("distance(%q, %q) = %d, want %d", tt.b, tt.a, got, tt.want)
		}
	}
}
