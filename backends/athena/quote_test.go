package athena

import (
	"strconv"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
)

// hostile are values that break quoting which is made by hand.
var hostile = []string{
	"", "'", "''", `"`, `""`, `\`, `\'`, `\"`, `'; DROP TABLE x; --`, "--", "/*", "*/", "%", "_", "!", "!%", "a\x00b", "\n", "\r\n", "\t", "\x1b[31m",
	"\u202e", "\u200b", "\ufeff", "é", "😀", "$1", "?", "${x}", "{{x}}", "`", "U&'\\0041'", "]", `"]["b`, "\x7f", "\u2028", "end", "select",
}

// readText reads a text as Trino's grammar has it: literals in which a quote
// stands twice, chr calls, and || between them. Nothing may be left over.
func readText(t *testing.T, sql string) string {
	t.Helper()
	var out strings.Builder
	for rest := sql; ; {
		switch {
		case strings.HasPrefix(rest, "chr("):
			digits, after, ok := strings.Cut(rest[len("chr("):], ")")
			n, err := strconv.Atoi(digits)
			if !ok || err != nil {
				t.Fatalf("no call of chr: %s", sql)
			}
			out.WriteRune(rune(n))
			rest = after
		case strings.HasPrefix(rest, "'"):
			text, after := readQuoted(t, rest, '\'')
			out.WriteString(text)
			rest = after
		default:
			t.Fatalf("neither a literal nor chr at %q of %s", rest, sql)
		}
		if rest == "" {
			return out.String()
		}
		var ok bool
		if rest, ok = strings.CutPrefix(rest, " || "); !ok {
			t.Fatalf("something is behind the text: %q of %s", rest, sql)
		}
	}
}

// readQuoted reads what stands between quotes; a quote inside is doubled.
func readQuoted(t *testing.T, sql string, quote byte) (text, rest string) {
	t.Helper()
	var out strings.Builder
	for i := 1; i < len(sql); i++ {
		if sql[i] != quote {
			out.WriteByte(sql[i])
			continue
		}
		if i+1 == len(sql) || sql[i+1] != quote {
			return out.String(), sql[i+1:]
		}
		out.WriteByte(quote)
		i++
	}
	t.Fatalf("a quote without an end: %s", sql)
	return "", ""
}

func valid(s string) string { return string([]rune(s)) } // values are valid UTF-8 when they come here

func FuzzLiteral(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := readText(t, sqlgen.Str(valid(s)).String()); got != valid(s) {
			t.Errorf("%q came back as %q", s, got)
		}
	})
}

func FuzzName(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if s = valid(s); s == "" || strings.Contains(s, "\x00") {
			t.Skip("no name of a field")
		}
		sql := sqlgen.Ident(s).String()
		if sql[0] != '"' {
			if sql != s || strings.ContainsFunc(s, func(r rune) bool { return r != '_' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z') }) {
				t.Errorf("%q stands without quotes as %q", s, sql)
			}
			return
		}
		if got, rest := readQuoted(t, sql, '"'); got != s || rest != "" {
			t.Errorf("%q came back as %q, with %q behind it", s, got, rest)
		}
	})
}

// A path's key comes back through two readings: that of the literal, and that
// of the path in it, where \ escapes.
func FuzzJSONKey(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = valid(s)
		path := readText(t, jsonPath(s).String())
		inner, ok := strings.CutPrefix(path, `$["`)
		inner, closed := strings.CutSuffix(inner, `"]`)
		if !ok || !closed {
			t.Fatalf("no path of one key: %s", path)
		}
		var key strings.Builder
		for i := 0; i < len(inner); i++ {
			switch inner[i] {
			case '"':
				t.Fatalf("%q ends its key: %s", s, path)
			case '\\':
				if i++; i == len(inner) {
					t.Fatalf("%q escapes the end: %s", s, path)
				}
			}
			key.WriteByte(inner[i])
		}
		if key.String() != s {
			t.Errorf("%q came back as %q", s, key.String())
		}
	})
}

// A text in a pattern of LIKE matches itself alone: every % and _ of it stands
// behind the escape character.
func FuzzLike(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = valid(s)
		pattern := sqlgen.EscapeLike(s)
		var back strings.Builder
		for i := 0; i < len(pattern); i++ {
			switch {
			case pattern[i:i+1] == sqlgen.LikeEscape:
				if i++; i == len(pattern) {
					t.Fatalf("%q escapes the end", s)
				}
			case pattern[i] == '%', pattern[i] == '_':
				t.Fatalf("%q holds a wildcard: %s", s, pattern)
			}
			back.WriteByte(pattern[i])
		}
		if back.String() != s {
			t.Errorf("%q came back as %q", s, back.String())
		}
		like := sqlgen.Like(sqlgen.Raw("x"), pattern).String()
		if escaped := strings.HasSuffix(like, " ESCAPE '"+sqlgen.LikeEscape+"'"); escaped != (pattern != s) {
			t.Errorf("%q: %s", s, like)
		}
	})
}
