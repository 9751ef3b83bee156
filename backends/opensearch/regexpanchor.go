package opensearch

import (
	"regexp/syntax"
	"slices"
)

// look is what an anchor asks of the place beside a match: that the next rune
// there is of a class, or, where edge is set, that the text ends there.
type look struct {
	class runes
	edge  bool
}

var (
	anywhere  = look{anyRune, true}
	atText    = look{nil, true}
	atLine    = look{newline, true}
	atWord    = look{word, false}
	notAtWord = look{word.complement(), true}
)

func (l look) equal(m look) bool { return l.edge == m.edge && slices.Equal(l.class, m.class) }

func (l look) and(m look) look { return look{l.class.intersect(m.class), l.edge && m.edge} }

// holds reports whether any text can satisfy the look.
func (l look) holds() bool { return l.edge || len(l.class) > 0 }

// texts gives all that a text may hold at a side of a match.
func (l look) texts(at side) *node {
	if l.equal(anywhere) {
		return anyRun
	}
	beside := at.opposite().join(oneOf(l.class), anyRun)
	if l.edge {
		return anyOf(beside, emptyText)
	}
	return beside
}

func (s side) opposite() side { return !s }

// matched is a part of what an expression matches: body, where the texts before
// and after it are as the looks ask.
type matched struct {
	before look
	body   *node
	after  look
}

func (i matched) free() bool { return i.before.equal(anywhere) && i.after.equal(anywhere) }

func plain(body *node) []matched { return []matched{{anywhere, body, anywhere}} }

// wholeTexts gives the texts in which re finds a match.
func wholeTexts(re *syntax.Regexp) (whole *node, ok bool) {
	t := &translator{left: maxWork}
	items := t.items(re)
	if t.left < 0 {
		return nil, false
	}
	var texts []*node
	for _, i := range items {
		body := i.body
		if body.size > maxBody {
			return nil, false
		}
		if i.before.equal(anywhere) {
			body = body.trim(atLeft)
		}
		if i.after.equal(anywhere) {
			body = body.trim(atRight)
		}
		text := inOrder(i.before.texts(atLeft), body, i.after.texts(atRight))
		if text == anyRun {
			return anyRun, true
		}
		texts = append(texts, text)
	}
	return anyOf(texts...), true
}

// maxWork bounds the nodes that a translation makes: anchors copy what stands
// around them.
const maxWork = 100_000

// maxBody is more nodes than an expression of maxExpr units can hold.
const maxBody = 4 * maxExpr

// maxUnrolled bounds the copies of a repetition that holds anchors.
const maxUnrolled = 10

// translator takes the anchors of an expression to the ends of its matches.
type translator struct {
	left int // work; below zero the translation is given up
}

func (t *translator) refuse() []matched {
	t.left = -1
	return nil
}

// items gives what re matches, one item for each pair of looks.
func (t *translator) items(re *syntax.Regexp) []matched {
	if t.left--; t.left < 0 {
		return nil
	}
	switch re.Op {
	case syntax.OpNoMatch:
		return nil
	case syntax.OpEmptyMatch:
		return plain(emptyText)
	case syntax.OpLiteral:
		return t.literal(re)
	case syntax.OpCharClass:
		t.left -= len(re.Rune)
		return plain(oneOf(canonical(re.Rune)))
	case syntax.OpAnyCharNotNL:
		return plain(oneOf(newline.complement()))
	case syntax.OpAnyChar:
		return plain(oneOf(anyRune))
	case syntax.OpBeginLine:
		return []matched{{atLine, emptyText, anywhere}}
	case syntax.OpEndLine:
		return []matched{{anywhere, emptyText, atLine}}
	case syntax.OpBeginText:
		return []matched{{atText, emptyText, anywhere}}
	case syntax.OpEndText:
		return []matched{{anywhere, emptyText, atText}}
	case syntax.OpWordBoundary:
		return []matched{{atWord, emptyText, notAtWord}, {notAtWord, emptyText, atWord}}
	case syntax.OpNoWordBoundary:
		return []matched{{atWord, emptyText, atWord}, {notAtWord, emptyText, notAtWord}}
	case syntax.OpCapture:
		return t.items(re.Sub[0])
	case syntax.OpStar:
		return t.repeat(t.items(re.Sub[0]), 0, unlimited)
	case syntax.OpPlus:
		return t.repeat(t.items(re.Sub[0]), 1, unlimited)
	case syntax.OpQuest:
		return t.repeat(t.items(re.Sub[0]), 0, 1)
	case syntax.OpRepeat:
		return t.repeat(t.items(re.Sub[0]), re.Min, re.Max)
	case syntax.OpConcat:
		return t.concat(re.Sub)
	case syntax.OpAlternate:
		var all []matched
		for _, sub := range re.Sub {
			all = append(all, t.items(sub)...)
		}
		return t.merge(all)
	default:
		return t.refuse()
	}
}

func (t *translator) literal(re *syntax.Regexp) []matched {
	if len(re.Rune) > maxExpr {
		return t.refuse()
	}
	parts := make([]*node, len(re.Rune))
	for i, r := range re.Rune {
		pairs := singleRune(r)
		if re.Flags&syntax.FoldCase != 0 {
			pairs = orbit(r)
		}
		parts[i] = oneOf(canonical(pairs))
	}
	t.left -= len(parts)
	return plain(inOrder(parts...))
}

