package sigma

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// maxNear bounds how many near names an error lists.
const maxNear = 5

// Called reports whether a document has that id, name or title.
func (h *Header) Called(name string) bool {
	return name == h.ID || name == h.Name || name == h.Title
}

// in reports whether a document is in a file of that path, or of the end of it.
func (h *Header) in(file string) bool {
	file = strings.TrimPrefix(file, "./")
	return h.At.Source != nil && (h.At.Source.Name == file || strings.HasSuffix(h.At.Source.Name, "/"+file))
}

// Select returns the part of a joined pack that the names select, as if the pack
// held nothing else. A name is a document's id, name or title, or its file. A
// correlation comes with the rules and correlations that it refers to. What is
// called by its own name reports findings, also where only correlations refer to
// it. Without names the pack is returned as it is. A name that selects nothing is
// an error.
func (p *Pack) Select(names []string) (*Pack, error) {
	if len(names) == 0 {
		return p, nil
	}
	kept, called := map[*Header]bool{}, map[*Header]bool{}
	for _, name := range names {
		found := false
		for _, h := range p.reporters() {
			if h.Called(name) || h.in(name) {
				found, kept[h] = true, true
				called[h] = called[h] || h.Called(name)
			}
		}
		if !found {
			return nil, fmt.Errorf("no rule or correlation has the id, name, title or file %q%s", name, p.nearNames(name))
		}
	}
	part := &Pack{Document: p.Document, Files: p.Files}
	for _, c := range p.Correlations {
		c.keep(kept)
	}
	part.Rules = slices.DeleteFunc(slices.Clone(p.Rules), func(r *Rule) bool { return !kept[&r.Header] })
	part.Correlations = slices.DeleteFunc(slices.Clone(p.Correlations), func(c *Correlation) bool { return !kept[&c.Header] })
	part.mark(called)
	part.keepDiags(p.Diags)
	return part, nil
}

// keep adds what a kept correlation refers to.
func (c *Correlation) keep(kept map[*Header]bool) {
	if !kept[&c.Header] {
		return
	}
	for _, ref := range c.Rules {
		switch {
		case ref.Rule != nil:
			kept[&ref.Rule.Header] = true
		case ref.Correlation != nil:
			kept[&ref.Correlation.Header] = true
			ref.Correlation.keep(kept)
		}
	}
}

// mark decides again which documents report through correlations alone.
func (p *Pack) mark(called map[*Header]bool) {
	for _, r := range p.Rules {
		r.Base = false
	}
	for _, c := range p.Correlations {
		c.Base = false
	}
	(&joiner{pack: p}).markBases()
	for _, r := range p.Rules {
		r.Base = r.Base && !called[&r.Header]
	}
	for _, c := range p.Correlations {
		c.Base = c.Base && !called[&c.Header]
	}
}

// keepDiags takes over the diagnostics of the files that the selected documents
// are in. Those of other files do not concern the selection.
func (p *Pack) keepDiags(list diag.List) {
	files := map[*diag.Source]bool{}
	for _, h := range p.reporters() {
		files[h.At.Source] = true
	}
	p.LeftOut = 0
	for _, d := range list {
		if files[d.Span.Source] {
			p.Diags = append(p.Diags, d)
		}
	}
}

// reporters are the headers of rules and correlations.
func (p *Pack) reporters() []*Header {
	return (&Pack{Document: Document{Rules: p.Rules, Correlations: p.Correlations}}).headers()
}

// nearNames lists the names and titles that somebody may have meant.
func (p *Pack) nearNames(name string) string {
	var all, near []string
	for _, h := range p.reporters() {
		all = append(all, h.keys()...)
		all = append(all, h.Title)
	}
	if best := diag.Nearest(name, all); best != "" {
		near = append(near, best)
	}
	for _, n := range all {
		if len(name) > 2 && strings.Contains(strings.ToLower(n), strings.ToLower(name)) && !slices.Contains(near, n) {
			near = append(near, n)
		}
	}
	if len(near) == 0 {
		return ": sigmahunt rules lists them"
	}
	for i, n := range near {
		near[i] = fmt.Sprintf("%q", n)
	}
	return ": did you mean " + strings.Join(near[:min(len(near), maxNear)], " or ") + "?"
}
