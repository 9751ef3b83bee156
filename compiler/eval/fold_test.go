package eval

import (
	"math/rand/v2"
	"testing"
	"unicode/utf8"

	"github.com/sigmahunt/sigmahunt/sigma"
)

func foldOf(text []byte) string {
	if isFolded(text) {
		return string(text)
	}
	return string(appendFold(nil, text))
}

func TestFoldIsTheRulesFold(t *testing.T) {
	for r := range rune(0x30000) {
		if utf8.ValidRune(r) {
			if text := "aB" + string(r) + "cDEFGHIJK"; foldOf([]byte(text)) != sigma.Fold(text) {
				t.Fatalf("%U: got %q, want %q", r, foldOf([]byte(text)), sigma.Fold(text))
			}
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		text := make([]byte, rng.IntN(40))
		for i := range text {
			if text[i] = byte(rng.IntN(256)); rng.IntN(8) > 0 {
				text[i] &= 0x7f
			}
		}
		if got, want := foldOf(text), sigma.Fold(string(text)); got != want {
			t.Fatalf("%q: got %q, want %q", text, got, want)
		}
	}
}
