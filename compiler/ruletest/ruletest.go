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

// Load reads a test file.
func Load(fsys fs.FS, name string) ([]Case, error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("reading rule tests: %w", err)
	}
	var file struct {
		Tests []struct {
			Name  string    `yaml:"name"`
			Match *bool     `yaml:"match"`
			Event yaml.Node `yaml:"event"`
		} `yaml:"tests"`
	}
	dec := yaml.NewDecoder(strings.NewReader(string(text)))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var cases []Case
	for i, t := range file.Tests {
		c := Case{Name: t.Name, Line: t.Event.Line}
		if t.Name == "" || t.Match == nil || t.Event.Kind == 0 {
			return nil, fmt.Errorf("%s: test %d needs a name, match: true or false, and an event", name, i+1)
		}
		c.Match = *t.Match
		if c.Event, err = appendJSON(nil, &t.Event, 0); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, t.Event.Line, err)
		}
		cases = append(cases, c)
	}
	return cases, nil
}

// maxDepth bounds the nesting of an event.
const maxDepth = 64

// appendJSON writes a YAML node as JSON, keys in the order of the file.
func appendJSON(dst []byte, n *yaml.Node, depth int) ([]byte, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("the event is nested deeper than %d levels", maxDepth)
	}
	var err error
	switch n.Kind {
	case yaml.MappingNode:
		dst = append(dst, '{')
		for i := 0; i+1 < len(n.Content); i += 2 {
			if i > 0 {
				dst = append(dst, ',')
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
		return nil, fmt.Errorf("line %d: an event cannot hold aliases", n.Line)
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
