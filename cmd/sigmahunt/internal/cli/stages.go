package cli

import (
	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
)

// stages writes the correlations that the target takes in two stages, and returns
// the others.
func (a *app) stages(c *compiler.Program, b backends.Backend, w backends.Window, o *compileOptions) (list []written, others []*compiler.CorrelationPlan) {
	if o.exact || o.form.Write != nil && !o.form.Stages {
		return nil, c.Reporting()
	}
	staged, others := backends.InStages(c, c.Reporting(), b)
	for _, of := range staged {
		q, err := a.bothStages(of, b, w)
		if err != nil {
			a.say("sigmahunt: %s: %v", of.Of.Rule.At, err)
			continue
		}
		list = append(list, written{of: of.Of, query: q, stages: true})
	}
	return list, others
}

// bothStages writes a correlation as its two stages.
func (a *app) bothStages(of *compiler.Prefilter, b backends.Backend, w backends.Window) (backends.Query, error) {
	q, err := b.WritesCorrelations().Stages.Both(of, w.Reaching(of.Of.LookBack()))
	if err == nil {
		a.say("sigmahunt: %s: note: the query is two stages: one that finds where it may fire, from %s before the time that is looked at, and one for the events there; sigmahunt scan runs both and correlates", of.Of.Rule.At, of.Of.LookBack())
	}
	return q, err
}
