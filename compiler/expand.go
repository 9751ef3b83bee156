package compiler

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// maxPlaceholders bounds those of one value.
const maxPlaceholders = 16

// expand gives the texts that a value under expand stands for: one for each
// combination of its placeholders' values. Each is a list of patterns to be put
// together; literal text is taken by read. ok is false where that was an error.
func expand[T any](x *itemLowerer, v sigma.Value, pieces []sigma.Piece, read func(text string) T, value func(sigma.Pattern) T) (combinations [][]T, ok bool) {
	combinations = [][]T{nil}
	if name := sigma.EscapedPlaceholder(v.Text); name != "" {
		x.diags.Warnf(diag.Placeholder, v.At, `write \\ for a backslash before the placeholder, or \%`+name+`\% for the text`,
			`\%%%s%% is text, not a placeholder`, name)
	}
	if count(pieces) > maxPlaceholders {
		x.diags.Errorf(diag.TooLarge, v.At, "split the value", "the value holds more than %d placeholders", maxPlaceholders)
		return nil, false
	}
	size := 0 // of all combinations, in bytes
	for _, piece := range pieces {
		choices, added := []T{}, len(piece.Text)
		if piece.Name == "" {
			choices = append(choices, read(piece.Text))
		} else if len(x.values[piece.Name]) == 0 {
			x.unknownPlaceholder(v, piece.Name)
			return nil, false
		}
		for _, text := range x.values[piece.Name] {
			choices = append(choices, value(sigma.ParsePattern(text)))
			added += len(text)
		}
		n := len(combinations) * len(choices)
		if size = size*len(choices) + added*len(combinations); !x.room(v, n, maxExpanded, size) {
			return nil, false
		}
		next := make([][]T, 0, n)
		for _, c := range combinations {
			for _, choice := range choices {
				next = append(next, append(c[:len(c):len(c)], choice))
			}
		}
		combinations = next
	}
	return combinations, true
}

// count gives the number of placeholders.
func count(pieces []sigma.Piece) int {
	n := 0
	for _, p := range pieces {
		if p.Name != "" {
			n++
		}
	}
	return n
}

func (x *itemLowerer) unknownPlaceholder(v sigma.Value, name string) {
	hint := diag.Suggest(name, slices.Sorted(maps.Keys(x.values)), "set its values with --value "+name+"=VALUE or --values FILE")
	x.diags.Errorf(diag.Placeholder, v.At, hint, "no value is set for the placeholder %%%s%%", name)
}

// expandText gives the patterns of a value under expand.
func (x *itemLowerer) expandText(v sigma.Value) (patterns []sigma.Pattern, ok bool) {
	same := func(p sigma.Pattern) sigma.Pattern { return p }
	combinations, ok := expand(x, v, sigma.SplitPlaceholders(v.Text), sigma.ParsePattern, same)
	for _, c := range combinations {
		patterns = append(patterns, sigma.Concat(c...))
	}
	return patterns, ok
}

// expandRegexp gives the regular expressions of a value under expand. A
// placeholder's value stands in them as the text that it is, not as an
// expression of its own.
func (x *itemLowerer) expandRegexp(v sigma.Value) (exprs []string, ok bool) {
	pieces := sigma.SplitPlaceholders(v.Text)
	if name := quotedPlaceholder(pieces[:min(len(pieces), 2*maxPlaceholders+1)]); name != "" {
		x.diags.Errorf(diag.Placeholder, v.At, "write a group of alternatives", `the placeholder %%%s%% stands inside [...] or after \Q, where a value would not be its text`, name)
		return nil, false
	}
	same := func(text string) string { return text }
	combinations, ok := expand(x, v, pieces, same, regexpOf)
	for _, c := range combinations {
		exprs = append(exprs, strings.Join(c, ""))
	}
	return exprs, ok
}

// quotedPlaceholder gives the first placeholder that stands inside a class of
// characters or behind \Q, where what is put in its place means something else.
func quotedPlaceholder(pieces []sigma.Piece) string {
	before := ""
	for _, p := range pieces {
		if p.Name != "" && (inClass(before) || strings.Contains(before, `\Q`)) {
			return p.Name
		}
		before += p.Text
	}
	return ""
}

// inClass reports whether a regular expression that is cut off here stands
// inside [...].
func inClass(expr string) bool {
	start := -1 // of the class's content
	for i := 0; i < len(expr); i++ {
		switch rest := expr[i:]; {
		case rest[0] == '\\':
			i++
		case start < 0 && rest[0] == '[':
			if strings.HasPrefix(rest, "[^") {
				i++
			}
			start = i + 1
		case start >= 0 && strings.HasPrefix(rest, "[:") && strings.Contains(rest, ":]"):
			i += strings.Index(rest, ":]") + 1
		case start >= 0 && rest[0] == ']' && i > start:
			start = -1
		}
	}
	return start >= 0
}

// regexpOf gives the regular expression that matches what a pattern does.
func regexpOf(p sigma.Pattern) string {
	var b strings.Builder
	for _, t := range p {
		switch t.Kind {
		case sigma.AnyRun:
			b.WriteString("(?s:.*)")
		case sigma.AnyOne:
			b.WriteString("(?s:.)")
		case sigma.Literal:
			b.WriteString(regexp.QuoteMeta(t.Literal))
		}
	}
	return "(?:" + b.String() + ")"
}
