package record

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// Text gives the text of a leaf, see AppendText.
func (v Value) Text() string {
	if v.Kind == String {
		if in := v.Raw[1 : len(v.Raw)-1]; bytes.IndexByte(in, '\\') < 0 {
			return string(in)
		}
	}
	return string(v.AppendText(nil))
}

// AppendText appends the text by which rules compare a leaf: a string
// unescaped, lone surrogates as U+FFFD; a number in canonical form, see
// Decimal.String, or as stored when its exponent is out of range; true or
// false; an object as compact JSON, key order and spelling as stored. Null and
// arrays, which are no leaves, give their compact JSON; an absent value nothing.
func (v Value) AppendText(dst []byte) []byte {
	switch v.Kind {
	case String:
		return appendUnescaped(dst, v.Raw[1:len(v.Raw)-1])
	case Number:
		if plainInteger(v.Raw) {
			return append(dst, v.Raw...)
		}
		if d, ok := ParseDecimal(string(v.Raw)); ok {
			return append(dst, d.String()...)
		}
		return append(dst, v.Raw...)
	case Bool, Null:
		return append(dst, v.Raw...)
	case Object, Array, Absent:
	}
	return AppendCompact(dst, v.Raw)
}

// plainInteger reports whether a JSON number is canonical as it stands.
func plainInteger(raw []byte) bool {
	if len(raw) > 1 && raw[0] == '-' && raw[1] != '0' {
		raw = raw[1:]
	}
	return len(raw) <= maxPlain && skipDigits(raw, 0) == len(raw)
}

// AppendCompact appends valid JSON without the white space outside strings, all
// else as stored.
func AppendCompact(dst, raw []byte) []byte {
	from := 0
	for i := 0; i < len(raw); {
		switch c := raw[i]; {
		case c == '"':
			i = closeString(raw, i+1)
		case c <= ' ':
			dst = append(dst, raw[from:i]...)
			i = skipSpace(raw, i)
			from = i
		default:
			i++
		}
	}
	return append(dst, raw[from:]...)
}

// AppendQuoted appends text as a JSON string literal. Invalid UTF-8 becomes
// U+FFFD.
func AppendQuoted(dst []byte, text string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		size := 1
		if c >= utf8.RuneSelf {
			var r rune
			if r, size = utf8.DecodeRuneInString(text[i:]); r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		}
		dst = append(dst, text[from:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			if c >= utf8.RuneSelf {
				dst = append(dst, "\uFFFD"...)
			} else {
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
		}
		i += size
		from = i
	}
	dst = append(dst, text[from:]...)
	return append(dst, '"')
}

// appendUnescaped appends the text of a valid string, given without quotes.
func appendUnescaped(dst, in []byte) []byte {
	for {
		k := bytes.IndexByte(in, '\\')
		if k < 0 {
			return append(dst, in...)
		}
		dst = append(dst, in[:k]...)
		switch c := in[k+1]; c {
		case 'u':
			var r rune
			r, in = unescapeUnicode(in[k:])
			dst = utf8.AppendRune(dst, r)
			continue
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		default:
			dst = append(dst, c)
		}
		in = in[k+2:]
	}
}

// unescapeUnicode reads the \u escape at the start of in, with the low
// surrogate that belongs to it, and gives the text behind.
func unescapeUnicode(in []byte) (rune, []byte) {
	r := hex4(in[2:])
	in = in[6:]
	if !utf16.IsSurrogate(r) {
		return r, in
	}
	if len(in) >= 6 && in[0] == '\\' && in[1] == 'u' {
		if pair := utf16.DecodeRune(r, hex4(in[2:])); pair != utf8.RuneError {
			return pair, in[6:]
		}
	}
	return utf8.RuneError, in
}

func hex4(in []byte) rune {
	return rune(hexDigits[in[0]])<<12 | rune(hexDigits[in[1]])<<8 | rune(hexDigits[in[2]])<<4 | rune(hexDigits[in[3]])
}

// Plain gives a leaf's text where it stands in the record as it is: a string
// without escapes, a plain integer, true or false.
func (v Value) Plain() (text []byte, ok bool) {
	switch v.Kind {
	case String:
		in := v.Raw[1 : len(v.Raw)-1]
		return in, bytes.IndexByte(in, '\\') < 0
	case Number:
		return v.Raw, plainInteger(v.Raw)
	case Bool:
		return v.Raw, true
	default:
		return nil, false
	}
}
