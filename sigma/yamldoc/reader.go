// Package yamldoc reads YAML documents that people wrote: node by node, with the
// place of every part, each key once, and within limits that no person reaches.
// What is wrong is collected, not returned, so that a file is read to its end.
package yamldoc

import (
	"bytes"
	"errors"
	"io"

	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// Limits on a rule file. A file is a person's text; what is larger is an attack
// or a mistake, and either is told rather than read.
const (
	MaxFile   = 4 << 20     // bytes of one file
	maxNodes  = 200_000     // nodes of one document, aliases counted as often as used
	maxText   = 2 * MaxFile // bytes of one document's scalars, counted likewise
	maxDepth  = 64          // nesting of one document
	maxVisits = 4_000_000   // nodes of all documents of a file, counted likewise
	MaxDiags  = 1_000       // diagnostics of one file
)

// Reader walks the YAML nodes of one source and collects what is wrong.
type Reader struct {
	Source *diag.Source
	Diags  *diag.List

	places places
	nodes  int // visited so far in this document
	size   int // bytes of the scalars visited so far
	visits int // nodes visited so far in all documents
}

// NewReader gives a reader of a source, which adds to diags.
func NewReader(src *diag.Source, diags *diag.List) *Reader {
	return &Reader{Source: src, Diags: diags}
}

// Begin starts a document. It reports whether there is room to say more of it.
func (r *Reader) Begin(root *yaml.Node) bool {
	r.nodes, r.size = 0, 0
	return !r.Full(root)
}

// Documents splits a source into the root nodes of its documents. Empty
// documents are left out.
func (r *Reader) Documents() []*yaml.Node {
	if len(r.Source.Text) > MaxFile {
		r.Diags.Errorf(diag.TooLarge, diag.Span{Source: r.Source}, "split the file",
			"the file is larger than %d MiB", MaxFile>>20)
		return nil
	}
	r.places = newPlaces(r.Source.Text)
	if r.badText() {
		return nil
	}
	var roots []*yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(r.Source.Text))
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

// Follow resolves an alias and counts the visit. It gives nil, and says so
// once, when the document is too large or too deep to be a person's, or when
// there is too much to say about it.
func (r *Reader) Follow(n *yaml.Node, depth int) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	r.nodes++
	r.visits++
	r.size += len(n.Value)
	switch {
	case r.nodes > maxNodes: // said already
	case r.nodes == maxNodes:
		r.giveUp(n, "write out what the aliases repeat", "the document holds more than %d values once its aliases are followed", maxNodes)
	case r.visits > maxVisits:
		r.giveUp(n, "split the file", "the file holds more than %d values once its documents are merged", maxVisits)
	case r.size > maxText:
		r.giveUp(n, "write out what the aliases repeat", "the document is larger than %d MiB once its aliases are followed", maxText>>20)
	case depth > maxDepth:
		r.giveUp(n, "", "the document is nested deeper than %d levels", maxDepth)
	case !r.Full(n):
		return n
	}
	return nil
}

// Full reports whether there is so much to say already that nothing
// more is read; the first time it says so.
func (r *Reader) Full(at *yaml.Node) bool {
	if len(*r.Diags) < MaxDiags {
		return false
	}
	if !r.GaveUp() {
		r.giveUp(at, "", "the rest is not read: there are %d diagnostics already", MaxDiags)
	}
	return true
}

// giveUp says why a document is read no further, and sees to it.
func (r *Reader) giveUp(n *yaml.Node, hint, format string, args ...any) {
	r.Diags.Errorf(diag.TooLarge, r.Span(n), hint, format, args...)
	r.nodes = maxNodes
}

// GaveUp reports whether the document is read no further.
func (r *Reader) GaveUp() bool { return r.nodes >= maxNodes }

// Entry is one key of a mapping with its value.
type Entry struct {
	Key   *yaml.Node
	Name  string // the key as text
	Value *yaml.Node
}

// Mapping gives the entries of a mapping in order, each key once.
func (r *Reader) Mapping(n *yaml.Node, depth int) []Entry {
	entries := make([]Entry, 0, len(n.Content)/2)
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := r.Follow(n.Content[i], depth)
		value := r.Follow(n.Content[i+1], depth)
		if key == nil || value == nil {
			return entries
		}
		switch {
		case key.Kind != yaml.ScalarNode:
			r.Diags.Errorf(diag.BadKey, r.Span(key), "write the key as plain text", "a key must be a single text")
		case key.Tag == "!!merge":
			r.Diags.Errorf(diag.BadKey, r.Span(key), "write out what it merges", "merge keys are not part of Sigma")
		case seen[key.Value]:
			r.DuplicateKey(key)
		default:
			seen[key.Value] = true
			entries = append(entries, Entry{key, key.Value, value})
		}
	}
	return entries
}

// DuplicateKey says that a key stands in its mapping already.
func (r *Reader) DuplicateKey(key *yaml.Node) {
	r.Diags.Errorf(diag.DuplicateKey, r.Span(key), "merge the two into one list, or rename one",
		"the key %q appears twice in this mapping", key.Value)
}
