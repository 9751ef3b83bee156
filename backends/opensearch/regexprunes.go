package opensearch

import (
	"slices"
	"sort"
	"unicode"

	"github.com/sigmahunt/sigmahunt/compiler"
)

// runes is a set of code points: pairs of first and last, in order, apart. No
// text holds a surrogate, so a set holds them where that joins two ranges and
// nowhere else: equal sets have equal pairs.
type runes []rune

const (
	surrogateMin = '\ud7ff' + 1
	surrogateMax = '\ue000' - 1
)

var (
	anyRune = runes{0, unicode.MaxRune}
	newline = singleRune('\n')
	word    = runes{'0', '9', 'A', 'Z', '_', '_', 'a', 'z'}
)

func singleRune(r rune) runes { return runes{r, r} }

// canonical gives the set of what the pairs hold, in whatever order they are.
func canonical(pairs []rune) runes {
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
	var c runes
	for _, p := range list {
		if last := len(c) - 1; last > 0 && p[0] <= following(c[last]) {
			c[last] = max(c[last], p[1])
			continue
		}
		c = append(c, p[0], p[1])
	}
	return c
}

// following gives the next code point that a text can hold.
func following(r rune) rune {
	if r == surrogateMin-1 {
		return surrogateMax + 1
	}
	return r + 1
}

func (c runes) complement() runes {
	var gaps []rune
	next := rune(0)
	for i := 0; i < len(c); i += 2 {
		gaps = append(gaps, next, c[i]-1)
		next = c[i+1] + 1
	}
	return canonical(append(gaps, next, unicode.MaxRune))
}

func (c runes) intersect(d runes) runes {
	var both []rune
	for i, j := 0, 0; i < len(c) && j < len(d); {
		both = append(both, max(c[i], d[j]), min(c[i+1], d[j+1]))
		if c[i+1] < d[j+1] {
			i += 2
		} else {
			j += 2
		}
	}
	return canonical(both)
}

func (c runes) has(r rune) bool {
	i := sort.Search(len(c)/2, func(i int) bool { return r <= c[2*i+1] })
	return 2*i < len(c) && c[2*i] <= r
}

// orbit gives a rune with all that RE2's (?i) takes for it.
func orbit(r rune) runes {
	var pairs []rune
	for _, c := range compiler.Cases(r) {
		pairs = append(pairs, c, c)
	}
	return canonical(pairs)
}
