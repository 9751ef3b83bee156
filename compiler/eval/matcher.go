package eval

import (
	"fmt"

	"github.com/sigmahunt/sigmahunt/compiler"
)

// Matcher is a plan made ready: its regular expressions and patterns prepared.
// It serves any number of goroutines, each with an Event of its own.
type Matcher struct {
	plan   *compiler.Plan
	fields *fields
	root   node
}

// node is a predicate made ready.
type node interface{ match(*Event) bool }

// Compile makes a plan's matcher.
func Compile(p *compiler.Plan) *Matcher {
	f := newFields()
	return &Matcher{plan: p, fields: f, root: build(p.Where, f)}
}

// Match reports whether the plan matches the event.
func (m *Matcher) Match(ev *Event) bool {
	ev.use(m.fields)
	return m.root.match(ev)
}

// build is the flat switch over the predicates.
func build(p compiler.Pred, f *fields) node {
	switch p := p.(type) {
	case compiler.All:
		return all(buildList(p.Of, f))
	case compiler.Any:
		return anyOf(buildList(p.Of, f))
	case compiler.Not:
		return not{build(p.Of, f)}
	case compiler.Const:
		return constant(p.Value)
	case compiler.In:
		return newIn(p, f)
	case compiler.Text:
		return newText(p, f)
	case compiler.Regexp:
		return newRegexp(p, f)
	case compiler.CIDR:
		return cidr{f.id(p.Field), p.Prefix}
	case compiler.Num:
		return number{f.id(p.Field), p.Op, p.Bound}
	case compiler.TimePart:
		return timePart{f.id(p.Field), p.Part, p.Op, p.Bound}
	case compiler.FieldEq:
		return fieldEq{f.id(p.Field), f.id(p.Other), p.Relation, p.Fold}
	case compiler.Null:
		return null{p.Field.Keys}
	case compiler.Exists:
		return exists{p.Field.Keys}
	case compiler.Keyword:
		return keyword{newPattern(p.Pattern), p.Fold}
	default:
		panic(fmt.Sprintf("eval: unknown predicate %T", p))
	}
}

func buildList(list []compiler.Pred, f *fields) []node {
	nodes := make([]node, len(list))
	for i, p := range list {
		nodes[i] = build(p, f)
	}
	return nodes
}

type all []node

func (a all) match(ev *Event) bool {
	for _, n := range a {
		if !n.match(ev) {
			return false
		}
	}
	return true
}

type anyOf []node

func (a anyOf) match(ev *Event) bool {
	for _, n := range a {
		if n.match(ev) {
			return true
		}
	}
	return false
}

type not struct{ of node }

func (n not) match(ev *Event) bool { return !n.of.match(ev) }

type constant bool

func (c constant) match(*Event) bool { return bool(c) }
