// Package hunt runs programs and makes findings. It knows engines only through the
// interfaces of package backends.
package hunt

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// Kind tells how a finding came about.
type Kind string

// The kinds.
const (
	KindEvent       Kind = "event"       // one event matched a rule
	KindCorrelation Kind = "correlation" // events seen together made a correlation fire
)

// Finding is one thing found: a rule, and the event that it matched, or a
// correlation and its events. Its JSON form is one object with these names;
// AppendJSON writes it.
type Finding struct {
	Fingerprint string   `json:"fingerprint"` // the same for the same rule and event, wherever and whenever it is found
	RuleID      string   `json:"rule_id"`
	RuleTitle   string   `json:"rule_title"`
	Level       string   `json:"level"`
	Tags        []string `json:"tags"`
	Kind        Kind     `json:"kind"`
	Source      string   `json:"source"` // of several: their names with commas
	Time        string   `json:"time"`   // of the event, or of the one that opened an episode, ISO 8601 UTC; empty when it has none
	FirstSeen   string   `json:"first_seen"`
	LastSeen    string   `json:"last_seen"`
	EventIDs    []string `json:"event_ids"` // of more than 1,000 that many
	EventCount  int      `json:"event_count"`
	Group       Shown    `json:"group"`
	Value       *float64 `json:"value"` // a correlation's measure; null for an event
	Event       Shown    `json:"event"` // the fields an analyst wants to see

	source  *schema.Source
	rec     *record.Record
	summary *Summary // of a correlation, which has no record
}

// Summary is what a person looks at first.
type Summary struct{ Who, From, What, Where string }

// Shown is fields with their values as JSON, in order.
type Shown []ShownField

// ShownField is one field of an event, as the record has it.
type ShownField struct {
	Name   string
	Values []record.Value // one, or several from arrays
}

// FromEvent makes the finding of one event that matched a plan. It looks into
// the record, which must stay as it is while the finding is used.
func FromEvent(p *compiler.Plan, rec *record.Record) Finding {
	id := EventID(p.Source, rec)
	at := EventTime(p.Source, rec)
	return Finding{
		Fingerprint: fingerprint(p.Rule.Ref(), p.Source.Name, id),
		RuleID:      p.Rule.ID,
		RuleTitle:   p.Rule.Title,
		Level:       p.Rule.Level,
		Tags:        p.Rule.Tags,
		Kind:        KindEvent,
		Source:      p.Source.Name,
		Time:        at,
		FirstSeen:   at,
		LastSeen:    at,
		EventIDs:    []string{id},
		EventCount:  1,
		Event:       shown(p.Show, rec),
		source:      p.Source,
		rec:         rec,
	}
}

// EventID identifies an event, see eval.EventID.
func EventID(s *schema.Source, rec *record.Record) string { return eval.EventID(s, rec) }

// EventTime gives an event's time as ISO 8601 UTC to the year 9999, or nothing
// where the record holds no such time.
func EventTime(s *schema.Source, rec *record.Record) string {
	v := rec.Lookup(s.Time)
	switch {
	case s.TimeUnix:
		seconds, err := strconv.ParseInt(v.Text(), 10, 64)
		if err != nil || seconds < 0 || seconds > compiler.LastSecond {
			return ""
		}
		return time.Unix(seconds, 0).UTC().Format(time.RFC3339)
	case !s.TimeUnix && v.Kind == record.String:
		text := v.Text()
		if _, err := time.Parse(time.RFC3339Nano, text); err != nil {
			return ""
		}
		return text
	default:
		return ""
	}
}

// fingerprint hashes its parts so that no part can run into the next.
func fingerprint(parts ...string) string {
	var buf [256]byte
	text := buf[:0]
	for _, p := range parts {
		text = append(strconv.AppendInt(text, int64(len(p)), 10), ':')
		text = append(text, p...)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// shown gives the fields that the record has, each once.
func shown(paths []schema.Path, rec *record.Record) Shown {
	out := make(Shown, 0, len(paths))
	values := make([]record.Value, 0, len(paths))
	for _, p := range paths {
		start := len(values)
		rec.Leaves(p.Keys, func(v record.Value) bool {
			values = append(values, v)
			return false
		})
		if n := len(values); n > start {
			out = append(out, ShownField{p.Name(), values[start:n:n]})
		}
	}
	return out
}

// Summary gives what a person looks at first.
func (f *Finding) Summary() Summary {
	if f.summary != nil {
		return *f.summary
	}
	c := &f.source.Columns
	return Summary{Who: first(c.Who, f.rec), From: first(c.From, f.rec), What: first(c.What, f.rec), Where: first(c.Where, f.rec)}
}

// first gives the text of the first path that the record has.
func first(paths []string, rec *record.Record) string {
	for _, name := range paths {
		text := ""
		rec.Leaves(strings.Split(name, "."), func(v record.Value) bool {
			text = v.Text()
			return text != ""
		})
		if text != "" {
			return text
		}
	}
	return ""
}
