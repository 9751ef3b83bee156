package sigma

import (
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

const correlationOfDenied = `title: Many denied
id: 11111111-2222-4333-8444-000000000001
name: many_denied
correlation:
    type: event_count
    rules: [denied]
    timespan: 1h
    condition: {gte: 3}
---
title: Bursts of denied
name: bursts
correlation:
    type: event_count
    rules: [many_denied]
    timespan: 1d
    condition: {gte: 2}
`

func titlesByReport(p *Pack) (reporting, silent []string) {
	for _, r := range p.Rules {
		if r.Base {
			silent = append(silent, r.Title)
		} else {
			reporting = append(reporting, r.Title)
		}
	}
	for _, c := range p.Correlations {
		if c.Base {
			silent = append(silent, c.Title)
		} else {
			reporting = append(reporting, c.Title)
		}
	}
	return reporting, silent
}

func TestSelectKeepsTheNamedRulesAndWhatCorrelationsReferTo(t *testing.T) {
	for _, c := range []struct {
		names             string
		reporting, silent string
	}{
		{"", "Allowed|Bursts of denied", "Denied|Many denied"},
		{"Allowed", "Allowed", ""},
		{"denied", "Denied", ""},
		{"many_denied", "Many denied", "Denied"},
		{"11111111-2222-4333-8444-000000000001|denied", "Denied|Many denied", ""},
		{"bursts", "Bursts of denied", "Denied|Many denied"},
		{"pack.yml", "Allowed|Bursts of denied", "Denied|Many denied"},
		{"./pack.yml", "Allowed|Bursts of denied", "Denied|Many denied"},
	} {
		pack := joined(t, twoRules+correlationOfDenied)
		var names []string
		if c.names != "" {
			names = strings.Split(c.names, "|")
		}
		part, err := pack.Select(names)
		if err != nil {
			t.Errorf("%s: %v", c.names, err)
			continue
		}
		reporting, silent := titlesByReport(part)
		if strings.Join(reporting, "|") != c.reporting || strings.Join(silent, "|") != c.silent {
			t.Errorf("%s: %q report and %q are silent, want %q and %q", c.names, reporting, silent, c.reporting, c.silent)
		}
	}
}

func TestSelectListsNearNames(t *testing.T) {
	pack := joined(t, twoRules+correlationOfDenied)
	for name, want := range map[string]string{
		"deneid":   `did you mean "denied"?`,
		"DENIED":   `did you mean "denied" or "Denied" or "many_denied"`,
		"ack.yml":  "sigmahunt rules lists them",
		"zzzzzzzz": "sigmahunt rules lists them",
	} {
		if _, err := pack.Select([]string{name}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v does not hold %q", name, err, want)
		}
	}
}

func TestSelectDropsDiagnosticsOfOtherFiles(t *testing.T) {
	good, goodDiags := Parse(&diag.Source{Name: "rules/good.yml", Text: []byte(twoRules)})
	bad, badDiags := Parse(&diag.Source{Name: "rules/bad.yml", Text: []byte("title: Bad\n")})
	all := Join(&Pack{Document: good, Diags: goodDiags}, &Pack{Document: bad, Diags: badDiags})
	if !all.Diags.HasErrors() {
		t.Fatal("the bad file has no error")
	}
	part, err := all.Select([]string{"good.yml"})
	if err != nil {
		t.Fatal(err)
	}
	if part.Diags.HasErrors() || part.LeftOut != 0 || len(part.Rules) != 2 {
		t.Errorf("%d rules, %d left out, diagnostics %v", len(part.Rules), part.LeftOut, slices.Clone(part.Diags))
	}
}
