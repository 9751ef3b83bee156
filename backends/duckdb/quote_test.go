//go:build cgo

package duckdb

import (
	"database/sql"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
)

// hostile are values that break quoting which is made by hand.
var hostile = []string{
	"", "'", "''", `"`, `\`, `\'`, `'; DROP TABLE x; --`, "--", "/*", "*/", "%", "_", "!", "!%", "a\x00b", "\x00", "\n", "\r\n", "\t", "\x1b[31m",
	"\u202e", "\u200b", "\ufeff", "é", "😀", "$1", "?", "{}", "`", "U&'\\0041'", "E'\\n'", "\x7f", "\u2028", "\u00a0",
}

// FuzzStr holds that a text literal is read back as the text, and that an
// identifier and a LIKE pattern keep theirs.
func FuzzStr(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		f.Fatal(err)
	}
	defer db.Close()
	f.Fuzz(func(t *testing.T, s string) {
		s = string([]rune(s)) // values are valid UTF-8 when they come here
		var got string
		var like bool
		query := "SELECT " + sqlgen.Str(s).String() + ", " + sqlgen.Like(sqlgen.Str(s), sqlgen.EscapeLike(s)).String()
		if err := db.QueryRow(query).Scan(&got, &like); err != nil {
			t.Fatalf("%q: %v in %s", s, err, query)
		}
		if got != s || !like {
			t.Errorf("%q came back as %q, like itself: %t; %s", s, got, like, query)
		}
	})
}

// FuzzIdent holds that a quoted name is read back as the name.
func FuzzIdent(f *testing.F) {
	for _, s := range hostile {
		f.Add("a" + s)
	}
	f.Add("end")
	f.Add("select")
	db, err := sql.Open("duckdb", "")
	if err != nil {
		f.Fatal(err)
	}
	defer db.Close()
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range s {
			if r == 0 || r == 0xfffd {
				t.Skip("a name holds neither NUL nor bytes that are no text")
			}
		}
		if s == "" {
			t.Skip("a name is not empty")
		}
		rows, err := db.Query("SELECT 1 AS " + sqlgen.Ident(s).String())
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		defer rows.Close()
		names, err := rows.Columns()
		if err != nil || len(names) != 1 || names[0] != s {
			t.Errorf("%q came back as %q, %v", s, names, err)
		}
	})
}

func TestReservedWordsAreQuoted(t *testing.T) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query("SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category IN ('reserved', 'type_function')")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		var word string
		if err := rows.Scan(&word); err != nil {
			t.Fatal(err)
		}
		if got := sqlgen.Ident(word).String(); got != `"`+word+`"` {
			t.Errorf("%s is written as %s", word, got)
		}
	}
	if err := rows.Err(); err != nil || n < 70 {
		t.Errorf("%d words: %v", n, err)
	}
}
