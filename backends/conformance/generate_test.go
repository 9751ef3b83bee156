package conformance

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// random makes records and plans out of one small alphabet, so that they meet.
// The same seed gives the same ones.
type random struct {
	*rand.Rand
	of    subject
	paths []schema.Path
	atoms []string // a few, so that texts meet; see shuffle
	edges []string // of the last objects, where a member ends and the next begins
}

func newRandom(t testing.TB, seed uint64) *random { return newRandomOf(t, seed, trails) }

func newRandomOf(t testing.TB, seed uint64, of subject) *random {
	r := &random{Rand: rand.New(rand.NewPCG(seed, 0x5167_6d61)), of: of}
	for _, name := range of.fields {
		p, _, ok := of.source.Resolve(name)
		if !ok {
			t.Fatalf("no field %s", name)
		}
		r.paths = append(r.paths, p)
	}
	r.shuffle()
	return r
}

// shuffle takes other atoms for the texts to come.
func (r *random) shuffle() {
	r.atoms = []string{"a"}
	for range 5 {
		r.atoms = append(r.atoms, pick(r, atoms))
	}
}

// path gives a field of the subject by its name.
func (r *random) path(name string) schema.Path { return r.paths[slices.Index(r.of.fields, name)] }

func pick[T any](r *random, list []T) T { return list[r.IntN(len(list))] }

// chance is true in percent of a hundred times.
func (r *random) chance(percent int) bool { return r.IntN(100) < percent }

// keys are those of objects whose members the schema does not declare.
var keys = []string{"a", "b", "a", "b", "a", "b", "a.b", "*", "x y", "it's", "0", "a/b~", "", "ü", "A", "$", "c%", "k\"", "\\", "#-1"}

// atoms are what texts are made of.
var atoms = []string{
	"a", "A", "b", "B", "ab", "k", "K", "\u212a", "i", "I", "ı", "\u0130", "ß", "ẞ", "ss", "ſ", "S",
	"é", "É", "e\u0301", "Σ", "σ", "ς", "😀", "𐐀", "𐐨", "ǅ", "\u2126", "%", "_", "!", "\\", "'", `"`, "\n", "\r\n", "\t", " ",
	"*", "?", "[", "]", "{", "$", ".", "/", "-", "1", "\x00", "\x7f", "\x01", "\u202e", "\u2028", "\ufffd", "\ufeff",
}

// Whole values, spelled well and not so well.
var (
	numerals = []string{"0", "1", "-1", "10", "443", "1.5", "-2.5", "0.25", "100", "123456789012345", "0.001", "3"}
	oddities = []string{
		"-0", "0.0", "1.0", "1.50", "1e1", "1E+2", "1e-7", "0.0001", "9007199254740992", "9007199254740993", "-9007199254740993",
		"100000000000000000000", "1e400", "-1e400", "1e-400", "1e1073741824", "1e1073741825", "1e99999999999999999999", "0.1234567890123456789", "12345678901234567",
	}
	nearNumbers = []string{"007", "+1", " 1", "1 ", "0x10", "1_000", "1.", ".5", "inf", "NaN", "-", "--1", "1e", "1e+", "1e+-1", "00", "-00.50", "١", "1\n"}
	addresses   = []string{
		"1.2.3.4", "1.2.3.0", "1.2.3.255", "1.2.4.0", "0.0.0.0", "255.255.255.255", "10.0.0.1", "::1", "::", "2001:db8::1", "2001:DB8::A",
		"2001:db8:0:0:0:0:0:1", "2001:0db8:0000:0000:0000:0000:0000:0001", "::ffff:1.2.3.4", "::FFFF:102:304", "::1.2.3.4", "1::", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4", "fe80::1",
	}
	nearAddresses = []string{
		"01.2.3.4", "1.2.3", "1.2.3.4.5", "1.2.3.256", " 1.2.3.4", "1.2.3.4 ", "1.2.3.4\n", "1.2.3.4/32", "1.2.3.", "0x1.2.3.4", "16909060", "::ffff:1.2.3.04", "::ffff:1.2.3.256", "fe80::1%eth0", "1::2::3",
		":::", ":1", "1:", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "12345::", "g::", "1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "[::1]", "ec2.amazonaws.com", "AWS Internal", "",
	}
	times = []string{
		"2026-03-01T08:05:00Z", "2026-01-01T00:00:00Z", "2026-12-31T23:59:59Z", "2024-02-29T12:30:45.123Z", "2025-12-29T05:00:00+00:00", "2021-01-03T10:10:10Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "1600-06-15T03:04:05Z", "2020-12-31T00:00:00.5Z",
	}
	nearTimes = []string{
		"2026-02-29T08:00:00Z", "2026-03-01T24:00:00Z", "2026-03-01T23:59:60Z", "2026-13-01T00:00:00Z", "2026-00-10T00:00:00Z", "2026-03-00T00:00:00Z", "2026-03-01 08:05:00Z", "2026-03-01T08:05:00", "2026-03-01T08:05Z", "2026-03-01", "2026-03-01T08:05:00+01:00", "2026-03-01t08:05:00z", "2026-03-01T08:05:00.Z", "2026-03-01T08:05:00-00:00", "2026-03-01T08:05:00Z\n", "٢026-03-01T08:05:00Z", "1772352300",
	}
	words = []string{"", "true", "TRUE", "false", "null", "a", "A", "ab", "K", "b", `{"a":1}`, "[]", "{}"}
)

