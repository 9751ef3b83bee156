// Package ruletest reads the tests that stand beside rules: a file
// NAME_test.yml for the rule file NAME.yml, with events that must match and
// events that must not.
//
//	tests:
//	    - name: an administrator creates a user
//	      match: true
//	      event: {"eventName": "CreateUser", ...}
//
// An event is one record of the rule's source, in YAML or JSON; its scalars are
// read by the YAML 1.2 core schema, its key order is kept.
package ruletest

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/compiler/record"
)

// Case is one event with what a rule must say of it.
type Case struct {
	Name  string
	Match bool
	Event []byte // JSON
	Line  int    // in the test file
}

// FileFor gives the name of the test file beside a rule file.
func FileFor(rule string) string {
	ext := path.Ext(rule)
	return strings.TrimSuffix(rule, ext) + "_test" + ext
}

// Load reads the tests of single events of a test file.
func Load(fsys fs.FS, name string) ([]Case, error) {
	file, err := readFile(fsys, name)
	if err != nil {
		return nil, err
	}
	var cases []Case
	for i := range file.Tests {
		c, err := readCase(&file.Tests[i])
		if err != nil {
			return nil, fmt.Errorf("%s:%w", name, err)
		}
		cases = append(cases, c)
	}
	return cases, nil
}

// readCase reads one test. Its errors begin with the line.
func readCase(n *yaml.Node) (Case, error) {
	if n.Kind != yaml.MappingNode {
		return Case{}, errorAt(n, "a test is a mapping of name, match and event")
	}
	var c Case
	var match *bool
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		var err error
		switch key.Value {
		case "name":
			err = value.Decode(&c.Name)
		case "match":
			err = value.Decode(&match)
		case "event":
			c.Line = value.Line
			c.Event, err = appendJSON(nil, value, 0)
		default:
			err = errorAt(key, "a test has no key %q", key.Value)
		}
		if at := (*lineError)(nil); err != nil && !errors.As(err, &at) {
			err = errorAt(value, "%s is not of its type", key.Value)
		}
		if err != nil {
			return Case{}, err
		}
	}
	if c.Name == "" || match == nil || c.Event == nil {
		return Case{}, errorAt(n, "a test needs a name, match: true or false, and an event")
	}
	c.Match = *match
	return c, nil
}

// lineError is an error at a line of the test file.
type lineError struct {
	line    int
	message string
}

func (e *lineError) Error() string { return fmt.Sprintf("%d: %s", e.line, e.message) }

func errorAt(n *yaml.Node, format string, args ...any) error {
	return &lineError{n.Line, fmt.Sprintf(format, args...)}
}

// maxDepth bounds the nesting of an event.
const maxDepth = 64

// appendJSON writes a YAML node as JSON, keys in the order of the file.
func appendJSON(dst []byte, n *yaml.Node, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, errorAt(n, "the event is nested deeper than %d levels", maxDepth)
	}
	var err error
	switch n.Kind {
	case yaml.MappingNode:
		dst = append(dst, '{')
		for i := 0; i+1 < len(n.Content); i += 2 {
			if i > 0 {
				dst = append(dst, ',')
			}
			if n.Content[i].Kind != yaml.ScalarNode {
				return nil, errorAt(n.Content[i], "a key of an event is plain text")
			}
			dst = append(record.AppendQuoted(dst, n.Content[i].Value), ':')
			if dst, err = appendJSON(dst, n.Content[i+1], depth+1); err != nil {
				return nil, err
			}
		}
		return append(dst, '}'), nil
	case yaml.SequenceNode:
		dst = append(dst, '[')
		for i, c := range n.Content {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = appendJSON(dst, c, depth+1); err != nil {
				return nil, err
			}
		}
		return append(dst, ']'), nil
	case yaml.ScalarNode:
		return append(dst, scalar(n)...), nil
	default:
		return nil, errorAt(n, "an event cannot hold aliases")
	}
}

// scalar gives a scalar as JSON: quoted text, or what the core schema makes of
// plain text.
func scalar(n *yaml.Node) []byte {
	if n.Style == 0 {
		switch {
		case slices.Contains([]string{"", "~", "null", "Null", "NULL"}, n.Value):
			return []byte("null")
		case slices.Contains([]string{"true", "True", "TRUE", "false", "False", "FALSE"}, n.Value):
			return []byte(strings.ToLower(n.Value))
		case record.IsNumber(n.Value):
			return []byte(n.Value)
		}
	}
	return record.AppendQuoted(nil, n.Value)
}
