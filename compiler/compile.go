package compiler

import (
	sg "github.com/bradleyjkemp/sigma-go"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// Compile makes a rule's plan over the source that the lookup has for it. It
// gives nil where the list holds an error.
func Compile(rule *sigma.Rule, sources schema.Lookup) (*Plan, diag.List) {
	var diags diag.List
	source := resolveSource(rule, sources, &diags)
	if source == nil {
		return nil, diags
	}
	l := &lowerer{source: source, diags: &diags, values: rule.Values}
	where := l.lower(rule.At, &rule.Detection)
	for _, f := range rule.Filters {
		where = All{Node{rule.At}, []Pred{where, l.lower(f.At, &f.Detection)}}
	}
	if diags.HasErrors() {
		diags.Sort()
		return nil, diags
	}
	where = Simplify(where)
	if c, constant := where.(Const); constant && !c.Value {
		diags.Warnf(diag.NeverTrue, rule.At, "", "the rule can match no event")
	}
	diags.Sort()
	return &Plan{Rule: rule, Source: source, Where: where, Show: show(rule, source)}, diags
}

// lower makes the predicate of a detection. Each has searches of its own, so
// that a filter's never meet the rule's; what bounds a rule bounds all together.
func (l *lowerer) lower(at diag.Span, d *sigma.Detection) Pred {
	l.detection, l.searches = d, map[string]Pred{}
	for i := range d.Searches {
		s := &d.Searches[i]
		l.searches[s.Name] = l.search(s)
	}
	var conditions []Pred
	for _, c := range d.Conditions {
		conditions = append(conditions, l.condition(c.Expr, c.At))
	}
	return Any{Node{at}, conditions}
}

// CompileAll makes the plans of every rule that has one, in order.
func CompileAll(rules []*sigma.Rule, sources schema.Lookup) ([]*Plan, diag.List) {
	var plans []*Plan
	var diags diag.List
	for _, r := range rules {
		p, d := Compile(r, sources)
		diags = append(diags, d...)
		if p != nil {
			plans = append(plans, p)
		}
	}
	return plans, diags
}

func resolveSource(rule *sigma.Rule, sources schema.Lookup, diags *diag.List) *schema.Source {
	ls := rule.Logsource
	if source := sources(ls.Product, ls.Service, ls.Category); source != nil {
		return source
	}
	hint := "the services of product aws are " + joinNames(schema.Names())
	if near := diag.Nearest(ls.Service, schema.Names()); near != "" && ls.Product == "aws" {
		hint = "did you mean " + near + "?"
	}
	diags.Errorf(diag.UnknownSource, rule.LogsourceAt, hint, "no source holds the events of product %q, service %q, category %q",
		ls.Product, ls.Service, ls.Category)
	return nil
}

func joinNames(names []string) string {
	text := ""
	for i, n := range names {
		if i > 0 {
			text += ", "
		}
		text += n
	}
	return text
}

// show gives the fields a person wants: those that the rule lists and the source
// has, then the source's own, each once.
func show(rule *sigma.Rule, source *schema.Source) []schema.Path {
	var paths []schema.Path
	seen := map[string]bool{}
	for _, name := range append(append([]string{}, rule.Fields...), source.Show...) {
		if p, _, ok := source.Resolve(name); ok && !seen[p.Name()] {
			seen[p.Name()] = true
			paths = append(paths, p)
		}
	}
	return paths
}

// condition turns sigma-go's tree into predicates over the searches.
func (l *lowerer) condition(e sg.SearchExpr, at diag.Span) Pred {
	switch e := e.(type) {
	case sg.And:
		return All{Node{at}, l.conditionList(e, at)}
	case sg.Or:
		return Any{Node{at}, l.conditionList(e, at)}
	case sg.Not:
		return Not{Node{at}, l.condition(e.Expr, at)}
	case sg.SearchIdentifier:
		return l.searches[e.Name]
	case sg.OneOfIdentifier:
		return l.searches[e.Ident.Name]
	case sg.AllOfIdentifier:
		return l.searches[e.Ident.Name]
	case sg.OneOfThem:
		return Any{Node{at}, l.selected("them")}
	case sg.AllOfThem:
		return All{Node{at}, l.selected("them")}
	case sg.OneOfPattern:
		return Any{Node{at}, l.selected(e.Pattern)}
	case sg.AllOfPattern:
		return All{Node{at}, l.selected(e.Pattern)}
	default:
		panic("compiler: a condition node that the parser does not make")
	}
}

func (l *lowerer) conditionList(list []sg.SearchExpr, at diag.Span) []Pred {
	preds := make([]Pred, len(list))
	for i, e := range list {
		preds[i] = l.condition(e, at)
	}
	return preds
}

func (l *lowerer) selected(pattern string) []Pred {
	var preds []Pred
	for _, s := range l.detection.Select(pattern) {
		preds = append(preds, l.searches[s.Name])
	}
	return preds
}
