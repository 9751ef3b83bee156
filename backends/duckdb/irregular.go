//go:build cgo

package duckdb

import (
	"bytes"

	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// irregular reports whether a record holds anything that DuckDB's JSON and text
// functions might read in another way than the evaluator. Such records are not
// decided by SQL. It is conservative: it never looks at what a rule asks for,
// and calls irregular
//
//   - a declared scalar that holds an array or object, a declared struct that
//     holds neither an object nor null, a declared list that is neither null nor
//     an array of objects, a flow log number that is no integer;
//   - U+0130, whose lower case is two code points in DuckDB and one here;
//   - arrays nested directly in arrays more than two deep;
//   - a number whose text DuckDB would not give back, see plainNumber;
//   - the escapes \u, \/, \b and \f, any escape in a key, and control characters;
//   - a repeated key, and an object of more than maxMembers members.
func irregular(src *schema.Source, rec *record.Record) bool {
	if irregularText(rec.Raw) || len(rec.Members) > maxMembers {
		return true
	}
	c := checker{raw: rec.Raw}
	root := shapes[src]
	_, ok := c.object(0, root)
	return !ok
}

const (
	maxMembers = 64 // of an object; keys are compared pair by pair
	maxArrays  = 2  // arrays directly in arrays
	maxDigits  = 15 // what a double holds exactly, whatever the digits
)

// shape is what the schema declares of a field, its members by name.
type shape struct {
	kind    schema.Type // of the field; Struct for the record
	integer bool        // the column is a BIGINT
	column  int         // of a top-level field
	members map[string]*shape
}

// shapes are those of the records of each source.
var shapes = func() map[*schema.Source]*shape {
	all := map[*schema.Source]*shape{}
	for _, src := range schema.Sources {
		s := &shape{kind: schema.Struct, members: shapesOf(src.Fields)}
		for i, f := range src.Fields {
			s.members[f.Name].column = i
			s.members[f.Name].integer = f.Whole
		}
		all[src] = s
	}
	return all
}()

func shapesOf(fields []schema.Field) map[string]*shape {
	members := make(map[string]*shape, len(fields))
	for _, f := range fields {
		members[f.Name] = &shape{kind: f.Type, members: shapesOf(f.Fields)}
	}
	return members
}

// admits reports whether a value that begins with c may stand in the field.
func (s *shape) admits(c byte) bool {
	if s == nil || s.kind == schema.JSON || c == 'n' {
		return true
	}
	switch s.kind {
	case schema.Struct:
		return c == '{'
	case schema.List:
		return c == '['
	default:
		return c != '{' && c != '[' && (!s.integer || c == '-' || isDigit(c))
	}
}

// below gives the shape of what an object's key leads to; nil when the schema
// says nothing of it.
func (s *shape) below(key []byte) *shape {
	if s == nil {
		return nil
	}
	return s.members[string(key)]
}

// irregularText looks for what is irregular wherever it stands.
func irregularText(raw []byte) bool {
	for i := 0; ; {
		k := bytes.IndexByte(raw[i:], '\\')
		if k < 0 {
			break
		}
		switch i += k + 2; raw[i-1] {
		case 'u', '/', 'b', 'f':
			return true
		}
	}
	return bytes.Contains(raw, []byte("\u0130")) || bytes.IndexByte(raw, 0x7f) >= 0
}

// checker walks through valid JSON. Its functions are given the offset of a
// value's first byte and give the offset behind it; ok is false when something
// is irregular.
type checker struct{ raw []byte }

func (c *checker) value(i int, s *shape, arrays int) (end int, ok bool) {
	if !s.admits(c.raw[i]) {
		return 0, false
	}
	switch c.raw[i] {
	case '"':
		return c.text(i)
	case '{':
		return c.object(i, s)
	case '[':
		return c.array(i, s, arrays+1)
	case 't', 'f', 'n':
		for i < len(c.raw) && c.raw[i] >= 'a' && c.raw[i] <= 'z' {
			i++
		}
		return i, true
	}
	return c.number(i, s != nil && s.integer)
}

func (c *checker) object(i int, s *shape) (end int, ok bool) {
	var keys [maxMembers][]byte
	n := 0
	for i = c.space(i + 1); c.raw[i] != '}'; {
		if c.raw[i] == ',' {
			i = c.space(i + 1)
		}
		from := i + 1
		if i, ok = c.text(i); !ok || n == maxMembers {
			return 0, false
		}
		key := c.raw[from : i-1]
		if bytes.IndexByte(key, '\\') >= 0 || contains(keys[:n], key) {
			return 0, false
		}
		keys[n] = key
		n++
		if i, ok = c.value(c.space(c.space(i)+1), s.below(key), 0); !ok {
			return 0, false
		}
		i = c.space(i)
	}
	return i + 1, true
}

func contains(keys [][]byte, key []byte) bool {
	for _, k := range keys {
		if len(k) == len(key) && string(k) == string(key) {
			return true
		}
	}
	return false
}

// array checks an array. The elements of a declared list are objects of its
// shape.
func (c *checker) array(i int, s *shape, arrays int) (end int, ok bool) {
	if arrays > maxArrays {
		return 0, false
	}
	list := s != nil && s.kind == schema.List
	for i = c.space(i + 1); c.raw[i] != ']'; i = c.space(i) {
		if c.raw[i] == ',' {
			i = c.space(i + 1)
		}
		if list {
			if c.raw[i] != '{' {
				return 0, false
			}
			i, ok = c.object(i, s)
		} else {
			i, ok = c.value(i, nil, arrays)
		}
		if !ok {
			return 0, false
		}
	}
	return i + 1, true
}

// text checks a string, of which all but raw control characters is checked by
// irregularText; and those no valid JSON has.
func (c *checker) text(i int) (end int, ok bool) {
	for i++; ; i++ {
		k := bytes.IndexByte(c.raw[i:], '"')
		i += k
		escapes := 0
		for c.raw[i-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return i + 1, true
		}
	}
}

func (c *checker) number(i int, integer bool) (end int, ok bool) {
	from := i
	for i < len(c.raw) && (isDigit(c.raw[i]) || bytes.IndexByte([]byte("+-.eE"), c.raw[i]) >= 0) {
		i++
	}
	token := c.raw[from:i]
	return i, plainNumber(token) && (!integer || bytes.IndexByte(token, '.') < 0)
}

// plainNumber reports whether a JSON number is written as both DuckDB and
// record.Decimal write it: at most maxDigits digits, no exponent, no minus
// before zero, no zero at the end of a fraction. DuckDB turns to exponents at
// fractions that are smaller than those here.
func plainNumber(token []byte) bool {
	digits := bytes.TrimPrefix(token, []byte("-"))
	whole, fraction, decimal := bytes.Cut(digits, []byte("."))
	if len(whole)+len(fraction) > maxDigits || !allDigits(whole) || !allDigits(fraction) {
		return false
	}
	if !decimal {
		return len(digits) == len(token) || whole[0] != '0'
	}
	return fraction[len(fraction)-1] != '0' && !bytes.HasPrefix(fraction, []byte("000"))
}

func allDigits(text []byte) bool {
	for _, c := range text {
		if !isDigit(c) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// space gives the offset of the next byte that is no white space.
func (c *checker) space(i int) int {
	for i < len(c.raw) && c.raw[i] <= ' ' {
		i++
	}
	return i
}
