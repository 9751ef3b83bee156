package compiler

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

func TestFuse(t *testing.T) {
	on := func(source *schema.Source, title string) *Plan {
		rule := &sigma.Rule{}
		rule.Title = title
		return &Plan{Source: source, Rule: rule, Where: Any{Of: []Pred{Const{}, Not{Of: Const{}}}}}
	}
	var plans []*Plan
	for i := range 7 {
		plans = append(plans, on(schema.GuardDuty, fmt.Sprintf("g%d", i)), on(schema.CloudTrail, fmt.Sprintf("c%d", i)))
	}
	plans = append(plans, on(schema.VPCFlow, "v0"))
	tests := []struct {
		name   string
		change func(*Target)
		want   string
	}{
		{"all sources at once", func(*Target) {}, "-: g0 c0 g1 c1 g2 c2 g3 c3 g4 c4 g5 c5 g6 c6 v0"},
		{"one source a query", func(t *Target) { t.Sources = OneSource }, "cloudtrail: c0 c1 c2 c3 c4 c5 c6 | vpcflow: v0 | guardduty: g0 g1 g2 g3 g4 g5 g6"},
		{"three rules a query", func(t *Target) { t.Sources, t.Limits.Batch = OneSource, 3 },
			"cloudtrail: c0 c1 c2 | cloudtrail: c3 c4 c5 | cloudtrail: c6 | vpcflow: v0 | guardduty: g0 g1 g2 | guardduty: g3 g4 g5 | guardduty: g6"},
		{"at most five tests a query", func(t *Target) { t.Sources, t.Limits.Tests = OneSource, 5 },
			"cloudtrail: c0 c1 | cloudtrail: c2 c3 | cloudtrail: c4 c5 | cloudtrail: c6 | vpcflow: v0 | guardduty: g0 g1 | guardduty: g2 g3 | guardduty: g4 g5 | guardduty: g6"},
		{"one rule a query", func(t *Target) { t.Sources, t.Limits.Batch = OneSource, 1 },
			"cloudtrail: c0 | cloudtrail: c1 | cloudtrail: c2 | cloudtrail: c3 | cloudtrail: c4 | cloudtrail: c5 | cloudtrail: c6 | vpcflow: v0 | " +
				"guardduty: g0 | guardduty: g1 | guardduty: g2 | guardduty: g3 | guardduty: g4 | guardduty: g5 | guardduty: g6"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			target := plainTarget()
			tt.change(target)
			var parts []string
			for _, b := range Fuse(plans, target) {
				part := "-:"
				if b.Source != nil {
					part = b.Source.Name + ":"
				}
				for _, p := range b.Plans {
					part += " " + p.Rule.Title
				}
				parts = append(parts, part)
			}
			if got := strings.Join(parts, " | "); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if got := Fuse(nil, target); len(got) != 0 {
				t.Errorf("of no plan: %d batches", len(got))
			}
		})
	}
}
