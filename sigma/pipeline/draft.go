package pipeline

import (
	"slices"

	sg "github.com/bradleyjkemp/sigma-go"

	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// draft is the copy of a rule or of a correlation that steps work on.
type draft struct {
	rule        *sigma.Rule        // nil for a correlation
	correlation *sigma.Correlation // nil for a rule
	parts       []part             // of a rule: its own detection, then its filters'

	rules   []*draft // of a correlation: what it refers to
	state   map[string]sigma.Value
	applied map[string]bool   // ids of steps
	renamed map[string]*trail // what the names in lists of fields have come through
	refused bool
	base    bool // what the given rule said
}

// part is one detection of a rule. What no step has changed is shared with the
// given pack, and with other rules.
type part struct {
	filter   *sigma.Filter // nil: the rule's own detection
	searches []search
	changed  bool
}

// search is a search that steps replace rather than change.
type search struct {
	*sigma.Search
	trails [][]*trail // of each item; nil: nothing has been applied to any
	items  int        // that the replacement holds; none: it is the given search
}

// trail is the steps with an id that were applied to an item or a name, last
// one first.
type trail struct {
	id     string
	before *trail
}

func (t *trail) has(id string) bool {
	for ; t != nil; t = t.before {
		if t.id == id {
			return true
		}
	}
	return false
}

// then gives the trail with one more step, unless that has no id.
func (t *trail) then(st *step) *trail {
	if st.id == "" {
		return t
	}
	return &trail{st.id, t}
}

func (s *search) trail(alternative, item int) *trail {
	if s.trails == nil {
		return nil
	}
	return s.trails[alternative][item]
}

func newPart(filter *sigma.Filter, d *sigma.Detection) part {
	p := part{filter: filter, searches: make([]search, len(d.Searches))}
	for i := range d.Searches {
		p.searches[i].Search = &d.Searches[i]
	}
	return p
}

func draftOfRule(given *sigma.Rule) *draft {
	rule := *given
	d := &draft{rule: &rule, base: given.Base, parts: []part{newPart(nil, &given.Detection)}}
	for _, f := range given.Filters {
		d.parts = append(d.parts, newPart(f, &f.Detection))
	}
	return d
}

func draftOfCorrelation(given *sigma.Correlation) *draft {
	c := *given
	c.Rules = slices.Clone(c.Rules)
	c.GroupBy = slices.Clone(c.GroupBy)
	c.Condition.Fields = slices.Clone(c.Condition.Fields)
	c.Aliases = slices.Clone(c.Aliases)
	for i := range c.Aliases {
		c.Aliases[i].Fields = slices.Clone(c.Aliases[i].Fields)
	}
	return &draft{correlation: &c, base: given.Base}
}

// header gives what both kinds of documents have.
func (d *draft) header() *sigma.Header {
	if d.rule != nil {
		return &d.rule.Header
	}
	return &d.correlation.Header
}

// logsources calls f with the logsource of the rule, or of each rule that the
// correlation comes from, until it says yes.
func (d *draft) logsources(f func(*sg.Logsource) bool, seen map[*draft]bool) bool {
	if d.rule != nil {
		return f(&d.rule.Logsource)
	}
	if seen[d] {
		return false
	}
	seen[d] = true
	return slices.ContainsFunc(d.rules, func(of *draft) bool { return of.logsources(f, seen) })
}

// refuse says why the document is left out, and which step does it.
func (d *draft) refuse(a *applier, code diag.Code, at diag.Span, hint, format string, args ...any) {
	d.refused = true
	if !a.at.IsZero() {
		if hint != "" {
			hint += "; "
		}
		hint += "the step stands at " + diag.Printable(a.at.String())
	}
	a.diags.Errorf(code, at, hint, format, args...)
}

// finish puts the rule's parts together.
func (d *draft) finish() *sigma.Rule {
	var filters []*sigma.Filter
	for i := range d.parts {
		p := &d.parts[i]
		switch {
		case p.filter == nil:
			d.rule.Detection = p.detection(d.rule.Detection)
		case !p.changed:
			filters = append(filters, p.filter)
		default:
			f := *p.filter
			f.Detection = p.detection(f.Detection)
			filters = append(filters, &f)
		}
	}
	d.rule.Filters = filters
	return d.rule
}

// detection gives a detection with the part's searches in place of its own.
func (p *part) detection(of sigma.Detection) sigma.Detection {
	if !p.changed {
		return of
	}
	of.Searches = make([]sigma.Search, len(p.searches))
	for i := range p.searches {
		of.Searches[i] = *p.searches[i].Search
	}
	return of
}
