//go:build cgo

package duckdb

import (
	"database/sql"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/record"
)

// TestNumberKeysSortAsNumbersDo holds sigma_number against record.Decimal.
func TestNumberKeysSortAsNumbersDo(t *testing.T) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, stmt := range strings.SplitAfter(prelude("sigma_number("), ";\n") {
		if strings.TrimSpace(stmt) != "" {
			if _, err := db.Exec(stmt); err != nil {
				t.Fatal(stmt, err)
			}
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	digits := func(n int) string {
		var b strings.Builder
		for range r.IntN(n) + 1 {
			b.WriteByte("0011259"[r.IntN(7)])
		}
		return b.String()
	}
	texts := []string{"", "-", ".5", "5.", "1e", "1e+", "+1", " 1", "1 ", "1\n", "0x1", "inf", "nan", "1_0", "1e1073741824", "1e1073741825", "-1e-1073741824", "1e99999999999999999999", "1e-0000000000000000000000003", "-0", "0e5", "-0.000", "٣", "1e5.5", "1E+05"}
	for len(texts) < 400 {
		s := digits([]int{3, 30}[r.IntN(2)])
		if r.IntN(2) == 0 {
			s = "-" + s
		}
		if r.IntN(2) == 0 {
			s += "." + digits(20)
		}
		if r.IntN(3) == 0 {
			s += []string{"e", "E+", "e-"}[r.IntN(3)] + digits(3)
		}
		texts = append(texts, s)
	}
	keys := make([]sql.NullString, len(texts))
	for i, s := range texts {
		if err := db.QueryRow("SELECT sigma_number(?::VARCHAR)", s).Scan(&keys[i]); err != nil {
			t.Fatal(s, err)
		}
	}
	for i, a := range texts {
		da, ok := record.ParseDecimal(a)
		if ok != keys[i].Valid {
			t.Errorf("%q: a number %v, has a key %v", a, ok, keys[i].Valid)
			continue
		}
		for j, b := range texts {
			if db, ok2 := record.ParseDecimal(b); ok && ok2 && keys[j].Valid && da.Compare(db) != strings.Compare(keys[i].String, keys[j].String) {
				t.Fatalf("%s and %s: keys %s and %s", a, b, keys[i].String, keys[j].String)
			}
		}
	}
}
