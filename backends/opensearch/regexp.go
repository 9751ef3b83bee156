package opensearch

import (
	"regexp/syntax"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sigmahunt/sigmahunt/sigma"
)

// luceneFlags is what a regexp query must be sent with: every optional operator
// (~ & # @ <n-m>) is off. The default, ALL, gives them their meanings.
const luceneFlags = "NONE"

// maxExpr is index.max_regex_length: UTF-16 units, the limit itself included.
const maxExpr = 1000

// noText is a class of surrogates only, which no indexed text holds, though
// Lucene's automaton does not know that.
const noText = "[^\x00-\ud7ff\ue000-\U0010ffff]"

// luceneRegexp gives Lucene's expression that matches exactly the whole texts in
// which re finds a match; re is of syntax.Parse with the Perl flags, simplified
// or not. ok is false where Lucene cannot say it exactly or within its limits:
// the caller widens. Texts are valid UTF-8, so a surrogate in re matches none.
// The expression may be empty: it matches the empty text.
func luceneRegexp(re *syntax.Regexp) (expr string, ok bool) {
	whole, ok := wholeTexts(re)
	if !ok {
		return "", false
	}
	return whole.lucene()
}

// luceneGlob gives Lucene's expression that matches exactly the whole texts
// which p matches. With fold p holds for the text that sigma.Fold gives, and a
// literal stands for every rune that folds to it.
func luceneGlob(p sigma.Pattern, fold bool) (expr string, ok bool) {
	if p.Len() > utf8.UTFMax*maxExpr {
		return "", false
	}
	var parts []*node
	for _, t := range p {
		switch t.Kind {
		case sigma.AnyRun:
			parts = append(parts, anyRun)
		case sigma.AnyOne:
			parts = append(parts, oneOf(anyRune))
		case sigma.Literal:
			if !utf8.ValidString(t.Literal) {
				return "", false
			}
			for _, r := range t.Literal {
				parts = append(parts, oneOf(globRune(r, fold)))
			}
		}
	}
	return inOrder(parts...).lucene()
}

// spelled gives the expression of a folded text in all its cases, of which it has
// more than one. It is as long in states as in runes, so it needs no automaton to
// be held against Lucene's limits.
func spelled(text string) (expr string, ok bool) {
	if len(text) > maxExpr || !utf8.ValidString(text) {
		return "", false
	}
	w := &writer{left: maxExpr}
	for _, r := range text {
		cases := globRune(r, true)
		if len(cases) == 0 {
			return "", false // it is not folded
		}
		w.class(cases)
	}
	return w.expr.String(), w.left >= 0
}

func globRune(r rune, fold bool) runes {
	if !fold {
		return singleRune(r)
	}
	var c runes
	for _, from := range foldedFrom()[r] {
		c = append(c, from, from)
	}
	if sigma.FoldRune(r) == r {
		c = append(c, r, r)
	}
	return canonical(c)
}

// foldedFrom is sigma.FoldRune backwards, without what stays itself.
var foldedFrom = sync.OnceValue(func() map[rune][]rune {
	from := map[rune][]rune{}
	for _, c := range unicode.CaseRanges {
		for r := rune(c.Lo); r <= rune(c.Hi); r++ {
			if folded := sigma.FoldRune(r); folded != r {
				from[folded] = append(from[folded], r)
			}
		}
	}
	return from
})

// lucene writes the expression. A text alone is a case of its own: a wildcard
// field compares it with the expression as it is spelled (OpenSearch 3.4), so it
// must be spelled without escapes or not be alone.
func (n *node) lucene() (expr string, ok bool) {
	if n == noMatch {
		return "[^\x00-\U0010ffff]", true
	}
	w := &writer{left: maxExpr}
	w.node(n, inAlternation)
	if w.left < 0 {
		return "", false
	}
	text, alone, ok := determinize(n)
	if !ok {
		return "", false
	}
	if !alone {
		return w.expr.String(), true
	}
	w = &writer{left: maxExpr}
	for _, r := range text {
		w.rune(r)
	}
	if expr = w.expr.String(); expr != text {
		w.write("|" + noText)
		expr = w.expr.String()
	}
	return expr, w.left >= 0
}

// writer stops at the limit, whatever it is given.
type writer struct {
	expr strings.Builder
	left int // UTF-16 units
}

func (w *writer) write(s string) {
	for _, r := range s {
		w.left -= utf16.RuneLen(r)
	}
	if w.left >= 0 {
		w.expr.WriteString(s)
	}
}

// precedence is what stands around an expression, loosest first.
type precedence int

const (
	inAlternation precedence = iota
	inSequence
	inRepeat
)

func (w *writer) node(n *node, in precedence) {
	if w.left < 0 {
		return
	}
	parens := n.kind == alternation && in > inAlternation ||
		n.kind == concatenation && in > inSequence ||
		n.kind == repetition && in == inRepeat
	if parens || n == emptyText {
		w.write("(")
		defer w.write(")")
	}
	switch n.kind {
	case kindClass:
		w.class(n.class)
	case concatenation:
		for _, sub := range n.subs {
			w.node(sub, inSequence)
		}
	case alternation:
		for i, sub := range n.subs {
			if i > 0 {
				w.write("|")
			}
			w.node(sub, inAlternation)
		}
	case repetition:
		w.node(n.subs[0], inRepeat)
		w.write(repeatCount(n.min, n.max))
	}
}

// class writes a set of runes, what it holds or what it lacks: the shorter.
func (w *writer) class(c runes) {
	switch {
	case slices.Equal(c, anyRune):
		w.write(".")
		return
	case len(c) == 2 && c[0] == c[1]:
		w.rune(c[0])
		return
	case len(c) > maxExpr:
		w.left = -1
		return
	}
	held, lacked := &writer{left: maxExpr}, &writer{left: maxExpr}
	held.ranges("[", c)
	lacked.ranges("[^", c.complement())
	if lacked.left > held.left {
		held = lacked
	}
	if held.left < 0 {
		w.left = -1
		return
	}
	w.write(held.expr.String())
}

// ranges writes no range from an escaped rune: Lucene reads that as three runes.
func (w *writer) ranges(open string, c runes) {
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

// reserved is all that Lucene reads as syntax under any flags, in a class or
// outside. Nothing else may be escaped: a backslash before a letter is an error
// or a class.
const reserved = `.?+*|{}[]()"\@&~<>#-^`

func isReserved(r rune) bool { return strings.ContainsRune(reserved, r) }

func (w *writer) rune(r rune) {
	if isReserved(r) {
		w.write(`\`)
	}
	w.write(string(r))
}
