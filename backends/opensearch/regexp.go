package opensearch

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/sigmahunt/sigmahunt/compiler"
)

// luceneFlags switches off every optional operator of Lucene's expressions
// (~ & # @ <n-m>). The default, ALL, switches them on.
const luceneFlags = "NONE"

// maxExpr is index.max_regex_length, in UTF-16 units.
const maxExpr = 1000

// noText matches surrogates only, which no indexed text holds. A wildcard field
// compares an expression that matches one text alone by its spelling, escapes
// included; with this alternative Lucene no longer sees one text alone.
const noText = "[^\x00-\ud7ff\ue000-\U0010ffff]"

// luceneRegexp returns Lucene's expression for exactly the texts in which re finds
// a match; empty reports whether the empty text is one of them. It translates
// literals, classes, alternatives, repetitions, and anchors at the ends. For
// everything else, and beyond Lucene's limits, ok is false.
func luceneRegexp(re *syntax.Regexp) (expr string, empty, ok bool) {
	whole, open := wholeTexts(re)
	empty, ok = determinizes(whole)
	if !ok {
		return "", false, false
	}
	w := &writer{left: maxExpr}
	w.node(whole, inAlternation)
	if !open && !isPlainText(whole) {
		w.write("|" + noText)
	}
	return w.expr.String(), empty, w.left >= 0
}

var anyRun = &syntax.Regexp{Op: syntax.OpStar, Sub: []*syntax.Regexp{{Op: syntax.OpAnyChar}}}

// wholeTexts turns an expression that is searched for into one for whole texts:
// anchors at its ends are dropped, and an end without one is any run of
// characters. Anchors elsewhere stay. open reports whether some end is such a run.
func wholeTexts(re *syntax.Regexp) (whole *syntax.Regexp, open bool) {
	if re = ungroup(re); re.Op == syntax.OpAlternate && isAnchored(re) {
		whole = &syntax.Regexp{Op: syntax.OpAlternate}
		free := &syntax.Regexp{Op: syntax.OpAlternate}
		for _, sub := range re.Sub {
			if !isAnchored(sub) {
				free.Sub = append(free.Sub, sub)
				continue
			}
			branch, openBranch := wholeTexts(sub)
			whole.Sub, open = append(whole.Sub, branch), open || openBranch
		}
		if len(free.Sub) == 1 {
			free = free.Sub[0]
		}
		if len(free.Sub) > 0 || free.Op != syntax.OpAlternate {
			branch, _ := wholeTexts(free)
			whole.Sub, open = append(whole.Sub, branch), true
		}
		return whole, open
	}
	parts := []*syntax.Regexp{re}
	if re.Op == syntax.OpConcat {
		parts = slices.Clone(re.Sub)
	}
	for _, at := range []int{0, len(parts) - 1} { // (^|a)b is ^b|ab
		if group := ungroup(parts[at]); group.Op == syntax.OpAlternate && len(group.Sub) <= maxBranches && isAnchored(group) && len(parts) > 1 {
			either := &syntax.Regexp{Op: syntax.OpAlternate}
			for _, sub := range group.Sub {
				parts[at] = sub
				either.Sub = append(either.Sub, &syntax.Regexp{Op: syntax.OpConcat, Sub: slices.Clone(parts)})
			}
			return wholeTexts(either)
		}
	}
	begins, ends := false, false
	for len(parts) > 0 && parts[0].Op == syntax.OpBeginText {
		begins, parts = true, parts[1:]
	}
	for len(parts) > 0 && parts[len(parts)-1].Op == syntax.OpEndText {
		ends, parts = true, parts[:len(parts)-1]
	}
	if !begins {
		parts = slices.Insert(parts, 0, anyRun)
	}
	if !ends {
		parts = append(parts, anyRun)
	}
	return &syntax.Regexp{Op: syntax.OpConcat, Sub: parts}, !begins || !ends
}

// maxBranches bounds the alternatives at an end that are written out for an anchor
// among them.
const maxBranches = 16

func ungroup(re *syntax.Regexp) *syntax.Regexp {
	for re.Op == syntax.OpCapture {
		re = re.Sub[0]
	}
	return re
}

// isAnchored reports whether an expression begins or ends the text somewhere.
func isAnchored(re *syntax.Regexp) bool {
	return re.Op == syntax.OpBeginText || re.Op == syntax.OpEndText || slices.ContainsFunc(re.Sub, isAnchored)
}

// isPlainText reports whether an expression is one literal that is written as it is.
func isPlainText(re *syntax.Regexp) bool {
	return re.Op == syntax.OpConcat && len(re.Sub) == 1 && re.Sub[0].Op == syntax.OpLiteral &&
		re.Sub[0].Flags&syntax.FoldCase == 0 && !slices.ContainsFunc(re.Sub[0].Rune, isReserved)
}

// writer stops at the limit, whatever it is given.
type writer struct {
	expr strings.Builder
	left int // UTF-16 units; below zero the expression cannot be written
}

func (w *writer) write(s string) {
	for _, r := range s {
		w.left -= utf16.RuneLen(r)
	}
	if w.left >= 0 {
		w.expr.WriteString(s)
	}
}

// precedence is what surrounds an expression, loosest first.
type precedence int

const (
	inAlternation precedence = iota
	inSequence
	inRepeat
)

