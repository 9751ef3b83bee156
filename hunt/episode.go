package hunt

import (
	"slices"
	"strings"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// FromEpisode makes the finding of an episode of a correlation. It is known by
// its rule, its group and the event that opened it, so it is the same one
// whatever window of time was looked at.
func FromEpisode(e *correlate.Episode) Finding {
	rule := e.Of.Rule
	value, _ := e.Value.Float64()
	f := Finding{
		Fingerprint: fingerprint(slices.Concat([]string{rule.Ref()}, e.Group, []string{e.Opening.Source, e.Opening.ID})...),
		RuleID:      rule.ID,
		RuleTitle:   rule.Title,
		Level:       rule.Level,
		Tags:        rule.Tags,
		Kind:        KindCorrelation,
		Source:      strings.Join(compiler.SourceNames(e.Of), ","),
		Time:        clock(e.Opening.At),
		FirstSeen:   clock(e.First),
		LastSeen:    clock(e.Last),
		EventIDs:    e.IDs,
		EventCount:  e.Count,
		Group:       grouped(rule.GroupBy, e.Group),
		Value:       &value,
		summary:     summarize(e),
	}
	return f
}

func clock(t time.Time) string { return t.Format(time.RFC3339Nano) }

func grouped(names []sigma.Name, values []string) Shown {
	var out Shown
	for i, n := range names {
		text := record.Value{Kind: record.String, Raw: record.AppendQuoted(nil, values[i])}
		out = append(out, ShownField{n.Text, []record.Value{text}})
	}
	return out
}

// summarize takes what a person looks at first from the group's values, as far
// as they are such fields, and says what was measured.
func summarize(e *correlate.Episode) *Summary {
	s := &Summary{What: e.Of.Rule.Kind + " " + e.Value.FloatString(0)}
	if !e.Value.IsInt() {
		s.What = e.Of.Rule.Kind + " " + e.Value.FloatString(3)
	}
	for i, value := range e.Group {
		source, name := groupField(e.Of, i)
		for cell, names := range map[*string][]string{
			&s.Who: source.Columns.Who, &s.From: source.Columns.From, &s.Where: source.Columns.Where,
		} {
			if *cell == "" && slices.Contains(names, name) {
				*cell = value
			}
		}
	}
	return s
}

// groupField gives the field that a value to group by is in the events of the
// first rule.
func groupField(of *compiler.CorrelationPlan, i int) (source *schema.Source, name string) {
	in := of.Inputs[0]
	if in.Inner != nil {
		return groupField(in.Inner, in.GroupAt[i])
	}
	return in.Plan.Source, in.Group[i].Name()
}
