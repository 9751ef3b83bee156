package pipeline

import (
	"strconv"

	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

// Pipeline is steps that are applied to rules in order.
type Pipeline struct {
	Name     string
	Priority int // of several pipelines the one with the lowest is applied first
	Source   *diag.Source

	steps []*step
}

// Limits on a pipeline. They are far beyond what people write and keep the work
// for each rule small.
const (
	maxSteps      = 1_000
	maxConditions = 10_000
	maxName       = 1_000 // bytes of a field's name, a prefix or a suffix
)

// reader reads the pipeline of one source.
type reader struct {
	*yamldoc.Reader
	vars       sigma.Values
	steps      int // read so far
	conditions int // read so far
}

// Parse reads the pipeline of a source. It gives nil where the list holds an
// error.
func Parse(src *diag.Source) (*Pipeline, diag.List) {
	var diags diag.List
	r := &reader{Reader: yamldoc.NewReader(src, &diags)}
	p := &Pipeline{Source: src}
	roots := r.Documents()
	switch {
	case diags.HasErrors():
	case len(roots) == 0:
		r.Diags.Errorf(diag.BadPipeline, diag.Span{Source: src}, "write transformations: with a list of steps", "the file holds no pipeline")
	case len(roots) > 1:
		r.Diags.Errorf(diag.BadPipeline, r.Span(roots[1]), "put each pipeline into a file of its own", "the file holds more than one pipeline")
	case r.Begin(roots[0]):
		r.pipeline(p, roots[0])
	}
	diags.Sort()
	if diags.HasErrors() {
		return nil, diags
	}
	return p, diags
}

// ofQueries are the keys that say what happens to queries.
var ofQueries = []string{"postprocessing", "finalizers", "allowed_backends"}

func (r *reader) pipeline(p *Pipeline, root *yaml.Node) {
	if root.Kind != yaml.MappingNode {
		r.bad(r.Span(root), "", "a pipeline is a mapping of keys such as name, priority and transformations")
		return
	}
	in := r.params(root, 1)
	in.what, in.at = "a pipeline", r.Span(root)
	p.Name = in.text("name")
	p.Priority = in.integer("priority")
	r.vars = in.variables("vars")
	for _, key := range ofQueries {
		if e, ok := in.take(key); ok && !isEmpty(e.Value) {
			r.bad(r.Span(e.Key), "sigmahunt writes the query itself: remove it", "%s is not supported", key)
		}
	}
	if e, ok := in.take("transformations"); ok {
		p.steps = r.list(e, 2)
	}
	in.rest()
}

func isEmpty(n *yaml.Node) bool {
	return n.Kind != yaml.ScalarNode && len(n.Content) == 0
}

func (r *reader) bad(at diag.Span, hint, format string, args ...any) {
	r.Diags.Errorf(diag.BadPipeline, at, hint, format, args...)
}

// variables reads names with a value or a list of values each.
func (p *params) variables(name string) sigma.Values {
	e, ok := p.take(name)
	if !ok {
		return nil
	}
	vars := sigma.Values{}
	for _, v := range p.mapping(e) {
		if p.Full(v.Key) {
			return vars
		}
		vars[v.Name] = p.textsOf(v)
	}
	return vars
}

// integer reads a whole number, which is zero where there is none.
func (p *params) integer(name string) int {
	e, ok := p.take(name)
	if !ok {
		return 0
	}
	if v, ok := p.scalarOf(e); ok {
		n, err := strconv.Atoi(v.Text)
		if err == nil && v.Kind == sigma.Number {
			return n
		}
		p.bad(v.At, "", "%s must be a whole number", name)
	}
	return 0
}
