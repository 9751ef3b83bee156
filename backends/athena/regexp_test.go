package athena

import (
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/compiler"
)

func TestRegexpsAreWrittenForJoni(t *testing.T) {
	for expr, want := range map[string]string{
		`^kali$`:             `'\Akali\z'`,
		`(?P<line>a)b?`:      `'(a)b?'`,
		`(?m)^a|(?i:^b)`:     `(?:\A|(?<=\n))`,
		`a\x{85}b`:           `'a\x{85}b'`,
		`\\x85`:              `'\\x85'`,
		`\x{10ffff}\x{200b}`: `'\x{10ffff}\x{200b}'`,
		`[\x{80}-\x{a0}]`:    `'[\x{80}-\x{a0}]'`,
	} {
		got := dialect{}.Regexp(sqlgen.Raw("x"), compiler.Regexp{Expr: expr}).String()
		if !strings.Contains(got, want) {
			t.Errorf("%s: no %s in %s", expr, want, got)
		}
	}
}
