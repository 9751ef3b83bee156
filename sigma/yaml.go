package sigma

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// Limits on a rule file. A file is a person's text; what is larger is an attack
// or a mistake, and either is told rather than read.
const (
	MaxFile  = 4 << 20     // bytes of one file
	maxNodes = 200_000     // nodes of one document, aliases counted as often as used
	maxText  = 2 * MaxFile // bytes of one document's scalars, counted likewise
	maxDepth = 64          // nesting of one document
	maxDiags = 1_000       // diagnostics of one file
)

// reader walks the YAML nodes of one source and collects what is wrong.
type reader struct {
	src    *diag.Source
	places places
	diags  *diag.List
	nodes  int // visited so far in this document
	size   int // bytes of the scalars visited so far
}

// documents splits a source into the root nodes of its documents. Empty
// documents are left out.
func (r *reader) documents() []*yaml.Node {
	if len(r.src.Text) > MaxFile {
		r.diags.Errorf(diag.TooLarge, diag.Span{Source: r.src}, "split the file",
			"the file is larger than %d MiB", MaxFile>>20)
		return nil
	}
	r.places = newPlaces(r.src.Text)
	if r.badText() {
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

// follow resolves an alias and counts the visit. It gives nil, and says so
// once, when the document is too large or too deep to be a person's, or when
// there is too much to say about it.
func (r *reader) follow(n *yaml.Node, depth int) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	r.nodes++
	r.size += len(n.Value)
	switch {
	case r.nodes > maxNodes: // said already
	case r.nodes == maxNodes:
		r.giveUp(n, "write out what the aliases repeat", "the document holds more than %d values once its aliases are followed", maxNodes)
	case r.size > maxText:
		r.giveUp(n, "write out what the aliases repeat", "the document is larger than %d MiB once its aliases are followed", maxText>>20)
	case depth > maxDepth:
		r.giveUp(n, "", "the document is nested deeper than %d levels", maxDepth)
	case !r.tooManyDiags(n):
		return n
	}
	return nil
}

// tooManyDiags reports whether there is so much to say already that nothing
// more is read; the first time it says so.
func (r *reader) tooManyDiags(at *yaml.Node) bool {
	if len(*r.diags) < maxDiags {
		return false
	}
	if !r.gaveUp() {
		r.giveUp(at, "", "the rest is not read: there are %d diagnostics already", maxDiags)
	}
	return true
}

// giveUp says why a document is read no further, and sees to it.
func (r *reader) giveUp(n *yaml.Node, hint, format string, args ...any) {
	r.diags.Errorf(diag.TooLarge, r.span(n), hint, format, args...)
	r.nodes = maxNodes
}

// gaveUp reports whether the document is read no further.
func (r *reader) gaveUp() bool { return r.nodes >= maxNodes }

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
	tag := ""
	if n.Style&yaml.TaggedStyle != 0 {
		tag = n.Tag
	}
	if quoted := n.Style&^yaml.TaggedStyle != 0; tag == "!!str" || tag == "" && quoted {
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
	if tag != "" && tags[tag] != v.Kind {
		r.diags.Errorf(diag.WrongShape, v.At, "remove the tag", "the tag %s does not fit this value", tag)
		return v, false
	}
	return v, true
}

// tags are YAML's own tags for what a rule's scalars can be.
var tags = map[string]Kind{"!!int": Number, "!!float": Number, "!!bool": Bool, "!!null": Null}
