package sigma

import (
	sg "github.com/bradleyjkemp/sigma-go"
	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

// Filter narrows the rules that it names: its condition must hold too, so that
// an exclusion reads "not selection" (Sigma specification 2.1, "Filters", with
// the meaning of its reference implementation).
type Filter struct {
	Header
	Any       bool        // it is for every rule of its logsource
	Rules     []Reference // else for these
	Detection Detection
}

// anyRule is the word that stands for every rule of the filter's logsource.
const anyRule = "any"

func (r *reader) filter(h Header, rest []yamldoc.Entry) *Filter {
	f := &Filter{Header: h}
	var have, logsource bool
	for _, e := range rest {
		switch e.Name {
		case "logsource":
			logsource = true
			r.logsource(&f.Header, e)
		case "filter":
			have = true
			r.filterBody(f, e)
		case "detection", "correlation":
			r.Diags.Errorf(diag.BadFilter, r.Span(e.Key), "put it into a document of its own", "a filter has no %s: its searches stand under filter", e.Name)
		case "action":
			r.noAction(e)
		default:
			r.custom(&f.Header, e)
		}
		if r.GaveUp() {
			return f
		}
	}
	if have && !logsource {
		r.Diags.Errorf(diag.MissingLogsource, f.At, "add logsource: with the product and service of the rules", "the filter has no logsource")
	}
	return f
}

func (r *reader) filterBody(f *Filter, e yamldoc.Entry) {
	if e.Value.Kind != yaml.MappingNode {
		r.Diags.Errorf(diag.BadFilter, r.Span(e.Value), "", "filter must hold rules, named searches and a condition")
		return
	}
	rules, body := r.take(e.Value, "rules")
	if rules.Value == nil {
		r.Diags.Errorf(diag.BadFilter, r.Span(e.Key), "add rules: with ids or names, or rules: any", "the filter names no rules")
	} else {
		r.filterRules(f, rules)
	}
	before := len(*r.Diags)
	r.detection(&f.Detection, yamldoc.Entry{Key: e.Key, Name: e.Name, Value: body})
	if (*r.Diags)[before:].HasErrors() || r.GaveUp() {
		return
	}
	conditions := f.Detection.Conditions
	if len(conditions) > 1 {
		r.Diags.Errorf(diag.BadFilter, conditions[1].At, "join them with or", "a filter has one condition")
	} else if len(conditions) == 1 && !negates(conditions[0].Expr) {
		r.Diags.Warnf(diag.BadFilter, conditions[0].At, "write not before what the filter excludes",
			"the filter keeps only events that match it: its condition holds no not")
	}
}

func (r *reader) filterRules(f *Filter, e yamldoc.Entry) {
	if e.Value.Kind == yaml.ScalarNode && e.Value.Value == anyRule {
		f.Any = true
		return
	}
	f.Rules = r.references(e)
	if len(f.Rules) == 1 && f.Rules[0].Text == anyRule {
		f.Any, f.Rules = true, nil
	}
	if e.Value.Kind == yaml.SequenceNode && len(e.Value.Content) == 0 {
		r.Diags.Errorf(diag.BadFilter, r.Span(e.Value), "write rules: any if every rule is meant", "the list of rules is empty")
	}
}

// negates reports whether a condition says not anywhere.
func negates(e sg.SearchExpr) bool {
	switch e := e.(type) {
	case sg.Not:
		return true
	case sg.And:
		return anyNegates(e)
	case sg.Or:
		return anyNegates(e)
	default:
		return false
	}
}

func anyNegates(list []sg.SearchExpr) bool {
	for _, e := range list {
		if negates(e) {
			return true
		}
	}
	return false
}
