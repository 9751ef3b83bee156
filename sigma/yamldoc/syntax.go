package yamldoc

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// badText refuses what is no text, and the signs that versions of YAML read
// differently: some take them for line ends.
func (r *Reader) badText() bool {
	text := bytes.TrimPrefix(r.Source.Text, byteOrderMark)
	skipped := len(r.Source.Text) - len(text)
	for i := 0; i < len(text); {
		c, n := utf8.DecodeRune(text[i:])
		what, hint := "", ""
		switch {
		case c == utf8.RuneError && n == 1:
			what, hint = "the file is not valid UTF-8", "save the file as UTF-8"
		case c == '\r' && !bytes.HasPrefix(text[i+1:], []byte{'\n'}):
			what, hint = "a carriage return without a line feed", "end lines with a line feed"
		case c == '\u0085' || c == '\u2028' || c == '\u2029':
			what, hint = fmt.Sprintf("the line separator %U", c), fmt.Sprintf(`write it as "\u%04x" in double quotes`, c)
		case c < ' ' && c != '\t' && c != '\n' && c != '\r', c >= 0x7f && c < 0xa0, c == 0xfffe, c == 0xffff:
			what, hint = fmt.Sprintf("the control character %U", c), fmt.Sprintf(`write it as "\u%04x" in double quotes`, c)
		}
		if what != "" {
			r.Diags.Errorf(diag.Syntax, r.spanOf(skipped+i, 1), hint, "%s", what)
			return true
		}
		i += n
	}
	return false
}

// spanOf gives the place of a byte offset.
func (r *Reader) spanOf(off, length int) diag.Span {
	line, col := r.places.place(off)
	return diag.Span{Source: r.Source, Line: line, Col: col, Len: length}
}

var (
	yamlLine      = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)
	unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)
)

// parserErrors are those of the YAML library whose line it counts from zero,
// and blockErrors those among them that it places where the block begins.
var (
	parserErrors = []string{"found undefined tag handle", "did not find expected node content", "did not find expected ',' or ']'",
		"did not find expected ',' or '}'", "found duplicate %YAML directive", "found incompatible YAML document", "found duplicate %TAG directive"}
	blockErrors = []string{"did not find expected key", "did not find expected '-' indicator", "did not find expected <document start>"}
)

// syntaxError says where the text stops being YAML and why, as well as the
// library knows.
func (r *Reader) syntaxError(err error) {
	line, msg := splitSyntaxError(err)
	name := unknownAnchor.FindStringSubmatch(msg)
	switch {
	case name != nil:
		if off := bytes.Index(r.Source.Text, []byte("*"+name[1])); off >= 0 {
			r.Diags.Errorf(diag.Syntax, r.spanOf(off, 1+utf8.RuneCountInString(name[1])),
				"put the value in quotes if it begins with a star", "no anchor above is called &%s", name[1])
			return
		}
	case slices.Contains(blockErrors, msg):
		line = r.failingLine(line, msg)
	case line > 0 && slices.Contains(parserErrors, msg):
		line++
	}
	r.Diags.Errorf(diag.Syntax, r.lineSpan(max(line, 1)), "", "the file is not YAML: %s", msg)
}

// splitSyntaxError gives the line that the library names, or zero.
func splitSyntaxError(err error) (line int, msg string) {
	msg = err.Error()
	m := yamlLine.FindStringSubmatch(msg)
	if m == nil {
		return 0, msg
	}
	line, _ = strconv.Atoi(m[1])
	return line, msg[len(m[0]):]
}

// maxSearched bounds the texts in which failingLine looks.
const maxSearched = 256 << 10

// failingLine gives the first line up to which the text fails in the words of
// msg: the library names the line where the block begins, counted from zero.
func (r *Reader) failingLine(begins int, msg string) int {
	if len(r.Source.Text) > maxSearched {
		return begins + 1
	}
	lines := len(r.places.starts)
	return 1 + sort.Search(lines-1, func(i int) bool {
		_, end := r.places.bounds(i + 1)
		return firstError(r.Source.Text[:end]) == msg
	})
}

func firstError(text []byte) string {
	dec := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var doc yaml.Node
		if err := dec.Decode(&doc); err != nil {
			_, msg := splitSyntaxError(err)
			return msg
		}
	}
}

// lineSpan gives the place of a line's text.
func (r *Reader) lineSpan(line int) diag.Span {
	line = min(line, len(r.places.starts))
	start, end := r.places.bounds(line)
	text := string(r.places.text[start:end])
	indent := len(text) - len(strings.TrimLeft(text, " \t"))
	s := r.spanOf(start+indent, 1)
	s.Len = max(utf8.RuneCountInString(strings.TrimSpace(text)), 1)
	return s
}
