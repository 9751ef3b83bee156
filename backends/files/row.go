package files

import (
	"bytes"

	"github.com/parquet-go/parquet-go"

	"github.com/sigmahunt/sigmahunt/compiler/record"
)

// assembly is the text of a record while its row's values are put together
// (Parquet format, "Nested Encoding": a value's definition level tells how much
// of its path is there, its repetition level in which array it continues).
type assembly struct {
	leaves []leafValues
	raw    []byte
	spans  []span
	limit  int   // bytes of a record
	err    error // why the row is no record
	single bool  // the value being written is a top-level column of its own
	member record.Record
	probe  []byte
}

// span is a top-level member in raw.
type span struct {
	node     *node
	from, to int  // of the value
	text     bool // JSON as it was stored, not looked at yet
}

// leafValues are the values of a leaf column that a row has, and how many were
// used.
type leafValues struct {
	values []parquet.Value
	used   int
}

// record makes the record of a row, which is valid until the next call. The
// error is errOversized, or errCorrupt where values are missing.
func (t *table) record(rec *record.Record, row parquet.Row, limit int) error {
	a := &t.row
	a.raw, a.spans, a.limit, a.err = append(a.raw[:0], '{'), a.spans[:0], limit, nil
	if !a.divide(row) {
		return errCorrupt
	}
	for _, n := range t.columns {
		mark := len(a.raw)
		if mark > 1 {
			a.raw = append(a.raw, ',')
		}
		a.raw = append(a.raw, n.key...)
		from := len(a.raw)
		a.spans = append(a.spans, span{node: n, from: from})
		a.single = n.shape == leaf && !n.repeated
		if !a.value(n) {
			a.raw, a.spans = a.raw[:mark], a.spans[:len(a.spans)-1]
		} else {
			a.spans[len(a.spans)-1].to = len(a.raw)
		}
		if a.err != nil {
			return a.err
		}
	}
	if a.raw = append(a.raw, '}'); len(a.raw) > limit {
		return errOversized
	}
	return a.parse(rec)
}

// divide assigns to each leaf its values, of which there is one at least.
func (a *assembly) divide(row parquet.Row) bool {
	at := 0
	for i := range a.leaves {
		from := at
		for at < len(row) && row[at].Column() == i {
			at++
		}
		if a.leaves[i] = (leafValues{values: row[from:at]}); at == from {
			return false
		}
	}
	return at == len(row)
}

// parse reads the record from raw. Texts of JSON columns are taken for JSON at
// first, which they nearly always are; when the members are not exactly those
// that were written, each text is looked at on its own.
func (a *assembly) parse(rec *record.Record) error {
	if record.ParseInto(rec, a.raw) == nil && a.isAsWritten(rec) {
		return nil
	}
	raw := append(make([]byte, 0, 2*len(a.raw)), '{')
	for i, s := range a.spans {
		if i > 0 {
			raw = append(raw, ',')
		}
		raw = append(raw, s.node.key...)
		if value := a.raw[s.from:s.to]; s.text && !a.isJSON(value) {
			raw = appendText(raw, value)
		} else {
			raw = append(raw, value...)
		}
	}
	a.raw = append(raw, '}')
	if record.ParseInto(rec, a.raw) != nil {
		return errCorrupt // nested more deeply than records may be
	}
	return nil
}

// isAsWritten reports whether a record's members are the spans. It is enough to
// compare lengths: each member begins where the one before it ends.
func (a *assembly) isAsWritten(rec *record.Record) bool {
	if len(rec.Members) != len(a.spans) {
		return false
	}
	for i := range rec.Members {
		m, s := &rec.Members[i], &a.spans[i]
		if len(m.Value.Raw) != s.to-s.from || len(m.Key)+len(`"":`) != len(s.node.key) {
			return false
		}
	}
	return true
}

// isJSON reports whether a text without white space around it is one JSON value.
func (a *assembly) isJSON(text []byte) bool {
	a.probe = append(append(append(a.probe[:0], `{"":`...), text...), '}')
	if record.ParseInto(&a.member, a.probe) != nil || len(a.member.Members) != 1 {
		return false
	}
	return len(a.member.Members[0].Value.Raw) == len(text)
}

