package sigma

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fold gives text in simple lower case: one code point for one code point.
// U+212A (kelvin) is k; sharp s stays; U+0130 stays, since its lower case is
// two code points long.
func Fold(text string) string {
	for i := range len(text) {
		if c := text[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return strings.Map(FoldRune, text)
		}
	}
	return text
}

// FoldRune gives the simple lower case of one code point.
func FoldRune(r rune) rune {
	if r == '\u0130' {
		return r
	}
	return unicode.ToLower(r)
}
