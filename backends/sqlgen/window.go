package sqlgen

import (
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// InWindow bounds a source's time column to a half-open window; an open end
// gives no test.
func InWindow(column Expr, s *schema.Source, w backends.Window) []Expr {
	bound := func(t time.Time) Expr {
		if s.TimeUnix {
			return Int(t.Unix())
		}
		return Str(backends.Clock(t))
	}
	var tests []Expr
	if !w.Start.IsZero() {
		tests = append(tests, Compare(column, ">=", bound(w.Start)))
	}
	if !w.End.IsZero() {
		tests = append(tests, Compare(column, "<", bound(w.End)))
	}
	return tests
}
