package pipeline

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

// params are the keys of a pipeline, a step or a condition. Each is taken by
// what knows it; what nothing takes is refused.
type params struct {
	*reader
	what  string    // they belong to, in words
	at    diag.Span // of it
	depth int       // of the keys in the document

	left  map[string]yamldoc.Entry
	order []yamldoc.Entry
	known []string // that have been asked for
}

// params reads a mapping; the caller says what it belongs to.
func (r *reader) params(n *yaml.Node, depth int) *params {
	p := &params{reader: r, at: r.Span(n), depth: depth, left: map[string]yamldoc.Entry{}, order: r.Mapping(n, depth)}
	for _, e := range p.order {
		p.left[e.Name] = e
	}
	return p
}

// take gives a key's entry once. A key with null is as good as none.
func (p *params) take(name string) (yamldoc.Entry, bool) {
	p.known = append(p.known, name)
	e, ok := p.left[name]
	delete(p.left, name)
	return e, ok && (e.Value.Kind != yaml.ScalarNode || e.Value.Tag != "!!null")
}

// need takes a key that must be there.
func (p *params) need(name string) (yamldoc.Entry, bool) {
	e, ok := p.take(name)
	if !ok {
		p.bad(p.at, "add "+name+":", "%s needs %s", p.what, name)
	}
	return e, ok
}

// text takes a text that may be left out.
func (p *params) text(name string) string {
	if e, ok := p.take(name); ok {
		return p.textOf(e)
	}
	return ""
}

// needText takes a text that must be there and hold something.
func (p *params) needText(name string) string {
	e, ok := p.need(name)
	if !ok {
		return ""
	}
	text := p.textOf(e)
	if text == "" && e.Value.Kind == yaml.ScalarNode {
		p.bad(p.Span(e.Value), "", "%s is empty", name)
	}
	return text
}

// flag takes true or false; what is left out is false.
func (p *params) flag(name string) bool {
	e, ok := p.take(name)
	if !ok {
		return false
	}
	if v, ok := p.scalarOf(e); ok && v.Kind != sigma.Bool {
		p.bad(v.At, "", "%s must be true or false", name)
	} else if ok {
		return v.Text == "true"
	}
	return false
}

// oneOf takes a word of a few. What is left out is the first, unless there must
// be one.
func (p *params) oneOf(name string, must bool, allowed ...string) string {
	e, ok := p.take(name)
	switch {
	case !ok && must:
		p.bad(p.at, "add "+name+": with one of "+strings.Join(allowed, ", "), "%s needs %s", p.what, name)
		return allowed[0]
	case !ok:
		return allowed[0]
	}
	text := p.textOf(e)
	if !slices.Contains(allowed, text) && e.Value.Kind == yaml.ScalarNode {
		p.bad(p.Span(e.Value), diag.Suggest(text, allowed, "use one of "+strings.Join(allowed, ", ")), "%q is not a %s", text, name)
	}
	return text
}

// value takes a scalar that must be there; null is one.
func (p *params) value(name string) sigma.Value {
	e, have := p.left[name]
	if _, ok := p.take(name); !ok && !have {
		p.bad(p.at, "add "+name+":", "%s needs %s", p.what, name)
		return sigma.Value{}
	}
	v, _ := p.scalarOf(e)
	return v
}

func (p *params) scalarOf(e yamldoc.Entry) (sigma.Value, bool) {
	if e.Value.Kind != yaml.ScalarNode {
		p.bad(p.Span(e.Value), "", "%s must be a single value", e.Name)
		return sigma.Value{}, false
	}
	return p.Scalar(e.Value)
}

func (p *params) textOf(e yamldoc.Entry) string {
	v, _ := p.scalarOf(e)
	return v.Text
}

// valuesOf reads a value or a list of values, none of them null.
func (p *params) valuesOf(e yamldoc.Entry) []sigma.Value {
	var list []sigma.Value
	add := func(n *yaml.Node) {
		v, ok := sigma.Value{}, n.Kind == yaml.ScalarNode
		if ok {
			v, ok = p.Scalar(n)
		}
		if !ok || v.Kind == sigma.Null {
			p.bad(p.Span(n), "", "%s must be a text or a list of texts", e.Name)
			return
		}
		list = append(list, v)
	}
	if e.Value.Kind != yaml.SequenceNode {
		add(e.Value)
		return list
	}
	for _, n := range e.Value.Content {
		if n = p.Follow(n, p.depth+2); n == nil {
			return list
		}
		add(n)
	}
	if len(e.Value.Content) == 0 {
		p.bad(p.Span(e.Value), "", "the list of %s is empty", e.Name)
	}
	return list
}

// textsOf reads a text or a list of texts; numbers and truth values are taken
// as they are written.
func (p *params) textsOf(e yamldoc.Entry) []string {
	var list []string
	for _, v := range p.valuesOf(e) {
		list = append(list, v.Text)
	}
	return list
}

// mapping reads the entries of a mapping below a key.
func (p *params) mapping(e yamldoc.Entry) []yamldoc.Entry {
	if e.Value.Kind != yaml.MappingNode {
		p.bad(p.Span(e.Value), "", "%s must be a mapping", e.Name)
		return nil
	}
	return p.Mapping(e.Value, p.depth+1)
}

// rest refuses what nothing has taken.
func (p *params) rest() {
	for _, e := range p.order {
		if _, ok := p.left[e.Name]; !ok {
			continue
		}
		if p.Full(e.Key) {
			return
		}
		slices.Sort(p.known)
		hint := diag.Suggest(e.Name, p.known, "the keys are "+strings.Join(p.known, ", "))
		p.bad(p.Span(e.Key), hint, "%s has no key %q", p.what, e.Name)
	}
}
