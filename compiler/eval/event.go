package eval

import (
	"strings"
	"unicode/utf8"

	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// Event is a record being looked at. What is found in it is kept until the next
// Reset. An Event serves one goroutine.
type Event struct {
	source *schema.Source
	rec    *record.Record

	fields  *fields // those that slots belong to
	slots   []slot
	turn    uint64 // of Reset; slots of other turns are stale
	arena   []byte // texts that are not in the record as they stand
	compact []byte // the record's compact text, once asked for
	folded  []byte // the same, folded
}

// slot is the leaves of one field.
type slot struct {
	turn   uint64
	leaves []leaf
}

// leaf is one value of a field with the text by which rules compare it.
type leaf struct {
	kind   record.Kind
	text   []byte
	folded []byte // nil until asked for
}

// Reset makes the event that of another record, which must stay unchanged as
// long as the event is used.
func (ev *Event) Reset(source *schema.Source, rec *record.Record) {
	ev.source, ev.rec = source, rec
	ev.turn++
	ev.arena = ev.arena[:0]
	ev.compact, ev.folded = ev.compact[:0], ev.folded[:0]
}

// use makes room for the fields that a matcher numbers.
func (ev *Event) use(f *fields) {
	if ev.fields == f {
		return
	}
	ev.fields = f
	ev.turn++
	ev.slots = make([]slot, len(f.paths))
}

// leaves gives the leaves of a field. The slice is valid until the next Reset.
func (ev *Event) leaves(id int) []leaf {
	s := &ev.slots[id]
	if s.turn != ev.turn {
		s.turn, s.leaves = ev.turn, s.leaves[:0]
		ev.rec.Leaves(ev.fields.paths[id].Keys, func(v record.Value) bool {
			s.leaves = append(s.leaves, leaf{kind: v.Kind, text: ev.text(v)})
			return false
		})
	}
	return s.leaves
}

// text gives a value's text, which is the record's own where it stands there.
func (ev *Event) text(v record.Value) []byte {
	if plain, ok := v.Plain(); ok {
		return plain
	}
	start := len(ev.arena)
	ev.arena = v.AppendText(ev.arena)
	return ev.arena[start:len(ev.arena):len(ev.arena)]
}

// fold gives a leaf's text in simple lower case.
func (ev *Event) fold(l *leaf) []byte {
	if l.folded == nil {
		start := len(ev.arena)
		if folded, changed := appendFolded(ev.arena, l.text); changed {
			ev.arena = folded
			l.folded = folded[start:len(folded):len(folded)]
		} else {
			l.folded = l.text
		}
	}
	return l.folded
}

// appendFolded appends text in simple lower case; where that is the text itself
// it appends nothing and says so.
func appendFolded(dst, text []byte) (out []byte, changed bool) {
	i := 0
	for i < len(text) && text[i] < utf8.RuneSelf && (text[i] < 'A' || text[i] > 'Z') {
		i++
	}
	if i == len(text) {
		return dst, false
	}
	dst = append(dst, text[:i]...)
	for i < len(text) {
		c := text[i]
		if c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		dst = utf8.AppendRune(dst, sigma.FoldRune(r))
		i += n
	}
	return dst, true
}

// whole gives the record's compact text.
func (ev *Event) whole(fold bool) []byte {
	if len(ev.compact) == 0 {
		ev.compact = record.AppendCompact(ev.compact, ev.rec.Raw)
	}
	if !fold {
		return ev.compact
	}
	if len(ev.folded) == 0 {
		var changed bool
		if ev.folded, changed = appendFolded(ev.folded, ev.compact); !changed {
			ev.folded = append(ev.folded, ev.compact...)
		}
	}
	return ev.folded
}

// fields numbers the paths that plans ask for, each once.
type fields struct {
	paths []schema.Path
	ids   map[string]int
}

func newFields() *fields { return &fields{ids: map[string]int{}} }

// id gives a path's number. A key may hold any character but NUL, which no
// rule's field has.
func (f *fields) id(p schema.Path) int {
	key := strings.Join(p.Keys, "\x00")
	id, ok := f.ids[key]
	if !ok {
		id = len(f.paths)
		f.ids[key] = id
		f.paths = append(f.paths, p)
	}
	return id
}
