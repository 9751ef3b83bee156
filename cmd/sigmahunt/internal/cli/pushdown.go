package cli

import (
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// correlations writes what stands for the correlations: a statement of each where
// the target makes episodes itself, else the queries of the rules that they look
// at.
func (a *app) correlations(c *compiler.Program, list []*compiler.CorrelationPlan, emit backends.Emit, w backends.Window, o *compileOptions, write writeRules) []written {
	b := o.backend
	if b.Target().Correlation != compiler.InOneQuery {
		return write(a.bases(c, list, o), emit, w.Reaching(compiler.LookBack(list)), o)
	}
	var out []written
	var ofRows []*compiler.CorrelationPlan
	for _, of := range list {
		if undated(of) {
			ofRows = append(ofRows, of)
			continue
		}
		q, err := backends.EmitCorrelation(b, of, c.Legal, w)
		if err != nil {
			a.say("sigmahunt: %s: unsupported as one statement: %s; sigmahunt scan correlates rows instead", of.Rule.At, diag.Printable(err.Error()))
			continue
		}
		query := backends.Query{Target: q.Target, Text: q.Text, Table: q.Table, Window: q.Window}
		if o.form.Write != nil {
			if query.Text, err = o.form.Write(query, o.when); err != nil {
				a.say("sigmahunt: %s: %v", of.Rule.At, err)
				continue
			}
		}
		out = append(out, written{query: query, of: of})
	}
	if len(ofRows) > 0 {
		out = append(out, write(a.bases(c, ofRows, o), emit, w, o)...)
	}
	return out
}

// undated reports whether nothing is known to date the events of a correlation, so
// that neither a statement nor a scan makes it: the queries of its rules are all
// that can be written.
func undated(of *compiler.CorrelationPlan) bool {
	return slices.ContainsFunc(of.Bases(), func(p *compiler.Plan) bool { return p.Source.Time == "" })
}

// headers are what the rules, or the correlation, of a query say of themselves.
func (w *written) headers() []*sigma.Header {
	if w.of != nil {
		return []*sigma.Header{&w.of.Rule.Header}
	}
	var list []*sigma.Header
	for _, p := range w.plans {
		list = append(list, &p.Rule.Header)
	}
	return list
}

// source names the source of a query, or all of a correlation's.
func (w *written) source() string {
	if w.of == nil {
		return w.query.Batch.Source.Name
	}
	return strings.Join(compiler.SourceNames(w.of), ",")
}

// answeredByStatements gives the correlations that a list of queries answers by statements,
// those below others included.
func answeredByStatements(list []written) map[*compiler.CorrelationPlan]bool {
	done := map[*compiler.CorrelationPlan]bool{}
	for _, w := range list {
		if w.of != nil {
			for _, of := range compiler.Below([]*compiler.CorrelationPlan{w.of}) {
				done[of] = true
			}
		}
	}
	return done
}
