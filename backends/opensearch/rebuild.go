package opensearch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// RecordOf returns the record that a document of a layout holds, in AWS's names: its
// own text where the shipper kept it; else the document, where its names are
// those of the source; else what the layout's columns find, in their order. A
// value of another kind than its column's stays as it is. The error states that
// the document is no JSON object.
func RecordOf(l *schema.Layout, doc json.RawMessage) ([]byte, error) {
	parsed, err := record.Parse(doc)
	if err != nil {
		return nil, fmt.Errorf("a document of the layout %s: %w", l.Name, err)
	}
	top := record.Value{Kind: record.Object, Raw: bytes.TrimSpace(parsed.Raw)}
	extra := besides[l.Name]
	if extra.original != "" {
		if text := original(top, extra.original, l.Source); text != nil {
			return text, nil
		}
	}
	if identity(l.Columns) {
		return without(top, extra.members), nil
	}
	r := rebuilder{}
	if !r.object(top, l.Columns, l.Source.Fields) {
		return []byte("{}"), nil
	}
	return r.out, nil
}

// identity reports whether documents have the source's names.
func identity(columns []schema.Column) bool {
	return !slices.ContainsFunc(columns, func(c schema.Column) bool {
		return c.Name != c.Field || len(c.In) > 0 || c.Or != "" || !identity(c.Members)
	})
}

// original returns the record's own text at a dotted path, an object with a field of
// the source; nil where there is none.
func original(top record.Value, path string, s *schema.Source) []byte {
	for _, v := range valuesAt(top, strings.Split(path, ".")) {
		if v.Kind != record.String {
			continue
		}
		r, err := record.Parse([]byte(v.Text()))
		if err == nil && slices.ContainsFunc(r.Members, func(m record.Member) bool { return s.Field(m.Name()) != nil }) {
			return r.Raw
		}
	}
	return nil
}

// without returns a document as it is, but for some of its members.
func without(top record.Value, members []string) []byte {
	if len(members) == 0 {
		return top.Raw
	}
	out := []byte{'{'}
	for m := range top.Members() {
		if slices.Contains(members, m.Name()) {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, '"'), m.Key...), `":`...)
		out = append(out, m.Value.Raw...)
	}
	return append(out, '}')
}

// valuesAt returns the values at a path as the index sees them: arrays fan out on
// the way, and a key with dots is a path.
func valuesAt(v record.Value, path []string) []record.Value {
	if len(path) == 0 {
		return []record.Value{v}
	}
	var found []record.Value
	for e := range v.Elements() {
		found = append(found, valuesAt(e, path)...)
	}
	for n := 1; n <= len(path); n++ {
		if below := v.Get(strings.Join(path[:n], ".")); below.Kind != record.Absent {
			found = append(found, valuesAt(below, path[n:])...)
		}
	}
	return found
}

// rebuilder writes a record out of a document. Its methods report whether there is
// something to write, and write nothing otherwise.
type rebuilder struct{ out []byte }

// object writes the object of the fields that columns find below v.
func (r *rebuilder) object(v record.Value, columns []schema.Column, fields []schema.Field) bool {
	separator := byte('{')
	for i := range columns {
		c := &columns[i]
		mark := len(r.out)
		r.out = append(record.AppendQuoted(append(r.out, separator), c.Field), ':')
		if !r.member(v, c, fieldOf(fields, c.Field)) {
			r.out = r.out[:mark]
			continue
		}
		separator = ','
	}
	if separator == '{' {
		return false
	}
	r.out = append(r.out, '}')
	return true
}

func fieldOf(fields []schema.Field, name string) schema.Field {
	i := slices.IndexFunc(fields, func(f schema.Field) bool { return f.Name == name })
	if i < 0 {
		return schema.Field{}
	}
	return fields[i]
}

// member writes the value that a column finds below v, or its other sibling.
func (r *rebuilder) member(v record.Value, c *schema.Column, f schema.Field) bool {
	found := present(v, *c)
	if len(found) == 0 && c.Or != "" {
		found = present(v, schema.Column{In: c.In, Name: c.Or})
	}
	switch len(found) {
	case 0:
		return false
	case 1:
		return r.value(found[0], c, f)
	default:
		r.list(slices.Values(found), c, f)
		return true
	}
}

// present returns what is there of a column below v. Null is nothing.
func present(v record.Value, c schema.Column) []record.Value {
	found := valuesAt(v, schema.Place([]schema.Column{c}))
	return slices.DeleteFunc(found, func(v record.Value) bool { return v.Kind == record.Null })
}

// value writes one value of a column.
func (r *rebuilder) value(v record.Value, c *schema.Column, f schema.Field) bool {
	switch c.Type {
	case schema.Row, schema.RowList:
		switch {
		case v.Kind == record.Array:
			r.list(v.Elements(), c, f)
			return true
		case v.Kind == record.Object:
			return r.object(v, c.Members, f.Fields)
		case c.Name == "": // its members lie in what is no object
			return false
		}
	case schema.JSONText, schema.LowerJSON, schema.TextMap:
		if inside, ok := jsonIn(v); ok {
			v = inside
		}
	case schema.Timestamp:
		if t, ok := instantOf(v); ok {
			r.out = record.AppendQuoted(r.out, t.Format(time.RFC3339Nano))
			return true
		}
	case schema.Boolean:
		if v.Kind == record.Bool && f.Type == schema.Text {
			r.out = record.AppendQuoted(r.out, v.Text())
			return true
		}
	case schema.Varchar, schema.Integer, schema.Opaque:
	}
	r.out = record.AppendCompact(r.out, v.Raw)
	return true
}

// list writes several values of a column. An object of no known field stays an
// object.
func (r *rebuilder) list(values func(func(record.Value) bool), c *schema.Column, f schema.Field) {
	separator := byte('[')
	for v := range values {
		r.out = append(r.out, separator)
		separator = ','
		if !r.value(v, c, f) {
			r.out = append(r.out, "{}"...)
		}
	}
	if separator == '[' {
		r.out = append(r.out, '[')
	}
	r.out = append(r.out, ']')
}

// jsonIn returns the JSON value that a text holds. ok is false for what is no text,
// and for a text that is no JSON.
func jsonIn(v record.Value) (inside record.Value, ok bool) {
	if v.Kind != record.String {
		return v, false
	}
	wrapped := append(append([]byte(`{"":`), v.Text()...), '}')
	r, err := record.Parse(wrapped)
	if err != nil || len(r.Members) != 1 { // the text may end the object's first member and begin another
		return v, false
	}
	return r.Members[0].Value, true
}

// instants are the ways in which documents write a time as text.
var instants = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700"}

// instantOf reads a time: a text with its zone, or milliseconds since 1970.
func instantOf(v record.Value) (t time.Time, ok bool) {
	text := v.Text()
	switch v.Kind {
	case record.Number:
		millis, err := strconv.ParseInt(text, 10, 64)
		t = time.UnixMilli(millis).UTC()
		return t, err == nil && t.Year() >= 0 && t.Year() <= 9999
	case record.String:
		for _, layout := range instants {
			if t, err := time.Parse(layout, text); err == nil {
				return t.UTC(), true
			}
		}
	default:
	}
	return time.Time{}, false
}
