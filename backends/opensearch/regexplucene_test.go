package opensearch

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// matcher matches from one place of a text and returns the places where it may
// stop.
type matcher func(text []rune, from int) map[int]bool

func (m matcher) whole(text string) bool {
	runes := []rune(text)
	return m(runes, 0)[len(runes)]
}

// luceneReader reads the syntax of Lucene 10 with all that is optional off, as
// org.apache.lucene.util.automaton.RegExp documents it. It is strict: what the
// translation must escape is an error where it stands bare.
type luceneReader struct {
	rest []rune
}

func readLucene(expr string) (m matcher, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	l := &luceneReader{[]rune(expr)}
	if expr == "" {
		return nowhereElse, nil
	}
	m = l.union()
	if len(l.rest) > 0 {
		panic("unread: " + string(l.rest))
	}
	return m, nil
}

func nowhereElse(_ []rune, from int) map[int]bool { return map[int]bool{from: true} }

// remembered calls a matcher once for each place of a text: else nested
// repetitions would take a time that doubles with each.
func remembered(m matcher) matcher {
	var of []rune
	known := map[int]map[int]bool{}
	return func(text []rune, from int) map[int]bool {
		if len(text) == 0 || len(of) == 0 || &of[0] != &text[0] || len(of) != len(text) {
			of = text
			clear(known)
		}
		to, ok := known[from]
		if !ok {
			to = m(text, from)
			known[from] = to
		}
		return to
	}
}

func (l *luceneReader) take(r rune) bool {
	if len(l.rest) == 0 || l.rest[0] != r {
		return false
	}
	l.rest = l.rest[1:]
	return true
}

func (l *luceneReader) next() rune {
	r := l.rest[0]
	l.rest = l.rest[1:]
	return r
}

func (l *luceneReader) union() matcher {
	m := l.concat()
	for l.take('|') {
		a, b := m, l.concat()
		m = func(text []rune, from int) map[int]bool {
			to := map[int]bool{}
			for _, m := range []matcher{a, b} {
				for i := range m(text, from) {
					to[i] = true
				}
			}
			return to
		}
	}
	return m
}

func (l *luceneReader) concat() matcher {
	m := l.repeat()
	for len(l.rest) > 0 && l.rest[0] != '|' && l.rest[0] != ')' {
		m = both(m, l.repeat())
	}
	return m
}

func both(a, b matcher) matcher {
	return func(text []rune, from int) map[int]bool {
		to := map[int]bool{}
		for i := range a(text, from) {
			for j := range b(text, i) {
				to[j] = true
			}
		}
		return to
	}
}

func (l *luceneReader) repeat() matcher {
	m := l.simple()
	for {
		switch {
		case l.take('*'):
			m = remembered(times(m, 0, -1))
		case l.take('+'):
			m = remembered(times(m, 1, -1))
		case l.take('?'):
			m = remembered(times(m, 0, 1))
		case l.take('{'):
			least := l.number()
			most := least
			if l.take(',') {
				most = -1
				if l.rest[0] != '}' {
					most = l.number()
				}
			}
			if !l.take('}') {
				panic("no }")
			}
			m = remembered(times(m, least, most))
		default:
			return m
		}
	}
}

func (l *luceneReader) number() int {
	digits := ""
	for '0' <= l.rest[0] && l.rest[0] <= '9' {
		digits += string(l.next())
	}
	n, err := strconv.Atoi(digits)
	if err != nil {
		panic(err)
	}
	return n
}

// times repeats; turns past the places of the text reach nothing new.
func times(m matcher, least, most int) matcher {
	return func(text []rune, from int) map[int]bool {
		to := map[int]bool{}
		at := map[int]bool{from: true}
		for turn := 0; ; turn++ {
			if turn >= least {
				for i := range at {
					to[i] = true
				}
			}
			if turn == most || turn > least+len(text) || len(at) == 0 {
				return to
			}
			next := map[int]bool{}
			for i := range at {
				for j := range m(text, i) {
					next[j] = true
				}
			}
			at = next
		}
	}
}

func (l *luceneReader) simple() matcher {
	switch r := l.next(); r {
	case '(':
		if l.take(')') {
			return nowhereElse
		}
		m := l.union()
		if !l.take(')') {
			panic("no )")
		}
		return m
	case '[':
		return l.class()
	case '.':
		return oneRune(func(rune) bool { return true })
	default:
		r = l.char(r)
		return oneRune(func(s rune) bool { return s == r })
	}
}

