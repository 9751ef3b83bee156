package opensearch

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// property is a field of a mapping, as GET INDEX/_mapping writes it: what of it
// decides how the field can be searched.
type property struct {
	Type        string              `json:"type,omitempty"`
	Path        string              `json:"path,omitempty"` // of an alias
	Enabled     *boolean            `json:"enabled,omitempty"`
	Index       *boolean            `json:"index,omitempty"`
	DocValues   *boolean            `json:"doc_values,omitempty"`
	Dynamic     any                 `json:"dynamic,omitempty"`
	NoObjects   *boolean            `json:"disable_objects,omitempty"`   // see unfold
	Templates   []json.RawMessage   `json:"dynamic_templates,omitempty"` // of the root
	IgnoreAbove int                 `json:"ignore_above,omitempty"`      // UTF-16 units; 0: none
	Normalizer  string              `json:"normalizer,omitempty"`
	NullValue   any                 `json:"null_value,omitempty"`
	Malformed   *boolean            `json:"ignore_malformed,omitempty"`
	Numeric     boolean             `json:"numeric_detection,omitempty"`    // of the root
	DateFormats []string            `json:"dynamic_date_formats,omitempty"` // of the root
	Properties  map[string]property `json:"properties,omitempty"`
	Fields      map[string]property `json:"fields,omitempty"` // of the same value

	LosesLists bool `json:"loses_lists,omitempty"` // see losingLists: no mapping holds this itself
}

// boolean is true or false, which mappings also write as texts.
type boolean bool

// UnmarshalJSON reads true, "true", false and "false".
func (b *boolean) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case `true`, `"true"`:
		*b = true
	case `false`, `"false"`:
		*b = false
	default:
		return fmt.Errorf("%s is neither true nor false", text)
	}
	return nil
}

// searchable reports whether a field of a type that holds values has its values
// in the index.
func (p property) searchable() bool {
	return (p.Enabled == nil || bool(*p.Enabled)) && (p.Index == nil || bool(*p.Index))
}

// dynamic reports whether OpenSearch maps what it meets below p and does not
// know. A mapping below p without the setting inherits it.
func (p property) dynamic(inherited bool) bool {
	switch p.Dynamic {
	case nil:
		return inherited
	case true, "true":
		return true
	default:
		return false
	}
}

// guesses reports whether OpenSearch maps what it meets as it does where nobody
// has configured it otherwise.
func (p property) guesses() bool {
	return len(p.Templates) == 0 && len(p.DateFormats) == 0 && !bool(p.Numeric) && !p.leavesOut()
}

// leavesOut reports whether a field takes a value that it cannot hold, and holds
// nothing of it.
func (p property) leavesOut() bool { return p.Malformed != nil && bool(*p.Malformed) }

// leavingOut returns the mapping of an index whose fields ignore what they
// cannot hold, objects in the place of texts too, unless they are set otherwise
// (index.mapping.ignore_malformed).
func (p property) leavingOut() property {
	if p.Malformed == nil {
		p.Malformed = new(boolean(true))
	}
	p.Properties, p.Fields = maps.Clone(p.Properties), maps.Clone(p.Fields)
	for _, below := range []map[string]property{p.Properties, p.Fields} {
		for name, q := range below {
			below[name] = q.leavingOut()
		}
	}
	return p
}

// flattens reports whether what lies below a field has names with dots in them,
// instead of objects. The field may hold values for all that.
func (p property) flattens() bool { return p.NoObjects != nil && bool(*p.NoObjects) }

// unfold returns a mapping in which names with dots stand for fields below fields, as
// anywhere else. All that lies below such an object flattens too.
func (p property) unfold() property {
	out := p
	if len(p.Properties) == 0 {
		return out
	}
	out.Properties = map[string]property{}
	for _, name := range slices.Sorted(maps.Keys(p.Properties)) {
		below := p.Properties[name]
		keys := []string{name}
		if p.flattens() {
			keys = strings.Split(name, ".")
			if below.NoObjects = p.NoObjects; below.Type == "flat_object" {
				below = property{Type: conflicting} // which is given texts at most
			}
		}
		out.put(keys, below.unfold())
	}
	return out
}

// put adds a field at a path. What leads to it may have been added before: names
// are sorted, a text before those that begin with it and a dot.
func (p property) put(keys []string, below property) {
	if len(keys) == 1 {
		below.Properties = union(p.Properties[keys[0]].Properties, below.Properties)
		p.Properties[keys[0]] = below
		return
	}
	next := p.Properties[keys[0]]
	next.NoObjects = p.NoObjects
	next.Properties = union(nil, next.Properties)
	next.put(keys[1:], below)
	p.Properties[keys[0]] = next
}

