package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"

	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// impure are the functions of sprig's hermetic set that all the same look at the
// clock or the time zone, give something else each time, or make keys and
// passwords, which have no business in a query.
var impure = []string{
	"ago", "durationRound", "toDate", "mustToDate",
	"randInt", "shuffle",
	"bcrypt", "htpasswd", "derivePassword", "encryptAES", "decryptAES",
	"buildCustomCert", "genCA", "genCAWithKey", "genPrivateKey", "genSelfSignedCert", "genSelfSignedCertWithKey", "genSignedCert", "genSignedCertWithKey",
}

// templateFuncs are sprig's functions that give the same for the same input, and
// quoting for the places that queries go to.
func templateFuncs() template.FuncMap {
	funcs := sprig.HermeticTxtFuncMap()
	for _, name := range impure {
		delete(funcs, name)
	}
	maps.Copy(funcs, template.FuncMap{
		"keys": sortedKeys, "values": sortedValues,
		"sqlString": sqlString,
		"sqlName":   func(s string) string { return sqlgen.Ident(s).String() },
		"comment":   comment,
		// JSON's texts are YAML's too.
		"jsonString": jsonString, "yamlString": jsonString,
		"hclString": hclString,
		"jinja":     jinja,
	})
	return funcs
}

// sortedKeys is sprig's keys, which gives them in a random order.
func sortedKeys(dicts ...map[string]any) []string {
	var keys []string
	for _, d := range dicts {
		keys = slices.AppendSeq(keys, maps.Keys(d))
	}
	slices.Sort(keys)
	return keys
}

// sortedValues is sprig's values, in the order of their keys.
func sortedValues(dict map[string]any) []any {
	var values []any
	for _, key := range slices.Sorted(maps.Keys(dict)) {
		values = append(values, dict[key])
	}
	return values
}

// sqlString writes a text as SQL, in parentheses where that takes an operator.
func sqlString(s string) string {
	text := sqlgen.Str(s).String()
	if text == "'"+strings.ReplaceAll(s, "'", "''")+"'" {
		return text
	}
	return "(" + text + ")"
}

var commentEnds = strings.NewReplacer("*/", "* /", "/*", "/ *")

// comment writes a text on one line that ends no comment and opens none, behind
// -- and between /* and */.
func comment(s string) string { return commentEnds.Replace(diag.Printable(s)) }

// jsonString writes a text as JSON. Characters that YAML 1.1 takes for the end of
// a line, or does not take, are written by their number.
func jsonString(s string) (string, error) {
	b, err := marshal(s)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for _, r := range string(b) {
		if r >= 0x7f && r < 0xa0 || r == 0xfeff || r == 0xfffe || r == 0xffff {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
	}
	return out.String(), nil
}

// hclString writes a text as Terraform reads it, interpolation and directives
// taken off.
func hclString(s string) string {
	var out strings.Builder
	out.WriteByte('"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			out.WriteString(`\` + string(r))
		case r == '\n':
			out.WriteString(`\n`)
		case r < ' ' || r >= 0x7f && r < 0xa0:
			fmt.Fprintf(&out, `\u%04x`, r)
		case (r == '$' || r == '%') && strings.HasPrefix(s[i+1:], "{"):
			out.WriteString(string(r) + string(r))
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
	return out.String()
}

var jinjaOpenings = strings.NewReplacer("{{", "{{ '{{' }}", "{%", "{{ '{%' }}", "{#", "{{ '{#' }}")

// jinja writes a text so that Jinja, as in dbt, gives the text.
func jinja(s string) string { return jinjaOpenings.Replace(s) }
