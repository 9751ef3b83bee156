package record

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestParseDecimalReadsWhollyNumericText(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0", "-0": "0", "00": "0", "007": "7", "443": "443", "443.0": "443", "443.50": "443.5", "-1.25": "-1.25",
		"1e3": "1000", "1E+3": "1000", "12e-1": "1.2", "0.001": "0.001", "0e5": "0", "1.5e1": "15", "0.0": "0",
		"9007199254740993":                       "9007199254740993",
		"18446744073709551616":                   "18446744073709551616",
		"1e40":                                   "1" + strings.Repeat("0", 40),
		"1e41":                                   "1e41",
		"123e60":                                 "1.23e62",
		"1e-40":                                  "0." + strings.Repeat("0", 39) + "1",
		"-25e-60":                                "-2.5e-59",
		"1e999999":                               "1e999999",
		"1" + strings.Repeat("0", 60):            "1e60",
		strings.Repeat("12", 40):                 strings.Repeat("12", 40),
		"0." + strings.Repeat("0", 50) + "125":   "1.25e-51",
		"3.141592653589793238462643383279502884": "3.141592653589793238462643383279502884",
	} {
		d, ok := ParseDecimal(text)
		if !ok || d.String() != want {
			t.Errorf("%s: %s, %v, want %s", text, d, ok, want)
		}
		if again, ok := ParseDecimal(d.String()); !ok || again != d {
			t.Errorf("%s: the canonical text %s is another number", text, d)
		}
	}
}

func TestParseDecimalRefusesOtherSpellings(t *testing.T) {
	for _, text := range []string{
		"", "-", "+1", " 1", "1 ", "1.", ".5", "1e", "1e+", "1e+-5", "e5", "0x10", "1_000", "1,5", "inf", "NaN", "--1",
		"1e99999999999999999999", "1e9999999999", "１", "1a", "1.2.3", "1e5.0",
	} {
		if d, ok := ParseDecimal(text); ok {
			t.Errorf("%q is read as %s", text, d)
		}
	}
}

func TestCompareAgreesWithRationals(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	number := func() string {
		s := []string{"", "-"}[rnd.IntN(2)] + fmt.Sprint(rnd.IntN(1200))
		if rnd.IntN(2) == 0 {
			s += "." + fmt.Sprint(rnd.IntN(200))
		}
		if rnd.IntN(2) == 0 {
			s += "e" + fmt.Sprint(rnd.IntN(9)-4)
		}
		return s
	}
	for range 20000 {
		a, b := number(), number()
		x, okX := new(big.Rat).SetString(a)
		y, okY := new(big.Rat).SetString(b)
		d, okD := ParseDecimal(a)
		e, okE := ParseDecimal(b)
		if !okX || !okY || !okD || !okE {
			t.Fatalf("%s or %s is not read", a, b)
		}
		if got, want := d.Compare(e), x.Cmp(y); got != want {
			t.Fatalf("%s and %s: %d, want %d", a, b, got, want)
		}
		if (d == e) != (x.Cmp(y) == 0) {
			t.Fatalf("%s and %s: equal decimals must be the same value", a, b)
		}
	}
}

func TestCompareIsExactBeyondFloats(t *testing.T) {
	for _, c := range []struct{ less, more string }{
		{"9007199254740992", "9007199254740993"}, {"-9007199254740993", "-9007199254740992"},
		{"0.1", "0.10000000000000000000001"}, {"1e999998", "1e999999"}, {"-1e999999", "1e-999999"}, {"0", "1e-999999"}, {"-1", "0"},
	} {
		a, _ := ParseDecimal(c.less)
		b, _ := ParseDecimal(c.more)
		if a.Compare(b) != -1 || b.Compare(a) != 1 || a.Compare(a) != 0 {
			t.Errorf("%s is not less than %s", c.less, c.more)
		}
	}
}

func TestFloorIsTheIntegerBelow(t *testing.T) {
	for text, want := range map[string]struct {
		floor  int64
		whole  bool
		beyond int
	}{
		"0": {0, true, 0}, "-0": {0, true, 0}, "0.0e5": {0, true, 0},
		"443": {443, true, 0}, "443.0": {443, true, 0}, "1e3": {1000, true, 0}, "-1E+3": {-1000, true, 0},
		"2.5": {2, false, 0}, "-2.5": {-3, false, 0}, "0.9": {0, false, 0}, "-0.9": {-1, false, 0},
		"1e-400": {0, false, 0}, "-1e-400": {-1, false, 0}, "1e-1073741824": {0, false, 0},
		"9007199254740993.5":  {9007199254740993, false, 0},
		"9223372036854775807": {math.MaxInt64, true, 0}, "9223372036854775807.5": {math.MaxInt64, false, 0},
		"9223372036854775808": {0, false, 1}, "1e19": {0, false, 1}, "1e400": {0, false, 1},
		"-9223372036854775808": {math.MinInt64, true, 0}, "-9223372036854775808.5": {0, false, -1},
		"-1e1073741824": {0, false, -1},
	} {
		d, ok := ParseDecimal(text)
		if !ok {
			t.Fatalf("%s is no number", text)
		}
		if floor, whole, beyond := d.Floor(); floor != want.floor || whole != want.whole || beyond != want.beyond {
			t.Errorf("%s: got %d, %v, %d", text, floor, whole, beyond)
		}
	}
}
