package cli

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// pure are the functions of a release of sprig that were looked at. A function
// that is not here has to be looked at before templates get it.
var pure = strings.Fields(`
abbrev abbrevboth add add1 add1f addf adler32sum all any append atoi b32dec b32enc b64dec b64enc base biggest camelcase cat
ceil chunk clean coalesce compact concat contains deepCopy deepEqual default dict dig dir div divf duration empty ext fail
first float64 floor fromJson get has hasKey hasPrefix hasSuffix hello indent initial initials int int64 isAbs join kebabcase
keys kindIs kindOf last list lower max maxf merge mergeOverwrite min minf mod mul mulf mustAppend mustChunk mustCompact
mustDateModify mustDeepCopy mustFirst mustFromJson mustHas mustInitial mustLast mustMerge mustMergeOverwrite mustPrepend
mustPush mustRegexFind mustRegexFindAll mustRegexMatch mustRegexReplaceAll mustRegexReplaceAllLiteral mustRegexSplit mustRest
mustReverse mustSlice mustToJson mustToPrettyJson mustToRawJson mustUniq mustWithout must_date_modify nindent nospace omit
osBase osClean osDir osExt osIsAbs pick pluck plural prepend push quote regexFind regexFindAll regexMatch regexQuoteMeta
regexReplaceAll regexReplaceAllLiteral regexSplit repeat replace rest reverse round semver semverCompare seq set sha1sum
sha256sum sha512sum slice snakecase sortAlpha split splitList splitn squote sub subf substr swapcase ternary title toDecimal
toJson toPrettyJson toRawJson toString toStrings trim trimAll trimPrefix trimSuffix trimall trunc tuple typeIs typeIsLike
typeOf uniq unixEpoch unset until untilStep untitle upper urlJoin urlParse values without wrap wrapWith
comment hclString jinja jsonString sqlName sqlString yamlString
`)

func TestTemplatesSeeNothingButTheirArguments(t *testing.T) {
	funcs := templateFuncs()
	for name := range funcs {
		if !slices.Contains(pure, name) {
			t.Errorf("templates have the function %s, which nobody has looked at", name)
		}
	}
	for _, name := range strings.Fields(`env expandenv getHostByName now date dateInZone date_in_zone dateModify date_modify
		htmlDate htmlDateInZone ago durationRound toDate mustToDate randAlpha randAlphaNum randAscii randNumeric randBytes randInt
		uuidv4 shuffle bcrypt htpasswd encryptAES genPrivateKey genCA`) {
		if funcs[name] != nil {
			t.Errorf("templates have the function %s", name)
		}
	}
}

func TestMapsAreInOrder(t *testing.T) {
	m := map[string]any{"c": 3, "a": 1, "b": 2}
	if got := sortedKeys(m); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Error(got)
	}
	if got := sortedValues(m); !slices.Equal(got, []any{1, 2, 3}) {
		t.Error(got)
	}
}

func TestQuoting(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{"plain SQL", sqlString("it's"), `'it''s'`},
		{"a newline in SQL", sqlString("a\n'b"), `('a' || chr(10) || '''b')`},
		{"no text in SQL", sqlString(""), `''`},
		{"a comment", comment("a */ b /* c\nd"), "a * / b / * c␊d"},
		{"HCL", hclString("\"${x} $${y} %{if} $ % \\ \r\n"), `"\"$${x} $$${y} %%{if} $ % \\ \u000d\n"`},
		{"Jinja", jinja("{{{% x %}{#"), `{{ '{{' }}{{ '{%' }} x %}{{ '{#' }}`},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s, not %s", c.name, c.got, c.want)
		}
	}
}

func TestJSONStringsAreYAMLStrings(t *testing.T) {
	for _, s := range []string{"", "a: b # c", "'\"\\", "a\nb\r\tc", "\x00\x1b\x7f\u0085\u00a0", "\u2028\ufeff\ufffe", "{{ }} ${x} *a &b !c", "😀"} {
		text, err := jsonString(s)
		if err != nil {
			t.Fatal(err)
		}
		var fromJSON, fromYAML string
		if err := json.Unmarshal([]byte(text), &fromJSON); err != nil || fromJSON != s {
			t.Errorf("%q is %s, in JSON %q: %v", s, text, fromJSON, err)
		}
		if err := yaml.Unmarshal([]byte("x: ["+text+", y]"), &struct{ X *[2]string }{}); err != nil {
			t.Errorf("%q is %s, in YAML: %v", s, text, err)
		}
		if err := yaml.Unmarshal([]byte(text), &fromYAML); err != nil || fromYAML != s {
			t.Errorf("%q is %s, in YAML %q: %v", s, text, fromYAML, err)
		}
	}
}
