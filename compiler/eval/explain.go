package eval

import (
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// Trace says what a predicate made of a record, and of what values.
type Trace struct {
	Pred   compiler.Pred
	Result bool
	Fields []FieldTrace // of a leaf: what its fields hold
	Of     []Trace      // of All, Any and Not
}

// FieldTrace is a field with the values that the record has for it.
type FieldTrace struct {
	Path   schema.Path
	Values []string // as rules compare them, cut at MaxValue bytes
	More   int      // values left out
	Empty  bool     // an empty array stands there
	Key    bool     // the key is there, with null or a value
}

// Bounds of a trace.
const (
	MaxValue  = 200
	maxValues = 20
)

// Explain holds a record against a plan and tells what each part of it says.
func Explain(p *compiler.Plan, rec *record.Record) Trace {
	var ev Event
	ev.Reset(p.Source, rec)
	return explain(p.Where, &ev)
}

func explain(p compiler.Pred, ev *Event) Trace {
	t := Trace{Pred: p}
	switch p := p.(type) {
	case compiler.All:
		t.Of = explainList(p.Of, ev)
	case compiler.Any:
		t.Of = explainList(p.Of, ev)
	case compiler.Not:
		t.Of = []Trace{explain(p.Of, ev)}
	default:
		for _, path := range compiler.Fields(p) {
			t.Fields = append(t.Fields, explainField(path, ev))
		}
	}
	f := newFields()
	root := build(p, f)
	ev.use(f)
	t.Result = root.match(ev)
	return t
}

func explainList(list []compiler.Pred, ev *Event) []Trace {
	out := make([]Trace, len(list))
	for i, p := range list {
		out[i] = explain(p, ev)
	}
	return out
}

func explainField(path schema.Path, ev *Event) FieldTrace {
	t := FieldTrace{Path: path}
	ev.rec.Leaves(path.Keys, func(v record.Value) bool {
		if len(t.Values) == maxValues {
			t.More++
			return false
		}
		text := v.Text()
		if len(text) > MaxValue {
			text = text[:MaxValue] + "…"
		}
		t.Values = append(t.Values, text)
		return false
	})
	_, t.Empty, t.Key = ev.rec.Reach(path.Keys)
	return t
}
