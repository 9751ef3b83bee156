package pipeline

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

// statuses are what becomes of a rule, in pySigma's order.
var statuses = []string{"unsupported", "deprecated", "experimental", "test", "stable"}

// texts and lists are the attributes of rules that rule_attribute knows. Others
// are looked up among the keys that the specification does not know.
var (
	texts = map[string]func(*sigma.Header) string{
		"title":       func(h *sigma.Header) string { return h.Title },
		"id":          func(h *sigma.Header) string { return h.ID },
		"name":        func(h *sigma.Header) string { return h.Name },
		"description": func(h *sigma.Header) string { return h.Description },
		"author":      func(h *sigma.Header) string { return h.Author },
		"license":     func(h *sigma.Header) string { return h.License },
		"taxonomy":    func(h *sigma.Header) string { return h.Taxonomy },
		"level":       func(h *sigma.Header) string { return h.Level },
		"status":      func(h *sigma.Header) string { return h.Status },
		"date":        func(h *sigma.Header) string { return h.Date },
		"modified":    func(h *sigma.Header) string { return h.Modified },
	}
	lists = map[string]func(*sigma.Header) []string{
		"tags":           func(h *sigma.Header) []string { return h.Tags },
		"references":     func(h *sigma.Header) []string { return h.References },
		"fields":         func(h *sigma.Header) []string { return h.Fields },
		"falsepositives": func(h *sigma.Header) []string { return h.FalsePositives },
		"scope":          func(h *sigma.Header) []string { return h.Scope },
	}
	// ranks give the order of attributes that have one besides equality.
	ranks = map[string]func(text string) (int, bool){
		"level":    rankIn(sigma.Levels),
		"status":   rankIn(statuses),
		"date":     rankOfDay,
		"modified": rankOfDay,
	}
)

func rankIn(words []string) func(string) (int, bool) {
	return func(text string) (int, bool) {
		i := slices.Index(words, strings.ToLower(text))
		return i, i >= 0
	}
}

func rankOfDay(text string) (int, bool) {
	day, err := time.Parse(time.DateOnly, strings.ReplaceAll(text, "/", "-"))
	return int(day.Unix() / 86_400), err == nil
}

// readAttribute reads a condition on a rule's metadata. One that a rule lacks
// fits nothing, as pySigma has it for keys of one's own.
func readAttribute(p *params) test {
	name := p.needText("attribute")
	opEntry := p.left["op"]
	op := p.oneOf("op", false, append(slices.Clone(comparisons), "in", "not_in")...)
	valueEntry := p.left["value"]
	want := p.value("value")
	if text, ok := texts[name]; ok {
		return p.textAttribute(name, text, op, opEntry, want, valueEntry)
	}
	if list, ok := lists[name]; ok {
		return func(s *subject) bool { return listFits(op, list(s.header()), want) }
	}
	return func(s *subject) bool {
		switch have := s.header().AdditionalFields[name].(type) {
		case string:
			return customFits(op, have, want)
		case []any:
			var list []string
			for _, v := range have {
				if text, ok := v.(string); ok {
					list = append(list, text)
				}
			}
			return listFits(op, list, want)
		default: // missing, or a mapping
			return false
		}
	}
}

// textAttribute checks that the operator and the value suit the attribute.
func (p *params) textAttribute(name string, text func(*sigma.Header) string, op string, opEntry yamldoc.Entry, want sigma.Value, valueEntry yamldoc.Entry) test {
	rank, ranked := ranks[name]
	if op == "in" || op == "not_in" || !ranked && op != "eq" && op != "ne" {
		if opEntry.Value != nil {
			p.bad(p.Span(opEntry.Value), "use eq or ne", "%s does not compare by %s", name, op)
		}
		return nil
	}
	if !ranked {
		return func(s *subject) bool {
			have := text(s.header())
			return have != "" && decide(op, strings.Compare(have, want.Text))
		}
	}
	bound, ok := rank(want.Text)
	if !ok && valueEntry.Value != nil {
		p.bad(p.Span(valueEntry.Value), "", "%q is not a %s", want.Text, name)
	}
	return func(s *subject) bool {
		have, ok := rank(text(s.header()))
		return ok && decide(op, cmp.Compare(have, bound))
	}
}

// listFits holds a list against a value: it can hold it, and never is it.
func listFits(op string, have []string, want sigma.Value) bool {
	switch op {
	case "in":
		return slices.Contains(have, want.Text)
	case "not_in":
		return !slices.Contains(have, want.Text)
	default:
		return op == "ne"
	}
}

// customFits compares a key of a rule's own, which the loader keeps as text.
func customFits(op, have string, want sigma.Value) bool {
	switch {
	case op == "in" || op == "not_in":
		return false
	case want.Kind == sigma.Number:
		order, ok := compareNumbers(have, want.Text)
		return ok && decide(op, order) || !ok && op == "ne"
	case op == "eq" || op == "ne":
		return decide(op, strings.Compare(have, want.Text))
	default:
		return false
	}
}
