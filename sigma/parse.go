package sigma

import (
	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

// Document is what a source holds, in order.
type Document struct {
	Rules        []*Rule
	Correlations []*Correlation
	Filters      []*Filter
	LeftOut      int // documents that are wrong, and those that a pipeline refuses
}

// reader reads the documents of one source.
type reader struct {
	*yamldoc.Reader
	actions actions
}

// Parse reads every document of a source. What is wrong is in the list; a
// document with an error is left out, the others stay. References between
// documents are not followed yet: Join does that.
func Parse(src *diag.Source) (Document, diag.List) {
	var doc Document
	var diags diag.List
	r := &reader{Reader: yamldoc.NewReader(src, &diags)}
	for _, root := range r.Documents() {
		if !r.Begin(root) {
			break
		}
		held := doc.size()
		before := len(diags)
		r.document(&doc, root)
		if doc.size() == held && diags[before:].HasErrors() {
			doc.LeftOut++
		}
	}
	diags.Sort()
	return doc, diags
}

func (d *Document) size() int { return len(d.Rules) + len(d.Correlations) + len(d.Filters) }

// document reads one document into doc, unless it is wrong.
func (r *reader) document(doc *Document, root *yaml.Node) {
	before := len(*r.Diags)
	if root.Kind != yaml.MappingNode {
		r.Diags.Errorf(diag.WrongShape, r.Span(root), "", "a rule is a mapping of keys such as title, logsource and detection")
		return
	}
	kind := kindOf(root)
	if kind == ruleDocument {
		if root = r.act(root); root == nil {
			return
		}
	}
	h, rest := r.header(root)
	if r.GaveUp() {
		return
	}
	fine := func() bool { return !r.GaveUp() && !(*r.Diags)[before:].HasErrors() }
	switch kind {
	case correlationDocument:
		if c := r.correlation(h, rest); fine() {
			doc.Correlations = append(doc.Correlations, c)
		}
	case filterDocument:
		if f := r.filter(h, rest); fine() {
			doc.Filters = append(doc.Filters, f)
		}
	case ruleDocument:
		if rule := r.rule(h, root, rest); fine() {
			doc.Rules = append(doc.Rules, rule)
		}
	}
}

// documentKind is what a document is by its keys.
type documentKind int

const (
	ruleDocument documentKind = iota + 1
	correlationDocument
	filterDocument
)

func kindOf(root *yaml.Node) documentKind {
	for i := 0; i+1 < len(root.Content); i += 2 {
		switch root.Content[i].Value {
		case "correlation":
			return correlationDocument
		case "filter":
			return filterDocument
		}
	}
	return ruleDocument
}

func (r *reader) rule(h Header, root *yaml.Node, rest []yamldoc.Entry) *Rule {
	rule := &Rule{Header: h}
	have := map[string]bool{}
	for _, e := range rest {
		have[e.Name] = true
		switch e.Name {
		case "logsource":
			r.logsource(&rule.Header, e)
		case "detection":
			r.detection(&rule.Detection, e)
		default:
			r.custom(&rule.Header, e)
		}
		if r.GaveUp() {
			return rule
		}
	}
	at := r.Span(root)
	if !have["logsource"] {
		r.Diags.Errorf(diag.MissingLogsource, at, "add logsource: with product and service", "the rule has no logsource")
	}
	if !have["detection"] {
		r.Diags.Errorf(diag.MissingDetection, at, "add detection: with a search and a condition", "the rule has no detection")
	}
	return rule
}
