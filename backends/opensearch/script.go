package opensearch

import (
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// anyEqual is a Painless script: some value of one field is one of the other's.
// Names are parameters, never part of the script.
const anyEqual = "for (a in doc[params.a]) { for (b in doc[params.b]) { if (a == b) { return true } } } return false"

// equal writes that two fields hold the same text, by a script where those may be
// used. The fields of doc values are in lower case and of a bounded length, so
// the script finds a superset, with texts that are too long for it.
func (x *index) equal(p compiler.FieldEq) leafQuery {
	a, okA := x.field(p.Field).values()
	b, okB := x.field(p.Other).values()
	if !x.scripts || p.Relation != compiler.Same || !okA || !okB {
		return exactly(nil) // the target's row decides
	}
	script := object{"script": object{"script": object{
		"lang": "painless", "source": anyEqual, "params": object{"a": a.name, "b": b.name},
	}}}
	return superset(some([]object{script, a.tooLong, b.tooLong}), "the script compares the two fields in lower case")
}

// values is a field whose values a script can read.
type values struct {
	name    string
	tooLong object // finds texts that are too long for it
}

// values returns the keyword in lower case of a declared text.
func (f field) values() (values, bool) {
	if f.path.Dynamic() || f.path.Lists || f.path.Type != schema.Text || f.presence != compiler.Exact {
		return values{}, false
	}
	for _, v := range f.views {
		if v.kind == term && v.folded && v.docValues {
			return values{v.name, tooLong(f.present[0], v.name)}, true
		}
	}
	return values{}, false
}

// tooLong finds those whose text is there and not in a view.
func tooLong(there, view string) object {
	return object{"bool": object{"filter": []object{exists(there)}, "must_not": []object{exists(view)}}}
}
