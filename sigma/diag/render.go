package diag

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Style wraps parts of a rendered diagnostic, for terminals in colour. Nil
// functions leave text as it is.
type Style struct {
	Severity func(Severity, string) string
	Dim      func(string) string
}

// maxLine is how many columns of a source line are shown around the caret.
const maxLine = 120

// Render writes diagnostics for people: place, severity, message and code, the
// line with a caret under the words meant, and the hint. Text from sources is
// made harmless for terminals.
func Render(w io.Writer, list List, style Style) error {
	var b bytes.Buffer
	for _, d := range list {
		renderOne(&b, d, style)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func renderOne(b *bytes.Buffer, d Diagnostic, style Style) {
	severity, dim := d.Severity.String(), func(s string) string { return s }
	if style.Severity != nil {
		severity = style.Severity(d.Severity, severity)
	}
	if style.Dim != nil {
		dim = style.Dim
	}
	fmt.Fprintf(b, "%s: %s: %s %s\n", Printable(d.Span.String()), severity, Printable(d.Message), dim("["+string(d.Code)+"]"))
	if line, ok := sourceLine(d.Span); ok {
		text, caret := excerpt(line, d.Span.Col, d.Span.Len)
		number := fmt.Sprintf("%5d | ", d.Span.Line)
		fmt.Fprintf(b, "%s%s\n", dim(number), text)
		fmt.Fprintf(b, "%s%s\n", dim("      | "), caret)
	}
	if d.Hint != "" {
		fmt.Fprintf(b, "      = %s\n", Printable(d.Hint))
	}
}

// sourceLine gives the text of the span's line.
func sourceLine(s Span) (string, bool) {
	if s.Source == nil || s.Line < 1 || len(s.Source.Text) == 0 {
		return "", false
	}
	text := bytes.TrimPrefix(s.Source.Text, []byte("\ufeff"))
	for range s.Line - 1 {
		i := bytes.IndexByte(text, '\n')
		if i < 0 {
			return "", false
		}
		text = text[i+1:]
	}
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		text = text[:i]
	}
	return strings.TrimSuffix(string(text), "\r"), true
}

// excerpt cuts a long line down to what is around the caret.
func excerpt(line string, col, n int) (text, caret string) {
	length := utf8.RuneCountInString(line)
	start := min(max(col-1, 0), length)
	n = max(min(n, length-start), 1)
	from := 0
	if start+n > maxLine {
		from = max(start-maxLine/3, 0)
	}
	shown := []rune(Printable(window(line, from, maxLine)))
	start -= from
	text, caret = string(shown), strings.Repeat(" ", cells(shown[:start]))
	if from > 0 {
		text, caret = "…"+text, " "+caret
	}
	if from+maxLine < length {
		text += "…"
	}
	marked := cells(shown[start:min(start+n, len(shown))])
	return text, caret + "^" + strings.Repeat("~", max(marked-1, 0))
}

// window gives n code points of a text from a given one on.
func window(s string, from, n int) string {
	start, i := len(s), 0
	for off := range s {
		switch i {
		case from:
			start = off
		case from + n:
			return s[start:off]
		}
		i++
	}
	return s[start:]
}

// cells gives how many columns of a terminal a text fills.
func cells(text []rune) int {
	n := 0
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me):
		case isWide(r):
			n += 2
		default:
			n++
		}
	}
	return n
}

// isWide reports whether terminals give a character two columns (Unicode
// Standard Annex 11, "East Asian Width": wide and fullwidth).
func isWide(r rune) bool {
	switch {
	case r < 0x1100, r >= 0xff61 && r <= 0xffdc:
		return false
	case r >= 0x3000 && r <= 0x303e, r >= 0xff01 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6, r >= 0x1f300 && r <= 0x1faff:
		return true
	default:
		return unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana)
	}
}

// Printable makes text harmless for a terminal or a one-line log: control
// characters, line ends, bidirectional marks and bytes that are no text become
// one visible character each, so that columns still count.
func Printable(s string) string {
	clean := func(r rune) bool { return r != utf8.RuneError && (r == ' ' || unicode.IsGraphic(r) && !isBidi(r)) }
	for _, r := range s {
		if !clean(r) {
			return strings.Map(func(r rune) rune {
				switch {
				case r == '\t':
					return ' '
				case r < 0x20:
					return 0x2400 + r // the symbol of the control character
				case clean(r):
					return r
				default:
					return utf8.RuneError
				}
			}, s)
		}
	}
	return s
}

func isBidi(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x061c
}
