package compiler

import (
	"maps"
	"slices"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// Lowered is a pack compiled for no target yet. Several targets can share it:
// nothing in it changes after Lower returned it.
type Lowered struct {
	Pack         *sigma.Pack        // with its filters, which are applied to the rules
	Plans        []*Plan            // of the rules that compile, in the pack's order
	Correlations []*CorrelationPlan // that compile, in the pack's order, those that do not report included
	Diags        diag.List          // of compiling; those of loading are the pack's
	Rejected     map[string]int     // rules and correlations by the code of their first error

	byRule map[*sigma.Rule]*Plan
}

// Lower compiles the rules and correlations of a pack. Rules with an error are
// omitted and reported in Diags; the others are compiled. Plans show the fields
// that the pack's correlations read, so that every engine returns them.
func Lower(pack *sigma.Pack, sources schema.Lookup) *Lowered {
	low := &Lowered{Pack: pack, Rejected: map[string]int{}, byRule: map[*sigma.Rule]*Plan{}}
	for _, rule := range pack.Rules {
		plan, diags := Compile(rule, sources)
		low.Diags = append(low.Diags, diags...)
		if plan == nil {
			low.Rejected[firstError(diags)]++
			continue
		}
		low.byRule[rule] = plan
		low.Plans = append(low.Plans, plan)
	}
	r := &correlator{plans: low.byRule, sources: sources}
	for _, c := range pack.Correlations {
		of, diags := r.correlate(c)
		low.Diags = append(low.Diags, diags...)
		if of == nil {
			low.Rejected[firstError(diags)]++
			continue
		}
		low.Correlations = append(low.Correlations, of)
	}
	return low
}

// Reporting returns the correlations whose episodes are findings.
func (l *Lowered) Reporting() []*CorrelationPlan { return reporting(l.Correlations) }

func reporting(list []*CorrelationPlan) []*CorrelationPlan {
	return slices.DeleteFunc(slices.Clone(list), func(of *CorrelationPlan) bool { return of.Rule.Base })
}

// Program is a pack made ready for one target: everything that an engine runs.
type Program struct {
	Pack         *sigma.Pack
	Target       *Target
	Plans        []*Plan               // legal, of the rules that report
	Bases        []*Plan               // legal, of the rules that only correlations use
	Correlations []*CorrelationPlan    // that can run, those that do not report included
	Legal        map[*sigma.Rule]*Plan // every legal plan
	Diags        diag.List             // of loading, compiling and legalizing, sorted
	TargetDiags  diag.List             // of them, those of this target
	Rejected     map[string]int        // rules and correlations by the code of their first error
	Missing      int                   // of them, what would report itself, and every correlation
}

// NewProgram makes a pack ready for one target.
func NewProgram(pack *sigma.Pack, sources schema.Lookup, t *Target) *Program {
	return Lower(pack, sources).For(t, nil)
}

// For makes the pack ready for a target. The check, where there is one, is asked
// about each legal plan: a plan with an error is rejected as one whose query the
// engine does not take.
func (l *Lowered) For(t *Target, check func(*Plan) error) *Program {
	p := &Program{Pack: l.Pack, Target: t, Legal: map[*sigma.Rule]*Plan{}, Rejected: maps.Clone(l.Rejected)}
	for _, plan := range l.Plans {
		p.legalize(plan, check)
	}
	for _, rule := range l.Pack.Rules {
		switch {
		case rule.Base: // a correlation that misses it is counted
		case p.Legal[rule] == nil:
			p.Missing++
		default:
			p.Plans = append(p.Plans, p.Legal[rule])
		}
	}
	for _, of := range l.Correlations {
		if diags := LegalizeCorrelation(of, t, p.Legal); p.accept(diags) {
			p.Correlations = append(p.Correlations, of)
		}
	}
	p.Missing += len(l.Pack.Correlations) - len(p.Correlations)
	p.findBases()
	p.TargetDiags.Sort()
	p.Diags = slices.Concat(l.Pack.Diags, l.Diags, p.TargetDiags)
	p.Diags.Sort()
	return p
}

func (p *Program) legalize(plan *Plan, check func(*Plan) error) {
	legal, diags := Legalize(plan, p.Target)
	if legal != nil && check != nil {
		if err := check(legal); err != nil {
			diags.Errorf(diag.QueryTooLong, plan.Rule.At, "", "%v", err)
		}
	}
	if p.accept(diags) {
		p.Legal[plan.Rule] = legal
	}
}

// accept takes over diagnostics, and reports whether they hold no error.
func (p *Program) accept(diags diag.List) bool {
	p.TargetDiags = append(p.TargetDiags, diags...)
	if diags.HasErrors() {
		p.Rejected[firstError(diags)]++
		return false
	}
	return true
}

// findBases finds the rules without whose events the correlations cannot run.
func (p *Program) findBases() {
	for _, of := range p.Reporting() {
		for _, plan := range of.Bases() {
			if base := p.Legal[plan.Rule]; plan.Rule.Base && !slices.Contains(p.Bases, base) {
				p.Bases = append(p.Bases, base)
			}
		}
	}
}

// Reporting returns the correlations whose episodes are findings.
func (p *Program) Reporting() []*CorrelationPlan { return reporting(p.Correlations) }

// Expected returns how many queries the pack asks for, documents with errors
// included. Rules that only correlations use have none of their own.
func (p *Program) Expected() int {
	n := len(p.Pack.Correlations) + p.Pack.LeftOut
	for _, r := range p.Pack.Rules {
		if !r.Base {
			n++
		}
	}
	return n
}

// LookBack returns how far before a window the events of correlations must be read.
func LookBack(list []*CorrelationPlan) time.Duration {
	var back time.Duration
	for _, of := range list {
		back = max(back, of.LookBack())
	}
	return back
}

func firstError(list diag.List) string {
	for _, d := range list {
		if d.Severity == diag.Error {
			return string(d.Code)
		}
	}
	return ""
}
