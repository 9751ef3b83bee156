package sigma

import (
	sg "github.com/bradleyjkemp/sigma-go"
	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

func (r *reader) related(rule *Rule, e entry) {
	if e.value.Kind != yaml.SequenceNode {
		r.diags.Errorf(diag.WrongShape, r.span(e.value), "", "related must be a list of rules with id and type")
		return
	}
	for _, n := range e.value.Content {
		if n = r.follow(n, 2); n == nil {
			return
		}
		if n.Kind != yaml.MappingNode {
			r.diags.Errorf(diag.WrongShape, r.span(n), "", "an entry of related must hold id and type")
			continue
		}
		var rel sg.RelatedRule
		for _, part := range r.mapping(n, 3) {
			switch part.name {
			case "id":
				rel.ID = r.text(part)
			case "type":
				rel.Type = r.text(part)
			}
		}
		rule.Related = append(rule.Related, rel)
	}
}

func (r *reader) logsource(rule *Rule, e entry) {
	rule.LogsourceAt = r.span(e.key)
	if e.value.Kind != yaml.MappingNode {
		r.diags.Errorf(diag.WrongShape, r.span(e.value), "", "logsource must hold category, product or service")
		return
	}
	for _, part := range r.mapping(e.value, 2) {
		switch part.name {
		case "category":
			rule.Logsource.Category = r.text(part)
		case "product":
			rule.Logsource.Product = r.text(part)
		case "service":
			rule.Logsource.Service = r.text(part)
			rule.LogsourceAt = r.span(part.value)
		case "definition":
			rule.Logsource.Definition = r.text(part)
		default:
			if rule.Logsource.AdditionalFields == nil {
				rule.Logsource.AdditionalFields = map[string]any{}
			}
			rule.Logsource.AdditionalFields[part.name] = r.plain(part.value, 3)
		}
	}
}

// plain turns a node of an unknown key into maps, lists and text, for output.
func (r *reader) plain(n *yaml.Node, depth int) any {
	if n = r.follow(n, depth); n == nil {
		return nil
	}
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for _, e := range r.mapping(n, depth+1) {
			m[e.name] = r.plain(e.value, depth+1)
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			list = append(list, r.plain(c, depth+1))
		}
		return list
	default:
		return n.Value
	}
}
