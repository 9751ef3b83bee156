package record

import (
	"bytes"
	"iter"
)

// Lookup gives the value of the first top-level member of that key, compared
// unescaped, and an absent one where there is none.
func (r *Record) Lookup(key string) Value {
	for i := range r.Members {
		if m := &r.Members[i]; m.Is(key) {
			return m.Value
		}
	}
	return Value{}
}

// Is reports whether the member's key, unescaped, is that text.
func (m *Member) Is(key string) bool {
	if !m.Escaped {
		return string(m.Key) == key
	}
	return string(appendUnescaped(nil, m.Key)) == key
}

// Name gives the member's key, unescaped.
func (m *Member) Name() string {
	if !m.Escaped {
		return string(m.Key)
	}
	return string(appendUnescaped(nil, m.Key))
}

// Get gives the value of an object's first member of that key, compared
// unescaped. It is absent where there is none and where v is no object.
func (v Value) Get(key string) Value {
	if v.Kind != Object {
		return Value{}
	}
	i := find(v.Raw, 0, key)
	if i < 0 {
		return Value{}
	}
	return valueAt(v.Raw, i)
}

// find gives the offset of the value of a key in the valid object at raw[i], -1
// when the key is not there. What the value holds is not looked at.
func find(raw []byte, i int, key string) int {
	for i = skipSpace(raw, i+1); raw[i] != '}'; {
		if raw[i] == ',' {
			i = skipSpace(raw, i+1)
		}
		m, value := memberAt(raw, i)
		if m.Is(key) {
			return value
		}
		i = skipSpace(raw, closeValue(raw, value))
	}
	return -1
}

// memberAt reads the key at raw[i] and gives the offset of its value.
func memberAt(raw []byte, i int) (m Member, value int) {
	end, flags, _ := skipString(raw, i+1)
	m.Key, m.Escaped = raw[i+1:end-1:end-1], flags&1 != 0
	return m, skipSpace(raw, skipSpace(raw, end)+1)
}

func valueAt(raw []byte, i int) Value {
	end := closeValue(raw, i)
	return Value{kinds[raw[i]], raw[i:end:end]}
}

// Members yields the members of an object in stored order, repeated keys
// included; nothing of other values.
func (v Value) Members() iter.Seq[Member] {
	return func(yield func(Member) bool) {
		if v.Kind != Object {
			return
		}
		for w := (walk{raw: v.Raw, i: 1}); w.member(); {
			if !yield(w.m) {
				return
			}
		}
	}
}

// Elements yields the elements of an array; nothing of other values.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.Kind != Array {
			return
		}
		for w := (walk{raw: v.Raw, i: 1}); w.element(); {
			if !yield(w.m.Value) {
				return
			}
		}
	}
}

// walk steps through a container whose text is known to be valid: it is part
// of a record. i is the offset behind the opening byte, or behind a value.
type walk struct {
	raw []byte
	i   int
	m   Member
}

// member reads the next member of an object into m.
func (w *walk) member() bool {
	i := w.separator()
	if i < 0 {
		return false
	}
	w.m, i = memberAt(w.raw, i)
	w.value(i)
	return true
}

// element reads the next element of an array into m.Value.
func (w *walk) element() bool {
	i := w.separator()
	if i < 0 {
		return false
	}
	w.value(i)
	return true
}

// separator gives the offset of the next key or element, -1 at the end.
func (w *walk) separator() int {
	i := skipSpace(w.raw, w.i)
	switch w.raw[i] {
	case ',':
		return skipSpace(w.raw, i+1)
	case '}', ']':
		return -1
	}
	return i
}

func (w *walk) value(i int) {
	w.m.Value = valueAt(w.raw, i)
	w.i = i + len(w.m.Value.Raw)
}

// closeValue gives the offset behind the valid value at raw[i].
func closeValue(raw []byte, i int) int {
	switch raw[i] {
	case '"':
		return closeString(raw, i+1)
	case '{', '[':
		return closeContainer(raw, i)
	}
	for i < len(raw) && !endsScalar[raw[i]] {
		i++
	}
	return i
}

// endsScalar marks the bytes that may stand behind a number or literal.
var endsScalar = [256]bool{',': true, '}': true, ']': true, ' ': true, '\t': true, '\n': true, '\r': true}

func closeContainer(raw []byte, i int) int {
	for depth := 0; ; {
		switch raw[i] {
		case '"':
			i = closeString(raw, i+1)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
}

// closeString gives the offset behind the quote that ends the valid string
// whose text begins at raw[i].
func closeString(raw []byte, i int) int {
	for {
		i += bytes.IndexByte(raw[i:], '"') + 1
		if raw[i-2] != '\\' {
			return i
		}
		back := i - 2
		for raw[back-1] == '\\' {
			back--
		}
		if (i-1-back)%2 == 0 {
			return i
		}
	}
}
