package eval

import (
	"unicode/utf8"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// Trace is what came of one predicate on one event. Its texts come from the
// rule and the event as they are, hostile ones too; who prints them makes them
// safe.
type Trace struct {
	Pred   compiler.Pred // its Span is the place in the rule
	Result bool
	Fields []FieldTrace // what a leaf looked at; none for the event's whole text
	Of     []Trace      // the parts of All, Any and Not, every one evaluated
}

// FieldTrace is what an event holds at a field.
type FieldTrace struct {
	Path   schema.Path
	Values []string // the leaves' texts in stored order, the first MaxValues, cut at MaxValue
	More   int      // leaves that Values leaves out
	Empty  bool     // an empty array stands there
	Key    bool     // the path's last key is there, whatever its value
}

// The bounds of what a trace shows.
const (
	MaxValues = 20  // texts of a field
	MaxValue  = 200 // bytes of a text
)

// Explain evaluates every predicate of a plan on a record, those too that
// decide nothing. The same plan and record give the same trace.
func Explain(p *compiler.Plan, rec *record.Record) Trace {
	var ev Event
	ev.Reset(p.Source, rec)
	return ev.explain(p.Where)
}

func (ev *Event) explain(p compiler.Pred) Trace {
	switch q := p.(type) {
	case compiler.All:
		return ev.explainList(p, q.Of, true)
	case compiler.Any:
		return ev.explainList(p, q.Of, false)
	case compiler.Not:
		part := ev.explain(q.Of)
		return Trace{Pred: p, Result: !part.Result, Of: []Trace{part}}
	default:
		return ev.explainLeaf(p)
	}
}

// explainList handles All (all is true) and Any.
func (ev *Event) explainList(p compiler.Pred, list []compiler.Pred, all bool) Trace {
	t := Trace{Pred: p, Result: all}
	for _, q := range list {
		part := ev.explain(q)
		if part.Result != all {
			t.Result = !all
		}
		t.Of = append(t.Of, part)
	}
	return t
}

// explainLeaf evaluates a leaf by the same test that Match uses.
func (ev *Event) explainLeaf(p compiler.Pred) Trace {
	f := newFields()
	prepared := f.prepare(p)
	ev.bind(f)
	t := Trace{Pred: p, Result: prepared.holds(ev)}
	for _, path := range compiler.Fields(p) {
		t.Fields = append(t.Fields, ev.look(path))
	}
	return t
}

func (ev *Event) look(path schema.Path) FieldTrace {
	t := FieldTrace{Path: path}
	_, t.Empty, t.Key = ev.record.Reach(path.Keys)
	ev.record.Leaves(path.Keys, func(v record.Value) bool {
		if len(t.Values) == MaxValues {
			t.More++
		} else {
			t.Values = append(t.Values, cut(v.Text()))
		}
		return false
	})
	return t
}

// cut shortens a text to MaxValue bytes and an ellipsis, between characters.
func cut(text string) string {
	if len(text) <= MaxValue {
		return text
	}
	end := MaxValue
	for end > MaxValue-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
