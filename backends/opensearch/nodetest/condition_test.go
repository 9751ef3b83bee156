package nodetest

import "testing"

func TestCondition(t *testing.T) {
	counts := map[string]int64{"params.a": 2, "params.b": 3, "ctx.results[0].c.doc_count": 0}
	for script, want := range map[string]bool{
		"false":                                                    false,
		"params.a >= 2":                                            true,
		"params.a >= 3":                                            false,
		"params.a + params.b >= 5":                                 true,
		"params.a + params.a + 1 >= 6":                             false,
		"params.b >= 9223372036854775807L":                         false,
		"ctx.results[0].c.doc_count >= 1":                          false,
		"(params.a >= 3 || params.b >= 3)":                         true,
		"(params.a >= 3 && params.b >= 3)":                         false,
		"params.a >= 3 && false || 1 >= 1":                         true,
		"((params.a >= 3 ? 1 : 0) + (params.b >= 3 ? 1 : 0) >= 1)": true,
		"((params.a >= 3 ? 1 : 0) + (params.b >= 3 ? 1 : 0) >= 2)": false,
	} {
		if got, err := Condition(script, counts); got != want || err != nil {
			t.Errorf("%s: %v, %v, want %v", script, got, err, want)
		}
	}
	for _, script := range []string{
		"", "params.a", "params.c >= 1", "params.a >= 1)", "(params.a >= 1", "params.a && 1 >= 1", "params.a >= 4294967296",
		"params.a >= 1 ? 1 : 0", "(params.a ? 1 : 0) >= 1", "false + 1 >= 1", "params.a >= 1; x", "params.a >=", "params.a > 1",
	} {
		if got, err := Condition(script, counts); err == nil {
			t.Errorf("%s: %v, want an error", script, got)
		}
	}
}
