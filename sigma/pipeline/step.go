package pipeline

import (
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

// step is one transformation with the conditions on which it is applied. A nil
// condition always holds.
type step struct {
	id   string // by which conditions of later steps ask for it; may be empty
	name string // of the transformation
	at   diag.Span

	rules  test // of the rule
	items  test // of an item
	fields test // of a field's name

	transform transform
}

// transform changes the drafts on which the step's rule conditions hold.
type transform func(a *applier, st *step, chosen []*draft)

// kind is a transformation that pipelines can name.
type kind struct {
	read  func(p *params) transform
	whole string // why it has no conditions on items; empty: it may have them
}

const (
	wholeRule = "it changes the rule as a whole"
	allValues = "the values of placeholders are the whole rule's"
)

// kinds are the transformations by pySigma's names for them. They are filled in
// late, since nest reads steps itself.
var kinds map[string]kind

func init() {
	kinds = map[string]kind{
		"field_name_mapping":        {readMapping, ""},
		"field_name_prefix_mapping": {readPrefixMapping, ""},
		"field_name_prefix":         {readPrefix, ""},
		"field_name_suffix":         {readSuffix, ""},
		"drop_detection_item":       {readDrop, ""},
		"detection_item_failure":    {readItemFailure, ""},
		"add_condition":             {readAddCondition, wholeRule},
		"change_logsource":          {readChangeLogsource, wholeRule},
		"set_state":                 {readSetState, wholeRule},
		"rule_failure":              {readRuleFailure, "it refuses the rule as a whole"},
		"nest":                      {readNest, "its steps have conditions of their own"},
		"value_placeholders":        {readValuePlaceholders, allValues},
		"wildcard_placeholders":     {readWildcardPlaceholders, allValues},
	}
}

// list reads a list of steps.
func (r *reader) list(e yamldoc.Entry, depth int) []*step {
	if e.Value.Kind != yaml.SequenceNode {
		r.bad(r.Span(e.Value), "", "%s must be a list of steps", e.Name)
		return nil
	}
	var steps []*step
	for _, n := range e.Value.Content {
		if n = r.Follow(n, depth); n == nil {
			return steps
		}
		if r.steps++; r.steps > maxSteps {
			r.Diags.Errorf(diag.TooLarge, r.Span(n), "split the pipeline", "the pipeline holds more than %d steps", maxSteps)
			return steps
		}
		if n.Kind != yaml.MappingNode {
			r.bad(r.Span(n), "", "a step is a mapping of keys such as id and type")
			continue
		}
		if st := r.step(n, depth+1); st != nil {
			steps = append(steps, st)
		}
	}
	return steps
}

func (r *reader) step(n *yaml.Node, depth int) *step {
	p := r.params(n, depth)
	name, k, ok := typed(p, "transformation", kinds)
	if !ok {
		return nil
	}
	st := &step{name: name, at: p.at, id: p.text("id"), transform: k.read(p)}
	st.rules = p.gate("rule", ruleConditions)
	before := len(*r.Diags)
	st.items = p.gate("detection_item", itemConditions)
	st.fields = p.gate("field_name", fieldConditions)
	if k.whole != "" && (st.items != nil || st.fields != nil) && len(*r.Diags) == before {
		p.bad(p.at, "use rule_conditions", "%s has no conditions on items or fields: %s", name, k.whole)
	}
	p.rest()
	return st
}

// typed takes the type of a step or a condition and looks it up. From then on
// the parameters belong to it.
func typed[K any](p *params, noun string, table map[string]K) (name string, k K, ok bool) {
	e, ok := p.take("type")
	if !ok {
		p.bad(p.at, "add type: with the name of a "+noun, "the %s has no type", noun)
		return "", k, false
	}
	name = p.textOf(e)
	if k, ok = table[name]; !ok {
		if e.Value.Kind == yaml.ScalarNode {
			names := slices.Sorted(maps.Keys(table))
			hint := diag.Suggest(name, names, "those that sigmahunt has are "+strings.Join(names, ", "))
			p.Diags.Errorf(diag.UnknownStep, p.Span(e.Value), hint, "sigmahunt has no %s %q", noun, name)
		}
		return "", k, false
	}
	p.what, p.at = name, p.Span(e.Value)
	return name, k, true
}
