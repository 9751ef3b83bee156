package pipeline

import (
	"cmp"
	"slices"

	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// Limits on what steps make of rules.
const (
	maxAlternatives = 10_000    // of one search
	maxItems        = 2_000_000 // that all rules together get in place of theirs
	maxFieldList    = 10_000    // names in a rule's list of fields
	maxRenamed      = 10_000    // bytes of a field's new name
)

// Apply gives a pack with copies of the given one's rules and correlations as
// the pipelines make them, the lowest priority first. The given pack, which
// Join has put together, is not changed; what no step touches may be shared
// with it. A rule that a pipeline refuses is left out and said, and so is a
// correlation that refers to it.
func Apply(pack *sigma.Pack, pipelines []*Pipeline) *sigma.Pack {
	ordered := slices.DeleteFunc(slices.Clone(pipelines), func(p *Pipeline) bool { return p == nil })
	slices.SortStableFunc(ordered, func(a, b *Pipeline) int { return cmp.Compare(a.Priority, b.Priority) })
	a := newApplier(pack)
	for _, p := range ordered {
		a.run(p.steps, a.drafts)
	}
	return a.finish(pack)
}

// applier works on the drafts of a pack.
type applier struct {
	drafts       []*draft // rules, then correlations
	rules        map[*sigma.Rule]*draft
	correlations map[*sigma.Correlation]*draft
	items        int       // that replaced searches hold
	at           diag.Span // of the step being applied
	diags        diag.List
}

func newApplier(pack *sigma.Pack) *applier {
	a := &applier{rules: map[*sigma.Rule]*draft{}, correlations: map[*sigma.Correlation]*draft{}}
	for _, r := range pack.Rules {
		d := draftOfRule(r)
		a.rules[r] = d
		a.drafts = append(a.drafts, d)
	}
	for _, c := range pack.Correlations {
		d := draftOfCorrelation(c)
		a.correlations[c] = d
		a.drafts = append(a.drafts, d)
	}
	for _, d := range a.drafts[len(pack.Rules):] {
		for i := range d.correlation.Rules {
			if of := a.referred(&d.correlation.Rules[i]); of != nil {
				d.rules = append(d.rules, of)
			}
		}
	}
	return a
}

// referred gives the draft of what a reference stands for, or nil.
func (a *applier) referred(ref *sigma.Reference) *draft {
	if ref.Rule != nil {
		return a.rules[ref.Rule]
	}
	return a.correlations[ref.Correlation]
}

// run applies steps to drafts, one step after the other. All conditions of a
// step on rules are asked before it changes any.
func (a *applier) run(steps []*step, drafts []*draft) {
	for _, st := range steps {
		var chosen []*draft
		for _, d := range drafts {
			if !d.refused && st.rules.holds(&subject{draft: d}) {
				chosen = append(chosen, d)
			}
		}
		a.at = st.at
		st.transform(a, st, chosen)
		if st.id == "" {
			continue
		}
		for _, d := range chosen {
			if d.applied == nil {
				d.applied = map[string]bool{}
			}
			d.applied[st.id] = true
		}
	}
}

// forEach makes the transform that changes each draft by itself.
func forEach(change func(a *applier, st *step, d *draft)) transform {
	return func(a *applier, st *step, chosen []*draft) {
		for _, d := range chosen {
			change(a, st, d)
		}
	}
}

// finish puts the new pack together.
func (a *applier) finish(given *sigma.Pack) *sigma.Pack {
	a.at = diag.Span{}
	pack := &sigma.Pack{Files: given.Files, Diags: slices.Clone(given.Diags)}
	pack.Filters, pack.LeftOut = slices.Clone(given.Filters), given.LeftOut
	done := map[*draft]bool{}
	based := map[*draft]bool{} // what a correlation looks at
	for _, d := range a.drafts {
		if d.correlation != nil && a.link(d, done) {
			pack.Correlations = append(pack.Correlations, d.correlation)
			for _, of := range d.rules {
				based[of] = true
			}
		}
	}
	for _, d := range a.drafts {
		if d.rule != nil && !d.refused {
			rule := d.finish()
			rule.Base = d.base && based[d]
			pack.Rules = append(pack.Rules, rule)
		} else if d.correlation != nil {
			d.correlation.Base = d.base && based[d]
		}
	}
	pack.LeftOut += len(a.drafts) - len(pack.Rules) - len(pack.Correlations)
	pack.Diags = append(pack.Diags, a.diags...)
	pack.Diags.Sort()
	return pack
}

// link makes a correlation's references point to the copies, and leaves the
// correlation out where one of them is left out. It reports whether it stays.
func (a *applier) link(d *draft, done map[*draft]bool) bool {
	if done[d] {
		return !d.refused
	}
	done[d] = true
	for i := range d.correlation.Rules {
		ref := &d.correlation.Rules[i]
		of := a.referred(ref)
		if of == nil { // the pack's own business
			continue
		}
		if of.refused || of.correlation != nil && !a.link(of, done) {
			if !d.refused {
				d.refuse(a, diag.PipelineRefused, ref.At, "correct that one first, or change the pipeline", "a pipeline leaves out %q", ref.Text)
			}
			continue
		}
		ref.Rule, ref.Correlation = of.rule, of.correlation
	}
	return !d.refused
}
