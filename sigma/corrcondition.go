package sigma

import (
	"slices"
	"strconv"
	"strings"

	sg "github.com/bradleyjkemp/sigma-go"
	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

// CorrelationCondition is when a correlation fires: bounds, all of which must
// hold, or an expression over its rules.
type CorrelationCondition struct {
	Bounds     []Bound
	Fields     []Name        // whose values count; several make tuples
	Percentile *Value        // from 0 to 100, of a value_percentile
	Expr       sg.SearchExpr // of extended temporal correlations, else nil
	At         diag.Span
}

// Bound is one comparison with a number.
type Bound struct {
	Op    string // one of BoundOps
	Value Value  // a number
}

// BoundOps are the comparisons that a condition knows.
var BoundOps = []string{"gt", "gte", "lt", "lte", "eq", "neq"}

func isTemporal(kind string) bool { return strings.HasPrefix(kind, "temporal") }

// correlationCondition reads the condition, which temporal correlations may
// leave out: then all rules must have events.
func (r *reader) correlationCondition(c *Correlation, body, e yamldoc.Entry, have bool) {
	switch {
	case !have && (isTemporal(c.Kind) || c.Kind == ""):
		return
	case !have:
		r.Diags.Errorf(diag.BadCorrelation, r.Span(body.Key), "add condition: with a bound such as gte: 10", "the correlation has no condition")
		return
	}
	c.Condition.At = r.Span(e.Value)
	switch {
	case e.Value.Kind == yaml.MappingNode:
		r.bounds(c, e)
	case e.Value.Kind == yaml.ScalarNode && isTemporal(c.Kind):
		r.ruleCondition(c, e.Value)
	case e.Value.Kind == yaml.ScalarNode && c.Kind != "":
		r.Diags.Errorf(diag.BadCorrelation, r.Span(e.Value), "write bounds such as gte: 10", "only temporal correlations have a condition of rule names")
	default:
		r.Diags.Errorf(diag.BadCorrelation, r.Span(e.Value), "", "condition must hold bounds such as gte: 10")
	}
}

func (r *reader) bounds(c *Correlation, e yamldoc.Entry) {
	cond := &c.Condition
	var field, percentile yamldoc.Entry
	bounded := false
	for _, part := range r.Mapping(e.Value, 3) {
		switch {
		case part.Name == "field":
			cond.Fields, field = r.nameList(part), part
		case part.Name == "percentile":
			cond.Percentile, percentile = r.number(part), part
		case slices.Contains(BoundOps, part.Name):
			bounded = true
			if v := r.number(part); v != nil {
				cond.Bounds = append(cond.Bounds, Bound{part.Name, *v})
			}
		default:
			known := append(slices.Clone(BoundOps), "field", "percentile")
			hint := diag.Suggest(part.Name, known, "the keys are "+strings.Join(known, ", "))
			r.Diags.Errorf(diag.BadCorrelation, r.Span(part.Key), hint, "a condition has no key %q", part.Name)
		}
	}
	if !bounded {
		r.Diags.Errorf(diag.BadCorrelation, cond.At, "add a bound such as gte: 10", "the condition compares with no number")
	}
	r.checkBounds(cond)
	r.checkFields(c, field)
	r.checkPercentile(c, percentile)
}

// checkBounds refuses bounds that no number keeps to.
func (r *reader) checkBounds(cond *CorrelationCondition) {
	for i, b := range cond.Bounds {
		for _, other := range cond.Bounds[:i] {
			if apart(b, other) {
				r.Diags.Errorf(diag.BadCorrelation, b.Value.At, "", "no number is both %s %s and %s %s",
					words[other.Op], other.Value.Text, words[b.Op], b.Value.Text)
				return
			}
		}
	}
}

// words are the comparisons as a sentence has them.
var words = map[string]string{"gt": "greater than", "gte": "at least", "lt": "less than", "lte": "at most", "eq": "equal to", "neq": "other than"}

// apart reports whether no number keeps to both bounds.
func apart(a, b Bound) bool {
	x, errX := strconv.ParseFloat(a.Value.Text, 64)
	y, errY := strconv.ParseFloat(b.Value.Text, 64)
	if errX != nil || errY != nil { // beyond what can be told here
		return false
	}
	return below(a.Op, x, b.Op, y) || below(b.Op, y, a.Op, x) || a.Op == "eq" && b.Op == "neq" && x == y || a.Op == "neq" && b.Op == "eq" && x == y
}

// below reports whether all that the first bound allows is less than all that
// the second does.
func below(op string, x float64, other string, y float64) bool {
	upper := op == "lt" || op == "lte" || op == "eq"
	lower := other == "gt" || other == "gte" || other == "eq"
	return upper && lower && (x < y || x == y && (op == "lt" || other == "gt"))
}

// checkFields wants a field where values are looked at, and none elsewhere.
func (r *reader) checkFields(c *Correlation, field yamldoc.Entry) {
	fields := c.Condition.Fields
	wants := strings.HasPrefix(c.Kind, "value_")
	switch {
	case wants && field.Key == nil:
		r.Diags.Errorf(diag.BadCorrelation, c.Condition.At, "add field:", "%s reads the values of a field, and the condition names none", c.Kind)
	case wants && field.Value.Kind == yaml.SequenceNode && len(field.Value.Content) == 0:
		r.Diags.Errorf(diag.BadCorrelation, r.Span(field.Value), "name one", "the condition names no field")
	case !wants && field.Key != nil && c.Kind != "":
		r.Diags.Errorf(diag.BadCorrelation, r.Span(field.Key), "remove it", "%s reads no field", c.Kind)
	case wants && c.Kind != "value_count" && len(fields) > 1:
		r.Diags.Errorf(diag.BadCorrelation, fields[1].At, "name one", "%s looks at one field", c.Kind)
	}
	for i, f := range fields {
		if slices.ContainsFunc(fields[:i], func(g Name) bool { return g.Text == f.Text }) {
			r.Diags.Errorf(diag.BadCorrelation, f.At, "remove one of them", "the field %q is named twice", f.Text)
		}
	}
}

func (r *reader) checkPercentile(c *Correlation, e yamldoc.Entry) {
	p := c.Condition.Percentile
	switch {
	case c.Kind == "value_percentile" && e.Key == nil:
		r.Diags.Errorf(diag.BadCorrelation, c.Condition.At, "add percentile: from 0 to 100", "value_percentile needs a percentile")
	case c.Kind != "value_percentile" && e.Key != nil && c.Kind != "":
		r.Diags.Errorf(diag.BadCorrelation, r.Span(e.Key), "remove it", "%s has no percentile", c.Kind)
	case p != nil:
		if n, err := strconv.ParseFloat(p.Text, 64); err != nil || n < 0 || n > 100 {
			r.Diags.Errorf(diag.BadCorrelation, p.At, "", "a percentile is a number from 0 to 100")
		}
	}
}

// number reads a number that may have a fraction.
func (r *reader) number(e yamldoc.Entry) *Value {
	if e.Value.Kind == yaml.ScalarNode {
		v, ok := r.Scalar(e.Value)
		switch {
		case !ok:
			return nil
		case v.Kind == Number:
			return &v
		}
	}
	r.Diags.Errorf(diag.BadCorrelation, r.Span(e.Value), "write a number without quotes", "%s takes a number", e.Name)
	return nil
}

// ruleCondition reads an expression over rule names. Without a list of rules
// the names are the list (Sigma enhancement proposal 198).
func (r *reader) ruleCondition(c *Correlation, n *yaml.Node) {
	s := &ruleScope{open: len(c.Rules) == 0}
	for _, ref := range c.Rules {
		s.list = append(s.list, ref.Text)
	}
	used := map[string]bool{}
	p := &conditionParser{r: r, node: n, scope: s, used: used, tokens: tokenize(n.Value)}
	if len(p.tokens) > maxWords {
		r.Diags.Errorf(diag.TooLarge, r.Span(n), "", "the condition holds more than %d words", maxWords)
		return
	}
	if c.Condition.Expr = p.parse(); c.Condition.Expr == nil {
		return
	}
	for _, ref := range c.Rules {
		if !used[ref.Text] {
			r.Diags.Errorf(diag.BadCorrelation, ref.At, "name it in the condition, or remove it", "the condition does not name the rule %q", ref.Text)
		}
	}
	if !s.open {
		return
	}
	for i, t := range p.tokens {
		known := slices.ContainsFunc(c.Rules, func(ref Reference) bool { return ref.Text == t.text })
		if used[t.text] && !known {
			c.Rules = append(c.Rules, Reference{Text: t.text, At: p.at(i)})
		}
	}
}

// ruleScope is the rule names that a correlation's condition may use. There are
// no patterns in it.
type ruleScope struct {
	list []string
	open bool // any name is a rule's
}

func (s *ruleScope) defines(name string) bool { return s.open || slices.Contains(s.list, name) }

func (s *ruleScope) names() []string { return s.list }

func (*ruleScope) selects(string) []string { return nil }

func (*ruleScope) noun() (owner, name string) { return "correlation", "rule" }
