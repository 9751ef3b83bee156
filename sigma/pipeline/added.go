package pipeline

import (
	"regexp"
	"slices"
	"strings"

	sg "github.com/bradleyjkemp/sigma-go"
	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

var searchName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// readAddCondition reads a search that must hold, or must not, besides the
// rule's own condition. It becomes one more filter of the rule.
func readAddCondition(p *params) transform {
	name := "_cond"
	if e, ok := p.take("name"); ok {
		if name = p.textOf(e); !searchName.MatchString(name) && e.Value.Kind == yaml.ScalarNode {
			p.bad(p.Span(e.Value), "use letters, digits, hyphens and underscores", "%q cannot name a search", name)
		}
	}
	negated, template := p.flag("negated"), p.flag("template")
	at := p.at
	filter := &sigma.Filter{Header: sigma.Header{Rule: sg.Rule{Title: "add_condition"}, Name: name, Source: p.Source, At: at}}
	if e, ok := p.need("conditions"); ok {
		if e.Value.Kind != yaml.MappingNode {
			p.bad(p.Span(e.Value), "", "conditions must be a mapping of fields to values")
			return nil
		}
		search := sigma.ReadSearch(p.Reader, yamldoc.Entry{Key: e.Key, Name: name, Value: e.Value})
		filter.Detection.Searches = []sigma.Search{search}
	}
	condition := sigma.Condition{Expr: sg.SearchIdentifier{Name: name}, Text: name, At: at}
	if negated {
		condition.Expr, condition.Text = sg.Not{Expr: condition.Expr}, "not "+name
	}
	filter.Detection.Conditions = []sigma.Condition{condition}
	return forEach(func(a *applier, st *step, d *draft) {
		if d.rule == nil { // correlations have no condition on events
			return
		}
		if added := filter; !template || d.fill(a, &added) {
			d.parts = append(d.parts, addedPart(st, added))
		}
	})
}

// addedPart makes the part of a filter to which the step counts as applied.
func addedPart(st *step, filter *sigma.Filter) part {
	p := newPart(filter, &filter.Detection)
	if st.id == "" {
		return p
	}
	var none *trail
	for i := range p.searches {
		s := &p.searches[i]
		for _, alternative := range s.Of {
			s.trails = append(s.trails, slices.Repeat([]*trail{none.then(st)}, len(alternative)))
		}
	}
	return p
}

// templated is what Python's string.Template replaces: $$, $name and ${name}.
var templated = regexp.MustCompile(`\$(?:\$|[A-Za-z_][A-Za-z0-9_]*|\{[A-Za-z_][A-Za-z0-9_]*\})`)

// fill puts the rule's logsource into the values of a copy of the filter. Where
// the rule lacks an attribute it is refused, and fill gives false: no value
// would be right.
func (d *draft) fill(a *applier, filter **sigma.Filter) bool {
	have := map[string]string{"category": d.rule.Logsource.Category, "product": d.rule.Logsource.Product, "service": d.rule.Logsource.Service}
	f := **filter
	f.Detection.Searches = slices.Clone(f.Detection.Searches)
	for i := range f.Detection.Searches {
		s := &f.Detection.Searches[i]
		s.Of = slices.Clone(s.Of)
		for k := range s.Of {
			s.Of[k] = slices.Clone(s.Of[k])
			for m := range s.Of[k] {
				it := &s.Of[k][m]
				it.Values = slices.Clone(it.Values)
				for v := range it.Values {
					missing := fillValue(it, &it.Values[v], have)
					if missing != "" {
						d.refuse(a, diag.PipelineRefused, d.rule.At, "apply the step to rules that have one", "a pipeline asks for the %s of the rule's logsource, which has none", missing)
						return false
					}
				}
			}
		}
	}
	*filter = &f
	return true
}

// fillValue fills one value, or names the attribute that is missing.
func fillValue(it *sigma.Item, v *sigma.Value, have map[string]string) (missing string) {
	if v.Kind != sigma.String {
		return ""
	}
	v.Text = templated.ReplaceAllStringFunc(v.Text, func(found string) string {
		if found == "$$" {
			return "$"
		}
		name := strings.Trim(found, "${}")
		text, known := have[name]
		switch {
		case !known: // stays, as pySigma has it
			return found
		case text == "":
			missing = name
		case it.Has("re"):
			text = regexp.QuoteMeta(text)
		default:
			text = sigma.LiteralPattern(text).String()
		}
		if it.Has("expand") {
			text = strings.ReplaceAll(text, "%", `\%`)
		}
		return text
	})
	return missing
}
