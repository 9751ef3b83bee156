package yamldoc

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// Text reads a scalar of metadata as text, whatever it looks like; null is none.
func (r *Reader) Text(e Entry) string {
	if e.Value.Kind != yaml.ScalarNode {
		r.Diags.Errorf(diag.WrongShape, r.Span(e.Value), "", "%s must be a single text", e.Name)
		return ""
	}
	if e.Value.Tag == "!!null" {
		return ""
	}
	return e.Value.Value
}

// Texts reads a list of texts; a single text is a list of one.
func (r *Reader) Texts(e Entry) []string {
	switch e.Value.Kind {
	case yaml.ScalarNode:
		if e.Value.Tag == "!!null" {
			return nil
		}
		return []string{e.Value.Value}
	case yaml.SequenceNode:
		var list []string
		for _, n := range e.Value.Content {
			if n = r.Follow(n, 2); n == nil {
				return list
			}
			if n.Kind != yaml.ScalarNode {
				r.Diags.Errorf(diag.WrongShape, r.Span(n), "", "%s must be a list of texts", e.Name)
				continue
			}
			list = append(list, n.Value)
		}
		return list
	default:
		r.Diags.Errorf(diag.WrongShape, r.Span(e.Value), "", "%s must be a list of texts", e.Name)
		return nil
	}
}

// OneOf reads a scalar that must be one of a few words; the code and the
// severity are those of any other.
func (r *Reader) OneOf(e Entry, allowed []string, sev diag.Severity, code diag.Code) string {
	text := r.Text(e)
	if text == "" || slices.Contains(allowed, text) {
		if text == "" && sev == diag.Error {
			r.Diags.Errorf(code, r.Span(e.Value), "use one of "+strings.Join(allowed, ", "), "%s is empty", e.Name)
		}
		return text
	}
	hint := diag.Suggest(text, allowed, "use one of "+strings.Join(allowed, ", "))
	if sev == diag.Error {
		r.Diags.Errorf(code, r.Span(e.Value), hint, "%q is not a %s", text, e.Name)
	} else {
		r.Diags.Warnf(code, r.Span(e.Value), hint, "%q is not a %s", text, e.Name)
	}
	return text
}

// Plain turns a node of an unknown key into maps, lists and text, for output.
func (r *Reader) Plain(n *yaml.Node, depth int) any {
	if n = r.Follow(n, depth); n == nil {
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for _, e := range r.Mapping(n, depth+1) {
			m[e.Name] = r.Plain(e.Value, depth+1)
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			list = append(list, r.Plain(c, depth+1))
		}
		return list
	default:
		return n.Value
	}
}
