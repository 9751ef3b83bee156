package athenatest

import (
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends/athena/trinotest"
)

func TestStatementsRunOnATrino(t *testing.T) {
	s := Start(t, Options{Trino: On(trinotest.Start(t)), Catalog: "memory"})
	for _, c := range []struct {
		sql  string
		want []string
	}{
		{"SELECT 'a' AS x, 1 AS n, NULL AS z", []string{"x|n|z", "a|1|∅"}},
		{"SELECT 1 AS n WHERE 1 = 0", []string{"n"}},
		{"SELECT ARRAY['a', NULL] AS a, CAST(ROW(1, 'x') AS ROW(n bigint, t varchar)) AS r, 1e0 AS d, true AS b;", []string{"a|r|d|b", "[a, null]|{n=1, t=x}|1.0|true"}},
	} {
		result, _, err := s.ask(t.Context(), startRequest{QueryString: c.sql})
		if err != nil {
			t.Fatal(err)
		}
		if got := printed(result); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, not %q", c.sql, got, c.want)
		}
	}
	_, _, err := s.ask(t.Context(), startRequest{QueryString: "SELECT absent"})
	if err == nil {
		t.Fatal("a column that is absent gave rows")
	}
	if e := describe(err); e.ErrorCategory != 2 || !strings.HasPrefix(e.ErrorMessage, "COLUMN_NOT_FOUND: ") {
		t.Errorf("got %+v", e)
	}
}

func printed(r result) []string {
	var out []string
	for _, row := range r.rows {
		var cells []string
		for _, d := range row.Data {
			if d.VarCharValue == nil {
				cells = append(cells, "∅")
				continue
			}
			cells = append(cells, *d.VarCharValue)
		}
		out = append(out, strings.Join(cells, "|"))
	}
	return out
}