func oneRune(is func(rune) bool) matcher {
	return func(text []rune, from int) map[int]bool {
		if from < len(text) && is(text[from]) {
			return map[int]bool{from + 1: true}
		}
		return nil
	}
}

// char reads a character that begins with r.
func (l *luceneReader) char(r rune) rune {
	if r == '\\' {
		if r = l.next(); unicode.IsLetter(r) {
			panic("a class or an error: \\" + string(r))
		}
		return r
	}
	if strings.ContainsRune(`.?+*|{}[]()"\@&~<>#-^`, r) {
		panic("bare " + string(r))
	}
	return r
}

func (l *luceneReader) class() matcher {
	not := l.take('^')
	var ranges [][2]rune
	for !l.take(']') {
		escaped := l.rest[0] == '\\'
		lo := l.char(l.next())
		hi := lo
		if l.take('-') {
			if escaped {
				panic("a range from an escape, which Lucene reads as three characters")
			}
			hi = l.char(l.next())
		}
		if lo > hi {
			panic("a range backwards")
		}
		ranges = append(ranges, [2]rune{lo, hi})
	}
	if len(ranges) == 0 {
		panic("an empty class")
	}
	return oneRune(func(r rune) bool {
		for _, pair := range ranges {
			if pair[0] <= r && r <= pair[1] {
				return !not
			}
		}
		return not
	})
}

// generator makes expressions of RE2 and texts, the same for the same seed.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 0))} }

var alphabet = []string{"a", "b", "A", "k", "K", "\u212a", "s", "\u017f", "é", "É", "\U0001F600", "\n", " ", ".", "-", "^", "]", `\`, `"`, "@", "&", "~", "<", "#", "_", "0", "|", "\x00"}

func (g generator) pick(of ...string) string { return of[g.IntN(len(of))] }

func (g generator) text() string {
	var b strings.Builder
	for range g.IntN(7) {
		// Mostly few letters: else hardly a text would match.
		if g.IntN(4) > 0 {
			b.WriteString(g.pick("a", "b", "\n", "k"))
		} else {
			b.WriteString(g.pick(alphabet...))
		}
	}
	return b.String()
}

func (g generator) regexp(depth int) string {
	expr := g.part(depth)
	switch g.IntN(6) {
	case 0:
		expr = `\A(?:` + expr + `)`
	case 1:
		expr = `(?:` + expr + `)\z`
	case 2:
		expr = `^(?:` + expr + `)$`
	}
	return g.pick("", "", "(?i)", "(?m)", "(?s)", "(?ims)", "(?m)") + expr
}

func (g generator) part(depth int) string {
	if depth == 0 || g.IntN(6) == 0 {
		return g.leaf()
	}
	switch g.IntN(6) {
	case 0:
		return "(?:" + g.part(depth-1) + "|" + g.part(depth-1) + ")"
	case 1:
		return "(" + g.part(depth-1) + "|" + g.part(depth-1) + "|)"
	case 2:
		return "(?:" + g.part(depth-1) + ")" + g.pick("*", "+", "?", "*?", "{2}", "{1,3}", "{2,}", "{0}", "{0,2}")
	case 3:
		return g.part(depth-1) + g.part(depth-1) + g.part(depth-1)
	default:
		return g.part(depth-1) + g.part(depth-1)
	}
}

func (g generator) leaf() string {
	switch g.IntN(9) {
	case 0:
		return g.pick("^", "$", `\A`, `\z`, `\b`, `\B`)
	case 1:
		return g.pick(".", `(?s:.)`, `(?-s:.)`)
	case 2:
		return g.pick("[ab]", "[^a]", `[\]\\^-]`, `[^\n]`, `\w`, `\W`, `\s`, `[[:^alpha:]]`, `[Z-\\]`, `[\\-a]`, `[\[-c]`, `[\--0]`, `[!-~]`, `[^#-&]`, `[(-\]]`, `[{-}]`, "[a\u212a]", "[^\U0001F600]", `\D`, "[\ud7ff-\ue000]", "[\x00-\U0010ffff]")
	case 3:
		return regexp.QuoteMeta(g.pick(alphabet...))
	default:
		return g.pick("a", "b", "k", "ab", "s")
	}
}
