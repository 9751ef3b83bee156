package pipeline

import (
	"slices"
	"strings"

	sg "github.com/bradleyjkemp/sigma-go"

	"github.com/sigmahunt/sigmahunt/sigma"
)

// ruleConditions are those on rules and correlations, by pySigma's names.
var ruleConditions = map[string]conditionKind{
	"logsource":                 readLogsource,
	"contains_detection_item":   readContainsItem,
	"contains_field":            readContainsField,
	"processing_item_applied":   readRuleApplied,
	"processing_state":          readState,
	"is_sigma_rule":             func(*params) test { return func(s *subject) bool { return s.rule != nil } },
	"is_sigma_correlation_rule": func(*params) test { return func(s *subject) bool { return s.rule == nil } },
	"rule_attribute":            readAttribute,
	"tag":                       readTag,
}

// takeLogsource takes what a logsource is made of, at least one attribute.
func (p *params) takeLogsource() sg.Logsource {
	var l sg.Logsource
	have := false
	for _, attribute := range []struct {
		name string
		to   *string
	}{{"category", &l.Category}, {"product", &l.Product}, {"service", &l.Service}} {
		if e, ok := p.take(attribute.name); ok {
			have = true
			if *attribute.to = p.textOf(e); *attribute.to == "" {
				p.bad(p.Span(e.Value), "", "%s must be a text that holds something", attribute.name)
			}
		}
	}
	if !have {
		p.bad(p.at, "add category, product or service", "%s names no attribute", p.what)
	}
	return l
}

func readLogsource(p *params) test {
	want := p.takeLogsource()
	pairs := func(have *sg.Logsource) bool {
		for _, pair := range [][2]string{{want.Category, have.Category}, {want.Product, have.Product}, {want.Service, have.Service}} {
			if pair[0] != "" && !strings.EqualFold(pair[0], pair[1]) {
				return false
			}
		}
		return true
	}
	return func(s *subject) bool { return s.logsources(pairs, map[*draft]bool{}) }
}

func readContainsItem(p *params) test {
	field, value := p.needText("field"), p.value("value")
	return func(s *subject) bool {
		return s.containsItem(func(it *sigma.Item) bool {
			return it.Field == field && slices.ContainsFunc(it.Values, func(v sigma.Value) bool { return isValue(it, v, value) })
		})
	}
}

func readContainsField(p *params) test {
	field := p.needText("field")
	return func(s *subject) bool {
		return s.containsItem(func(it *sigma.Item) bool { return it.Field == field })
	}
}

// containsItem reports whether an item of a rule or its filters is so.
func (d *draft) containsItem(is func(*sigma.Item) bool) bool {
	for i := range d.parts {
		for _, s := range d.parts[i].searches {
			for _, alternative := range s.Of {
				for k := range alternative {
					if is(&alternative[k]) {
						return true
					}
				}
			}
		}
	}
	return false
}

func readRuleApplied(p *params) test {
	id := p.needText("processing_item_id")
	return func(s *subject) bool { return s.applied[id] }
}

// readState reads a condition on what set_state has set, which is the same for
// rules, items and fields. A state that is not set fits nothing.
func readState(p *params) test {
	key, val, op := p.needText("key"), p.value("val"), p.oneOf("op", false, comparisons...)
	return func(s *subject) bool {
		have, set := s.state[key]
		return set && compare(op, have, val)
	}
}

func readTag(p *params) test {
	tag := p.needText("tag")
	if tag != "" && !strings.Contains(tag, ".") {
		p.bad(p.at, "write it as attack.t1098", "%q is not the form of a tag", tag)
	}
	return func(s *subject) bool { return slices.Contains(s.header().Tags, tag) }
}
