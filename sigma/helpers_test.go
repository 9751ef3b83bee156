package sigma

import (
	"strings"
	"testing"

	sg "github.com/bradleyjkemp/sigma-go"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

const header = "title: Example\nlogsource:\n    product: aws\n    service: cloudtrail\n"

// source gives the text of a rule with that detection, which is indented.
func source(detection string) *diag.Source {
	text := header + "detection:\n    " + strings.ReplaceAll(detection, "\n", "\n    ") + "\n"
	return &diag.Source{Name: "rule.yml", Text: []byte(text)}
}

// parseOne parses a rule that must have no errors.
func parseOne(t *testing.T, src *diag.Source) *Rule {
	t.Helper()
	doc, diags := Parse(src)
	if err := diags.Err(); err != nil {
		t.Fatalf("%v\n%s", err, src.Text)
	}
	if len(doc.Rules) != 1 {
		t.Fatalf("%d rules in\n%s", len(doc.Rules), src.Text)
	}
	return doc.Rules[0]
}

// firstErrorOf parses a text that must have an error.
func firstErrorOf(t *testing.T, src *diag.Source) diag.Diagnostic {
	t.Helper()
	doc, diags := Parse(src)
	for _, d := range diags {
		if d.Severity == diag.Error {
			if len(doc.Rules) != 0 {
				t.Errorf("a rule with an error is given: %v", d)
			}
			return d
		}
	}
	t.Fatalf("no error in\n%s", src.Text)
	return diag.Diagnostic{}
}

// show writes a condition with parentheses around everything.
func show(e sg.SearchExpr) string {
	list := func(op string, of []sg.SearchExpr) string {
		parts := make([]string, len(of))
		for i, sub := range of {
			parts[i] = show(sub)
		}
		return "(" + strings.Join(parts, " "+op+" ") + ")"
	}
	switch e := e.(type) {
	case sg.And:
		return list("and", e)
	case sg.Or:
		return list("or", e)
	case sg.Not:
		return "(not " + show(e.Expr) + ")"
	case sg.SearchIdentifier:
		return e.Name
	case sg.OneOfIdentifier:
		return "[1 of " + e.Ident.Name + "]"
	case sg.AllOfIdentifier:
		return "[all of " + e.Ident.Name + "]"
	case sg.OneOfThem:
		return "[1 of them]"
	case sg.AllOfThem:
		return "[all of them]"
	case sg.OneOfPattern:
		return "[1 of " + e.Pattern + "]"
	case sg.AllOfPattern:
		return "[all of " + e.Pattern + "]"
	default:
		panic("a node that the parser does not make")
	}
}
