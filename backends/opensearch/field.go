package opensearch

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// index is how OpenSearch holds the records of one source: under which names,
// and mapped how.
type index struct {
	layout  *schema.Layout
	root    property
	folding map[string]folding // by the name of a normalizer
	scripts bool               // queries may hold scripts

	wildcards map[string]bool // the fields of the type wildcard; of the open source, the subfields
}

// view is a field of an index that holds a text of the source as one term.
type view struct {
	name    string
	kind    viewKind
	folded  bool // in lower case
	dotted  bool // of those: U+0130 is not an i
	longest int  // UTF-16 units; what is longer is not held

	docValues bool // scripts can read it

	// Below a flat_object OpenSearch puts the path before patterns and
	// expressions as if it were a part of them.
	unsafe bool // the path would be more than itself
	deep   bool // in an expression, the path's dots are any character
}

type viewKind int

const (
	term    viewKind = iota + 1 // keyword
	pattern                     // wildcard: does not find NUL, nor "" by a term
	flat                        // below a flat_object
)

// anyLength texts are those of any length that the index takes.
const anyLength = math.MaxInt

// field is what an index holds of a path of its source.
type field struct {
	path schema.Path
	name string // of the field itself

	views    []view
	text     bool             // the field itself is analysed text, which shows that a text is there
	boolean  bool             // the field itself is a boolean
	guessed  bool             // no mapping is known: a text becomes what OpenSearch makes of it
	objects  bool             // there may be objects there, of which the index holds nothing
	number   string           // a field of doubles
	address  string           // a field of IP addresses
	instant  string           // a field of dates
	present  []string         // fields that show that a value is there
	presence compiler.Support // how well they do, all together
	nothing  bool             // the index holds nothing of the path
}

// field returns what the index holds of a path.
func (x *index) field(p schema.Path) field {
	names, ok := x.place(p)
	f := field{path: p, name: strings.Join(names, "."), presence: compiler.Superset}
	if x.layout.Source.AnyField {
		return x.mapped(f, x.root.Properties[anyField])
	}
	if !ok {
		f.nothing = true
		return f
	}
	at, maps := x.root, x.root.dynamic(true)
	for i, name := range names {
		if !at.open() {
			f.nothing = true
			return f
		}
		if at.Type == "flat_object" {
			below := names[i:]
			f.views = []view{{name: f.name, kind: flat, longest: anyLength, unsafe: !plainKeys(below), deep: len(below) > 1}}
			f.present = []string{f.name}
			return f
		}
		next, known := at.Properties[name]
		if !known {
			return f.unmapped(maps && x.root.guesses())
		}
		at, maps = next, next.dynamic(maps)
	}
	return x.mapped(f, at)
}

// open reports whether a field may have others below it that the index knows of.
func (p property) open() bool {
	switch p.Type {
	case "", "object", "flat_object":
		return p.searchable()
	default:
		return p.flattens()
	}
}

// unmapped is a path that the mapping does not have: nothing is indexed there,
// or OpenSearch maps it by the first value that it meets, a text as analysed text
// and a keyword of up to 256 units beside it.
func (f field) unmapped(maps bool) field {
	if !maps {
		f.nothing = true
		return f
	}
	f.guessed = true
	f.views, f.present = []view{{name: f.name + ".keyword", kind: term, longest: 256}}, []string{f.name}
	return f
}

// mapped reads what a field and those of the same value hold.
func (x *index) mapped(f field, p property) field {
	f.nothing = true
	if p.LosesLists && (f.path.Dynamic() || f.path.Lists) {
		return f
	}
	f.objects = f.path.Dynamic() && (p.leavesOut() || p.flattens())
	x.hold(&f, f.name, p)
	for _, name := range slices.Sorted(maps.Keys(p.Fields)) {
		x.hold(&f, f.name+"."+name, p.Fields[name])
	}
	slices.SortFunc(f.views, func(a, b view) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.longest, b.longest), strings.Compare(a.name, b.name))
	})
	return f
}

// hold adds what one field of a value holds.
func (x *index) hold(f *field, name string, p property) {
	if !p.searchable() || p.NullValue != nil {
		return
	}
	longest := anyLength
	if p.IgnoreAbove > 0 {
		longest = p.IgnoreAbove
	}
	itself := name == f.name
	complete := !p.leavesOut()
	switch p.Type {
	case "keyword", "wildcard":
		complete = longest == anyLength
		folds := x.folding[p.Normalizer]
		if p.Normalizer != "" && folds == 0 {
			return
		}
		kind := term
		if p.Type == "wildcard" {
			kind = pattern
		}
		f.views = append(f.views, view{
			name: name, kind: kind, folded: p.Normalizer != "", dotted: folds == foldsExactly, longest: longest, docValues: p.DocValues == nil || bool(*p.DocValues),
		})
	case "text":
		f.text, complete = f.text || itself, true
	case "boolean":
		f.boolean = f.boolean || itself && !p.leavesOut()
	case "double":
		f.number = name
		complete = complete && f.path.Type == schema.Number // an empty text is held as null
	case "ip":
		f.address = name
	case "date":
		f.instant = name
	default:
		return
	}
	f.nothing = false
	switch {
	case f.presence == compiler.Exact:
	case complete && !f.objects:
		f.presence, f.present = compiler.Exact, []string{name}
	default:
		f.present = append(f.present, name)
	}
}

// whole returns the first view in which a text can be looked up as it is, of
// texts in lower case or as stored.
func (f field) whole(folded bool, text string) (view, bool) {
	for _, v := range f.views {
		if v.folded == folded && v.longest >= units(text) && v.finds(text) && (text != "" || v.kind != pattern) {
			return v, true
		}
	}
	return view{}, false
}

// longest returns the view that holds the longest texts, in lower case or as
// stored, and can be searched for a part of them.
func (f field) longest(folded bool, part string) (found view, ok bool) {
	for _, v := range f.views {
		if v.folded == folded && v.finds(part) && v.longest > found.longest {
			found, ok = v, true
		}
	}
	return found, ok
}

// finds reports whether a text can be searched for: the type wildcard marks the ends
// of a text by NUL; lower case has another character for U+0130.
func (v view) finds(text string) bool {
	return (v.kind != pattern || !strings.Contains(text, "\x00")) && (!v.folded || !strings.ContainsAny(text, "\u0130\uffff"))
}

// plainKeys reports whether keys mean themselves in patterns and expressions.
func plainKeys(keys []string) bool {
	return !slices.ContainsFunc(keys, func(key string) bool {
		return key == "" || strings.ContainsFunc(key, func(r rune) bool {
			return r != '_' && r != '-' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
		})
	})
}

// units is the length that ignore_above counts.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}