// text gives a text; a rule and an event often get the same one.
func (r *random) text() string {
	switch r.IntN(10) {
	case 0:
		return pick(r, numerals)
	case 1:
		return pick(r, pick(r, [][]string{oddities, nearNumbers}))
	case 2:
		return pick(r, pick(r, [][]string{addresses, nearAddresses}))
	case 3:
		return pick(r, pick(r, [][]string{times, nearTimes}))
	case 4, 5:
		return pick(r, words)
	case 6:
		if len(r.edges) > 0 {
			return pick(r, r.edges)
		}
	}
	var b strings.Builder
	for range 1 + r.IntN(3) {
		b.WriteString(pick(r, r.atoms))
	}
	return b.String()
}

// recordOf gives a record's JSON on one line. A wild one holds what no engine's
// JSON functions can be trusted with; a tame one is as odd as AWS's may be.
func (r *random) recordOf(id int, wild bool) []byte {
	w := &writer{random: r, wild: wild}
	w.raw(fmt.Sprintf(`{"%s":"%d"`, markOf(r.of.source), id))
	r.of.members(w)
	w.raw("}")
	return []byte(w.String())
}

// writer writes one record.
type writer struct {
	*random
	strings.Builder
	wild bool
}

func (w *writer) raw(s string) { w.WriteString(s) }

// odd is true now and then, in wild records only.
func (w *writer) odd(percent int) bool { return w.wild && w.chance(percent) }

// maybe writes a member, or leaves it out, or writes null.
func (w *writer) maybe(key string, value func()) {
	switch n := w.IntN(100); {
	case n < 20:
	case n < 28:
		w.raw(`,"` + key + `":null`)
	default:
		w.raw(`,`)
		w.space()
		w.quoted(key)
		w.raw(`:`)
		w.space()
		if w.odd(8) {
			w.value(3, 0)
		} else {
			value()
		}
	}
}

func (w *writer) space() {
	if w.chance(5) {
		w.raw(pick(w.random, []string{" ", "\t", "  "}))
	}
}

// scalarOf writes what a column mostly holds.
func (w *writer) scalarOf(name string) func() {
	return func() {
		switch {
		case name == w.of.time && w.chance(70):
			w.quoted(pick(w.random, pick(w.random, [][]string{times, nearTimes})))
		case name == w.of.address && w.chance(70):
			w.quoted(pick(w.random, pick(w.random, [][]string{addresses, nearAddresses})))
		case name == "readOnly" && w.chance(60):
			w.raw(pick(w.random, []string{"true", "false"}))
		default:
			w.scalar()
		}
	}
}

func (w *writer) scalar() {
	switch n := w.IntN(20); {
	case n < 3:
		w.number()
	case n < 5:
		w.raw(pick(w.random, []string{"true", "false"}))
	case n < 6:
		w.raw("null")
	default:
		w.quoted(w.text())
	}
}

