package athenatest

import (
	"encoding/json"
	"testing"
)

func TestCellsAreWrittenAsAthenaWritesThem(t *testing.T) {
	n := func(s string) json.Number { return json.Number(s) }
	for _, c := range []struct {
		typ  string
		v    any
		want string
	}{
		{"varchar", "", ""},
		{"varchar(3)", "a'b", "a'b"},
		{"json", `{"a":1}`, `{"a":1}`},
		{"bigint", n("9007199254740993"), "9007199254740993"},
		{"decimal(38,2)", "1.50", "1.50"},
		{"boolean", true, "true"},
		{"double", n("1"), "1.0"},
		{"double", n("0"), "0.0"},
		{"double", n("0.001"), "0.001"},
		{"double", n("0.00012"), "1.2E-4"},
		{"double", n("12345678"), "1.2345678E7"},
		{"double", n("1e300"), "1.0E300"},
		{"double", "NaN", "NaN"},
		{"timestamp(3) with time zone", "2026-03-10 00:00:00.000 UTC", "2026-03-10 00:00:00.000 UTC"},
		{"array(varchar)", []any{"a", nil, "b, c"}, "[a, null, b, c]"},
		{"array(array(double))", []any{[]any{n("1")}, []any{}}, "[[1.0], []]"},
		{"row(a bigint, b row(c varchar(2), d double))", []any{n("1"), []any{"x", n("2")}}, "{a=1, b={c=x, d=2.0}}"},
		{`row("a b" varchar, bigint)`, []any{"x", n("2")}, "{a b=x, field1=2}"},
		{"map(varchar, double)", map[string]any{"k": n("1"), "a": nil}, "{a=null, k=1.0}"},
	} {
		if got := cellText(c.typ, c.v); got != c.want {
			t.Errorf("%s %v: got %q, not %q", c.typ, c.v, got, c.want)
		}
	}
}
