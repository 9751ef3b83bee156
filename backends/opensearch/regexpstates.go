package opensearch

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// Lucene determinizes an expression before it looks at a text and gives up after
// an effort of 100,000: the sum of the sizes of its sets of states. These bounds
// stay below, since its sets may be some times larger than the ones here; the
// work of counting is bounded too.
const (
	maxPositions   = 2_000
	maxStates      = 5_000
	maxEffort      = 50_000
	maxStatesSteps = 100_000_000 // words of sets looked at
)

// determinize builds the deterministic automaton of n by sets of positions
// (Glushkov). ok is false where it is too large. alone reports whether one text
// is all that n matches.
func determinize(n *node) (text string, alone, ok bool) {
	if n == noMatch {
		return "", false, true
	}
	size := n.positions()
	if size > maxPositions {
		return "", false, false
	}
	p := &positions{words: (size + 64) / 64, steps: maxStatesSteps}
	start := p.build(n)
	if p.steps < 0 {
		return "", false, false
	}
	d := &subsets{positions: p, start: start, atoms: p.partition(), known: map[string]bool{}}
	if !d.explore() {
		return "", false, false
	}
	text, alone = d.onlyText()
	return text, alone, true
}

// positions counts the classes of n with its repetitions written out, up to the
// first count that is too large.
func (n *node) positions() int {
	if n.kind == kindClass {
		return 1
	}
	total := 0
	for _, sub := range n.subs {
		total += sub.positions()
	}
	if n.kind == repetition {
		total *= max(n.min+1, n.max)
	}
	return min(total, maxPositions+1)
}

type bitset []uint64

func (b bitset) add(c bitset) {
	for i := range b {
		b[i] |= c[i]
	}
}

func (b bitset) set(i int) { b[i/64] |= 1 << (i % 64) }

func (b bitset) len() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// each calls f with each member.
func (b bitset) each(f func(int)) {
	for i, w := range b {
		for ; w != 0; w &= w - 1 {
			f(i*64 + bits.TrailingZeros64(w))
		}
	}
}

func (b bitset) meets(c bitset) bool {
	for i := range b {
		if b[i]&c[i] != 0 {
			return true
		}
	}
	return false
}

// setBoth makes the set what two others share.
func (b bitset) setBoth(c, d bitset) {
	for i := range b {
		b[i] = c[i] & d[i]
	}
}

// appendKey appends the set as the key of a map.
func (b bitset) appendKey(key []byte) []byte {
	for _, w := range b {
		key = binary.LittleEndian.AppendUint64(key, w)
	}
	return key
}

// positions are the classes of an expression, each with those that may follow.
type positions struct {
	words  int // of a set
	steps  int // left to do
	class  []runes
	follow []bitset
}

// part is what a part of an expression may begin and end with.
type part struct {
	nullable    bool
	first, last bitset
}

func (p *positions) none() bitset {
	p.steps -= p.words
	return make(bitset, p.words)
}

func (p *positions) build(n *node) part {
	switch n.kind {
	case kindClass:
		at := p.none()
		at.set(len(p.class))
		p.class = append(p.class, n.class)
		p.follow = append(p.follow, p.none())
		return part{false, at, at}
	case repetition:
		return p.repeat(n)
	case alternation:
		all := part{false, p.none(), p.none()}
		for _, sub := range n.subs {
			a := p.build(sub)
			all.nullable = all.nullable || a.nullable
			all.first.add(a.first)
			all.last.add(a.last)
		}
		return all
	case concatenation:
	}
	all := part{true, p.none(), p.none()}
	for _, sub := range n.subs {
		all = p.join(all, p.build(sub))
	}
	return all
}

func (p *positions) link(from, to bitset) {
	from.each(func(i int) {
		p.steps -= p.words
		if p.steps >= 0 {
			p.follow[i].add(to)
		}
	})
}

func (p *positions) join(a, b part) part {
	p.link(a.last, b.first)
	all := part{a.nullable && b.nullable, p.none(), p.none()}
	all.first.add(a.first)
	all.last.add(b.last)
	if a.nullable {
		all.first.add(b.first)
	}
	if b.nullable {
		all.last.add(a.last)
	}
	return all
}

