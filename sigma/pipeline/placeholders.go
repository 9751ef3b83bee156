package pipeline

import (
	"maps"

	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// selection is the placeholders that a step is for.
type selection struct {
	include []sigma.Value // nil: all
	names   map[string]bool
}

func (s *selection) has(name string) bool {
	return s.names[name] == (s.include != nil) || s.names == nil
}

// selectPlaceholders takes the names to include or those to exclude.
func (p *params) selectPlaceholders() *selection {
	s := &selection{}
	include, have := p.take("include")
	exclude, haveToo := p.take("exclude")
	switch {
	case have && haveToo:
		p.bad(p.Span(exclude.Key), "remove one of them", "include and exclude exclude each other")
		return s
	case have:
		s.include = p.valuesOf(include)
		s.names = map[string]bool{}
		for _, v := range s.include {
			s.names[v.Text] = true
		}
	case haveToo:
		s.names = map[string]bool{}
		for _, name := range p.textsOf(exclude) {
			s.names[name] = true
		}
	}
	return s
}

// readValuePlaceholders gives placeholders the values that the pipeline's
// variables hold. One that is asked for by name must be among them; others that
// are not stay for later steps, or for the compiler to refuse.
func readValuePlaceholders(p *params) transform {
	chosen := p.selectPlaceholders()
	for _, v := range chosen.include {
		if p.vars[v.Text] == nil && !p.Full(p.order[0].Key) {
			p.bad(v.At, diag.Suggest(v.Text, sortedNames(p.vars), "add it to vars"), "there is no variable %q", v.Text)
		}
	}
	vars := p.vars
	return setValues(func(name string) []string {
		if chosen.has(name) {
			return vars[name]
		}
		return nil
	})
}

// readWildcardPlaceholders lets placeholders stand for anything.
func readWildcardPlaceholders(p *params) transform {
	chosen := p.selectPlaceholders()
	anything := []string{"*"}
	return setValues(func(name string) []string {
		if chosen.has(name) {
			return anything
		}
		return nil
	})
}

// setValues makes the transform that gives values to the placeholders of a rule
// and its filters that have none yet.
func setValues(of func(name string) []string) transform {
	return forEach(func(_ *applier, _ *step, d *draft) {
		added := sigma.Values{}
		d.containsItem(func(it *sigma.Item) bool {
			if !it.Has("expand") {
				return false
			}
			for _, v := range it.Values {
				for _, name := range sigma.Placeholders(v.Text) {
					if values := of(name); len(values) > 0 && len(d.rule.Values[name]) == 0 {
						added[name] = values
					}
				}
			}
			return false
		})
		if len(added) > 0 {
			values := maps.Clone(d.rule.Values)
			if values == nil {
				values = sigma.Values{}
			}
			maps.Copy(values, added)
			d.rule.Values = values
		}
	})
}
