package sigma

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// Limits on a rule file. A file is a person's text; what is larger is an attack
// or a mistake, and either is told rather than read.
const (
	MaxFile  = 4 << 20 // bytes of one file
	maxNodes = 200_000 // nodes of one document, aliases counted as often as used
	maxDepth = 64      // nesting of one document
)

// reader walks the YAML nodes of one source and collects what is wrong.
type reader struct {
	src   *diag.Source
	lines [][]byte
	diags *diag.List
	nodes int // visited so far in this document
}

// documents splits a source into the root nodes of its documents. Empty
// documents are left out.
func (r *reader) documents() []*yaml.Node {
	if len(r.src.Text) > MaxFile {
		r.diags.Errorf(diag.TooLarge, diag.Span{Source: r.src}, "split the file",
			"the file is larger than %d MiB", MaxFile>>20)
		return nil
	}
	if bad := invalidUTF8(r.src.Text); bad >= 0 {
		r.diags.Errorf(diag.Syntax, r.spanAt(bad), "save the file as UTF-8", "the file is not valid UTF-8")
		return nil
	}
	var roots []*yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(r.src.Text))
	for {
		var doc yaml.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return roots
		}
		if err != nil {
			r.syntaxError(err)
			return roots
		}
		if len(doc.Content) == 1 && doc.Content[0].Tag != "!!null" {
			roots = append(roots, doc.Content[0])
		}
	}
}

func invalidUTF8(text []byte) int {
	if utf8.Valid(text) {
		return -1
	}
	for i := 0; i < len(text); {
		c, n := utf8.DecodeRune(text[i:])
		if c == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// spanAt gives the place of a byte offset.
func (r *reader) spanAt(off int) diag.Span {
	before := r.src.Text[:off]
	line := bytes.Count(before, []byte{'\n'})
	start := bytes.LastIndexByte(before, '\n') + 1
	return diag.Span{Source: r.src, Line: line + 1, Col: utf8.RuneCount(before[start:]) + 1, Len: 1}
}

var yamlLine = regexp.MustCompile(`^yaml: (?:unmarshal errors:\s*)?line (\d+): `)

func (r *reader) syntaxError(err error) {
	at := diag.Span{Source: r.src}
	msg := err.Error()
	if m := yamlLine.FindStringSubmatch(msg); m != nil {
		at.Line, _ = strconv.Atoi(m[1])
		at.Col, at.Len = 1, 1
		msg = msg[len(m[0]):]
	}
	msg = strings.TrimPrefix(msg, "yaml: ")
	r.diags.Errorf(diag.Syntax, at, "", "the file is not YAML: %s", msg)
}

// span gives the place of a node: for a scalar its text, else its first
// character.
func (r *reader) span(n *yaml.Node) diag.Span {
	s := diag.Span{Source: r.src, Line: n.Line, Col: n.Column, Len: 1}
	if n.Kind == yaml.ScalarNode && n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		s.Len = utf8.RuneCountInString(n.Value)
		if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			s.Len += 2
		}
		s.Len = max(s.Len, 1)
	}
	return s
}

// within gives the place of n bytes at byte offset off of a scalar's value, as
// far as the YAML style keeps value and source alike; otherwise the scalar's.
func (r *reader) within(node *yaml.Node, off, n int) diag.Span {
	s := r.span(node)
	value := node.Value
	runes := utf8.RuneCountInString(value[off : off+n])
	switch {
	case node.Style&yaml.LiteralStyle != 0:
		before := value[:off]
		line := node.Line + 1 + strings.Count(before, "\n")
		start := strings.LastIndexByte(before, '\n') + 1
		s.Line, s.Col = line, r.indent(line)+utf8.RuneCountInString(before[start:])+1
	case node.Style&yaml.FoldedStyle != 0 || !r.onOneLine(node):
		return s
	default:
		s.Col += utf8.RuneCountInString(value[:off])
		if node.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0 {
			s.Col++
		}
	}
	s.Len = max(runes, 1)
	return s
}

