package pipeline

import (
	"regexp"
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

// itemConditions are those on items of searches, by pySigma's names.
var itemConditions = map[string]conditionKind{
	"match_string":            readMatchString,
	"match_value":             readMatchValue,
	"contains_wildcard":       readContainsWildcard,
	"is_null":                 readIsNull,
	"processing_item_applied": readItemApplied,
	"processing_state":        readState,
}

// fieldConditions are those on fields' names, by pySigma's names. In an item
// they look at its field and at the fields that fieldref names.
var fieldConditions = map[string]conditionKind{
	"include_fields":          readIncludeFields,
	"exclude_fields":          func(p *params) test { return outside(readIncludeFields(p)) },
	"processing_item_applied": readFieldApplied,
	"processing_state":        readState,
}

// ofValues makes the test that any or all of an item's values are so.
func ofValues(p *params, is func(it *sigma.Item, v sigma.Value) bool) test {
	all := p.oneOf("cond", true, "any", "all") == "all"
	return func(s *subject) bool {
		for _, v := range s.item.Values {
			if is(s.item, v) != all {
				return !all
			}
		}
		return all
	}
}

// readMatchString matches texts from their start on, as Python's re.match does.
func readMatchString(p *params) test {
	expression := p.regexp("pattern")
	negate := p.flag("negate")
	return ofValues(p, func(it *sigma.Item, v sigma.Value) bool {
		text, ok := pattern(it, v)
		return (ok && expression.MatchString(unescaped(text))) != negate
	})
}

func readMatchValue(p *params) test {
	want := p.value("value")
	return ofValues(p, func(it *sigma.Item, v sigma.Value) bool { return isValue(it, v, want) })
}

func readContainsWildcard(p *params) test {
	return ofValues(p, func(it *sigma.Item, v sigma.Value) bool {
		text, ok := pattern(it, v)
		return ok && slices.ContainsFunc(text, func(t sigma.Token) bool { return t.Kind != sigma.Literal })
	})
}

func readIsNull(p *params) test {
	return ofValues(p, func(_ *sigma.Item, v sigma.Value) bool { return v.Kind == sigma.Null })
}

func readItemApplied(p *params) test {
	id := p.needText("processing_item_id")
	return func(s *subject) bool { return s.trail.has(id) }
}

// readFieldApplied asks in an item for what was applied to the item, elsewhere
// for what has renamed the field.
func readFieldApplied(p *params) test {
	id := p.needText("processing_item_id")
	return func(s *subject) bool {
		if s.item != nil {
			return s.trail.has(id)
		}
		return slices.ContainsFunc(s.names, func(name string) bool { return s.renamed[name].has(id) })
	}
}

// readIncludeFields reads names or regular expressions, which match from the
// start on. Keywords have no field and are never among them.
func readIncludeFields(p *params) test {
	e, ok := p.need("fields")
	expressions := p.oneOf("mode", false, "plain", "re") == "re"
	if !ok {
		return nil
	}
	is := func(string) bool { return false }
	if expressions {
		if patterns := p.regexps(e); len(patterns) > 0 {
			is = func(name string) bool {
				return slices.ContainsFunc(patterns, func(re *regexp.Regexp) bool { return re.MatchString(name) })
			}
		}
	} else {
		names := map[string]bool{}
		for _, name := range p.textsOf(e) {
			names[name] = true
		}
		is = func(name string) bool { return names[name] }
	}
	return func(s *subject) bool {
		return slices.ContainsFunc(s.names, func(name string) bool { return name != "" && is(name) })
	}
}

// outside makes the test that one of the names is not among those of another.
func outside(within test) test {
	return func(s *subject) bool {
		one := *s
		return slices.ContainsFunc(s.names, func(name string) bool {
			one.names = []string{name}
			return !within(&one)
		})
	}
}

// maxPatterns bounds the regular expressions that a name is tried against.
const maxPatterns = 1_000

func (p *params) regexps(e yamldoc.Entry) []*regexp.Regexp {
	values := p.valuesOf(e)
	if len(values) > maxPatterns {
		p.Diags.Errorf(diag.TooLarge, p.Span(e.Key), "join some with |", "%s holds more than %d regular expressions", e.Name, maxPatterns)
		return nil
	}
	var list []*regexp.Regexp
	for _, v := range values {
		if re := p.compile(v); re != nil {
			list = append(list, re)
		}
	}
	return list
}

func (p *params) regexp(name string) *regexp.Regexp {
	e, ok := p.need(name)
	if !ok {
		return nil
	}
	if v, ok := p.scalarOf(e); ok {
		return p.compile(v)
	}
	return nil
}

// compile reads a regular expression that is matched from the start of a text
// on.
func (p *params) compile(v sigma.Value) *regexp.Regexp {
	_, err := regexp.Compile(v.Text)
	if err == nil {
		var re *regexp.Regexp
		if re, err = regexp.Compile(`\A(?:` + v.Text + `)`); err == nil {
			return re
		}
	}
	p.bad(v.At, "pipelines take the regular expressions of RE2", "the regular expression cannot be read: %s",
		strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	return nil
}
