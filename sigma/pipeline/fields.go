package pipeline

import (
	"slices"

	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// renamer gives the names that a field gets, or none where it keeps its own.
type renamer func(field string) []string

// rename makes the transform that renames fields wherever a rule or a
// correlation names one. Conditions on items decide over items alone.
func rename(to renamer) transform {
	return forEach(func(a *applier, st *step, d *draft) {
		n := &naming{subject: subject{draft: d}, a: a, st: st, to: to}
		if n.list(); d.refused {
			return
		}
		if d.correlation != nil {
			n.correlation()
			return
		}
		a.rewrite(st, d, func(_ *applier, _ *step, s *subject) outcome {
			n.subject = *s
			return n.renameItem()
		})
	})
}

// naming renames the fields of one draft.
type naming struct {
	subject
	a  *applier
	st *step
	to renamer
}

// of gives the new names of a field, or none where it keeps its own.
func (n *naming) of(field string, at diag.Span) []string {
	names := n.to(field)
	if len(names) == 0 {
		return nil
	}
	n.names = append(n.names[:0], field)
	if !n.st.fields.holds(&n.subject) {
		return nil
	}
	for _, name := range names {
		switch {
		case name == "":
			n.refuse(n.a, diag.PipelineRefused, at, "", "a pipeline takes away the whole name of the field %q", diag.Printable(field))
			return nil
		case len(name) > maxRenamed:
			n.refuse(n.a, diag.TooLarge, at, "", "a pipeline makes the name of a field longer than %d bytes", maxRenamed)
			return nil
		}
	}
	return names
}

// tracked is of for names outside of items: it notes what they came through.
func (n *naming) tracked(field string, at diag.Span) []string {
	names := n.of(field, at)
	if n.st.id == "" || len(names) == 1 && names[0] == field {
		return names
	}
	if n.renamed == nil {
		n.renamed = map[string]*trail{}
	}
	came := n.renamed[field].then(n.st)
	for _, name := range names {
		n.renamed[name] = came
	}
	return names
}

// list renames the fields that an analyst wants to see.
func (n *naming) list() {
	h := n.header()
	var fields []string
	seen := map[string]bool{}
	for _, field := range h.Fields {
		names := n.tracked(field, h.At)
		if n.refused {
			return
		}
		if names == nil {
			names = []string{field}
		}
		for _, name := range names {
			if !seen[name] {
				seen[name] = true
				fields = append(fields, name)
			}
		}
		if len(fields) > maxFieldList && len(fields) > len(h.Fields) {
			n.refuse(n.a, diag.TooLarge, h.At, "map to fewer fields", "a pipeline makes more than %d fields of those that the rule lists", maxFieldList)
			return
		}
	}
	h.Fields = fields
}

// renameItem renames an item's field and the fields that its values name.
func (n *naming) renameItem() outcome {
	it := *n.item
	touched := false
	if it.Has("fieldref") {
		if touched = n.references(&it); n.refused {
			return outcome{}
		}
	}
	var names []string
	if it.Field != "" {
		names = n.of(it.Field, it.At)
	}
	switch {
	case n.refused || names == nil && !touched:
		return outcome{}
	case names == nil:
		return outcome{true, []sigma.Alternative{{it}}}
	}
	items := make(sigma.Alternative, len(names))
	for i, name := range names {
		items[i] = it
		items[i].Field = name
	}
	if asksForAbsence(&it) {
		return outcome{true, []sigma.Alternative{items}}
	}
	choices := make([]sigma.Alternative, len(items))
	for i := range items {
		choices[i] = items[i : i+1 : i+1]
	}
	return outcome{true, choices}
}

// asksForAbsence reports whether an item holds of events for what is not in
// their field.
func asksForAbsence(it *sigma.Item) bool {
	negative := it.Has("neq")
	if len(it.Values) == 1 {
		v := it.Values[0]
		if v.Kind == sigma.Null || it.Has("exists") && v.Text == "false" {
			negative = !negative
		}
	}
	return negative
}

// references renames the fields that an item's values name. Several names for
// one are values of which any may be equal, which all of them cannot say.
func (n *naming) references(it *sigma.Item) (touched bool) {
	var values []sigma.Value
	for _, v := range it.Values {
		field, plain := sigma.ParsePattern(v.Text).Plain()
		var names []string
		if plain {
			names = n.tracked(field, v.At)
		}
		switch {
		case n.refused:
			return false
		case names == nil:
			values = append(values, v)
			continue
		case len(names) > 1 && it.Has("all"):
			n.refuse(n.a, diag.PipelineRefused, v.At, "write an item for each field", "a pipeline makes several fields of %q, which does not go with all", diag.Printable(field))
			return false
		case len(values)+len(names) > maxAlternatives:
			n.refuse(n.a, diag.TooLarge, v.At, "map to fewer fields", "a pipeline makes more than %d values of an item", maxAlternatives)
			return false
		}
		touched = true
		for _, name := range names {
			values = append(values, sigma.Value{Kind: sigma.String, Text: sigma.LiteralPattern(name).String(), At: v.At})
		}
	}
	if touched {
		it.Values = values
	}
	return touched
}

// correlation renames what a correlation groups by and counts. Names that are
// aliases stay; the fields that they stand for do not.
func (n *naming) correlation() {
	c := n.draft.correlation
	aliases := map[string]bool{}
	for _, alias := range c.Aliases {
		aliases[alias.Text] = true
	}
	for _, alias := range c.Aliases {
		for i := range alias.Fields {
			n.one(&alias.Fields[i].Field, nil)
		}
	}
	for _, list := range []*[]sigma.Name{&c.GroupBy, &c.Condition.Fields} {
		for i := range *list {
			if !aliases[(*list)[i].Text] {
				n.one(&(*list)[i], aliases)
			}
		}
		seen := map[string]bool{}
		*list = slices.DeleteFunc(*list, func(name sigma.Name) bool {
			twice := seen[name.Text]
			seen[name.Text] = true
			return twice
		})
	}
}

// one renames a field that must stay one, and must not become an alias.
func (n *naming) one(field *sigma.Name, aliases map[string]bool) {
	if n.refused {
		return
	}
	names := n.tracked(field.Text, field.At)
	switch {
	case len(names) > 1:
		n.refuse(n.a, diag.PipelineRefused, field.At, "map it to one field in correlations", "a pipeline makes several fields of %q, where a correlation has one", diag.Printable(field.Text))
	case len(names) == 1 && aliases[names[0]]:
		n.refuse(n.a, diag.PipelineRefused, field.At, "rename the alias", "a pipeline makes the field %q the alias %q", diag.Printable(field.Text), diag.Printable(names[0]))
	case len(names) == 1:
		field.Text = names[0]
	}
}
