package sigma

import (
	"strings"
	"unicode/utf8"

	sg "github.com/bradleyjkemp/sigma-go"
	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// Limits on a detection.
const (
	maxSearches  = 1_000
	maxModifiers = 32 // of one item
)

// detection reads the searches first and the conditions last, since a condition
// may stand before what it names.
func (r *reader) detection(rule *Rule, e entry) {
	if e.value.Kind != yaml.MappingNode {
		r.diags.Errorf(diag.MissingDetection, r.span(e.value), "", "detection must hold named searches and a condition")
		return
	}
	d := &rule.Detection
	var condition *yaml.Node
	for _, part := range r.mapping(e.value, 2) {
		switch part.name {
		case "condition":
			condition = part.value
		case "timeframe":
			r.diags.Errorf(diag.Aggregation, r.span(part.key), "write a correlation rule with a timespan",
				"timeframe belongs to the old aggregation syntax")
		case "":
			r.diags.Errorf(diag.BadKey, r.span(part.key), "", "a search needs a name")
		default:
			d.Searches = append(d.Searches, r.search(part))
		}
	}
	if r.gaveUp() {
		return
	}
	if len(d.Searches) == 0 {
		r.diags.Errorf(diag.MissingDetection, r.span(e.key), "add a search such as selection: with fields and values",
			"the detection holds no search")
		return
	}
	if condition == nil {
		r.diags.Errorf(diag.MissingCondition, r.span(e.key), "add condition: with the name of a search",
			"the detection has no condition")
		return
	}
	if len(d.Searches) > maxSearches {
		r.diags.Errorf(diag.TooLarge, d.Searches[maxSearches].At, "split the rule", "the detection holds more than %d searches", maxSearches)
		return
	}
	r.conditions(d, condition)
}

func (r *reader) search(e entry) Search {
	s := Search{Name: e.name, At: r.span(e.key)}
	switch e.value.Kind {
	case yaml.MappingNode:
		if alt, ok := r.alternative(e, e.value, 3); ok {
			s.Of = append(s.Of, alt)
		}
	case yaml.SequenceNode:
		if len(e.value.Content) == 0 {
			r.emptySearch(e, e.value)
		}
		for _, n := range e.value.Content {
			if n = r.follow(n, 3); n == nil {
				break
			}
			r.listEntry(&s, e, n)
		}
	default:
		r.keyword(&s, e.value)
	}
	return s
}

func (r *reader) emptySearch(e entry, at *yaml.Node) {
	r.diags.Errorf(diag.EmptySearch, r.span(at), "give it a field, or remove it", "the search %q is empty", e.name)
}

// listEntry reads an entry of a list of maps and keywords mixed.
func (r *reader) listEntry(s *Search, e entry, n *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		if alt, ok := r.alternative(e, n, 4); ok {
			s.Of = append(s.Of, alt)
		}
	case yaml.ScalarNode:
		r.keyword(s, n)
	default:
		r.diags.Errorf(diag.WrongShape, r.span(n), "write its entries into the outer list",
			"a list inside the list of search %q", e.name)
	}
}

// keyword adds a text to search for in the whole event.
func (r *reader) keyword(s *Search, n *yaml.Node) {
	v, ok := r.scalar(n)
	if !ok {
		return
	}
	if v.Kind == Null {
		r.diags.Errorf(diag.NullKeyword, v.At, "write the text to look for", "a keyword cannot be null")
		return
	}
	s.Of = append(s.Of, Alternative{{At: v.At, Values: []Value{v}, ValuesAt: v.At}})
}

func (r *reader) alternative(e entry, n *yaml.Node, depth int) (Alternative, bool) {
	items := r.mapping(n, depth)
	if len(n.Content) == 0 {
		r.emptySearch(e, n)
		return nil, false
	}
	var alt Alternative
	for _, part := range items {
		if r.tooManyDiags(part.key) {
			break
		}
		alt = append(alt, r.item(part, depth+1))
	}
	return alt, true
}

func (r *reader) item(e entry, depth int) Item {
	field, rest, piped := strings.Cut(e.name, "|")
	it := Item{At: r.within(e.key, 0, len(field)), ValuesAt: r.span(e.value)}
	it.FieldMatcher = sg.FieldMatcher{Field: field}
	if field == "" {
		it.At = r.span(e.key)
	}
	if strings.Count(rest, "|") >= maxModifiers {
		r.diags.Errorf(diag.BadChain, r.span(e.key), "", "more than %d modifiers on one field", maxModifiers)
		return it
	}
	off := len(field) + 1
	for piped {
		var name string
		name, rest, piped = strings.Cut(rest, "|")
		it.Modifiers = append(it.Modifiers, name)
		it.ModifierAt = append(it.ModifierAt, r.within(e.key, off, len(name)))
		off += len(name) + 1
	}
	before := len(*r.diags)
	r.values(&it, e, depth)
	checkModifiers(&it, len(*r.diags) == before, r.diags)
	return it
}

func (r *reader) values(it *Item, e entry, depth int) {
	switch e.value.Kind {
	case yaml.ScalarNode:
		r.value(it, e.value)
	case yaml.SequenceNode:
		r.valueList(it, e, e.value, depth)
	default:
		r.mapValue(e.value)
	}
}

// valueList reads a list of values; a list inside it adds to it, as anchors
// that stand for lists make it.
func (r *reader) valueList(it *Item, e entry, list *yaml.Node, depth int) {
	if len(list.Content) == 0 {
		r.diags.Errorf(diag.EmptySearch, r.span(list), "give it a value, or write null to ask for a missing field",
			"%q has no value", e.name)
	}
	for _, n := range list.Content {
		if n = r.follow(n, depth); n == nil {
			return
		}
		switch n.Kind {
		case yaml.ScalarNode:
			r.value(it, n)
		case yaml.SequenceNode:
			r.valueList(it, e, n, depth+1)
		default:
			r.mapValue(n)
		}
	}
}

func (r *reader) mapValue(n *yaml.Node) {
	r.diags.Errorf(diag.MapValue, r.span(n), "name nested fields with dots, as in requestParameters.userName",
		"a mapping cannot be a value")
}

func (r *reader) value(it *Item, n *yaml.Node) {
	v, ok := r.scalar(n)
	if !ok {
		return
	}
	if v.Kind == Null && it.Field == "" {
		r.diags.Errorf(diag.NullKeyword, v.At, "write the text to look for", "a keyword cannot be null")
		return
	}
	if !utf8.ValidString(v.Text) {
		r.diags.Errorf(diag.BadValue, v.At, "", "the value is not valid UTF-8")
		return
	}
	it.Values = append(it.Values, v)
}
