package compiler

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// twoStages is a target that can group by declared texts, and put CloudTrail's
// events into cells.
func twoStages() *Target {
	t := plainTarget()
	t.Correlation = InTwoStages
	t.Groups = func(p schema.Path) bool {
		return p.Name() == schema.CloudTrail.Time || !p.Dynamic() && p.Type == schema.Text
	}
	return t
}

func prefiltered(t *testing.T, text string) *Prefilter {
	t.Helper()
	list, diags, r := correlated(t, text)
	of := list[len(list)-1]
	if of == nil {
		t.Fatal(diags)
	}
	legal := map[*sigma.Rule]*Plan{}
	for rule, p := range r.plans {
		legal[rule] = p
	}
	return NewPrefilter(of, legal, twoStages())
}

func TestMinCounts(t *testing.T) {
	const head = "title: T\ncorrelation: "
	for text, want := range map[string]string{
		"{type: event_count, rules: denied, timespan: 5m, condition: {gte: 5}}":                                             "5 of denied",
		"{type: event_count, rules: denied, timespan: 5m, condition: {gt: 5}}":                                              "6 of denied",
		"{type: event_count, rules: denied, timespan: 5m, condition: {gt: 4.5}}":                                            "5 of denied",
		"{type: event_count, rules: denied, timespan: 5m, condition: {gte: 4.5}}":                                           "5 of denied",
		"{type: event_count, rules: denied, timespan: 5m, condition: {eq: 5}}":                                              "5 of denied",
		"{type: event_count, rules: denied, timespan: 5m, condition: {gte: 2, lte: 9}}":                                     "2 of denied",
		"{type: event_count, rules: denied, timespan: 5m, condition: {gte: -3, gt: 2}}":                                     "3 of denied",
		"{type: event_count, rules: denied, timespan: 5m, condition: {gte: 1e30}}":                                          "9223372036854775807 of denied",
		"{type: event_count, rules: denied, timespan: 5m, condition: {lte: 5}}":                                             "",
		"{type: event_count, rules: denied, timespan: 5m, condition: {neq: 5}}":                                             "",
		"{type: event_count, rules: denied, timespan: 5m, condition: {gte: 1}}":                                             "",
		"{type: event_count, rules: [denied, created], timespan: 5m, condition: {gte: 3}}":                                  "3 of denied + created",
		"{type: value_count, rules: denied, timespan: 5m, condition: {gte: 3, field: eventName}}":                           "3 of denied",
		"{type: value_count, rules: denied, timespan: 5m, condition: {gte: 3, field: requestParameters.name}}":              "",
		"{type: value_count, rules: denied, timespan: 5m, condition: {gte: 3, field: resources.ARN}}":                       "",
		"{type: value_sum, rules: denied, timespan: 5m, condition: {gte: 3, field: requestParameters.size}}":                "",
		"{type: value_avg, rules: [denied, created], timespan: 5m, condition: {gte: 3, field: eventVersion}}":               "",
		"{type: temporal, rules: [denied, created], timespan: 5m}":                                                          "2 of denied + created, of 2 rules",
		"{type: temporal_ordered, rules: [denied, created], timespan: 5m}":                                                  "2 of denied + created, of 2 rules",
		"{type: temporal, rules: [denied, created, deleted], timespan: 5m, condition: {gte: 2}}":                            "2 of denied + created + deleted, of 2 rules",
		"{type: temporal, rules: [denied, created, deleted], timespan: 5m, condition: {lte: 2}}":                            "",
		"{type: temporal, rules: [denied, created], timespan: 5m, condition: denied and not created}":                       "",
		"{type: temporal, rules: [denied, created, deleted], timespan: 5m, condition: not denied and (created or deleted)}": "",
		"{type: temporal, rules: [denied, created], timespan: 5m, condition: not denied or not created}":                    "",
		"{type: temporal, rules: [denied, created, deleted], timespan: 5m, condition: denied and (created or deleted)}":     "2 of denied + created + deleted, of 2 rules",
	} {
		got := ""
		if of := prefiltered(t, head+text+"\n"); of != nil {
			got = of.Words()
			if of.Cell != 5*time.Minute || len(of.Groups) > 0 {
				t.Errorf("%s: cells of %s, groups %v", text, of.Cell, of.Groups)
			}
		}
		if got != want {
			t.Errorf("%s\nneeds %q, want %q", text, got, want)
		}
	}
}

