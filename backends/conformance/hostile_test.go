package conformance

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// hostileValues reads the corpus of texts.
func hostileValues(t *testing.T) []string {
	t.Helper()
	f, err := os.Open("../../fixtures/hostile/values.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var values []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		v, err := strconv.Unquote(line)
		if err != nil || !utf8.ValidString(v) {
			t.Fatalf("%.80s: %v", line, err)
		}
		values = append(values, v)
	}
	return values
}

// inYAML quotes a text for YAML; all but plain ASCII is escaped.
func inYAML(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(c))
		case c >= ' ' && c < 0x7f:
			b.WriteRune(c)
		default:
			fmt.Fprintf(&b, `\U%08x`, c)
		}
	}
	return b.String() + `"`
}

// hostilePlace is a part of a rule that a text goes into.
type hostilePlace struct {
	name   string
	search func(v string) string // gives the detection's search
	always bool                  // every text is legal there
}

// literal writes a text as a Sigma value that means it, wildcards escaped.
func literal(v string) string { return inYAML(sigma.LiteralPattern(v).String()) }

func valueUnder(field string) func(string) string {
	return func(v string) string { return "{" + field + ": " + literal(v) + "}" }
}

// Most places are asked of a column: a path into JSON takes Trino several times as
// long to compile, and its texts are compared by the same functions. The column
// is one that callers write; in those that AWS alone writes no U+0130 is looked
// for (schema.Path.Plain).
var hostilePlaces = []hostilePlace{
	{"value inside JSON", valueUnder("requestParameters.v"), true},
	{"value", valueUnder("userAgent"), true},
	{"contains", valueUnder("userAgent|contains"), true},
	{"startswith", valueUnder("userAgent|startswith"), true},
	{"endswith", valueUnder("userAgent|endswith"), true},
	{"cased", valueUnder("userAgent|cased"), true},
	{"contains cased", valueUnder("userAgent|contains|cased"), true},
	{"windash", valueUnder("userAgent|windash|contains"), true},
	{"base64offset", valueUnder("userAgent|base64offset|contains"), false}, // of a short text nothing is sure
	{"between wildcards", func(v string) string {
		return "{userAgent: " + inYAML("?*"+sigma.LiteralPattern(v).String()+"*") + "}"
	}, true},
	{"re", func(v string) string {
		return "{userAgent|re: " + inYAML("^"+regexp.QuoteMeta(v)+"$") + "}"
	}, true},
	{"placeholder", func(string) string { return "{userAgent|expand: '%list%'}" }, true},
	{"fieldref", func(v string) string {
		return "{userAgent|fieldref: " + literal("requestParameters."+v) + "}"
	}, false},
	{"field", func(v string) string { return "{" + inYAML("requestParameters."+v) + ": it's}" }, false},
	{"field that exists", func(v string) string {
		return "{" + inYAML("requestParameters."+v+"|exists") + ": true}"
	}, false},
}

// hostilePlan compiles a rule with a text in a place; identifier, title and
// notes name the search and fill the head. It gives nil where the rule is
// refused.
func hostilePlan(v, search, identifier, notes string) *compiler.Plan {
	text := "title: " + inYAML(notes) + "\nid: " + inYAML(notes) + "\ndescription: " + inYAML(notes) +
		"\nauthor: " + inYAML(notes) + "\ntags: [" + inYAML(notes) + "]\nreferences: [" + inYAML(notes) + "]\n" +
		"logsource: {product: aws, service: cloudtrail}\n" +
		"detection:\n  " + inYAML(identifier) + ": " + search + "\n  condition: 1 of them\n"
	doc, diags := sigma.Parse(&diag.Source{Name: "hostile.yml", Text: []byte(text)})
	pack := sigma.Join(&sigma.Pack{Document: doc, Files: 1, Diags: diags})
	if pack.Diags.HasErrors() || len(pack.Rules) != 1 {
		return nil
	}
	pack.Give(sigma.Values{"list": {sigma.LiteralPattern(v).String()}})
	plan, _ := compiler.Compile(pack.Rules[0], schema.ForLogsource)
	return plan
}

// nearMisses are texts that are almost v, as escaping that goes wrong takes
// them for it.
func nearMisses(v string) []string {
	first, n := utf8.DecodeRuneInString(v)
	other := strings.Map(func(c rune) rune {
		if unicode.IsUpper(c) {
			return unicode.ToLower(c)
		}
		return unicode.ToUpper(c)
	}, v)
	return []string{
		v + "x", "x" + v, v + v, v[n:], string(first), other, " " + v, v + " ", v + "\n", "'" + v + "'", `\` + v, v + `\`,
		strings.ReplaceAll(v, "'", "''"), strings.ReplaceAll(v, `\`, `\\`), strings.ReplaceAll(v, `\`, ""), strings.ReplaceAll(v, `"`, `\"`),
		strings.NewReplacer("*", "x", "?", "x", "%", "x", "_", "x", ".", "x").Replace(v), strings.NewReplacer("–", "-", "/", "-", "-", "/").Replace(v),
		"x" + v + "x",
	}
}

// hostileEvents are an event that holds v in every place, near misses of it,
// and its base64 at each offset.
func hostileEvents(id string, v string) [][]byte {
	var lines [][]byte
	seen := map[string]bool{}
	add := func(text, key, under string) {
		lines = append(lines, asJSON(map[string]any{
			"eventID": fmt.Sprintf("%s-%d", id, len(lines)), "userAgent": text, "requestParameters": map[string]any{"v": text, key: under},
		}))
	}
	for _, text := range append([]string{v}, nearMisses(v)...) {
		if !seen[text] {
			seen[text] = true
			add(text, text, "it's")
		}
	}
	add("it's", v, "it's")
	add("IT'S ", v, v)
	for _, before := range []string{"", "a", "ab"} {
		add(base64.StdEncoding.EncodeToString([]byte(before+v+"z")), "b", "")
	}
	lines = append(lines, asJSON(map[string]any{"eventID": id + "-n", "userAgent": v, "requestParameters": nil}))
	return lines
}
