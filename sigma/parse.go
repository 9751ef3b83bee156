package sigma

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// Document is what a source holds: its rules, in order.
type Document struct {
	Rules []*Rule
}

// Parse reads every rule of a source. What is wrong is in the list; a rule with
// an error is left out of the document, the others stay.
func Parse(src *diag.Source) (Document, diag.List) {
	var doc Document
	var diags diag.List
	r := &reader{src: src, diags: &diags}
	for _, root := range r.documents() {
		r.nodes, r.size = 0, 0
		before := len(diags)
		if r.tooManyDiags(root) {
			break
		}
		rule := r.document(root)
		if rule != nil && !diags[before:].HasErrors() {
			doc.Rules = append(doc.Rules, rule)
		}
	}
	diags.Sort()
	return doc, diags
}

// document reads one document, which must be a rule.
func (r *reader) document(root *yaml.Node) *Rule {
	if root.Kind != yaml.MappingNode {
		r.diags.Errorf(diag.WrongShape, r.span(root), "", "a rule is a mapping of keys such as title, logsource and detection")
		return nil
	}
	entries := r.mapping(root, 1)
	for _, e := range entries {
		switch e.name {
		case "correlation", "filter":
			r.diags.Errorf(diag.OtherDocument, r.span(e.key), "leave the file out for now",
				"%s documents are not supported in this version", e.name)
			return nil
		case "action":
			r.diags.Errorf(diag.OtherDocument, r.span(e.key), "write each rule as a document of its own",
				"documents with an action are not supported in this version")
			return nil
		}
	}
	rule := &Rule{Source: r.src, At: r.span(root)}
	have := map[string]bool{}
	for _, e := range entries {
		have[e.name] = true
		if r.ruleKey(rule, e); r.gaveUp() {
			return nil
		}
	}
	r.required(rule, root, have)
	return rule
}

// required says what a rule lacks.
func (r *reader) required(rule *Rule, root *yaml.Node, have map[string]bool) {
	at := r.span(root)
	if !have["title"] || strings.TrimSpace(rule.Title) == "" {
		r.diags.Errorf(diag.MissingTitle, rule.At, "add a line such as title: What the rule finds", "the rule has no title")
	}
	if !have["logsource"] {
		r.diags.Errorf(diag.MissingLogsource, at, "add logsource: with product and service", "the rule has no logsource")
	}
	if !have["detection"] {
		r.diags.Errorf(diag.MissingDetection, at, "add detection: with a search and a condition", "the rule has no detection")
	}
}

// Levels are the severities of a rule, mildest first.
var Levels = []string{"informational", "low", "medium", "high", "critical"}

var statuses = []string{"stable", "test", "experimental", "deprecated", "unsupported"}

// ruleKey reads one top-level key. Keys that the specification does not know
// are kept with the rule.
func (r *reader) ruleKey(rule *Rule, e entry) {
	switch e.name {
	case "title":
		rule.Title = r.text(e)
		rule.At = r.span(e.value)
	case "id":
		rule.ID = r.text(e)
	case "name":
		rule.Name = r.text(e)
	case "status":
		rule.Status = r.oneOf(e, statuses, diag.Warning, diag.BadMetadata)
	case "level":
		rule.Level = r.oneOf(e, Levels, diag.Error, diag.UnknownLevel)
	case "description":
		rule.Description = r.text(e)
	case "author":
		rule.Author = r.text(e)
	case "date":
		rule.Date = r.text(e)
	case "modified":
		rule.Modified = r.text(e)
	case "license":
		rule.License = r.text(e)
	case "references":
		rule.References = r.texts(e)
	case "tags":
		rule.Tags = r.texts(e)
	case "fields":
		rule.Fields = r.texts(e)
	case "falsepositives":
		rule.FalsePositives = r.texts(e)
	case "related":
		r.related(rule, e)
	case "logsource":
		r.logsource(rule, e)
	case "detection":
		r.detection(rule, e)
	default:
		if rule.AdditionalFields == nil {
			rule.AdditionalFields = map[string]any{}
		}
		rule.AdditionalFields[e.name] = r.plain(e.value, 2)
	}
}

// text reads a scalar of metadata as text, whatever it looks like; null is none.
func (r *reader) text(e entry) string {
	if e.value.Kind != yaml.ScalarNode {
		r.diags.Errorf(diag.WrongShape, r.span(e.value), "", "%s must be a single text", e.name)
		return ""
	}
	if e.value.Tag == "!!null" {
		return ""
	}
	return e.value.Value
}

// texts reads a list of texts; a single text is a list of one.
func (r *reader) texts(e entry) []string {
	switch e.value.Kind {
	case yaml.ScalarNode:
		if e.value.Tag == "!!null" {
			return nil
		}
		return []string{e.value.Value}
	case yaml.SequenceNode:
		var list []string
		for _, n := range e.value.Content {
			if n = r.follow(n, 2); n == nil {
				return list
			}
			if n.Kind != yaml.ScalarNode {
				r.diags.Errorf(diag.WrongShape, r.span(n), "", "%s must be a list of texts", e.name)
				continue
			}
			list = append(list, n.Value)
		}
		return list
	default:
		r.diags.Errorf(diag.WrongShape, r.span(e.value), "", "%s must be a list of texts", e.name)
		return nil
	}
}

func (r *reader) oneOf(e entry, allowed []string, sev diag.Severity, code diag.Code) string {
	text := r.text(e)
	if text == "" || slices.Contains(allowed, text) {
		if text == "" && sev == diag.Error {
			r.diags.Errorf(code, r.span(e.value), "use one of "+strings.Join(allowed, ", "), "%s is empty", e.name)
		}
		return text
	}
	hint := "use one of " + strings.Join(allowed, ", ")
	if near := diag.Nearest(text, allowed); near != "" {
		hint = "did you mean " + near + "?"
	}
	if sev == diag.Error {
		r.diags.Errorf(code, r.span(e.value), hint, "%q is not a %s", text, e.name)
	} else {
		r.diags.Warnf(code, r.span(e.value), hint, "%q is not a %s", text, e.name)
	}
	return text
}
