package eval

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"

	"github.com/sigmahunt/sigmahunt/sigma"
)

// eight is a byte of one in each byte of a word.
const eight = 0x0101010101010101

// upper gives 0x80 in each byte of an ASCII word that holds a capital letter.
// No sum carries into the next byte, since ASCII is below 0x80.
func upper(w uint64) uint64 {
	atLeastA := w + (0x80-'A')*eight
	aboveZ := w + (0x7f-'Z')*eight
	return atLeastA &^ aboveZ & (0x80 * eight)
}

func ascii(w uint64) bool { return w&(0x80*eight) == 0 }

// isFolded reports whether text is ASCII without capital letters, which folding
// would not change. It looks at eight bytes a step.
func isFolded(text []byte) bool {
	for len(text) >= 8 {
		w := binary.LittleEndian.Uint64(text)
		if !ascii(w) || upper(w) != 0 {
			return false
		}
		text = text[8:]
	}
	for _, c := range text {
		if c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}

// appendFold appends text as sigma.Fold gives it: simple lower case, one code
// point for one, invalid UTF-8 as U+FFFD.
func appendFold(dst, text []byte) []byte {
	dst = slices.Grow(dst, len(text))
	for len(text) > 0 {
		if len(text) >= 8 {
			if w := binary.LittleEndian.Uint64(text); ascii(w) {
				dst = binary.LittleEndian.AppendUint64(dst, w|upper(w)>>2)
				text = text[8:]
				continue
			}
		}
		size := 1
		switch c := text[0]; {
		case 'A' <= c && c <= 'Z':
			dst = append(dst, c+'a'-'A')
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			var r rune
			r, size = utf8.DecodeRune(text)
			dst = utf8.AppendRune(dst, sigma.FoldRune(r))
		}
		text = text[size:]
	}
	return dst
}