const chain = `title: Often
name: often
correlation: {type: event_count, rules: [denied, created], group-by: [userAgent, recipientAccountId], timespan: 10m, condition: {gte: 3}, aliases: {userAgent: {denied: errorMessage, created: userAgent}}}
---
title: Then
correlation: {type: temporal_ordered, rules: [often, deleted], group-by: [recipientAccountId, userAgent], timespan: 1h}
`

// A chain looks back through all its windows, and its groups are those of the
// events below it.
func TestTheLeavesOfAChain(t *testing.T) {
	of := prefiltered(t, chain)
	if of == nil || of.Cell != 70*time.Minute || of.Words() != "4 of denied + created + deleted, of 2 rules" {
		t.Fatalf("%+v", of)
	}
	want := []string{"denied by recipientAccountId errorMessage", "created by recipientAccountId userAgent", "deleted by recipientAccountId userAgent"}
	var got []string
	for _, l := range of.Leaves {
		text := l.Plan.Rule.Name + " by"
		for _, p := range l.Group {
			text += " " + p.Name()
		}
		got = append(got, text)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("leaves %q, want %q", got, want)
	}
	const longer = "---\ntitle: Again\ncorrelation: {type: temporal, rules: [then, denied], timespan: 1h}\n"
	if of := prefiltered(t, strings.Replace(chain, "title: Then", "title: Then\nname: then", 1)+longer); of != nil {
		t.Errorf("of three correlations: %+v", of)
	}
}

// What the target cannot group by is left out; where it can tell neither groups nor
// times there is no first stage.
func TestAFirstStageGroupsByWhatTheTargetCan(t *testing.T) {
	list, diags, r := correlated(t, `title: T
correlation: {type: event_count, rules: [denied, created], group-by: [requestParameters.x, eventTime, userAgent], timespan: 5m, condition: {gte: 2}}
`)
	if list[0] == nil {
		t.Fatal(diags)
	}
	legal := map[*sigma.Rule]*Plan{}
	for rule, p := range r.plans {
		legal[rule] = p
	}
	target := twoStages()
	if of := NewPrefilter(list[0], legal, target); of == nil || fmt.Sprint(of.Groups) != "[2]" || of.Cell != 5*time.Minute {
		t.Errorf("%+v", of)
	}
	target.Groups = func(p schema.Path) bool { return p.Name() == "userAgent" }
	if of := NewPrefilter(list[0], legal, target); of == nil || fmt.Sprint(of.Groups) != "[2]" || of.Cell != 0 {
		t.Errorf("without times: %+v", of)
	}
	target.Groups = func(schema.Path) bool { return false }
	if of := NewPrefilter(list[0], legal, target); of != nil {
		t.Errorf("without both: %+v", of)
	}
	target.Correlation = OfRows
	target.Groups = twoStages().Groups
	if of := NewPrefilter(list[0], legal, target); of != nil {
		t.Errorf("of rows: %+v", of)
	}
}

// counts is a first stage's answer: a text such as "0 1:x 3" is leaf 0 in cell 1
// of the group x three times; - is a group whose value the engine cannot tell.
func counts(t *testing.T, of *Prefilter, lines ...string) *Counter {
	t.Helper()
	c := NewCounter(of)
	for _, line := range lines {
		var n Count
		var group string
		if _, err := fmt.Sscanf(strings.Replace(line, ":", " ", 1), "%d %d %s %d", &n.Leaf, &n.Cell, &group, &n.N); err != nil {
			t.Fatal(line, err)
		}
		n.Dated = true
		n.Group = []*string{&group}
		if group == "-" {
			n.Group[0] = nil
		}
		c.Add(n)
	}
	return c
}

