package sigma

import (
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// withModifiers gives a rule with a chain of modifiers over a value that suits
// it.
func withModifiers(chain string) *diag.Source {
	value := "[x, y]"
	names := strings.Split(chain, "|")
	for _, name := range names {
		switch modifiers[name].takes {
		case numberOnly:
			value = "5"
		case boolOnly:
			value = "true"
		case textOnly, anything:
		}
	}
	return source("selection:\n    field|" + chain + ": " + value + "\ncondition: selection")
}

// encodings and matches are what stands in several lists below.
const (
	utf16s  = "wide utf16le utf16be utf16 "
	base64s = "base64 base64offset "
	anchors = "contains startswith endswith "
)

// followers says for each modifier which may come right after it as the second
// of two; what it does not name is illegal there.
var followers = map[string]string{
	"all":          "neq cased windash expand re cidr fieldref " + anchors + utf16s + base64s,
	"neq":          "all cased windash expand re cidr fieldref exists lt lte gt gte minute hour day week month year " + anchors + utf16s + base64s,
	"cased":        "all neq windash expand fieldref " + anchors + utf16s + base64s,
	"contains":     "all neq cased windash expand",
	"startswith":   "all neq cased windash expand",
	"endswith":     "all neq cased windash expand",
	"windash":      "all neq cased " + anchors + utf16s + base64s,
	"expand":       "all neq cased windash re " + anchors + utf16s + base64s,
	"base64":       "all neq cased " + anchors,
	"base64offset": "all neq cased " + anchors,
	"wide":         "all neq cased " + anchors + base64s,
	"utf16le":      "all neq cased " + anchors + base64s,
	"utf16be":      "all neq cased " + anchors + base64s,
	"utf16":        "all neq cased " + anchors + base64s,
	"re":           "all neq expand i m s ignorecase multiline dotall " + anchors,
	"cidr":         "all neq",
	"fieldref":     "all neq cased " + anchors,
	"exists":       "neq",
	"lt":           "neq",
	"lte":          "neq",
	"gt":           "neq",
	"gte":          "neq",
	"minute":       "neq lt lte gt gte",
	"hour":         "neq lt lte gt gte",
	"day":          "neq lt lte gt gte",
	"week":         "neq lt lte gt gte",
	"month":        "neq lt lte gt gte",
	"year":         "neq lt lte gt gte",
	"i":            "",
	"m":            "",
	"s":            "",
	"ignorecase":   "",
	"multiline":    "",
	"dotall":       "",
}

func TestEveryPairOfModifiers(t *testing.T) {
	names := ModifierNames()
	if len(names) != len(followers) {
		t.Fatalf("%d modifiers, %d in the table of this test", len(names), len(followers))
	}
	for _, first := range names {
		legalAlone := modifiers[first].role != regexpFlag
		if doc, diags := Parse(withModifiers(first)); (len(doc.Rules) == 1) != legalAlone {
			t.Errorf("%s alone: %v", first, diags.Err())
		}
		for _, second := range names {
			chain := first + "|" + second
			legal := slices.Contains(strings.Fields(followers[first]), second)
			doc, diags := Parse(withModifiers(chain))
			if (len(doc.Rules) == 1) != legal {
				t.Errorf("%s should be legal: %v; %v", chain, legal, diags.Err())
			}
			if !legal && !slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return d.Code == diag.BadChain }) {
				t.Errorf("%s is refused as %v", chain, diags.Err())
			}
		}
	}
}

func TestLegalChainsOfThreeAndMore(t *testing.T) {
	for _, chain := range []string{
		"base64offset|contains|all",
		"all|base64offset|contains",
		"wide|base64offset|contains",
		"utf16|base64|contains|cased|all|neq",
		"windash|wide|base64offset|contains",
		"contains|all|windash",
		"contains|windash|all|neq",
		"expand|contains|all",
		"startswith|cased|neq",
		"re|i|m|s",
		"re|s|i",
		"re|startswith|i",
		"re|contains|all|neq",
		"all|neq|re|i",
		"expand|re|i",
		"cidr|all|neq",
		"fieldref|cased|endswith|neq",
		"neq|hour|gte",
		"hour|gte|neq",
		"neq|exists",
		"expand|windash|base64|startswith",
	} {
		t.Run(chain, func(t *testing.T) {
			rule := parseOne(t, withModifiers(chain))
			it := rule.Detection.Searches[0].Of[0][0]
			if got := strings.Join(it.Modifiers, "|"); got != chain || it.Field != "field" {
				t.Errorf("read as %s of %q", got, it.Field)
			}
			for i, m := range it.Modifiers {
				at := it.ModifierAt[i]
				line := strings.Split(string(rule.Source.Text), "\n")[at.Line-1]
				if got := line[at.Col-1 : at.Col-1+at.Len]; got != m {
					t.Errorf("the place of %s holds %q", m, got)
				}
			}
		})
	}
}

func TestIllegalChainsOfThreeAndMore(t *testing.T) {
	tests := []struct {
		chain string
		at    int // which modifier is complained of, from zero
	}{
		{"wide|base64|utf16be", 2},
		{"base64|contains|wide", 2},
		{"base64|base64offset|contains", 1},
		{"windash|base64|windash", 2},
		{"re|i|cased", 2},
		{"re|i|i", 2},
		{"re|i|lt", 2},
		{"contains|all|re", 2},
		{"all|contains|endswith", 2},
		{"hour|lt|gt", 2},
		{"hour|lt|all", 2},
		{"hour|day|lt", 1},
		{"cidr|neq|cased", 2},
		{"fieldref|contains|windash", 2},
		{"neq|exists|all", 2},
		{"neq|neq|contains", 1},
		{"contains|i|all", 1},
		{"re|windash|i", 1},
	}
	for _, tt := range tests {
		t.Run(tt.chain, func(t *testing.T) {
			d := firstErrorOf(t, withModifiers(tt.chain))
			before := "        field|" + strings.Join(strings.Split(tt.chain, "|")[:tt.at], "|")
			if want := len(before) + 1 + min(tt.at, 1); d.Code != diag.BadChain || d.Span.Col != want {
				t.Errorf("%v in column %d, want %s in column %d", d, d.Span.Col, diag.BadChain, want)
			}
		})
	}
}

func TestModifiersOfKeywords(t *testing.T) {
	legal := []string{"all", "contains", "cased", "neq", "windash", "base64", "base64offset", "wide", "expand", "contains|all", "all|cased", "re", "re|i", "all|re"}
	illegal := []string{"cidr", "exists", "fieldref", "lt", "hour", "startswith", "endswith", "i", "all|endswith"}
	for _, chain := range append(slices.Clone(legal), illegal...) {
		src := source("keywords:\n    '|" + chain + "': [x, y]\ncondition: keywords")
		doc, diags := Parse(src)
		if want := slices.Contains(legal, chain); (len(doc.Rules) == 1) != want {
			t.Errorf("'|%s' should be legal: %v; %v", chain, want, diags.Err())
		}
	}
}

func TestChainsAreBounded(t *testing.T) {
	src := source("selection:\n    ? field|" + strings.Repeat("x|", 10_000) + "x\n    : y\ncondition: selection")
	_, diags := Parse(src)
	if len(diags) != 1 || diags[0].Code != diag.BadChain {
		t.Errorf("%d diagnostics, the first %v", len(diags), diags[0])
	}
}

func TestModifierNamesAreSorted(t *testing.T) {
	names := ModifierNames()
	if !slices.IsSorted(names) || len(slices.Compact(names)) != len(modifiers) {
		t.Errorf("got %v", names)
	}
}
