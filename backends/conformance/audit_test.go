package conformance

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/fixtures"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// The audit names the case that proves a meaning where engines and compilers differ,
// and the defects of other compilers.
func TestEveryMeaningAndDefectHasACase(t *testing.T) {
	text, err := fs.ReadFile(fixtures.Conformance, "conformance/AUDIT.tsv")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if lines[0] != "origin\tcase\tproves" {
		t.Fatalf("the header is %q", lines[0])
	}
	var seen []string
	for i, line := range lines[1:] {
		row := strings.Split(line, "\t")
		if len(row) != 3 || slices.ContainsFunc(row, func(s string) bool { return s == "" || s != strings.TrimSpace(s) }) {
			t.Errorf("line %d: %q is not an origin, a case and words", i+2, line)
			continue
		}
		if _, err := fs.Stat(fixtures.Conformance, "conformance/"+row[1]); err != nil || path.Ext(row[1]) != ".txtar" {
			t.Errorf("line %d: there is no case %s", i+2, row[1])
		}
		if key := row[0] + "\t" + row[1]; slices.Contains(seen, key) {
			t.Errorf("line %d: %s stands twice for %s", i+2, row[1], row[0])
		} else {
			seen = append(seen, key)
		}
	}
	cited := map[string]bool{}
	err = fs.WalkDir(fixtures.Conformance, "conformance", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".txtar" {
			return err
		}
		text, err := fs.ReadFile(fixtures.Conformance, name)
		comment, _, _ := strings.Cut(string(text), "\n-- ")
		_, comment, _ = strings.Cut(comment, "docs/semantics.md") // before it, S3 is a service of AWS
		for _, n := range regexp.MustCompile(`\bS[0-9]+\b`).FindAllString(comment, -1) {
			cited[n] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	semantics, err := os.ReadFile(filepath.Join("..", "..", "docs", "semantics.md"))
	if err != nil {
		t.Fatal(err)
	}
	numbers := regexp.MustCompile(`(?m)^\*\*(S[0-9]+)\.\*\*`).FindAllStringSubmatch(string(semantics), -1)
	if len(numbers) < 30 {
		t.Errorf("docs/semantics.md has %d numbers", len(numbers))
	}
	for _, n := range numbers {
		if !cited[n[1]] {
			t.Errorf("no case cites %s of docs/semantics.md", n[1])
		}
		delete(cited, n[1])
	}
	for n := range cited {
		t.Errorf("a case cites %s, which docs/semantics.md does not have", n)
	}
}

// A case of the area "correlation" says what its base rule matches. How its
// correlations are read is said here, one line each.
var readings = map[string][]string{
	"correlation/action-global-does-not-reach-it": {
		"event_count denied in 5m0s gte 3",
	},
	"correlation/bounds-with-fractions-and-ranges": {
		"value_avg denied by userIdentity.arn in 1h0m0s gt 2.5 lte 1e3 of additionalEventData.bytesTransferredOut",
		"event_count denied in 1h0m0s gt 100 lte 200 neq 150",
		"event_count denied in 1h0m0s eq 3",
	},
	"correlation/event-of-two-conditions-is-one": {
		"event_count denied in 5m0s gte 3",
	},
	"correlation/every-type-that-looks-at-numbers": {
		"value_sum denied in 1h0m0s gte 10 of additionalEventData.bytesTransferredOut",
		"value_avg denied in 1h0m0s gte 10 of additionalEventData.bytesTransferredOut",
		"value_median denied in 1h0m0s gte 10 of additionalEventData.bytesTransferredOut",
		"value_percentile denied in 1h0m0s gte 10 of additionalEventData.bytesTransferredOut at 0",
		"value_percentile denied in 1h0m0s gte 10 of additionalEventData.bytesTransferredOut at 99.9",
		"value_percentile denied in 1h0m0s gte 10 of additionalEventData.bytesTransferredOut at 100",
	},
	"correlation/every-unit-of-a-timespan": { // a month is 730.485 hours, a year 8765.82
		"event_count denied in 30s gte 10",
		"event_count denied in 15m0s gte 10",
		"event_count denied in 1h0m0s gte 10",
		"event_count denied in 168h0m0s gte 10",
		"event_count denied in 336h0m0s gte 10",
		"event_count denied in 2191h27m18s gte 10",
		"event_count denied in 8765h49m12s gte 10",
	},
	"correlation/generate-in-either-place": {
		"event_count denied in 5m0s gte 10 and its events",
		"event_count denied in 5m0s gte 10 and its events",
		"event_count denied in 5m0s gte 10",
	},
	"correlation/reference-before-its-rule": {
		"event_count [often] in 24h0m0s gte 2",
		"event_count 0f7a3f0e-6a1b-4a73-9a0d-5b1f1d0c2e11 in 5m0s gte 10",
	},
	"correlation/rule-below-keeps-events-without-a-group": {
		"event_count denied by user in 5m0s gte 2",
	},
	"correlation/several-fields-make-tuples": {
		"value_count denied by userIdentity.arn awsRegion in 1h0m0s gte 3 of eventSource eventName",
		"value_count denied by userIdentity.arn in 1h0m0s gte 3 of eventName",
	},
	"correlation/temporal-conditions": {
		"event_count denied by userIdentity.arn in 5m0s gte 10",
		"temporal denied [often] by userIdentity.arn in 1h0m0s",
		"temporal_ordered [often] denied by userIdentity.arn in 1h0m0s",
		"temporal denied [often] in 1h0m0s gte 1",
		"temporal denied [often] in 1h0m0s where expressed",
		"temporal_ordered [often] denied in 1h0m0s where expressed",
	},
}

func TestCorrelationsOfCasesAreReadAsTheyAreMeant(t *testing.T) {
	cases, err := Load(fixtures.Conformance, "conformance")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if !strings.HasPrefix(c.Name, "correlation/") {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			doc, diags := sigma.Parse(&diag.Source{Name: c.Name, Text: c.Rule})
			pack := sigma.Join(&sigma.Pack{Document: doc, Files: 1, Diags: diags})
			diags = pack.Diags
			var got []string
			for _, correlation := range pack.Correlations {
				got = append(got, reading(correlation))
				diags = append(diags, compiler.CheckCorrelation(correlation, schema.ForLogsource)...)
			}
			if err := diags.Err(); err != nil {
				t.Error(err)
			}
			if want := readings[c.Name]; !slices.Equal(got, want) || len(want) == 0 {
				t.Errorf("read as\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// reading says what a correlation was read as; a correlation below it stands
// in brackets.
func reading(c *sigma.Correlation) string {
	words := []string{c.Kind}
	for _, ref := range c.Rules {
		if ref.Correlation != nil {
			words = append(words, "["+ref.Text+"]")
		} else {
			words = append(words, ref.Text)
		}
	}
	list := func(word string, names []sigma.Name) {
		for i, n := range names {
			if i == 0 {
				words = append(words, word)
			}
			words = append(words, n.Text)
		}
	}
	list("by", c.GroupBy)
	words = append(words, "in", c.Timespan.String())
	for _, b := range c.Condition.Bounds {
		words = append(words, b.Op, b.Value.Text)
	}
	list("of", c.Condition.Fields)
	if p := c.Condition.Percentile; p != nil {
		words = append(words, "at", p.Text)
	}
	if c.Condition.Expr != nil {
		words = append(words, "where expressed")
	}
	if c.Generate {
		words = append(words, "and its events")
	}
	return strings.Join(words, " ")
}