func (w *writer) number() {
	if w.odd(50) {
		w.raw(pick(w.random, oddities))
	} else {
		w.raw(pick(w.random, numerals))
	}
}

// quoted writes a string. What a tame record cannot hold is left out of it.
func (w *writer) quoted(s string) {
	w.raw(`"`)
	for _, c := range s {
		switch {
		case w.odd(10) && c < 0x10000:
			fmt.Fprintf(w, pick(w.random, []string{`\u%04x`, `\u%04X`}), c)
		case c == '"' || c == '\\' || c == '/' && w.odd(30):
			w.raw(`\` + string(c))
		case c == '\n':
			w.raw(`\n`)
		case c == '\r':
			w.raw(`\r`)
		case c == '\t':
			w.raw(`\t`)
		case c < ' ' && w.wild:
			fmt.Fprintf(w, `\u%04x`, c)
		case c < ' ' || !w.wild && (c == 0x7f || c == '\u0130'):
		default:
			w.WriteRune(c)
		}
	}
	if w.odd(3) {
		w.raw(pick(w.random, []string{"\xff", "\xe2\x82", `\ud800`, `\udc00a`, `\ud83d\ude00`, `\u0000`, `\b`, `\f`, "\xc0\x80"}))
	}
	w.raw(`"`)
}

// value writes any value; arrays counts those directly around it.
func (w *writer) value(depth, arrays int) {
	limit := 2
	if w.wild {
		limit = 4
	}
	switch n := w.IntN(10); {
	case n < 3 && depth > 0 && arrays < limit:
		w.array(depth-1, arrays+1)
	case n < 6 && depth > 0:
		w.object(depth - 1)
	default:
		w.scalar()
	}
}

func (w *writer) array(depth, arrays int) {
	w.raw("[")
	for i := range w.IntN(4) {
		if i > 0 {
			w.raw(",")
		}
		w.space()
		w.value(depth, arrays)
	}
	w.raw("]")
}

func (w *writer) object(depth int) {
	w.raw("{")
	seen := map[string]bool{}
	for range w.IntN(4) {
		key := pick(w.random, keys)
		if plain := key != `k"` && key != `\`; !w.wild && (seen[key] || !plain) {
			continue
		}
		if len(seen) > 0 {
			w.raw(",")
		}
		seen[key] = true
		w.quoted(key)
		w.raw(":")
		w.value(depth, 0)
	}
	w.raw("}")
}

// parameters is mostly an object, whose a and b are found by plans.
func (w *writer) parameters() {
	if w.chance(15) {
		w.value(3, 0)
		return
	}
	start := w.Len()
	w.raw(`{"":1`)
	for _, key := range []string{"a", "b", "*", "x y", "it's", "0", "ü"} {
		if w.chance(50) {
			w.maybe(key, func() { w.value(4, 0) })
		}
	}
	w.raw("}")
	w.remember(w.String()[start:])
}

// remember keeps a piece of an object's text for rules to come: the end of a member
// and the beginning of the next.
func (w *writer) remember(object string) {
	text := []rune(strings.ToValidUTF8(object, ""))
	edge := 1 + w.IntN(len(text)-1)
	for edge < len(text) && text[edge] != ',' {
		edge++
	}
	w.edges = append(w.edges, string(text[max(0, edge-3):min(len(text), edge+4)]))
	w.edges = w.edges[max(0, len(w.edges)-8):]
}

func (w *writer) identity() {
	w.raw(`{"type":"IAMUser"`)
	w.maybe("userName", w.scalar)
	w.maybe("arn", w.scalar)
	w.maybe("sessionContext", func() {
		w.raw(`{"sourceIdentity":"a"`)
		w.maybe("attributes", func() {
			w.raw(`{"mfaAuthenticated":"true"`)
			w.maybe("creationDate", w.scalarOf(w.of.time))
			w.raw("}")
		})
		w.raw("}")
	})
	w.raw("}")
}

func (w *writer) resources() {
	w.raw("[")
	for i := range w.IntN(3) {
		if i > 0 {
			w.raw(",")
		}
		w.raw(`{"type":"a"`)
		w.maybe("ARN", w.scalar)
		w.maybe("accountId", w.scalar)
		w.raw("}")
	}
	w.raw("]")
}
