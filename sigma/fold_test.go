package sigma

import (
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestFold(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"ascii", "CreateUser-42", "createuser-42"},
		{"lower case is left alone", "é规a", "é规a"},
		{"accents", "ÉÀÜ", "éàü"},
		{"greek, cyrillic", "ΣЖ", "σж"},
		{"final sigma stays apart from sigma", "ς", "ς"},
		{"kelvin sign is k", "\u212a", "k"},
		{"ångström sign is å", "\u212b", "å"},
		{"ohm sign is omega", "\u2126", "ω"},
		{"sharp s stays", "ß", "ß"},
		{"capital sharp s is the small one", "ẞ", "ß"},
		{"dotted capital i stays, its lower case is longer", "\u0130", "\u0130"},
		{"dotless i stays", "ı", "ı"},
		{"long s stays", "ſ", "ſ"},
		{"ligatures stay", "ﬁ", "ﬁ"},
		{"title case letters", "ǅ", "ǆ"},
		{"beyond the basic plane", "𐐀", "𐐨"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Fold(tt.in); got != tt.want {
				t.Errorf("Fold(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestFoldIsOneToOneAndSettled(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		once := Fold(string(r))
		if utf8.RuneCountInString(once) != 1 {
			t.Errorf("%U becomes %d code points", r, utf8.RuneCountInString(once))
		}
		if Fold(once) != once {
			t.Errorf("%U folds to %q and then to %q", r, once, Fold(once))
		}
	}
}

func TestFoldOfFoldedTextAllocatesNothing(t *testing.T) {
	text := "arn:aws:iam::123456789012:user/ci-deployer"
	if n := testing.AllocsPerRun(100, func() { kept = Fold(text) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// kept keeps the compiler from leaving out what is measured.
var kept string
