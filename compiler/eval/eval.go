// Package eval is the one evaluator of plans: it says which events a plan
// matches, and every engine follows it.
//
// It is plain and exact, and there is no second, faster one. Speed comes from
// the index of a Set, which may only say that a plan cannot match, and from
// reading only the fields that plans ask for, each once an event.
//
// A Matcher and a Set are never changed once made, so goroutines may share
// them; an Event and a Reader belong to one goroutine.
package eval

import "github.com/sigmahunt/sigmahunt/compiler"

// Matcher is one plan with its patterns and regular expressions prepared.
type Matcher struct {
	fields *fields
	where  test
}

// Compile prepares a plan. Its regular expressions must be RE2's, as the loader
// makes sure; another is a bug and panics.
func Compile(p *compiler.Plan) *Matcher {
	f := newFields()
	return &Matcher{fields: f, where: f.prepare(p.Where)}
}

// Match reports whether the event that ev was last reset to matches the plan.
func (m *Matcher) Match(ev *Event) bool {
	ev.bind(m.fields)
	return m.where.holds(ev)
}
