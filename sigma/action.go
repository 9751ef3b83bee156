package sigma

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

// actions is what earlier documents of a file lend to later ones. The key
// action is older than the specification, which has dropped it; rules that use
// it are still about (pySigma, "SigmaCollection", has the meaning).
type actions struct {
	global   *yaml.Node // lent to every rule, and stronger than its own words
	previous *yaml.Node // the rule before, to which repeat adds
}

var actionNames = []string{"global", "repeat", "reset"}

// act does what a document's action asks. It gives the rule to read, or nil
// where the document is none by itself.
func (r *reader) act(root *yaml.Node) *yaml.Node {
	taken, rest := r.take(root, "action")
	action := taken.Value
	if action == nil {
		r.actions.previous = root
		return overlay(root, r.actions.global)
	}
	switch action.Value {
	case "global":
		r.actions = actions{global: rest}
	case "reset":
		if len(rest.Content) > 0 {
			r.Diags.Errorf(diag.BadAction, r.Span(rest.Content[0]), "put the rule into a document of its own",
				"a document with action: reset holds nothing else")
		}
		r.actions = actions{}
	case "repeat":
		if r.actions.previous == nil {
			r.Diags.Errorf(diag.BadAction, r.Span(action), "put the rule that it repeats before it", "there is no rule to repeat")
			return nil
		}
		r.actions.previous = overlay(r.actions.previous, rest)
		return overlay(r.actions.previous, r.actions.global)
	default:
		r.unknownAction(action)
	}
	return nil
}

func (r *reader) unknownAction(n *yaml.Node) {
	r.Diags.Errorf(diag.BadAction, r.Span(n), "the actions are "+strings.Join(actionNames, ", "), "there is no action %q", n.Value)
}

// noAction refuses an action in a correlation or a filter.
func (r *reader) noAction(e yamldoc.Entry) {
	if !slices.Contains(actionNames, e.Value.Value) {
		r.unknownAction(e.Value)
		return
	}
	r.Diags.Errorf(diag.BadAction, r.Span(e.Value), "remove it", "actions are for rules: %s does nothing here", e.Value.Value)
}

// take splits a mapping into the entry of a key, which has no value where there
// is none, and the rest of it.
func (r *reader) take(mapping *yaml.Node, key string) (taken yamldoc.Entry, rest *yaml.Node) {
	copied := *mapping
	copied.Content = nil
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		k, v := mapping.Content[i], mapping.Content[i+1]
		switch {
		case k.Value != key:
			copied.Content = append(copied.Content, k, v)
		case taken.Value != nil:
			r.DuplicateKey(k)
		default:
			taken = yamldoc.Entry{Key: k, Name: key, Value: behind(v)}
		}
	}
	return taken, &copied
}

// overlay gives base with the entries of over in it: mappings are merged, all
// else is replaced. Neither is changed. A key that appears twice stays so, for
// the reader to refuse.
func overlay(base, over *yaml.Node) *yaml.Node {
	base, over = behind(base), behind(over)
	if over == nil {
		return base
	}
	if base.Kind != yaml.MappingNode || over.Kind != yaml.MappingNode {
		return over
	}
	merged := *base
	merged.Content = append([]*yaml.Node(nil), base.Content...)
	places := make(map[string]int, len(base.Content)/2)
	for i := 0; i+1 < len(base.Content); i += 2 {
		if _, twice := places[base.Content[i].Value]; !twice {
			places[base.Content[i].Value] = i
		}
	}
	for i := 0; i+1 < len(over.Content); i += 2 {
		if at, ok := places[over.Content[i].Value]; ok {
			merged.Content[at+1] = overlay(base.Content[at+1], over.Content[i+1])
		} else {
			merged.Content = append(merged.Content, over.Content[i], over.Content[i+1])
		}
	}
	return &merged
}

func behind(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}
