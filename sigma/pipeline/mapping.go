package pipeline

import (
	"maps"
	"slices"

	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

// mapped is one entry of a mapping of names.
type mapped struct {
	to    []string
	order int // in the file
}

// readNames takes a mapping of names or prefixes to one or more each.
func (p *params) readNames(noun string) map[string]mapped {
	e, ok := p.need("mapping")
	if !ok {
		return nil
	}
	names := map[string]mapped{}
	for i, part := range p.mapping(e) {
		if p.Full(part.Key) {
			break
		}
		if key, ok := p.Scalar(part.Key); ok && (key.Kind == sigma.Null || key.Text == "") {
			p.bad(key.At, "", "the mapping has an entry without a %s; keywords have none either", noun)
			continue
		}
		p.short(part.Name, part)
		var to []string
		seen := map[string]bool{}
		for _, v := range p.valuesOf(part) {
			p.short(v.Text, part)
			if v.Text == "" && noun == "field" {
				p.bad(v.At, "", "a field's name cannot be empty")
			}
			if !seen[v.Text] {
				seen[v.Text] = true
				to = append(to, v.Text)
			}
		}
		names[part.Name] = mapped{to, i}
	}
	return names
}

// short refuses names that are too long to be one.
func (p *params) short(name string, e yamldoc.Entry) {
	if len(name) > maxName && !p.Full(e.Key) {
		p.bad(p.Span(e.Key), "", "a name is longer than %d bytes", maxName)
	}
}

func readMapping(p *params) transform {
	names := p.readNames("field")
	return rename(func(field string) []string { return names[field].to })
}

// readPrefixMapping reads prefixes, of which the first in the file that a field
// has is replaced. They are looked up by their lengths.
func readPrefixMapping(p *params) transform {
	prefixes := p.readNames("prefix")
	lengths := map[int]bool{}
	for prefix := range prefixes {
		lengths[len(prefix)] = true
	}
	sorted := slices.Sorted(maps.Keys(lengths))
	return rename(func(field string) []string {
		first, cut := mapped{}, 0
		for _, n := range sorted {
			if n > len(field) {
				break
			}
			if m, ok := prefixes[field[:n]]; ok && (cut == 0 || m.order < first.order) {
				first, cut = m, n
			}
		}
		var names []string
		for _, prefix := range first.to {
			names = append(names, prefix+field[cut:])
		}
		return names
	})
}

func readPrefix(p *params) transform {
	prefix := p.affix("prefix")
	return rename(func(field string) []string { return []string{prefix + field} })
}

func readSuffix(p *params) transform {
	suffix := p.affix("suffix")
	return rename(func(field string) []string { return []string{field + suffix} })
}

func (p *params) affix(name string) string {
	e := p.left[name]
	text := p.needText(name)
	if e.Key != nil {
		p.short(text, e)
	}
	return text
}
