package sqlgen

import (
	"strconv"
	"strings"
	"testing"
)

// wrapped marks a piece as an engine's call would.
func wrapped(e Expr) Expr { return Call("f", e) }

func tests(n int) []Expr {
	list := make([]Expr, n)
	for i := range list {
		list[i] = Compare(Raw("x"), "=", Int(i))
	}
	return list
}

func TestChunkKeepsLightTestsAsTheyAre(t *testing.T) {
	e := And(Or(tests(3)...), Not(Compare(Raw("y"), "=", Int(1))))
	if got := Chunk(e, 4, wrapped).String(); got != e.String() {
		t.Errorf("got %s", got)
	}
}

func TestChunkCutsHeavyTests(t *testing.T) {
	for text, e := range map[string]Expr{
		"f(x = 0 OR x = 1) OR f(x = 2 OR x = 3)":                                Or(tests(4)...),
		"f(x = 0 AND x = 1) AND x = 2":                                          And(tests(3)...),
		"NOT COALESCE(f(x = 0 OR x = 1) OR x = 2, FALSE)":                       Not(Or(tests(3)...)),
		"f(f(x = 0 OR x = 1) OR x = 2) AND f(y AND NOT COALESCE(x = 0, FALSE))": And(Or(tests(3)...), Raw("y"), Not(tests(1)[0])),
	} {
		if got := Chunk(e, 2, wrapped).String(); got != text {
			t.Errorf("got  %s\nwant %s", got, text)
		}
	}
}

func TestChunkCutsTheTestsOfElements(t *testing.T) {
	e := Or(AnyOf("any(", Raw("l"), ", ", "x", " -> ", Or(tests(3)...), ")"), Raw("y"))
	if got, want := Chunk(e, 2, wrapped).String(), "any(l, x -> f(x = 0 OR x = 1) OR x = 2) OR y"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Every piece stays within the bound, and no test is lost.
func TestChunkBoundsEveryPiece(t *testing.T) {
	heaviest := 0
	got := Chunk(Or(And(tests(90)...), Or(tests(1_000)...), Not(And(tests(7)...))), 5, func(e Expr) Expr {
		heaviest = max(heaviest, e.Weight())
		return Call("f", e)
	})
	if heaviest != 5 || got.Weight() > 5 {
		t.Errorf("the heaviest piece weighs %d, the whole %d", heaviest, got.Weight())
	}
	for i := range 1_000 {
		if !strings.Contains(got.String(), "x = "+strconv.Itoa(i)) {
			t.Fatalf("test %d is lost", i)
		}
	}
}
