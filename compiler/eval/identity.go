package eval

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// EventID identifies an event: by its id field where the source has one and the
// record holds it, not empty, else by a hash of the record's compact text.
func EventID(s *schema.Source, rec *record.Record) string {
	if s.ID != "" {
		if v := rec.Lookup(s.ID); v.Kind == record.String || v.Kind == record.Number {
			if id := v.Text(); id != "" {
				return id
			}
		}
	}
	sum := sha256.Sum256(record.AppendCompact(nil, rec.Raw))
	return hex.EncodeToString(sum[:16])
}

// EventTime gives the point in time that dates an event: text as AWS writes it,
// in UTC and to the nanosecond, or seconds since 1970 where the source counts
// them. It is false where the record holds no such time.
func EventTime(s *schema.Source, rec *record.Record) (time.Time, bool) {
	v := rec.Lookup(s.Time)
	switch {
	case s.TimeUnix && (v.Kind == record.Number || v.Kind == record.String):
		return parseUnix([]byte(v.Text()))
	case v.Kind == record.String:
		return parseTime([]byte(v.Text()))
	default:
		return time.Time{}, false
	}
}