// value writes what a row has of a node; false when it has nothing.
func (a *assembly) value(n *node) bool {
	if n.repeated {
		return a.array(n, n.def-1, n.rep-1, a.one, n)
	}
	v := a.next(n)
	if v == nil {
		return false
	}
	if v.DefinitionLevel() < n.def {
		a.absent(n)
		return false
	}
	return a.one(n)
}

// next returns the first value that a row still has of a node; nil and an error
// when there is none.
func (a *assembly) next(n *node) *parquet.Value {
	l := &a.leaves[n.first]
	if l.used == len(l.values) {
		a.err = errCorrupt
		return nil
	}
	return &l.values[l.used]
}

// absent uses up the values that stand for a node without a value.
func (a *assembly) absent(n *node) {
	for i := n.first; i < n.first+n.leaves; i++ {
		l := &a.leaves[i]
		if l.used == len(l.values) {
			a.err = errCorrupt
			return
		}
		l.used++
	}
}

// one writes a node that has a value.
func (a *assembly) one(n *node) bool {
	switch n.shape {
	case list:
		return a.array(n, n.def, n.rep, a.value, n.children[0])
	case dict:
		return a.object(n)
	case group:
		a.raw = append(a.raw, '{')
		start := len(a.raw)
		for _, child := range n.children {
			mark := len(a.raw)
			if mark > start {
				a.raw = append(a.raw, ',')
			}
			a.raw = append(a.raw, child.key...)
			if !a.value(child) {
				a.raw = a.raw[:mark]
			}
			if a.err != nil {
				return false
			}
		}
		a.raw = append(a.raw, '}')
		return true
	default:
	}
	v := a.next(n)
	if v == nil {
		return false
	}
	a.leaves[n.first].used++
	if v.IsNull() {
		return false
	}
	if v.Kind() != n.kind {
		a.err = errCorrupt
		return false
	}
	n.write(a, v)
	return a.err == nil
}

// more reports whether a row has a further element of an array whose elements
// have that repetition level.
func (a *assembly) more(n *node, rep int) bool {
	l := &a.leaves[n.first]
	return a.err == nil && l.used < len(l.values) && l.values[l.used].RepetitionLevel() == rep
}

// array writes the elements of n, an array with those levels.
func (a *assembly) array(n *node, def, rep int, write func(*node) bool, element *node) bool {
	v := a.next(n)
	if v == nil {
		return false
	}
	if v.DefinitionLevel() <= def {
		a.absent(n)
		a.raw = append(a.raw, "[]"...)
		return true
	}
	a.raw = append(a.raw, '[')
	for first := true; first || a.more(n, rep+1); first = false {
		if !first {
			a.raw = append(a.raw, ',')
		}
		if !write(element) {
			a.raw = append(a.raw, "null"...)
		}
		a.bound(0)
	}
	a.raw = append(a.raw, ']')
	return a.err == nil
}

// object writes the pairs of a map.
func (a *assembly) object(n *node) bool {
	v := a.next(n)
	if v == nil {
		return false
	}
	if v.DefinitionLevel() <= n.def {
		a.absent(n)
		a.raw = append(a.raw, "{}"...)
		return true
	}
	a.raw = append(a.raw, '{')
	for first := true; first || a.more(n, n.rep+1); first = false {
		if !first {
			a.raw = append(a.raw, ',')
		}
		from := len(a.raw)
		if !a.value(n.children[0]) {
			a.raw = append(a.raw, `""`...)
		} else if a.raw[from] != '"' {
			key := bytes.Clone(a.raw[from:])
			a.raw = appendText(a.raw[:from], key)
		}
		a.raw = append(a.raw, ':')
		if !a.value(n.children[1]) {
			a.raw = append(a.raw, "null"...)
		}
		a.bound(0)
	}
	a.raw = append(a.raw, '}')
	return a.err == nil
}

// bound reports whether so many more bytes fit a record.
func (a *assembly) bound(more int) bool {
	if len(a.raw)+more > a.limit {
		a.err = errOversized
	}
	return a.err == nil
}
