package eval

import (
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// maxLiterals is how many literals are looked for before an expression is run.
const maxLiterals = 8

// required gives texts of which every match of an RE2 expression holds at least
// one, and nil where it knows none. Only literals that match by their own bytes
// count: none that ignores case.
func required(expr string) [][]byte {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil
	}
	var out [][]byte
	for _, s := range literals(re) {
		out = append(out, []byte(s))
	}
	return out
}

// literals gives the best set of an expression: the one whose shortest text is
// longest.
func literals(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		// Invalid UTF-8 matches U+FFFD, which then is not in the text.
		if re.Flags&syntax.FoldCase != 0 || slices.Contains(re.Rune, utf8.RuneError) {
			return nil
		}
		return []string{string(re.Rune)}
	case syntax.OpCapture, syntax.OpPlus:
		return literals(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min == 0 {
			return nil
		}
		return literals(re.Sub[0])
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if set := literals(sub); shortest(set) > shortest(best) {
				best = set
			}
		}
		return best
	case syntax.OpAlternate:
		var union []string
		for _, sub := range re.Sub {
			set := literals(sub)
			if set == nil || len(union)+len(set) > maxLiterals {
				return nil
			}
			union = append(union, set...)
		}
		return union
	default:
		return nil
	}
}

func shortest(set []string) int {
	if len(set) == 0 {
		return 0
	}
	n := len(set[0])
	for _, s := range set {
		n = min(n, len(s))
	}
	return n
}