// onOneLine reports whether the scalar's source is its value, letter by letter.
func (r *reader) onOneLine(node *yaml.Node) bool {
	if r.lines == nil {
		r.lines = bytes.Split(r.src.Text, []byte{'\n'})
	}
	return node.Line >= 1 && node.Line <= len(r.lines) && bytes.Contains(r.lines[node.Line-1], []byte(node.Value))
}

func (r *reader) indent(line int) int {
	if r.lines == nil {
		r.lines = bytes.Split(r.src.Text, []byte{'\n'})
	}
	if line < 1 || line > len(r.lines) {
		return 0
	}
	text := r.lines[line-1]
	return len(text) - len(bytes.TrimLeft(text, " "))
}

// follow resolves an alias and counts the visit. It gives nil, and says so
// once, when the document is too large or too deep to be a person's.
func (r *reader) follow(n *yaml.Node, depth int) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	r.nodes++
	if r.nodes == maxNodes {
		r.diags.Errorf(diag.TooLarge, r.span(n), "write out what the aliases repeat",
			"the document holds more than %d values once its aliases are followed", maxNodes)
	}
	if r.nodes >= maxNodes {
		return nil
	}
	if depth > maxDepth {
		r.diags.Errorf(diag.TooLarge, r.span(n), "", "the document is nested deeper than %d levels", maxDepth)
		r.nodes = maxNodes
		return nil
	}
	return n
}

// entry is one key of a mapping with its value.
type entry struct {
	key   *yaml.Node
	name  string
	value *yaml.Node
}

// mapping gives the entries of a mapping in order, each key once.
func (r *reader) mapping(n *yaml.Node, depth int) []entry {
	entries := make([]entry, 0, len(n.Content)/2)
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := r.follow(n.Content[i], depth)
		value := r.follow(n.Content[i+1], depth)
		if key == nil || value == nil {
			return entries
		}
		switch {
		case key.Kind != yaml.ScalarNode:
			r.diags.Errorf(diag.BadKey, r.span(key), "write the key as plain text", "a key must be a single text")
		case key.Tag == "!!merge":
			r.diags.Errorf(diag.BadKey, r.span(key), "write out what it merges", "merge keys are not part of Sigma")
		case seen[key.Value]:
			r.diags.Errorf(diag.DuplicateKey, r.span(key), "merge the two into one list, or rename one",
				"the key %q stands twice in this mapping", key.Value)
		default:
			seen[key.Value] = true
			entries = append(entries, entry{key, key.Value, value})
		}
	}
	return entries
}

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// scalar reads a scalar by the YAML 1.2 core schema from its raw text.
func (r *reader) scalar(n *yaml.Node) (Value, bool) {
	v := Value{Kind: String, Text: n.Value, At: r.span(n)}
	plain := n.Style&^yaml.TaggedStyle == 0
	if n.Style&yaml.TaggedStyle != 0 {
		switch n.Tag {
		case "!!str", "!":
			return v, true
		case "!!int", "!!float", "!!bool", "!!null":
		default:
			r.diags.Errorf(diag.WrongShape, v.At, "remove the tag", "the tag %s has no meaning in a rule", n.Tag)
			return v, false
		}
		plain = true
	}
	if !plain {
		return v, true
	}
	switch n.Value {
	case "", "~", "null", "Null", "NULL":
		v.Kind = Null
	case "true", "True", "TRUE", "false", "False", "FALSE":
		v.Kind, v.Text = Bool, strings.ToLower(n.Value)
	case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF", ".nan", ".NaN", ".NAN":
		r.diags.Errorf(diag.NotANumber, v.At, "put it in quotes if the text is meant", "%s is not a value a rule can compare with", n.Value)
		return v, false
	default:
		if jsonNumber.MatchString(n.Value) {
			v.Kind = Number
		}
	}
	return v, true
}
