package sigma

import (
	"strings"
	"unicode/utf8"

	sg "github.com/bradleyjkemp/sigma-go"
	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

// Limits on a detection.
const (
	maxSearches  = 1_000
	maxModifiers = 32 // of one item
)

// detection reads the searches first and the conditions last, since a condition
// may stand before what it names.
func (r *reader) detection(d *Detection, e yamldoc.Entry) {
	if e.Value.Kind != yaml.MappingNode {
		r.Diags.Errorf(diag.MissingDetection, r.Span(e.Value), "", "detection must hold named searches and a condition")
		return
	}
	var condition *yaml.Node
	for _, part := range r.Mapping(e.Value, 2) {
		switch part.Name {
		case "condition":
			condition = part.Value
		case "timeframe":
			r.Diags.Errorf(diag.Aggregation, r.Span(part.Key), "write a correlation rule with a timespan",
				"timeframe belongs to the old aggregation syntax")
		case "":
			r.Diags.Errorf(diag.BadKey, r.Span(part.Key), "", "a search needs a name")
		default:
			d.Searches = append(d.Searches, r.search(part))
		}
	}
	if r.GaveUp() {
		return
	}
	if len(d.Searches) == 0 {
		r.Diags.Errorf(diag.MissingDetection, r.Span(e.Key), "add a search such as selection: with fields and values",
			"the detection holds no search")
		return
	}
	if condition == nil {
		r.Diags.Errorf(diag.MissingCondition, r.Span(e.Key), "add condition: with the name of a search",
			"the detection has no condition")
		return
	}
	if len(d.Searches) > maxSearches {
		r.Diags.Errorf(diag.TooLarge, d.Searches[maxSearches].At, "split the rule", "the detection holds more than %d searches", maxSearches)
		return
	}
	r.conditions(d, condition)
}

// ReadSearch reads a search that stands outside a rule, such as one that a
// pipeline adds.
func ReadSearch(in *yamldoc.Reader, e yamldoc.Entry) Search {
	r := &reader{Reader: in}
	return r.search(e)
}

func (r *reader) search(e yamldoc.Entry) Search {
	s := Search{Name: e.Name, At: r.Span(e.Key)}
	switch e.Value.Kind {
	case yaml.MappingNode:
		if alt, ok := r.alternative(e, e.Value, 3); ok {
			s.Of = append(s.Of, alt)
		}
	case yaml.SequenceNode:
		if len(e.Value.Content) == 0 {
			r.emptySearch(e, e.Value)
		}
		for _, n := range e.Value.Content {
			if n = r.Follow(n, 3); n == nil {
				break
			}
			r.listEntry(&s, e, n)
		}
	default:
		r.keyword(&s, e.Value)
	}
	return s
}

func (r *reader) emptySearch(e yamldoc.Entry, at *yaml.Node) {
	r.Diags.Errorf(diag.EmptySearch, r.Span(at), "write a field for it, or remove it", "the search %q is empty", e.Name)
}

// listEntry reads an entry of a list of maps and keywords mixed.
func (r *reader) listEntry(s *Search, e yamldoc.Entry, n *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		if alt, ok := r.alternative(e, n, 4); ok {
			s.Of = append(s.Of, alt)
		}
	case yaml.ScalarNode:
		r.keyword(s, n)
	default:
		r.Diags.Errorf(diag.WrongShape, r.Span(n), "write its entries into the outer list",
			"a list inside the list of search %q", e.Name)
	}
}

// keyword adds a text to search for in the whole event.
func (r *reader) keyword(s *Search, n *yaml.Node) {
	v, ok := r.Scalar(n)
	if !ok {
		return
	}
	if v.Kind == Null {
		r.Diags.Errorf(diag.NullKeyword, v.At, "write the text to search for", "a keyword cannot be null")
		return
	}
	s.Of = append(s.Of, Alternative{{At: v.At, Values: []Value{v}, ValuesAt: v.At}})
}

func (r *reader) alternative(e yamldoc.Entry, n *yaml.Node, depth int) (Alternative, bool) {
	items := r.Mapping(n, depth)
	if len(n.Content) == 0 {
		r.emptySearch(e, n)
		return nil, false
	}
	var alt Alternative
	for _, part := range items {
		if r.Full(part.Key) {
			break
		}
		alt = append(alt, r.item(part, depth+1))
	}
	return alt, true
}

func (r *reader) item(e yamldoc.Entry, depth int) Item {
	field, rest, piped := strings.Cut(e.Name, "|")
	it := Item{At: r.Within(e.Key, 0, len(field)), ValuesAt: r.Span(e.Value)}
	it.FieldMatcher = sg.FieldMatcher{Field: field}
	if field == "" {
		it.At = r.Span(e.Key)
	}
	if strings.Count(rest, "|") >= maxModifiers {
		r.Diags.Errorf(diag.BadChain, r.Span(e.Key), "", "more than %d modifiers on one field", maxModifiers)
		return it
	}
	off := len(field) + 1
	for piped {
		var name string
		name, rest, piped = strings.Cut(rest, "|")
		it.Modifiers = append(it.Modifiers, name)
		it.ModifierAt = append(it.ModifierAt, r.Within(e.Key, off, len(name)))
		off += len(name) + 1
	}
	before := len(*r.Diags)
	r.values(&it, e, depth)
	checkModifiers(&it, len(*r.Diags) == before, r.Diags)
	return it
}

func (r *reader) values(it *Item, e yamldoc.Entry, depth int) {
	switch e.Value.Kind {
	case yaml.ScalarNode:
		r.value(it, e.Value)
	case yaml.SequenceNode:
		r.valueList(it, e, e.Value, depth)
	default:
		r.mapValue(e.Value)
	}
}

// valueList reads a list of values; a list inside it adds to it, as anchors
// that stand for lists make it.
func (r *reader) valueList(it *Item, e yamldoc.Entry, list *yaml.Node, depth int) {
	if len(list.Content) == 0 {
		r.Diags.Errorf(diag.EmptySearch, r.Span(list), "write a value, or null to match a missing field",
			"%q has no value", e.Name)
	}
	for _, n := range list.Content {
		if n = r.Follow(n, depth); n == nil {
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
	r.Diags.Errorf(diag.MapValue, r.Span(n), "name nested fields with dots, as in requestParameters.userName",
		"a mapping cannot be a value")
}

func (r *reader) value(it *Item, n *yaml.Node) {
	v, ok := r.Scalar(n)
	if !ok {
		return
	}
	if v.Kind == Null && it.Field == "" {
		r.Diags.Errorf(diag.NullKeyword, v.At, "write the text to search for", "a keyword cannot be null")
		return
	}
	if !utf8.ValidString(v.Text) {
		r.Diags.Errorf(diag.BadValue, v.At, "", "the value is not valid UTF-8")
		return
	}
	it.Values = append(it.Values, v)
}