func (w *writer) node(re *syntax.Regexp, in precedence) {
	if w.left < 0 {
		return
	}
	re = ungroup(re)
	several := re.Op == syntax.OpConcat || re.Op == syntax.OpLiteral && len(re.Rune) > 1
	empty := re.Op == syntax.OpEmptyMatch || re.Op == syntax.OpConcat && len(re.Sub) == 0
	if empty || re.Op == syntax.OpAlternate && in > inAlternation || several && in > inSequence || isRepeat(re) && in == inRepeat {
		w.write("(")
		defer w.write(")")
	}
	switch re.Op {
	case syntax.OpEmptyMatch:
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			w.class(literalClass(r, re.Flags))
		}
	case syntax.OpCharClass:
		w.class(canonical(re.Rune))
	case syntax.OpAnyCharNotNL:
		w.write("[^\n]")
	case syntax.OpAnyChar:
		w.write(".")
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			w.node(sub, inSequence)
		}
	case syntax.OpAlternate:
		for i, sub := range re.Sub {
			if i > 0 {
				w.write("|")
			}
			w.node(sub, inAlternation)
		}
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		w.node(re.Sub[0], inRepeat)
		w.write(repeatCount(re))
	default:
		w.left = -1
	}
}

func isRepeat(re *syntax.Regexp) bool {
	return re.Op == syntax.OpStar || re.Op == syntax.OpPlus || re.Op == syntax.OpQuest || re.Op == syntax.OpRepeat
}

func repeatCount(re *syntax.Regexp) string {
	switch {
	case re.Op == syntax.OpStar:
		return "*"
	case re.Op == syntax.OpPlus:
		return "+"
	case re.Op == syntax.OpQuest:
		return "?"
	case re.Max < 0:
		return fmt.Sprintf("{%d,}", re.Min)
	case re.Min == re.Max:
		return fmt.Sprintf("{%d}", re.Min)
	}
	return fmt.Sprintf("{%d,%d}", re.Min, re.Max)
}

// class writes a set of characters, pairs of first and last: what it holds or what
// it lacks, whichever is shorter.
func (w *writer) class(c []rune) {
	switch {
	case len(c) == 0 || len(c) > maxExpr:
		w.left = -1
		return
	case len(c) == 2 && c[0] == c[1]:
		w.rune(c[0])
		return
	}
	held, lacked := &writer{left: maxExpr}, &writer{left: -1}
	held.ranges("[", c)
	if gaps := complement(c); len(gaps) > 0 {
		lacked.left = maxExpr
		lacked.ranges("[^", gaps)
	}
	if lacked.left > held.left {
		held = lacked
	}
	if held.left < 0 {
		w.left = -1
		return
	}
	w.write(held.expr.String())
}

// ranges writes no range from an escaped character: Lucene reads that as three.
func (w *writer) ranges(open string, c []rune) {
	w.write(open)
	for i := 0; i < len(c); i += 2 {
		lo, hi := c[i], c[i+1]
		for lo < hi && isReserved(lo) {
			w.rune(lo)
			lo++
		}
		w.rune(lo)
		if hi > lo+1 {
			w.write("-")
		}
		if hi > lo {
			w.rune(hi)
		}
	}
	w.write("]")
}

// reserved is all that Lucene reads as syntax under any flags. Nothing else may be
// escaped: a backslash before a letter is an error or a class.
const reserved = `.?+*|{}[]()"\@&~<>#-^`

func isReserved(r rune) bool { return strings.ContainsRune(reserved, r) }

func (w *writer) rune(r rune) {
	if isReserved(r) {
		w.write(`\`)
	}
	w.write(string(r))
}

// literalClass returns a character of a literal with all that RE2 takes for it.
func literalClass(r rune, flags syntax.Flags) []rune {
	pairs := []rune{r, r}
	if flags&syntax.FoldCase != 0 {
		for _, c := range compiler.Cases(r) {
			pairs = append(pairs, c, c)
		}
	}
	return canonical(pairs)
}

const (
	surrogateMin = '\ud7ff' + 1
	surrogateMax = '\ue000' - 1
)

// canonical sorts and joins pairs of first and last. No text holds a surrogate, so
// none begins or ends a range.
func canonical(pairs []rune) []rune {
	var list [][2]rune
	for i := 0; i < len(pairs); i += 2 {
		lo, hi := pairs[i], pairs[i+1]
		if surrogateMin <= lo && lo <= surrogateMax {
			lo = surrogateMax + 1
		}
		if surrogateMin <= hi && hi <= surrogateMax {
			hi = surrogateMin - 1
		}
		if lo <= hi {
			list = append(list, [2]rune{lo, hi})
		}
	}
	slices.SortFunc(list, func(a, b [2]rune) int { return int(a[0] - b[0]) })
	var c []rune
	for _, p := range list {
		if last := len(c) - 1; last > 0 && p[0] <= c[last]+1 {
			c[last] = max(c[last], p[1])
			continue
		}
		c = append(c, p[0], p[1])
	}
	return c
}

func complement(c []rune) []rune {
	var gaps []rune
	next := rune(0)
	for i := 0; i < len(c); i += 2 {
		gaps = append(gaps, next, c[i]-1)
		next = c[i+1] + 1
	}
	return canonical(append(gaps, next, unicode.MaxRune))
}
