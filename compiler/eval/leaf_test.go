package eval

import (
	"math/rand/v2"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/record"
)

// pick gives a random text over an alphabet of pieces.
func pick(rng *rand.Rand, pieces []string, most int) string {
	var b strings.Builder
	for range rng.IntN(most + 1) {
		b.WriteString(pieces[rng.IntN(len(pieces))])
	}
	return b.String()
}

func TestIPv4IsReadAsNetipReadsIt(t *testing.T) {
	texts := []string{"", "1.2.3.4", "255.255.255.255", "256.1.1.1", "0.0.0.0", "00.0.0.0", "1.2.3", "1.2.3.4.", "1.2.3.4.5", ".1.2.3", "1..2.3", "1.2.3.4 ", "٣.1.1.1"}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 50_000 {
		texts = append(texts, pick(rng, []string{"0", "1", "25", "9", ".", ".", ".1", "x"}, 9))
	}
	for _, text := range texts {
		want, err := netip.ParseAddr(text)
		ok := err == nil && want.Is4()
		if got, gotOK := parseIPv4([]byte(text)); gotOK != ok || ok && got != want {
			t.Fatalf("%q: got %v %v, want %v %v", text, got, gotOK, want, ok)
		}
	}
}

func TestSmallIntIsTheDecimal(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	pieces := []string{"0", "1", "9", "000", "123456789", "-", ".", "e"}
	for range 50_000 {
		a, b := pick(rng, pieces, 6), pick(rng, pieces, 6)
		n, ok := smallInt([]byte(a))
		m, ok2 := smallInt([]byte(b))
		d, isNumber := record.ParseDecimal(a)
		e, _ := record.ParseDecimal(b)
		if ok && !isNumber {
			t.Fatalf("%q is read as %d and is no number", a, n)
		}
		if isNumber && !maybeNumber([]byte(a)) {
			t.Fatalf("%q is a number and is passed over", a)
		}
		if ok && ok2 && d.Compare(e) != sign(n-m) {
			t.Fatalf("%q against %q: %d and %d order otherwise", a, b, n, m)
		}
	}
}

func sign(n int64) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	default:
		return 0
	}
}

func TestRequiredLiterals(t *testing.T) {
	for expr, want := range map[string][]string{
		`.+:assumed-role/aws:.+`: {":assumed-role/aws:"},
		`ab+c`:                   {"a"},
		`(abc)+x`:                {"abc"},
		`(abc)*`:                 nil,
		`(abc){2,}`:              {"abc"},
		`(abc){0,2}`:             nil,
		`foo|bar`:                {"foo", "bar"},
		`foo|b*`:                 nil,
		`x(foo|bar)`:             {"foo", "bar"},
		`(?i)abc`:                nil,
		`(?i:abc)defg`:           {"defg"},
		`[aA]bc`:                 {"bc"},
		"\uFFFDabc|\uFFFDabd":    nil,
		`\Aabc\z`:                {"abc"},
		`a?`:                     nil,
		`.*`:                     nil,
		``:                       nil,
	} {
		var got []string
		for _, b := range required(expr) {
			got = append(got, string(b))
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", expr, got, want)
		}
	}
}

// Whatever an expression matches holds one of its literals.
func TestRequiredLiteralsMissNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	pieces := []string{"a", "b", "ab", "B", "(", ")", "|", "*", "+", "?", ".", "{1,2}", "{0}", "[ab]", "^", "$", "(?i)", "(?:", "k", "\uFFFD", `\b`}
	matched := 0
	for range 100_000 {
		expr := pick(rng, pieces, 7)
		re, err := regexp.Compile(expr)
		if err != nil {
			continue
		}
		c := &search{re, required(expr)}
		for range 4 {
			text := []byte(pick(rng, []string{"a", "b", "A", "B", "k", "\u212a", "\xff", "\n"}, 6))
			if re.Match(text) && c.needs != nil {
				matched++
				if !c.possible(text) {
					t.Fatalf("%q matches %q, which holds none of %q", expr, text, c.needs)
				}
			}
		}
	}
	if matched < 1000 {
		t.Errorf("only %d matches were looked at", matched)
	}
}
