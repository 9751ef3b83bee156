package sigma

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

// Correlation looks at the events of other rules together (Sigma specification
// 2.1, "Correlation Rules").
type Correlation struct {
	Header
	Kind      string // one of CorrelationKinds
	Rules     []Reference
	GroupBy   []Name
	Aliases   []Alias
	Timespan  time.Duration // whole seconds, more than none
	Condition CorrelationCondition
	Generate  bool // the rules report their own events as well
	Base      bool // correlations above it alone report what it finds

	KindAt     diag.Span
	TimespanAt diag.Span
}

// CorrelationKinds are what a correlation can count or order.
var CorrelationKinds = []string{
	"event_count", "value_count", "temporal", "temporal_ordered", "value_sum", "value_avg", "value_percentile", "value_median",
}

// Name is a field's or an alias's name with its place.
type Name struct {
	Text string
	At   diag.Span
}

// Reference names a rule or a correlation by id or name. Join fills in what it
// stands for: one of the two.
type Reference struct {
	Text        string
	At          diag.Span
	Rule        *Rule
	Correlation *Correlation
}

// Alias is one name for a field that the correlated rules name differently.
type Alias struct {
	Name
	Fields []AliasField
}

// AliasField is an alias's field in the events of one rule.
type AliasField struct {
	Rule  Name // as the list of rules writes it
	Field Name
}

func (r *reader) correlation(h Header, rest []yamldoc.Entry) *Correlation {
	c := &Correlation{Header: h}
	for _, e := range rest {
		switch e.Name {
		case "correlation":
			r.correlationBody(c, e)
		case "generate":
			c.Generate = r.boolean(e) || c.Generate
		case "logsource", "detection", "filter":
			r.Diags.Errorf(diag.BadCorrelation, r.Span(e.Key), "put it into a document of its own",
				"a correlation has no %s: it reads the events of other rules", e.Name)
		case "action":
			r.noAction(e)
		default:
			r.custom(&c.Header, e)
		}
		if r.GaveUp() {
			return c
		}
	}
	return c
}

var correlationKeys = []string{"type", "rules", "group-by", "timespan", "condition", "aliases", "generate"}

func (r *reader) correlationBody(c *Correlation, e yamldoc.Entry) {
	if e.Value.Kind != yaml.MappingNode {
		r.Diags.Errorf(diag.BadCorrelation, r.Span(e.Value), "", "correlation must hold type, rules, timespan and condition")
		return
	}
	before := len(*r.Diags)
	have := map[string]yamldoc.Entry{}
	for _, part := range r.Mapping(e.Value, 2) {
		have[part.Name] = part
		switch part.Name {
		case "type":
			c.Kind, c.KindAt = r.OneOf(part, CorrelationKinds, diag.Error, diag.BadCorrelation), r.Span(part.Value)
		case "rules":
			c.Rules = r.references(part)
		case "group-by":
			c.GroupBy = r.nameList(part)
		case "timespan":
			c.Timespan, c.TimespanAt = r.timespan(part), r.Span(part.Value)
		case "aliases":
			r.aliases(c, part)
		case "generate":
			c.Generate = r.boolean(part) || c.Generate
		case "condition": // read last: it needs the rules
		default:
			hint := diag.Suggest(part.Name, correlationKeys, "the keys are "+strings.Join(correlationKeys, ", "))
			r.Diags.Errorf(diag.BadCorrelation, r.Span(part.Key), hint, "a correlation has no key %q", part.Name)
		}
		if r.GaveUp() {
			return
		}
	}
	for _, key := range []string{"type", "timespan"} {
		if _, ok := have[key]; !ok {
			r.Diags.Errorf(diag.BadCorrelation, r.Span(e.Key), "add "+key+":", "the correlation has no %s", key)
		}
	}
	condition, ok := have["condition"]
	r.correlationCondition(c, e, condition, ok)
	if len(c.Rules) == 0 && !(*r.Diags)[before:].HasErrors() {
		r.Diags.Errorf(diag.BadCorrelation, r.Span(e.Key), "add rules: with ids or names", "the correlation names no rules")
	}
	r.checkAliases(c)
	r.checkNames(c)
}

// references reads ids and names of rules.
func (r *reader) references(e yamldoc.Entry) []Reference {
	var list []Reference
	for _, n := range r.nameList(e) {
		if slices.ContainsFunc(list, func(ref Reference) bool { return ref.Text == n.Text }) {
			r.Diags.Errorf(diag.BadReference, n.At, "remove one of them", "the rule %q is named twice", n.Text)
			continue
		}
		list = append(list, Reference{Text: n.Text, At: n.At})
	}
	return list
}

