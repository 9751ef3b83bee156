package yamldoc

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// places turns lines and columns of a text into byte offsets and back. Lines
// end with \n; columns count code points. The byte order mark has no column.
type places struct {
	text   []byte
	starts []int         // where each line starts
	wide   map[int][]int // of lines that are not ASCII: where each code point starts
}

var byteOrderMark = []byte("\ufeff")

func newPlaces(text []byte) places {
	p := places{text: text, wide: map[int][]int{}}
	start := 0
	if bytes.HasPrefix(text, byteOrderMark) {
		start = len(byteOrderMark)
	}
	for {
		p.starts = append(p.starts, start)
		i := bytes.IndexByte(text[start:], '\n')
		if i < 0 {
			return p
		}
		start += i + 1
	}
}

// runes gives where each code point of a line that is not ASCII starts, its end
// included, and nothing for other lines.
func (p *places) runes(line int) []int {
	if at, known := p.wide[line]; known {
		return at
	}
	start, end := p.bounds(line)
	var at []int
	if slices.ContainsFunc(p.text[start:end], func(c byte) bool { return c >= utf8.RuneSelf }) {
		for i := range string(p.text[start:end]) {
			at = append(at, start+i)
		}
		at = append(at, end)
	}
	p.wide[line] = at
	return at
}

// bounds gives where a line starts and ends, its line end left out.
func (p *places) bounds(line int) (start, end int) {
	start, end = p.starts[line-1], len(p.text)
	if line < len(p.starts) {
		end = p.starts[line] - 1
	}
	return start, end
}

// offset gives the byte offset of a place, or false where the text has none.
func (p *places) offset(line, col int) (int, bool) {
	if line < 1 || line > len(p.starts) || col < 1 {
		return 0, false
	}
	if at := p.runes(line); at != nil {
		if col > len(at) {
			return 0, false
		}
		return at[col-1], true
	}
	start, end := p.bounds(line)
	return start + col - 1, start+col-1 <= end
}

// place gives the line and the column of a byte offset.
func (p *places) place(off int) (line, col int) {
	line, exact := slices.BinarySearch(p.starts, off)
	if exact {
		line++
	}
	line = max(line, 1)
	if at := p.runes(line); at != nil {
		i, _ := slices.BinarySearch(at, off)
		return line, i + 1
	}
	return line, max(off-p.starts[line-1], 0) + 1
}

// Span gives the place of a node: for a scalar its text or the sign that opens
// it, behind its anchor and tag, else its first character.
func (r *Reader) Span(n *yaml.Node) diag.Span {
	s := diag.Span{Source: r.Source, Line: n.Line, Col: n.Column, Len: 1}
	if _, ok := r.places.offset(n.Line, n.Column); !ok { // nothing, at the end of the file
		s.Line, s.Col = r.places.place(len(r.places.text))
	}
	if n.Kind != yaml.ScalarNode {
		return s
	}
	if n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 {
		if at, ok := r.content(n); ok {
			s.Line, s.Col = r.places.place(at)
		}
	}
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return s
	}
	s.Len = max(utf8.RuneCountInString(n.Value), 1)
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
		s.Len = utf8.RuneCountInString(n.Value) + 2
	}
	return s
}

// Within gives the place of n bytes at byte offset off of a scalar's value, or
// of the whole scalar where escapes make source and value differ.
func (r *Reader) Within(node *yaml.Node, off, n int) diag.Span {
	s := r.Span(node)
	at, ok := r.find(node, off)
	if !ok {
		return s
	}
	s.Line, s.Col = r.places.place(at)
	s.Len = max(utf8.RuneCountInString(node.Value[off:off+n]), 1)
	return s
}

// find gives the offset in the source of the byte at off of a scalar's value.
// It walks both side by side, since every style of YAML keeps what is not blank
// as it stands, escapes excepted.
func (r *Reader) find(node *yaml.Node, off int) (int, bool) {
	text := r.places.text
	at, ok := r.content(node)
	if !ok {
		return 0, false
	}
	switch {
	case node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		end := bytes.IndexByte(text[at:], '\n')
		if end < 0 {
			return 0, false
		}
		at += end + 1
	case node.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		at++
	}
	for i := 0; i <= off; i++ {
		if i == len(node.Value) {
			return at, true
		}
		c := node.Value[i]
		if isBlank(c) {
			continue
		}
		if at = skipBlanks(text, at); at == len(text) || text[at] != c {
			return 0, false
		}
		if i < off {
			at++
		}
	}
	return at, true
}

// content gives the offset of a scalar's first character behind its anchor and
// its tag.
func (r *Reader) content(n *yaml.Node) (int, bool) {
	text := r.places.text
	at, ok := r.places.offset(n.Line, n.Column)
	for ok && at < len(text) && (text[at] == '&' || text[at] == '!') {
		for at < len(text) && !isBlank(text[at]) {
			at++
		}
		at = skipBlanks(text, at)
	}
	return at, ok
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func skipBlanks(text []byte, at int) int {
	for at < len(text) && isBlank(text[at]) {
		at++
	}
	return at
}
