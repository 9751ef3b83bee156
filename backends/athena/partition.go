package athena

import (
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// maxDays is the longest window whose days are written out one by one.
const maxDays = 400

// partitionTests names the days to read. AWS files an event under the day on
// which it was published, a flow under the day on which it ended: never before
// the event's own day, and within minutes after it. So the day after the
// window's last is read too (AWS CloudTrail User Guide, "Finding your
// CloudTrail log files").
func partitionTests(layout *schema.Layout, w backends.Window) []sqlgen.Expr {
	first, last := w.Start, w.End
	if !last.IsZero() {
		last = last.Add(-time.Second).AddDate(0, 0, 1)
	}
	if first.IsZero() && last.IsZero() {
		return nil
	}
	switch p := layout.Partitions; p.Scheme {
	case schema.SlashDay:
		return dayRange(sqlgen.Ident(p.Column), slashDay, first, last)
	case schema.DashDay:
		return dayRange(sqlgen.Ident(p.Column), dashDay, first, last)
	case schema.CompactDay:
		return dayRange(sqlgen.Ident(p.Column), compactDay, first, last)
	case schema.DateDay:
		return dayRange(sqlgen.Ident(p.Column), dateDay, first, last)
	case schema.YearMonthDay:
		parts := identifiers(p.DayParts())
		if first.IsZero() || last.IsZero() || last.Sub(first) > maxDays*24*time.Hour {
			return dayRange(joinedDay(parts), slashDay, first, last)
		}
		return []sqlgen.Expr{months(parts, first, last)}
	case schema.Instant:
		return instants(sqlgen.Ident(p.Column), w)
	case schema.Unpartitioned:
		return nil
	default:
		panic("athena: unknown partitioning of " + layout.Name)
	}
}

func slashDay(t time.Time) sqlgen.Expr { return sqlgen.Str(t.UTC().Format("2006/01/02")) }

func dashDay(t time.Time) sqlgen.Expr { return sqlgen.Str(t.UTC().Format(time.DateOnly)) }

func compactDay(t time.Time) sqlgen.Expr { return sqlgen.Str(t.UTC().Format("20060102")) }

func dateDay(t time.Time) sqlgen.Expr { return sqlgen.Prefixed("DATE ", dashDay(t)) }

// instants bounds the column of the event's own time to the window itself.
func instants(column sqlgen.Expr, w backends.Window) []sqlgen.Expr {
	at := func(t time.Time) sqlgen.Expr {
		return sqlgen.Prefixed("TIMESTAMP ", sqlgen.Str(t.UTC().Format(time.DateTime)))
	}
	var tests []sqlgen.Expr
	if !w.Start.IsZero() {
		tests = append(tests, sqlgen.Compare(column, ">=", at(w.Start)))
	}
	if !w.End.IsZero() {
		tests = append(tests, sqlgen.Compare(column, "<", at(w.End)))
	}
	return tests
}

func identifiers(names []string) []sqlgen.Expr {
	list := make([]sqlgen.Expr, len(names))
	for i, n := range names {
		list[i] = sqlgen.Ident(n)
	}
	return list
}

// joinedDay is a day's text made of three partition columns.
func joinedDay(parts []sqlgen.Expr) sqlgen.Expr {
	return sqlgen.Call("concat", parts[0], sqlgen.Str("/"), parts[1], sqlgen.Str("/"), parts[2])
}

func dayRange(column sqlgen.Expr, day func(time.Time) sqlgen.Expr, first, last time.Time) []sqlgen.Expr {
	switch {
	case first.IsZero():
		return []sqlgen.Expr{sqlgen.Compare(column, "<=", day(last))}
	case last.IsZero():
		return []sqlgen.Expr{sqlgen.Compare(column, ">=", day(first))}
	default:
		return []sqlgen.Expr{sqlgen.Between(column, day(first), day(last))}
	}
}

// months names the days of a range month by month, which lets the catalog leave
// out all other partitions.
func months(parts []sqlgen.Expr, first, last time.Time) sqlgen.Expr {
	day := first.UTC().Truncate(24 * time.Hour)
	var tests []sqlgen.Expr
	for !day.After(last) {
		year, month := day.Format("2006"), day.Format("01")
		var days []sqlgen.Expr
		for ; !day.After(last) && day.Format("01") == month; day = day.AddDate(0, 0, 1) {
			days = append(days, sqlgen.Str(day.Format("02")))
		}
		tests = append(tests, sqlgen.And(
			sqlgen.Compare(parts[0], "=", sqlgen.Str(year)),
			sqlgen.Compare(parts[1], "=", sqlgen.Str(month)),
			sqlgen.In(parts[2], days...)))
	}
	return sqlgen.Or(tests...)
}