// repeat builds X{2,4} as XX(X(X)?)? and X{2,} as XXX*, as Lucene does.
func (p *positions) repeat(n *node) part {
	sub := n.subs[0]
	tail := part{true, p.none(), p.none()}
	if n.max == unlimited {
		tail = p.build(sub)
		p.link(tail.last, tail.first)
		tail.nullable = true
	}
	for i := max(n.min, n.max); i > 0 && p.steps >= 0; i-- {
		tail = p.join(p.build(sub), tail)
		tail.nullable = tail.nullable || i > n.min
	}
	return tail
}

// atom is code points that no class tells apart.
type atom struct {
	first   rune
	lone    bool   // first is all there is
	members bitset // the positions that take it
}

// partition gives the atoms that some position takes.
func (p *positions) partition() []atom {
	classes := map[string]int{}
	var distinct []runes
	of := make([]int, len(p.class))
	var bounds []rune
	for i, c := range p.class {
		key := string(c)
		at, ok := classes[key]
		if !ok {
			at = len(distinct)
			classes[key] = at
			distinct = append(distinct, c)
			for j := 0; j < len(c); j += 2 {
				bounds = append(bounds, c[j], c[j+1]+1)
			}
		}
		of[i] = at
	}
	slices.Sort(bounds)
	bounds = slices.Compact(bounds)
	var atoms []atom
	same := map[string]int{}
	for b, r := range bounds {
		a := atom{r, b+1 < len(bounds) && bounds[b+1] == r+1, p.none()}
		takes := make([]bool, len(distinct))
		for i, c := range distinct {
			takes[i] = c.has(r)
		}
		for i, class := range of {
			if takes[class] {
				a.members.set(i)
			}
		}
		key := string(a.members.appendKey(nil))
		if at, ok := same[key]; ok {
			atoms[at].lone = false
			continue
		}
		if a.members.len() > 0 {
			same[key] = len(atoms)
			atoms = append(atoms, a)
		}
	}
	return atoms
}

// subsets is the subset construction.
type subsets struct {
	*positions
	start part
	atoms []atom
	known map[string]bool
}

// explore visits every set of positions that a text can lead to; it reports
// whether they stayed within the bounds.
func (d *subsets) explore() bool {
	effort := 0
	set := d.none()
	var key []byte
	todo := []bitset{d.start.first}
	for len(todo) > 0 {
		next := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, a := range d.atoms {
			d.steps -= d.words
			set.setBoth(next, a.members)
			key = set.appendKey(key[:0])
			if d.known[string(key)] || set.len() == 0 {
				continue
			}
			d.known[string(key)] = true
			effort += set.len()
			if len(d.known) > maxStates || effort > maxEffort || d.steps < 0 {
				return false
			}
			todo = append(todo, d.after(set))
		}
		if d.steps < 0 {
			return false
		}
	}
	return true
}

// after gives the positions that may follow those of a set.
func (d *subsets) after(set bitset) bitset {
	next := d.none()
	set.each(func(i int) {
		d.steps -= d.words
		next.add(d.follow[i])
	})
	return next
}

// onlyText gives the text that is all the expression matches, if there is but
// one. Every position leads to the end of some text.
func (d *subsets) onlyText() (text string, alone bool) {
	var runes []rune
	next, ends := d.start.first, d.start.nullable
	for next.len() > 0 {
		if ends || len(runes) > maxExpr {
			return "", false
		}
		var taken *atom
		for i := range d.atoms {
			if !d.atoms[i].members.meets(next) {
				continue
			}
			if taken != nil {
				return "", false
			}
			taken = &d.atoms[i]
		}
		if !taken.lone {
			return "", false
		}
		runes = append(runes, taken.first)
		set := d.none()
		set.setBoth(next, taken.members)
		next, ends = d.after(set), set.meets(d.start.last)
	}
	return string(runes), true
}
