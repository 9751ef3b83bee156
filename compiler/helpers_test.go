package compiler

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// dump writes a predicate on one line, everything in parentheses; a tilde marks
// what is folded.
func dump(p Pred) string {
	list := func(op string, of []Pred) string {
		parts := make([]string, len(of))
		for i, q := range of {
			parts[i] = dump(q)
		}
		return "(" + strings.Join(parts, " "+op+" ") + ")"
	}
	fold := map[bool]string{true: "~"}
	switch p := p.(type) {
	case All:
		return list("and", p.Of)
	case Any:
		return list("or", p.Of)
	case Not:
		return "not " + dump(p.Of)
	case Const:
		return fmt.Sprint(p.Value)
	case In:
		return fmt.Sprintf("%s in%s %q", p.Field.Name(), fold[p.Fold], p.Values)
	case Text:
		return fmt.Sprintf("%s like%s %q", p.Field.Name(), fold[p.Fold], p.Pattern.String())
	case Regexp:
		return fmt.Sprintf("%s re %q", p.Field.Name(), p.Source())
	case CIDR:
		return fmt.Sprintf("%s cidr %s", p.Field.Name(), p.Prefix)
	case Num:
		return fmt.Sprintf("%s %s %s", p.Field.Name(), opWords[p.Op], p.Bound)
	case TimePart:
		return fmt.Sprintf("%s(%s) %s %d", partWords[p.Part], p.Field.Name(), opWords[p.Op], p.Bound)
	case FieldEq:
		return fmt.Sprintf("%s %s%s %s", p.Field.Name(), relationWords[p.Relation], fold[p.Fold], p.Other.Name())
	case Null:
		return "null(" + p.Field.Name() + ")"
	case Exists:
		return "exists(" + p.Field.Name() + ")"
	case Keyword:
		return fmt.Sprintf("event like%s %q", fold[p.Fold], p.Pattern.String())
	default:
		panic(fmt.Sprintf("no such predicate: %T", p))
	}
}

// ruleOf parses a rule on CloudTrail with that detection, which is indented.
func ruleOf(t testing.TB, detection string) *sigma.Rule {
	t.Helper()
	return ruleOn(t, "cloudtrail", detection)
}

func ruleOn(t testing.TB, service, detection string) *sigma.Rule {
	t.Helper()
	text := "title: Example\nlogsource:\n    product: aws\n    service: " + service + "\ndetection:\n    " +
		strings.ReplaceAll(detection, "\n", "\n    ") + "\n"
	doc, diags := sigma.Parse(&diag.Source{Name: "rule.yml", Text: []byte(text)})
	if err := diags.Err(); err != nil {
		t.Fatalf("%v\n%.1000s", err, text)
	}
	return doc.Rules[0]
}

// planOf compiles a rule on CloudTrail that must compile.
func planOf(t testing.TB, detection string) *Plan {
	t.Helper()
	return planOn(t, "cloudtrail", detection)
}

func planOn(t testing.TB, service, detection string) *Plan {
	t.Helper()
	p, diags := Compile(ruleOn(t, service, detection), schema.ForLogsource)
	if p == nil {
		t.Fatalf("%v\n%.1000s", diags.Err(), detection)
	}
	return p
}
