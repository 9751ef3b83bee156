package conformance

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// hostileGroups are values to group by that quoting, folding and the index have
// trouble with.
var hostileGroups = []string{
	``, ` `, `"`, `\`, `\"`, `'`, `*`, `?`, `${group0}`, `{{period_end}}`, `<script>`, "a\x00b", "a\nb", "\u2028", "\U0001f512", "e\u0301", "\u00e9",
	"k", "K", "\u212a", "i", "I", "\u0130", "\u0131", "i\u0307", "\u00df", "\u1e9e", "\u03a3", "\u03c3", "\u03c2", "\u01c5", "null", "true", "0", "1e3", "[]",
	strings.Repeat("x", 8_191), strings.Repeat("x", 8_192), strings.Repeat("X", 8_192), strings.Repeat("\u00e9", 20_000), strings.Repeat("y", 40_000),
}

// Each value has two calls within the timespan, and two more that lie apart; each
// of the former two makes an episode, told once, whatever the index makes of the
// value.
func TestTwoStagesTakeHostileGroups(t *testing.T) {
	c := EpisodeCase{Name: "hostile", Rules: []byte(`title: Call
name: call
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: GetObject}, condition: s}
---
title: Twice
correlation: {type: event_count, rules: call, group-by: [userAgent, recipientAccountId], timespan: 10m, condition: {gte: 2}}
`)}
	day := time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)
	var docs [][]byte
	add := func(group any, at time.Duration) {
		doc := map[string]any{"eventID": fmt.Sprint("e", len(docs)), "eventTime": day.Add(at).Format(time.RFC3339), "eventName": "GetObject", "recipientAccountId": "1"}
		if group != nil {
			doc["userAgent"] = group
		}
		raw, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, raw)
	}
	for i, g := range hostileGroups {
		at := 6*time.Hour + time.Duration(i%7)*time.Minute
		add(g, at)
		add(g, at+9*time.Minute)
		add(g, 2*time.Hour)
		add(g, 20*time.Hour)
	}
	add(nil, time.Hour)
	add(nil, time.Hour)
	e := newOnOpenSearch(t)
	s := e.stages(t)
	if _, err := e.load(t.Context(), schema.CloudTrail, docs); err != nil {
		t.Fatal(err)
	}
	_, report, legal, diags := c.compile(t, s.backend.Target())

	if diags.HasErrors() {
		t.Fatal(diags.Err())
	}
	got, problems, staged, err := s.run(t.Context(), report[0], legal, backends.Window{Start: day, End: day.AddDate(0, 0, 1)})
	if err != nil || len(problems) > 0 || !staged {
		t.Fatal(problems, err, staged)
	}
	found := map[string]int{}
	for _, ep := range got {
		found[ep.Group[0]]++
		i := slices.Index(hostileGroups, ep.Group[0])
		if want := []string{fmt.Sprint("e", 4*i), fmt.Sprint("e", 4*i+1)}; !slices.Equal(ep.IDs, want) {
			t.Errorf("%.20q: events %v, want %v", ep.Group[0], ep.IDs, want)
		}
	}
	for _, g := range hostileGroups {
		if found[g] != 1 {
			t.Errorf("%.20q of %d bytes: %d episodes, want 1", g, len(g), found[g])
		}
	}
	if s.fetched.rows >= len(docs) {
		t.Errorf("%d of %d events were fetched", s.fetched.rows, len(docs))
	}
}
