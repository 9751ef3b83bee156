package opensearch

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// newBackend takes for each source the name of a layout, or NAME:PATTERN where
// its indexes have other names.
func newBackend(c backends.Config) (backends.Backend, error) {
	layouts, err := schema.ChooseLayouts(c.Layouts, Choose)
	if err != nil {
		return nil, err
	}
	b := backend{indexes: map[string]*index{}}
	for source, l := range layouts {
		if b.indexes[source], err = newIndex(l, c.Mappings[source]); err != nil {
			return nil, err
		}
		b.indexes[source].scripts = settingsOf(c).Scripts
	}
	target := *table
	target.LeafSupport, target.Clauses, target.Groups, target.Layouts = b.support, b.clauses, b.groups, layouts
	b.target = &target
	return b, nil
}

func (b backend) index(source string) *index { return b.indexes[source] }

// Choose returns the layout of a source's indexes by its name, or by its name and the
// pattern of theirs; the first for an empty text.
func Choose(source, want string) (*schema.Layout, error) {
	known := schema.LayoutsOf(Layouts, source)
	layout, renamed, ok := schema.Named(known, want)
	switch {
	case !ok:
		return nil, fmt.Errorf("there is no layout %q for %s: the layouts are %s", want, source, schema.LayoutNames(known))
	case renamed && !isPattern(layout.Table):
		return nil, fmt.Errorf("%q names no indexes: write names in lower case, with * for what differs and commas between", layout.Table)
	}
	return layout, nil
}

// isPattern reports whether a text names indexes, and nothing else of a path.
func isPattern(text string) bool {
	for name := range strings.SplitSeq(text, ",") {
		if name == "" || strings.ContainsAny(name[:1], "-_+.") || strings.ToLower(name) != name || strings.ContainsAny(name, "\\/?\"<>| #:%\x00") {
			return false
		}
	}
	return true
}

// body is how indexes are made: the body of a template, or what Look has read.
type body struct {
	Settings struct {
		Index struct {
			Analysis analysis `json:"analysis"`
			Mapping  struct {
				Malformed boolean `json:"ignore_malformed"`
			} `json:"mapping"`
			Version struct {
				Created string `json:"created"`
			} `json:"version"`
		} `json:"index"`
	} `json:"settings"`
	Mappings property `json:"mappings"`
}

// newIndex reads how the indexes of a layout are made: as a live mapping says, or
// where that is empty as their template or their shipper makes them.
func newIndex(l *schema.Layout, live []byte) (*index, error) {
	if len(live) > 0 {
		x, err := readIndex(l, live)
		if err == nil {
			err = x.check()
		}
		return x, err
	}
	b := object{"mappings": MappingFile(l.Name)}
	if MappingFile(l.Name) == nil {
		b = template(l)
	}
	text, err := json.Marshal(b)
	if err != nil {
		return nil, err
	}
	x, err := readIndex(l, text)
	if err == nil {
		x.root = x.root.unfold() // as Look has done with a live one
	}
	return x, err
}

func readIndex(l *schema.Layout, text []byte) (*index, error) {
	b := body{}
	if err := json.Unmarshal(text, &b); err != nil {
		return nil, fmt.Errorf("reading the mapping of %s: %w", l.Table, err)
	}
	x := &index{layout: l, root: b.Mappings, folding: b.Settings.Index.Analysis.folding(), wildcards: map[string]bool{}}
	x.collectWildcards("", x.root)
	return x, nil
}

// check holds a live mapping against the layout. Documents of other names would
// answer with silence.
func (x *index) check() error {
	l := x.layout
	if name, of, ok := alias(x.root, l.Columns); ok {
		return fmt.Errorf("in the indexes %s, %s is an alias of %s, and documents have no field of that name: choose the layout of their own names", l.Table, name, of)
	}
	path, _, _ := l.Source.Resolve(l.Source.Anchor)
	names, _ := x.place(path)
	at := x.root
	for _, name := range names {
		at = at.Properties[name]
	}
	if at.Type == "" {
		return fmt.Errorf("the indexes %s hold no %s: choose the layout that their documents have, or wait for the first", l.Table, strings.Join(names, "."))
	}
	return nil
}

// alias finds a column that a mapping has as an alias.
func alias(p property, columns []schema.Column) (name, of string, ok bool) {
	for _, c := range columns {
		at := p
		for _, key := range schema.Place([]schema.Column{c}) {
			at = at.Properties[key]
		}
		if at.Type == "alias" {
			return c.Name, at.Path, true
		}
		if name, of, ok = alias(at, c.Members); ok {
			return name, of, true
		}
	}
	return "", "", false
}

// place returns the names that lead to a path in a document, and the keys below
// the last, which lie in a field of JSON. ok is false where the layout has no
// such field, or has it in one of two places.
func (x *index) place(p schema.Path) (names []string, ok bool) {
	steps, rest, ok := x.layout.Locate(p)
	either := slices.ContainsFunc(steps, func(c schema.Column) bool { return c.Or != "" })
	return append(schema.Place(steps), rest...), ok && !either
}

// instant returns the field of dates that holds the time of an event.
func (x *index) instant() (name string, ok bool) {
	f := x.time()
	return f.instant, f.instant != ""
}

// written returns the keyword that holds it as AWS writes it.
func (x *index) written() (name string, ok bool) {
	const long = "2006-01-02T15:04:05.000000000Z"
	v, ok := x.time().whole(false, long)
	return v.name, ok && v.kind == term && !x.layout.Source.TimeUnix
}

func (x *index) time() field {
	s := x.layout.Source
	path, _, _ := s.Resolve(s.Time)
	return x.field(path)
}
