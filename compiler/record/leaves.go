package record

// Leaves visits each leaf at the end of a path of keys, in stored order, until
// visit returns true, and reports whether it did. Arrays fan out at every step
// and at the end, arrays in arrays too; a leaf is a value there that is neither
// null nor an array, so an object is one. Of a repeated key the first counts.
func (r *Record) Leaves(keys []string, visit func(Value) bool) bool {
	if len(keys) == 0 {
		return false
	}
	v := r.Lookup(keys[0])
	return v.Kind != Absent && leaves(v.Raw, 0, keys[1:], visit)
}

// leaves visits the leaves below the value at raw[i]. Objects on the way are
// entered without looking for their end.
func leaves(raw []byte, i int, keys []string, visit func(Value) bool) bool {
	for len(keys) > 0 && raw[i] == '{' {
		if i = find(raw, i, keys[0]); i < 0 {
			return false
		}
		keys = keys[1:]
	}
	switch kind := kinds[raw[i]]; {
	case kind == Array:
		for w := (walk{raw: raw, i: i + 1}); w.element(); {
			if leaves(w.m.Value.Raw, 0, keys, visit) {
				return true
			}
		}
		return false
	case len(keys) > 0 || kind == Null:
		return false
	}
	return visit(valueAt(raw, i))
}

// Reach tells what a path of keys finds in the record: some leaf, as Leaves
// defines it; some array at its end that has no elements; and the last key in
// some object that the path reaches, whatever its value is.
func (r *Record) Reach(keys []string) (leaf, emptyArray, key bool) {
	if len(keys) == 0 {
		return false, false, false
	}
	v := r.Lookup(keys[0])
	if v.Kind == Absent {
		return false, false, false
	}
	to := reach{key: len(keys) == 1}
	to.visit(v.Raw, 0, keys[1:])
	return to.leaf, to.empty, to.key
}

type reach struct{ leaf, empty, key bool }

func (to *reach) visit(raw []byte, i int, keys []string) {
	for len(keys) > 0 && raw[i] == '{' {
		if i = find(raw, i, keys[0]); i < 0 {
			return
		}
		keys = keys[1:]
		to.key = to.key || len(keys) == 0
	}
	switch kind := kinds[raw[i]]; {
	case kind == Array:
		w := walk{raw: raw, i: i + 1}
		if !w.element() {
			to.empty = to.empty || len(keys) == 0
			return
		}
		for more := true; more; more = w.element() {
			to.visit(w.m.Value.Raw, 0, keys)
		}
	case len(keys) == 0 && kind != Null:
		to.leaf = true
	}
}
