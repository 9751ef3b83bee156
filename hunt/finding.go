// Package hunt says what was found. It knows engines only through the
// interfaces of package backends.
package hunt

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// Kind tells how a finding came about.
type Kind string

// The kinds.
const (
	KindEvent Kind = "event" // one event matched a rule
)

// Finding is one thing found: a rule, and the event that it matched. Its JSON
// form is one object a line, with these names.
type Finding struct {
	Fingerprint string   `json:"fingerprint"` // the same for the same rule and event, wherever and whenever it is found
	RuleID      string   `json:"rule_id"`
	RuleTitle   string   `json:"rule_title"`
	Level       string   `json:"level"`
	Tags        []string `json:"tags"`
	Kind        Kind     `json:"kind"`
	Source      string   `json:"source"`
	Time        string   `json:"time"` // of the event, ISO 8601 UTC; empty when it has none
	FirstSeen   string   `json:"first_seen"`
	LastSeen    string   `json:"last_seen"`
	EventIDs    []string `json:"event_ids"`
	EventCount  int      `json:"event_count"`
	Group       Shown    `json:"group"`
	Value       any      `json:"value"` // a correlation's measure; null for an event
	Event       Shown    `json:"event"` // the fields an analyst wants to see

	// Summary holds the columns of a table: who, from where, what, where.
	Summary Summary `json:"-"`
}

// Summary is what a person looks at first.
type Summary struct{ Who, From, What, Where string }

// Shown is fields with their values as JSON, in order.
type Shown []ShownField

// ShownField is one field of an event.
type ShownField struct {
	Name  string
	Value json.RawMessage
}

// MarshalJSON writes the fields as one object in their order.
func (s Shown) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, f := range s {
		if i > 0 {
			b = append(b, ',')
		}
		b = record.AppendQuoted(b, f.Name)
		b = append(b, ':')
		b = append(b, f.Value...)
	}
	return append(b, '}'), nil
}

// FromEvent makes the finding of one event that matched a plan. It copies what
// it keeps of the record.
func FromEvent(p *compiler.Plan, rec *record.Record) Finding {
	id := EventID(p.Source, rec)
	at := EventTime(p.Source, rec)
	return Finding{
		Fingerprint: fingerprint(p.Rule.Ref(), p.Source.Name, id),
		RuleID:      p.Rule.ID,
		RuleTitle:   p.Rule.Title,
		Level:       p.Rule.Level,
		Tags:        append([]string{}, p.Rule.Tags...),
		Kind:        KindEvent,
		Source:      p.Source.Name,
		Time:        at,
		FirstSeen:   at,
		LastSeen:    at,
		EventIDs:    []string{id},
		EventCount:  1,
		Group:       Shown{},
		Event:       shown(p.Show, rec),
		Summary:     summary(p.Source, rec),
	}
}

// EventID identifies an event: by its id field where the source has one and the
// record holds it, else by a hash of the record's compact text.
func EventID(s *schema.Source, rec *record.Record) string {
	if s.ID != "" {
		if v := rec.Lookup(s.ID); v.Kind == record.String || v.Kind == record.Number {
			return v.Text()
		}
	}
	sum := sha256.Sum256(record.AppendCompact(nil, rec.Raw))
	return hex.EncodeToString(sum[:16])
}

// EventTime gives an event's time as ISO 8601 UTC, or nothing.
func EventTime(s *schema.Source, rec *record.Record) string {
	v := rec.Lookup(s.Time)
	if !s.TimeUnix {
		if v.Kind != record.String {
			return ""
		}
		return v.Text()
	}
	seconds, err := strconv.ParseInt(v.Text(), 10, 64)
	if err != nil || v.Kind == record.Absent {
		return ""
	}
	return time.Unix(seconds, 0).UTC().Format(time.RFC3339)
}

// fingerprint hashes its parts so that no part can run into the next.
func fingerprint(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// shown gives the fields that the record has, each once: one value as it is,
// several as an array.
func shown(paths []schema.Path, rec *record.Record) Shown {
	out := Shown{}
	for _, p := range paths {
		var values [][]byte
		rec.Leaves(p.Keys, func(v record.Value) bool {
			values = append(values, record.AppendCompact(nil, v.Raw))
			return false
		})
		switch {
		case len(values) == 1:
			out = append(out, ShownField{p.Name(), values[0]})
		case len(values) > 1:
			list := append([]byte{'['}, bytes.Join(values, []byte{','})...)
			out = append(out, ShownField{p.Name(), append(list, ']')})
		}
	}
	return out
}

func summary(s *schema.Source, rec *record.Record) Summary {
	return Summary{
		Who:   first(s.Columns.Who, rec),
		From:  first(s.Columns.From, rec),
		What:  first(s.Columns.What, rec),
		Where: first(s.Columns.Where, rec),
	}
}

// first gives the text of the first path that the record has.
func first(paths []string, rec *record.Record) string {
	for _, name := range paths {
		text := ""
		found := rec.Leaves(strings.Split(name, "."), func(v record.Value) bool {
			text = v.Text()
			return true
		})
		if found && text != "" {
			return text
		}
	}
	return ""
}
