package opensearch

import (
	"encoding/binary"
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/sigma"
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

// Lucene makes a deterministic automaton of an expression or pattern before it
// reads a text, and fails after an effort of 100,000: the sum of the sizes of its
// sets of states. Its sets may be somewhat larger than those here.
const (
	maxPositions = 2_000
	maxStates    = 5_000
	maxEffort    = 50_000
	maxWork      = 100_000_000 // words of sets visited here
)

// determinizes reports whether an expression without anchors stays within Lucene's
// bounds, and whether it matches the empty text.
func determinizes(re *syntax.Regexp) (empty, ok bool) {
	size := positions(re)
	if size > maxPositions {
		return false, false
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return false, false
	}
	a := &automaton{prog: prog, words: len(prog.Inst)/64 + 1, left: maxWork, known: map[string]bool{}}
	start, empty, ok := a.closure(uint32(prog.Start))
	return empty, ok && a.prepare() && a.explore(start, size)
}

// positions counts the characters and classes of an expression as Lucene copies
// them for repetitions, up to the first count that is too large.
func positions(re *syntax.Regexp) int {
	total := 0
	switch re.Op {
	case syntax.OpLiteral:
		total = len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		total = 1
	}
	for _, sub := range re.Sub {
		if total += positions(sub); total > maxPositions {
			break
		}
	}
	switch re.Op {
	case syntax.OpPlus:
		total *= 2
	case syntax.OpRepeat:
		total *= max(re.Min+1, re.Max)
	}
	return min(total, maxPositions+1)
}

// automaton determinizes a program by sets of its instructions that take a
// character.
type automaton struct {
	prog   *syntax.Prog
	words  int // of a set
	left   int // work
	follow [][]uint64
	atoms  [][]uint64 // the instructions that take a character, for each kind of character
	known  map[string]bool
}

// closure returns the instructions that may take the next character from one on,
// and whether the text may end there. ok is false where an anchor is in the way.
func (a *automaton) closure(from uint32) (set []uint64, ends, ok bool) {
	set, seen := make([]uint64, a.words), make([]uint64, a.words)
	for todo := []uint32{from}; len(todo) > 0; {
		pc := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[pc/64]&(1<<(pc%64)) != 0 {
			continue
		}
		seen[pc/64] |= 1 << (pc % 64)
		a.left -= a.words
		switch inst := &a.prog.Inst[pc]; inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			todo = append(todo, inst.Arg, inst.Out)
		case syntax.InstCapture, syntax.InstNop:
			todo = append(todo, inst.Out)
		case syntax.InstMatch:
			ends = true
		case syntax.InstEmptyWidth:
			return nil, false, false
		case syntax.InstFail:
		default:
			set[pc/64] |= 1 << (pc % 64)
		}
	}
	return set, ends, a.left >= 0
}

// prepare finds what may follow each instruction, and the kinds of characters.
func (a *automaton) prepare() bool {
	var bounds []rune
	a.follow = make([][]uint64, len(a.prog.Inst))
	for pc := range a.prog.Inst {
		inst := &a.prog.Inst[pc]
		switch inst.Op {
		case syntax.InstRuneAnyNotNL:
			bounds = append(bounds, '\n', '\n'+1)
		case syntax.InstRune, syntax.InstRune1:
			pairs := inst.Rune
			if len(pairs) == 1 {
				pairs = literalClass(pairs[0], syntax.Flags(inst.Arg))
			}
			for i := 0; i < len(pairs); i += 2 {
				bounds = append(bounds, pairs[i], pairs[i+1]+1)
			}
		case syntax.InstRuneAny:
		default:
			continue
		}
		var ok bool
		if a.follow[pc], _, ok = a.closure(inst.Out); !ok {
			return false
		}
	}
	slices.Sort(bounds)
	same := map[string]bool{}
	for _, r := range slices.Compact(append(bounds, 0)) {
		takers := make([]uint64, a.words)
		for pc := range a.prog.Inst {
			if a.follow[pc] != nil && a.prog.Inst[pc].MatchRune(r) {
				takers[pc/64] |= 1 << (pc % 64)
			}
		}
		if a.left -= len(a.prog.Inst); a.left < 0 {
			return false
		}
		if key := appendKey(nil, takers); !same[string(key)] {
			same[string(key)] = true
			a.atoms = append(a.atoms, takers)
		}
	}
	return true
}

// appendKey appends a set as the key of a map.
func appendKey(key []byte, set []uint64) []byte {
	for _, word := range set {
		key = binary.LittleEndian.AppendUint64(key, word)
	}
	return key
}

// explore visits every set that a text can lead to. size is how many positions
// Lucene's automaton has.
func (a *automaton) explore(start []uint64, size int) bool {
	copies := max(1, (size+len(a.prog.Inst)-1)/len(a.prog.Inst))
	effort := 0
	taken := make([]uint64, a.words)
	var key []byte
	for todo := [][]uint64{start}; len(todo) > 0; {
		from := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, takers := range a.atoms {
			for i := range taken {
				taken[i] = from[i] & takers[i]
			}
			a.left -= a.words
			if key = appendKey(key[:0], taken); a.known[string(key)] {
				continue
			}
			a.known[string(key)] = true
			next, n := a.after(taken)
			if effort += n * copies; len(a.known) > maxStates || effort > maxEffort || a.left < 0 {
				return false
			}
			todo = append(todo, next)
		}
		if a.left < 0 {
			return false
		}
	}
	return true
}

// after returns the instructions that may follow some others, and how many those are.
func (a *automaton) after(taken []uint64) (next []uint64, n int) {
	next = make([]uint64, a.words)
	for pc := range a.prog.Inst {
		if taken[pc/64]&(1<<(pc%64)) == 0 {
			continue
		}
		n++
		a.left -= a.words
		for i, word := range a.follow[pc] {
			next[i] |= word
		}
	}
	return next, n
}

// patternDeterminizes reports whether Lucene takes a pattern of a wildcard query.
func patternDeterminizes(p sigma.Pattern) bool {
	whole := &syntax.Regexp{Op: syntax.OpConcat}
	runs, length, ones := 1, 0, false
	for _, t := range p {
		switch t.Kind {
		case sigma.AnyRun:
			runs++
			whole.Sub = append(whole.Sub, anyRun)
		case sigma.AnyOne:
			ones = true
			whole.Sub = append(whole.Sub, anyRun.Sub[0])
		case sigma.Literal:
			if length += utf8.RuneCountInString(t.Literal); length > maxPositions || !utf8.ValidString(t.Literal) {
				return false
			}
			whole.Sub = append(whole.Sub, &syntax.Regexp{Op: syntax.OpLiteral, Rune: []rune(t.Literal)})
		}
	}
	if !ones && runs*length*(runs+length) <= maxEffort {
		return true // the states are those of Aho and Corasick, once for each run
	}
	_, ok := determinizes(whole)
	return ok
}