// nameList reads a text or a list of texts, none of them empty.
func (r *reader) nameList(e yamldoc.Entry) []Name {
	nodes := []*yaml.Node{e.Value}
	if e.Value.Kind == yaml.SequenceNode {
		nodes = e.Value.Content
	}
	var list []Name
	for _, n := range nodes {
		if n = r.Follow(n, 4); n == nil {
			return list
		}
		v, ok := Value{}, n.Kind == yaml.ScalarNode
		if ok {
			v, ok = r.Scalar(n)
		}
		if !ok || v.Kind == Null || v.Text == "" {
			r.Diags.Errorf(diag.WrongShape, r.Span(n), "", "%s must be a list of texts", e.Name)
			continue
		}
		list = append(list, Name{v.Text, v.At})
	}
	return list
}

func (r *reader) boolean(e yamldoc.Entry) bool {
	if e.Value.Kind == yaml.ScalarNode {
		if v, ok := r.Scalar(e.Value); ok && v.Kind == Bool {
			return v.Text == "true"
		}
	}
	r.Diags.Errorf(diag.WrongShape, r.Span(e.Value), "", "%s must be true or false", e.Name)
	return false
}

var timespanForm = regexp.MustCompile(`^([0-9]+)([smhdwMy])$`)

// timespanUnits are the specification's s, m, h and d and the longer ones of its
// reference implementation, which gives months and years their mean length.
var timespanUnits = map[string]time.Duration{
	"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
	"M": 2_629_746 * time.Second, "y": 31_556_952 * time.Second,
}

// maxTimespan bounds a timespan, so that times near it stay in range.
const maxTimespan = 100 * 366 * 24 * time.Hour

func (r *reader) timespan(e yamldoc.Entry) time.Duration {
	at, hint := r.Span(e.Value), "write a number with s, m, h or d, as in 30m"
	m := timespanForm.FindStringSubmatch(r.Text(e))
	if m == nil {
		r.Diags.Errorf(diag.BadTimespan, at, hint, "%q is not a timespan", e.Value.Value)
		return 0
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	unit := timespanUnits[m[2]]
	switch {
	case err == nil && n == 0:
		r.Diags.Errorf(diag.BadTimespan, at, hint, "a timespan cannot be empty")
	case err != nil || n > int64(maxTimespan/unit):
		r.Diags.Errorf(diag.BadTimespan, at, hint, "the timespan is longer than 100 years")
	default:
		return time.Duration(n) * unit
	}
	return 0
}

func (r *reader) aliases(c *Correlation, e yamldoc.Entry) {
	if e.Value.Kind != yaml.MappingNode {
		r.Diags.Errorf(diag.BadAlias, r.Span(e.Value), "", "aliases must hold names, each with a field for each rule")
		return
	}
	for _, part := range r.Mapping(e.Value, 3) {
		a := Alias{Name: Name{part.Name, r.Span(part.Key)}}
		if part.Value.Kind != yaml.MappingNode {
			r.Diags.Errorf(diag.BadAlias, r.Span(part.Value), "", "the alias %q must hold a field for each rule", part.Name)
			continue
		}
		for _, field := range r.Mapping(part.Value, 4) {
			if names := r.nameList(field); len(names) == 1 {
				a.Fields = append(a.Fields, AliasField{Rule: Name{field.Name, r.Span(field.Key)}, Field: names[0]})
			} else if len(names) > 1 {
				r.Diags.Errorf(diag.BadAlias, names[1].At, "", "an alias has one field for each rule")
			}
		}
		c.Aliases = append(c.Aliases, a)
	}
}

// checkAliases wants of each alias one field for each rule and for no other.
func (r *reader) checkAliases(c *Correlation) {
	var names []string
	for _, ref := range c.Rules {
		names = append(names, ref.Text)
	}
	for _, a := range c.Aliases {
		for _, f := range a.Fields {
			if !slices.Contains(names, f.Rule.Text) {
				r.Diags.Errorf(diag.BadAlias, f.Rule.At, "the rules are "+strings.Join(names, ", "),
					"the alias %q names %q, which is not correlated", a.Text, f.Rule.Text)
			}
		}
		for _, name := range names {
			if !slices.ContainsFunc(a.Fields, func(f AliasField) bool { return f.Rule.Text == name }) {
				r.Diags.Errorf(diag.BadAlias, a.At, "add a field for it", "the alias %q has no field for the rule %q", a.Text, name)
			}
		}
	}
}

// checkNames rejects what appears twice and warns of what is not used.
func (r *reader) checkNames(c *Correlation) {
	used := map[string]bool{}
	for _, n := range c.GroupBy {
		if used[n.Text] {
			r.Diags.Errorf(diag.BadCorrelation, n.At, "remove one of them", "group-by names %q twice", n.Text)
		}
		used[n.Text] = true
	}
	for _, n := range c.Condition.Fields {
		used[n.Text] = true
	}
	for _, a := range c.Aliases {
		if !used[a.Text] {
			r.Diags.Warnf(diag.BadAlias, a.At, "name it in group-by, or remove it", "nothing uses the alias %q", a.Text)
		}
	}
}
