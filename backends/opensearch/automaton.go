package opensearch

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"unicode/utf8"

	"github.com/sigmahunt/sigmahunt/sigma"
)

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
	default:
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
	default:
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
