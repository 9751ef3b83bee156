package eval

import (
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// Event is a record being looked at. The leaves of a field are found when a
// test first asks for them and kept until the next Reset; memory is kept beyond
// it. The zero value is ready to be reset.
type Event struct {
	source *schema.Source
	record *record.Record

	fields *fields // what the numbers of slots stand for
	slots  []slot
	round  uint64 // counts resets; a slot of an earlier round is empty

	found []leaf // the leaves of all filled slots
	arena []byte // texts that are not in the record as they stand
	whole leaf   // the record's compact text
	known bool   // whole is filled
	visit func(record.Value) bool
}

// slot is where a field's leaves lie in found.
type slot struct {
	round    uint64
	from, to int
}

// leaf is a value at the end of a path, neither null nor an array.
type leaf struct {
	kind record.Kind
	text []byte

	lower []byte // text folded, nil until asked for
}

// Memory that one huge event made an Event take is not kept for the next.
const (
	keepArena = 1 << 20 // bytes
	keepFound = 1 << 14 // leaves
)

// Reset makes ev a look at a record of a source. The record must not change
// while ev is matched.
func (ev *Event) Reset(src *schema.Source, rec *record.Record) {
	ev.source, ev.record = src, rec
	ev.round++
	ev.known = false
	if ev.found = ev.found[:0]; cap(ev.found) > keepFound {
		ev.found = nil
	}
	if ev.arena = ev.arena[:0]; cap(ev.arena) > keepArena {
		ev.arena = nil
	}
	if ev.visit == nil {
		ev.visit = ev.add
	}
}

// bind makes ev speak in the field numbers of f.
func (ev *Event) bind(f *fields) {
	if ev.fields != f {
		ev.fields = f
		ev.slots = make([]slot, len(f.paths))
	}
}

// leaves gives the leaves of a field in stored order. What is later noted in
// them may be lost when the leaves of another field are found.
func (ev *Event) leaves(field int) []leaf {
	s := &ev.slots[field]
	if s.round != ev.round {
		s.round, s.from = ev.round, len(ev.found)
		ev.record.Leaves(ev.fields.paths[field].Keys, ev.visit)
		s.to = len(ev.found)
	}
	return ev.found[s.from:s.to:s.to]
}

func (ev *Event) add(v record.Value) bool {
	ev.found = append(ev.found, leaf{kind: v.Kind, text: ev.text(v)})
	return false
}

// text gives a leaf's text, out of the record where it stands there.
func (ev *Event) text(v record.Value) []byte {
	if plain, ok := v.Plain(); ok {
		return plain
	}
	from := len(ev.arena)
	ev.arena = v.AppendText(ev.arena)
	return ev.arena[from:len(ev.arena):len(ev.arena)]
}

// all gives the event's whole compact text as a leaf.
func (ev *Event) all() *leaf {
	if !ev.known {
		ev.known = true
		from := len(ev.arena)
		ev.arena = record.AppendCompact(ev.arena, ev.record.Raw)
		ev.whole = leaf{kind: record.Object, text: ev.arena[from:len(ev.arena):len(ev.arena)]}
	}
	return &ev.whole
}

// textOf gives a leaf's text, folded where fold asks for it.
func (ev *Event) textOf(l *leaf, fold bool) []byte {
	switch {
	case !fold:
		return l.text
	case l.lower != nil:
	case isFolded(l.text):
		l.lower = l.text
	default:
		from := len(ev.arena)
		ev.arena = appendFold(ev.arena, l.text)
		l.lower = ev.arena[from:len(ev.arena):len(ev.arena)]
	}
	return l.lower
}

// fields numbers the paths that tests ask for.
type fields struct {
	paths []schema.Path
	at    map[string]int // by name; keys hold no dots, so names are distinct
}

func newFields() *fields { return &fields{at: map[string]int{}} }

func (f *fields) number(p schema.Path) int {
	name := p.Name()
	n, ok := f.at[name]
	if !ok {
		n = len(f.paths)
		f.paths = append(f.paths, p)
		f.at[name] = n
	}
	return n
}
