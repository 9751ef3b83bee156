//go:build cgo

package duckdb

import (
	"strconv"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/sigma"
)

// What lower makes otherwise of than sigma does is irregular.
func TestLowerFoldsEveryRegularCodePointAsSigmaDoes(t *testing.T) {
	ctx, conn, _ := testConn(t, nil)
	rows, err := conn.QueryContext(ctx, `SELECT n, lower(chr(n::INTEGER)) FROM range(1, 1114112) AS r(n) WHERE n NOT BETWEEN 55296 AND 57343`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	seen := 0
	for rows.Next() {
		var n int64
		var lower string
		if err := rows.Scan(&n, &lower); err != nil {
			t.Fatal(err)
		}
		seen++
		text := string(rune(n))
		if want := sigma.Fold(text); lower != want && !irregularText([]byte(text)) {
			t.Errorf("U+%s: DuckDB folds to %q, not %q", strings.ToUpper(strconv.FormatInt(n, 16)), lower, want)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if seen != 0x110000-1-0x800 {
		t.Errorf("only %d code points were compared", seen)
	}
}