func drawn(list []Candidate) string {
	var parts []string
	for _, c := range list {
		text := ""
		for _, r := range c.Ranges {
			text += fmt.Sprintf("%d-%d ", r.From.Unix()/300, r.To.Unix()/300)
		}
		for _, values := range c.Values {
			for _, v := range values {
				if v == nil {
					text += "-"
				} else {
					text += *v
				}
			}
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

func TestCandidatesAreTwoCellsThatHoldTheMinCount(t *testing.T) {
	of := prefiltered(t, "title: T\ncorrelation: {type: event_count, rules: denied, group-by: userAgent, timespan: 5m, condition: {gte: 4}}\n")
	for want, lines := range map[string][]string{
		"":             {"0 5:x 3", "0 7:x 3", "0 6:y 3"},
		"5-7 x":        {"0 5:x 2", "0 6:x 2"},
		"4-6 x":        {"0 5:x 4"},
		"4-7 x":        {"0 5:x 4", "0 6:x 1"},
		"4-6 9-11 x":   {"0 5:x 4", "0 10:x 4"},
		"4-6 x, 4-6 y": {"0 5:x 4", "0 5:y 3", "0 5:y 1"},
		"4-6 x, 5-7 y": {"0 5:x 4", "0 6:y 4"},
		"4-6 -":        {"0 5:- 4"},
		"-2-0 x":       {"0 -1:x 4"},
	} {
		if got := drawn(counts(t, of, lines...).Candidates()); got != want {
			t.Errorf("%q: %s, want %s", lines, got, want)
		}
	}
}

// What a second stage would name is bounded: beyond that it fetches more.
func TestCandidatesAreBounded(t *testing.T) {
	of := prefiltered(t, "title: T\ncorrelation: {type: event_count, rules: denied, group-by: userAgent, timespan: 5m, condition: {gte: 4}}\n")
	var lines []string
	for i := range 40 {
		lines = append(lines, fmt.Sprintf("0 %d:x%d 4", 10*i+i%2, i))
	}
	list := counts(t, of, lines...).Candidates()
	if len(list) > maxCandidates {
		t.Errorf("%s", drawn(list))
	}
	for i := range 40 {
		at := time.Unix(int64(10*i+i%2)*300, 0)
		inside := false
		for _, c := range list {
			holds := slices.ContainsFunc(c.Values[0], func(v *string) bool { return *v == fmt.Sprintf("x%d", i) })
			for _, r := range c.Ranges {
				inside = inside || holds && !at.Add(-5*time.Minute).Before(r.From) && !at.Add(5*time.Minute).After(r.To)
			}
		}
		if !inside {
			t.Errorf("the cell of %s is in none of %s", at, drawn(list))
		}
	}
	var cells []string
	for i := range 40 {
		cells = append(cells, fmt.Sprintf("0 %d:x 4", 10*i))
	}
	if got := drawn(counts(t, of, cells...).Candidates()); got != "-1-391 x" {
		t.Errorf("many ranges of one group: %s", got)
	}
	many := NewCounter(of)
	for i := range maxValues + 1 {
		text := fmt.Sprint(i)
		many.Add(Count{Group: []*string{&text}, Cell: 1, Dated: true, N: 4})
	}
	if list := many.Candidates(); len(list) != maxCandidates || len(list[0].Values[0]) > maxValues || len(list[0].Ranges) != 1 {
		t.Errorf("%d candidates", len(list))
	}
	one := NewCounter(of)
	long := strings.Repeat("x", maxValueBytes+1)
	one.Add(Count{Group: []*string{&long}, Cell: 1, Dated: true, N: 4})
	if list := one.Candidates(); len(list) != 1 || list[0].Values[0] != nil || len(list[0].Ranges) != 1 {
		t.Errorf("a value that is too long: %d candidates", len(list))
	}
	text := "x"
	for what, n := range map[string]Count{
		"an event of unknown time": {Group: []*string{&text}, N: 1},
		"a time beyond years":      {Group: []*string{&text}, N: 1, Cell: 1 << 40, Dated: true},
	} {
		c := NewCounter(of)
		if c.Add(n) || drawn(c.Candidates()) != drawn(Everything()) || len(c.Candidates()) != 1 {
			t.Errorf("%s: %s", what, drawn(c.Candidates()))
		}
	}
}
