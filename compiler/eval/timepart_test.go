package eval

import (
	"fmt"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

func TestTimePartsOfText(t *testing.T) {
	for _, tt := range []struct {
		time  string
		part  compiler.Part
		op    compiler.Op
		bound int
		want  bool
	}{
		{"2026-03-10T23:59:58Z", compiler.Minute, compiler.Equal, 59, true},
		{"2026-03-10T23:59:58Z", compiler.Hour, compiler.Equal, 23, true},
		{"2026-03-10T23:59:58Z", compiler.Hour, compiler.Less, 23, false},
		{"2026-03-10T23:59:58Z", compiler.Day, compiler.GreaterEqual, 10, true},
		{"2026-03-10T23:59:58Z", compiler.Month, compiler.LessEqual, 3, true},
		{"2026-03-10T23:59:58Z", compiler.Year, compiler.Greater, 2025, true},
		{"2026-03-10T05:00:00.123456789Z", compiler.Hour, compiler.Equal, 5, true},
		{"2026-03-10T05:00:00+00:00", compiler.Hour, compiler.Equal, 5, true},
		{"2026-03-10T05:00:00.1+00:00", compiler.Hour, compiler.Equal, 5, true},
		{"2024-02-29T00:00:00Z", compiler.Day, compiler.Equal, 29, true},
		// ISO 8601: the week with the year's first Thursday is week 1.
		{"2021-01-03T12:00:00Z", compiler.Week, compiler.Equal, 53, true},
		{"2024-12-30T00:00:00Z", compiler.Week, compiler.Equal, 1, true},
		{"2026-01-01T00:00:00Z", compiler.Week, compiler.Equal, 1, true},

		{"2026-03-10T05:00:00", compiler.Hour, compiler.Equal, 5, false},       // no zone
		{"2026-03-10T05:00:00+01:00", compiler.Hour, compiler.Equal, 5, false}, // not UTC
		{"2026-03-10T05:00:00-00:00", compiler.Hour, compiler.Equal, 5, false},
		{"2026-03-10", compiler.Day, compiler.Equal, 10, false}, // a date is no point in time
		{"2026-03-10T05:00Z", compiler.Hour, compiler.Equal, 5, false},
		{"2026-03-10 05:00:00Z", compiler.Hour, compiler.Equal, 5, false},
		{"2026-03-10t05:00:00z", compiler.Hour, compiler.Equal, 5, false},
		{"2026-03-10T05:00:00.Z", compiler.Hour, compiler.Equal, 5, false},
		{"2026-03-10T05:00:00,5Z", compiler.Hour, compiler.Equal, 5, false},
		{"2023-02-29T00:00:00Z", compiler.Day, compiler.GreaterEqual, 1, false},
		{"2026-13-01T00:00:00Z", compiler.Day, compiler.GreaterEqual, 1, false},
		{"2026-00-01T00:00:00Z", compiler.Day, compiler.GreaterEqual, 1, false},
		{"2026-03-00T00:00:00Z", compiler.Day, compiler.GreaterEqual, 0, false},
		{"2026-03-10T24:00:00Z", compiler.Hour, compiler.GreaterEqual, 0, false},
		{"2026-03-10T23:60:00Z", compiler.Hour, compiler.GreaterEqual, 0, false},
		{"2016-12-31T23:59:60Z", compiler.Hour, compiler.GreaterEqual, 0, false},
		{"2026-03-10T05:00:00Zulu", compiler.Hour, compiler.Equal, 5, false},
		{"", compiler.Hour, compiler.GreaterEqual, 0, false},
		{"1773118800", compiler.Hour, compiler.GreaterEqual, 0, false}, // CloudTrail counts no seconds
	} {
		p := compiler.TimePart{Field: path(t, "eventTime"), Part: tt.part, Op: tt.op, Bound: tt.bound}
		if got := holdsIn(t, schema.CloudTrail, p, fmt.Sprintf(`{"eventTime":%q}`, tt.time)); got != tt.want {
			t.Errorf("%s, part %d, op %d, bound %d: got %v, want %v", tt.time, tt.part, tt.op, tt.bound, got, tt.want)
		}
	}
}

// 1773118800 is 2026-03-10T05:00:00Z.
func TestTimePartsOfSeconds(t *testing.T) {
	for event, want := range map[string]bool{
		`{"start":1773118800}`:             true,
		`{"start":"1773118800"}`:           true,
		`{"start":1773118800.0}`:           true,
		`{"start":1773122399}`:             true,
		`{"start":1773122400}`:             false,
		`{"start":1773118800.5}`:           false, // not a whole second
		`{"start":1e300}`:                  false,
		`{"start":"2026-03-10T05:00:00Z"}`: false, // the source counts seconds
		`{"start":null}`:                   false,
		`{}`:                               false,
	} {
		p := compiler.TimePart{Field: pathIn(t, schema.VPCFlow, "start"), Part: compiler.Hour, Op: compiler.Equal, Bound: 5}
		if got := holdsIn(t, schema.VPCFlow, p, event); got != want {
			t.Errorf("%s: got %v, want %v", event, got, want)
		}
	}
}

func TestTimePartsOfSecondsStayInFourDigitYears(t *testing.T) {
	for seconds, want := range map[int64]bool{
		compiler.FirstSecond: true, compiler.FirstSecond - 1: false, compiler.LastSecond: true, compiler.LastSecond + 1: false,
	} {
		if _, ok := parseUnix(fmt.Append(nil, seconds)); ok != want {
			t.Errorf("%d: got %v, want %v", seconds, ok, want)
		}
	}
}
