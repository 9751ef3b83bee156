package compiler

import (
	"slices"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// CheckCorrelation holds the fields that a correlation groups by and counts
// against the sources that the lookup has for its rules. Of a correlation below it only what that
// one groups by is known.
func CheckCorrelation(c *sigma.Correlation, sources schema.Lookup) diag.List {
	var diags diag.List
	for _, name := range slices.Concat(c.GroupBy, c.Condition.Fields) {
		for _, ref := range c.Rules {
			checkCorrelated(fieldIn(c, name, ref.Text), ref, sources, &diags)
		}
	}
	diags.Sort()
	return diags
}

// fieldIn gives what a name means in the events of one rule: an alias's field,
// or itself.
func fieldIn(c *sigma.Correlation, name sigma.Name, rule string) sigma.Name {
	for _, a := range c.Aliases {
		if a.Text != name.Text {
			continue
		}
		for _, f := range a.Fields {
			if f.Rule.Text == rule {
				return f.Field
			}
		}
	}
	return name
}

func checkCorrelated(name sigma.Name, ref sigma.Reference, sources schema.Lookup, diags *diag.List) {
	if inner := ref.Correlation; inner != nil {
		if !slices.ContainsFunc(inner.GroupBy, func(n sigma.Name) bool { return n.Text == name.Text }) {
			diags.Errorf(diag.UnknownField, name.At, "add it to the group-by of that correlation",
				"the correlation %q does not group by %q", ref.Text, name.Text)
		}
		return
	}
	ls := ref.Rule.Logsource
	source := sources(ls.Product, ls.Service, ls.Category)
	if source == nil { // said of the rule itself
		return
	}
	if _, near, ok := source.Resolve(name.Text); !ok {
		diags.Errorf(diag.UnknownField, name.At, unknownFieldHint(source, near), "%s events have no field %q", source.Title, name.Text)
	}
}
