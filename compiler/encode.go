package compiler

import (
	"encoding/base64"
	"fmt"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// encodeError is why a value cannot be encoded.
type encodeError struct {
	code          diag.Code
	message, hint string
}

// encodings are the modifiers that change a value's text before it is matched.
// Each gives the patterns of which any may match.
var encodings = map[string]func(sigma.Pattern) ([]sigma.Pattern, *encodeError){
	"base64":       base64Of,
	"base64offset": base64Offsets,
	"wide":         utf16LE,
	"utf16le":      utf16LE,
	"utf16be":      utf16BE,
	"utf16":        utf16BOM,
	"windash":      dashes,
}

func plainText(p sigma.Pattern) (string, *encodeError) {
	text, ok := p.Plain()
	if !ok {
		return "", &encodeError{diag.BadValue, "a value with wildcards cannot be encoded", `write \* or \? where the character is meant`}
	}
	return text, nil
}

func base64Of(p sigma.Pattern) ([]sigma.Pattern, *encodeError) {
	text, err := plainText(p)
	if err != nil {
		return nil, err
	}
	return []sigma.Pattern{sigma.LiteralPattern(base64.StdEncoding.EncodeToString([]byte(text)))}, nil
}

// base64Offsets gives the three texts under which a value can stand inside
// base64, by the number of bytes before it modulo three, without the characters
// that depend on what surrounds it.
func base64Offsets(p sigma.Pattern) ([]sigma.Pattern, *encodeError) {
	text, err := plainText(p)
	if err != nil {
		return nil, err
	}
	if len(text) < 2 {
		return nil, &encodeError{diag.ShortBase64, "the value is too short: some of its encodings would match anything", "use two bytes or more"}
	}
	var out []sigma.Pattern
	for offset := range 3 {
		first := []int{0, 2, 3}[offset]
		encoded := base64.StdEncoding.EncodeToString(append(make([]byte, offset), text...))
		last := len(encoded) - []int{0, 3, 2}[(offset+len(text))%3]
		out = append(out, sigma.LiteralPattern(encoded[first:last]))
	}
	return out, nil
}

func utf16LE(p sigma.Pattern) ([]sigma.Pattern, *encodeError) { return utf16Of(p, nil, false) }

func utf16BE(p sigma.Pattern) ([]sigma.Pattern, *encodeError) { return utf16Of(p, nil, true) }

// utf16BOM is little endian behind its byte order mark, FF FE.
func utf16BOM(p sigma.Pattern) ([]sigma.Pattern, *encodeError) {
	return utf16Of(p, []byte{0xff, 0xfe}, false)
}

// utf16Of gives the bytes of UTF-16 in a pattern's text; base64 then reads them.
func utf16Of(p sigma.Pattern, bom []byte, big bool) ([]sigma.Pattern, *encodeError) {
	text, err := plainText(p)
	if err != nil {
		return nil, err
	}
	out := bom
	for _, unit := range utf16.Encode([]rune(text)) {
		if big {
			out = append(out, byte(unit>>8), byte(unit))
		} else {
			out = append(out, byte(unit), byte(unit>>8))
		}
	}
	return []sigma.Pattern{sigma.LiteralPattern(string(out))}, nil
}

// dashSet is what windash puts in the place of - or /: hyphen, slash, en dash,
// em dash, horizontal bar.
var dashSet = []string{"-", "/", "–", "—", "―"}

// maxDashes bounds the combinations of windash to 5^5.
const maxDashes = 5

// dashes gives every spelling of a value in which each - or / at the start of a
// word is any of the dashes.
func dashes(p sigma.Pattern) ([]sigma.Pattern, *encodeError) {
	type place struct{ token, off int }
	var places []place
	for i, t := range p {
		for off := range len(t.Literal) {
			if startsWord(t.Literal, off) {
				places = append(places, place{i, off})
			}
		}
	}
	if len(places) > maxDashes {
		return nil, &encodeError{diag.TooLarge, fmt.Sprintf("more than %d dashes give too many spellings", maxDashes), "split the value"}
	}
	out := []sigma.Pattern{p}
	for k := len(places) - 1; k >= 0; k-- { // from the back, so that offsets hold
		var next []sigma.Pattern
		for _, q := range out {
			for _, dash := range dashSet {
				r := append(sigma.Pattern{}, q...)
				lit := r[places[k].token].Literal
				r[places[k].token].Literal = lit[:places[k].off] + dash + lit[places[k].off+1:]
				next = append(next, r)
			}
		}
		out = next
	}
	return out, nil
}

// startsWord reports whether a dash at off begins a word: no word character
// before it, one after it.
func startsWord(s string, off int) bool {
	if s[off] != '-' && s[off] != '/' || off+1 == len(s) {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(s[:off])
	after, _ := utf8.DecodeRuneInString(s[off+1:])
	return (off == 0 || !isWord(before)) && isWord(after)
}

// isWord is \w over Unicode: letters, digits, underscore.
func isWord(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r)
}