// losingLists returns the mapping of an index that does not hold the elements of lists
// where it disables objects.
func (p property) losingLists() property {
	if p.flattens() {
		p.LosesLists, p.Dynamic = true, false
	}
	p.Properties = maps.Clone(p.Properties)
	for name, below := range p.Properties {
		p.Properties[name] = below.losingLists()
	}
	return p
}

// conflicting is the type of a path that indexes hold in different ways.
const conflicting = "conflict"

// merge returns what two indexes have in common. A path that one has and the
// other would map when it met it, has not been there; otherwise the two differ.
func merge(a, b property, aMaps, bMaps bool) property {
	switch {
	case !alike(a, b):
		return property{Type: conflicting}
	case !a.open() && !b.open():
		return a
	}
	aMaps, bMaps = a.dynamic(aMaps), b.dynamic(bMaps)
	out := a
	out.Dynamic = aMaps && bMaps
	if b.flattens() {
		out.NoObjects = b.NoObjects
	}
	out.LosesLists = a.LosesLists || b.LosesLists
	if !b.guesses() {
		out.Templates, out.DateFormats, out.Numeric, out.Malformed = b.Templates, b.DateFormats, b.Numeric, b.Malformed
	}
	out.Properties = map[string]property{}
	for name := range union(a.Properties, b.Properties) {
		inA, okA := a.Properties[name]
		inB, okB := b.Properties[name]
		switch {
		case okA && okB:
			out.Properties[name] = merge(inA, inB, aMaps, bMaps)
		case okA && bMaps:
			out.Properties[name] = inA
		case okB && aMaps:
			out.Properties[name] = inB
		default:
			out.Properties[name] = property{Type: conflicting}
		}
	}
	return out
}

// alike compares all but what lies below, and how that is mapped when it is met.
func alike(a, b property) bool {
	for _, p := range []*property{&a, &b} {
		p.Properties, p.Dynamic, p.Templates, p.DateFormats, p.Numeric, p.NoObjects, p.LosesLists = nil, nil, nil, nil, false, nil, false
		if p.open() {
			p.Malformed = nil
		}
	}
	return reflect.DeepEqual(a, b)
}

func union(a, b map[string]property) map[string]property {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]property{}
	}
	maps.Copy(all, b)
	return all
}

// analysis is settings.index.analysis of an index, or of a template.
type analysis struct {
	Normalizer map[string]json.RawMessage `json:"normalizer"`
	CharFilter map[string]json.RawMessage `json:"char_filter"`
}

// folding is how a normalizer lower-cases.
type folding int

// A normalizer lower-cases one character to one other. U+0130 alone has no such
// lower case: Lucene makes an i of it, unless a filter puts U+FFFF in its place.
const (
	folds folding = iota + 1
	foldsExactly
)

// dottedFilter keeps U+0130 apart from i, for a normalizer.
var dottedFilter = object{"type": "mapping", "mappings": []string{`\u0130 => \uffff`}}

// folding returns the normalizers that lower-case and do nothing else. OpenSearch
// has one of its own.
func (a analysis) folding() map[string]folding {
	names := map[string]folding{"lowercase": folds}
	for name, text := range a.Normalizer {
		var n struct {
			Type       string
			CharFilter filters `json:"char_filter"`
			Filter     filters
		}
		err := json.Unmarshal(text, &n)
		delete(names, name)
		switch {
		case err != nil || n.Type != "" && n.Type != "custom" || !slices.Equal(n.Filter, filters{"lowercase"}):
		case len(n.CharFilter) == 0:
			names[name] = folds
		case len(n.CharFilter) == 1 && isDottedFilter(a.CharFilter[n.CharFilter[0]]):
			names[name] = foldsExactly
		}
	}
	return names
}

func isDottedFilter(text json.RawMessage) bool {
	var f struct {
		Type     string
		Mappings filters
	}
	err := json.Unmarshal(text, &f)
	return err == nil && f.Type == dottedFilter["type"] && slices.Equal(f.Mappings, dottedFilter["mappings"].([]string))
}

// filters is a list of names, which settings also write as one text.
type filters []string

// UnmarshalJSON reads a list, or one name.
func (f *filters) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*f = filters{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(f))
}
