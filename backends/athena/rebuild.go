package athena

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// rebuilder makes records of the texts that Athena gives for a batch's cells.
// What is NULL is missing; a text is a number, a boolean or JSON where the source
// declares such a field.
type rebuilder struct {
	cells []*cell
	null  string // text that stands for null; empty: none
	root  *member
	names map[string]*keyNames // of columns whose keys are in lower case, by field
}

// member is a key of the record to be made.
type member struct {
	key   string
	cell  int // its place in the answer; -1: none
	below []*member
}

func newRebuilder(b compiler.Batch, layout *schema.Layout) *rebuilder {
	r := &rebuilder{cells: shape(b, layout), null: layout.NullText, root: &member{cell: -1}, names: map[string]*keyNames{}}
	for i, c := range r.cells {
		at := r.root
		for _, key := range c.keys {
			at = at.child(key)
		}
		at.cell = i
		if c.last.Type == schema.LowerJSON {
			r.names[c.keys[0]] = &keyNames{}
		}
	}
	r.collect(b)
	return r
}

func (m *member) child(key string) *member {
	for _, b := range m.below {
		if b.key == key {
			return b
		}
	}
	b := &member{key: key, cell: -1}
	m.below = append(m.below, b)
	return b
}

// keyNames are the spellings that rules have for keys in lower case.
type keyNames struct {
	name  string
	below map[string]*keyNames // by the key in lower case
}

func (k *keyNames) add(keys []string) {
	for _, key := range keys {
		if k.below == nil {
			k.below = map[string]*keyNames{}
		}
		lower := strings.ToLower(key)
		if k.below[lower] == nil {
			k.below[lower] = &keyNames{name: key}
		}
		k = k.below[lower]
	}
}

// collect takes the spelling of keys from the paths of the batch's plans.
func (r *rebuilder) collect(b compiler.Batch) {
	add := func(p schema.Path) {
		if names := r.names[p.Keys[0]]; names != nil {
			names.add(p.Keys[1:])
		}
	}
	for _, plan := range b.Plans {
		for _, p := range plan.Show {
			add(p)
		}
		for _, where := range []*compiler.Plan{plan, plan.Residual} {
			if where != nil {
				compiler.Walk(where.Where, func(p compiler.Pred) {
					for _, f := range compiler.Fields(p) {
						add(f)
					}
				})
			}
		}
	}
	c := b.Source.Columns
	for _, names := range [][]string{c.Who, c.From, c.What, c.Where} {
		for _, name := range names {
			if p, _, ok := b.Source.Resolve(name); ok {
				add(p)
			}
		}
	}
}

// columns are the names that the answer's columns must have.
func (r *rebuilder) columns() []string {
	names := make([]string, len(r.cells))
	for i, c := range r.cells {
		names[i] = c.name()
	}
	return names
}

// record gives the record of a row, whose texts are as many as the cells.
func (r *rebuilder) record(row []*string) ([]byte, error) {
	if len(row) != len(r.cells) {
		return nil, fmt.Errorf("a row of %d columns, not %d", len(row), len(r.cells))
	}
	var out bytes.Buffer
	if !r.write(&out, r.root, row) {
		out.WriteString("{}")
	}
	return out.Bytes(), nil
}

// write writes a member's value, and reports whether there is one.
func (r *rebuilder) write(out *bytes.Buffer, m *member, row []*string) bool {
	var text *string
	if m.cell >= 0 {
		if text = row[m.cell]; text != nil && *text == r.null && r.null != "" {
			text = nil
		}
	}
	if len(m.below) == 0 {
		if text != nil {
			r.value(out, r.cells[m.cell], *text)
		}
		return text != nil
	}
	start := out.Len()
	separator := byte('{')
	for _, b := range m.below {
		mark := out.Len()
		out.WriteByte(separator)
		out.Write(quoted(b.key))
		out.WriteByte(':')
		if !r.write(out, b, row) {
			out.Truncate(mark)
			continue
		}
		separator = ','
	}
	if out.Len() == start {
		if text == nil {
			return false
		}
		out.WriteByte('{')
	}
	out.WriteByte('}')
	return true
}

// value writes a cell's text as JSON.
func (r *rebuilder) value(out *bytes.Buffer, c *cell, text string) {
	valid := json.Valid([]byte(text))
	if valid && (c.typ == schema.Number && record.IsNumber(text) || c.typ == schema.Bool && (text == "true" || text == "false")) {
		out.WriteString(text)
		return
	}
	switch c.last.Type {
	case schema.JSONText, schema.TextMap:
		if valid {
			out.WriteString(text)
			return
		}
	case schema.LowerJSON:
		if valid {
			respell(out, []byte(text), r.names[c.keys[0]])
			return
		}
	case schema.RowList:
		if valid {
			names := &keyNames{}
			names.members(c.last.Members)
			respell(out, []byte(text), names)
			return
		}
	default:
	}
	out.Write(quoted(text))
}

// members takes the spelling of keys from a struct's columns.
func (k *keyNames) members(list []schema.Column) {
	for _, m := range list {
		k.add([]string{m.Field})
		k.below[strings.ToLower(m.Field)].members(m.Members)
	}
}

func quoted(text string) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a text can always be written
	return bytes.TrimSuffix(b.Bytes(), []byte{'\n'})
}

// respell copies valid JSON with its keys spelled as names has them.
func respell(out *bytes.Buffer, text []byte, names *keyNames) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	respellValue(out, d, names)
}

func respellValue(out *bytes.Buffer, d *json.Decoder, names *keyNames) {
	token, err := d.Token()
	if err != nil { // the text is valid
		panic("athena: " + err.Error())
	}
	switch t := token.(type) {
	case json.Delim:
		out.WriteByte(byte(t))
		for first := true; d.More(); first = false {
			if !first {
				out.WriteByte(',')
			}
			below := names
			if t == '{' {
				below = respellKey(out, d, names)
			}
			respellValue(out, d, below)
		}
		if _, err := d.Token(); err != nil && err != io.EOF {
			panic("athena: " + err.Error())
		}
		out.WriteByte(byte(t) + 2) // ] and } stand two behind [ and {
	case string:
		out.Write(quoted(t))
	case json.Number:
		out.WriteString(t.String())
	case bool:
		fmt.Fprint(out, t)
	default:
		out.WriteString("null")
	}
}

// respellKey copies a key and gives the names below it.
func respellKey(out *bytes.Buffer, d *json.Decoder, names *keyNames) *keyNames {
	token, _ := d.Token()
	key, _ := token.(string)
	var below *keyNames
	if names != nil {
		if below = names.below[strings.ToLower(key)]; below != nil {
			key = below.name
		}
	}
	out.Write(quoted(key))
	out.WriteByte(':')
	return below
}