// concat joins parts without anchors first, so that each run of them is one
// body: else a long concatenation would be copied at every part.
func (t *translator) concat(subs []*syntax.Regexp) []matched {
	all := plain(emptyText)
	run := []*node{}
	flush := func() {
		all = t.join(all, plain(inOrder(run...)))
		run = run[:0]
	}
	for _, sub := range subs {
		items := t.items(sub)
		if len(items) == 1 && items[0].free() {
			run = append(run, items[0].body)
			continue
		}
		flush()
		all = t.join(all, items)
	}
	flush()
	return all
}

// merge gives one item for each pair of looks.
func (t *translator) merge(items []matched) []matched {
	var merged []matched
	bodies := [][]*node{}
	for _, i := range items {
		if i.body == noMatch || !i.before.holds() || !i.after.holds() {
			continue
		}
		at := slices.IndexFunc(merged, func(m matched) bool { return m.before.equal(i.before) && m.after.equal(i.after) })
		if at < 0 {
			at = len(merged)
			merged = append(merged, i)
			bodies = append(bodies, nil)
		}
		bodies[at] = append(bodies[at], i.body)
	}
	for i := range merged {
		merged[i].body = anyOf(bodies[i]...)
		t.left -= merged[i].body.size
	}
	if t.left < 0 {
		return nil
	}
	return merged
}

// join concatenates. What the second parts ask of the text before them is asked
// of the end of the first, and the other way round.
func (t *translator) join(first, second []matched) []matched {
	var all []matched
	for _, f := range first {
		for _, s := range second {
			for _, head := range t.meet(atRight, f.body, f.before, s.before) {
				for _, tail := range t.meet(atLeft, s.body, s.after, f.after) {
					if t.left < 0 {
						return nil
					}
					body := inOrder(head.body, tail.body)
					t.left -= 1 + len(body.subs)
					all = append(all, matched{head.look, body, tail.look})
				}
			}
		}
	}
	return t.merge(all)
}

// met is a body with the look at its far end.
type met struct {
	body *node
	look look
}

// meet gives what of a body satisfies a look from its end at a side: all that
// has a rune there of the look's class, and, where the body may be empty, the
// empty text, whose far end the look then concerns.
func (t *translator) meet(at side, body *node, far, asked look) []met {
	if asked.equal(anywhere) {
		return []met{{body, far}}
	}
	all := []met{{t.ending(at, body, asked.class), far}}
	if body.nullable {
		all = append(all, met{emptyText, far.and(asked)})
	}
	return all
}

// ending gives the texts of n, not empty, whose rune at a side is of the class.
func (t *translator) ending(at side, n *node, c runes) *node {
	if t.left -= 1 + len(n.subs); t.left < 0 || len(c) == 0 {
		return noMatch
	}
	switch n.kind {
	case kindClass:
		t.left -= len(n.class)
		return oneOf(n.class.intersect(c))
	case alternation:
		var subs []*node
		for _, sub := range n.subs {
			subs = append(subs, t.ending(at, sub, c))
		}
		return anyOf(subs...)
	case repetition:
		sub := n.subs[0]
		least, most := n.min-1, n.max
		if sub.nullable {
			least = 0
		}
		if most != unlimited {
			most--
		}
		return at.join(t.ending(at, sub, c), repeated(sub, max(least, 0), most))
	case concatenation:
	}
	var subs []*node
	for rest := n; rest != emptyText; {
		inner := rest
		if rest.kind == concatenation {
			inner, rest = at.split(rest)
		} else {
			rest = emptyText
		}
		t.left -= rest.size
		subs = append(subs, at.join(t.ending(at, inner, c), rest))
		if !inner.nullable || t.left < 0 {
			break
		}
	}
	return anyOf(subs...)
}

// repeat repeats items; those with anchors are written out.
func (t *translator) repeat(items []matched, least, most int) []matched {
	switch {
	case len(items) == 0 && least > 0:
		return nil
	case len(items) == 0 || most == 0:
		return plain(emptyText)
	case len(items) == 1 && items[0].free():
		return plain(repeated(items[0].body, least, most))
	case max(least, most) > maxUnrolled:
		return t.refuse()
	}
	all := plain(emptyText)
	if most == unlimited {
		all = t.star(items)
	}
	for i := max(least, most); i > 0 && t.left >= 0; i-- {
		all = t.join(items, all)
		if i > least {
			all = t.merge(append(all, plain(emptyText)...))
		}
	}
	return all
}

// star repeats items without a limit. Of the turns that are not empty only the
// first can ask to begin the text and only the last to end it, and an empty turn
// can be left out. Other looks would be asked of the turns' neighbours.
func (t *translator) star(items []matched) []matched {
	middle, first, last, alone := noMatch, noMatch, noMatch, noMatch
	for _, i := range items {
		begins, ends := i.before.equal(atText), i.after.equal(atText)
		switch {
		case i.free():
			middle = i.body
		case begins && ends:
			alone = i.body
		case begins && i.after.equal(anywhere):
			first = i.body
		case ends && i.before.equal(anywhere):
			last = i.body
		default:
			return t.refuse()
		}
	}
	middle = repeated(middle, 0, unlimited)
	return t.merge([]matched{
		{anywhere, middle, anywhere},
		{atText, inOrder(first, middle), anywhere},
		{anywhere, inOrder(middle, last), atText},
		{atText, anyOf(inOrder(first, middle, last), alone), atText},
	})
}
