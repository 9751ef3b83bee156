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
	case schema.DateDay:
		return dayRange(sqlgen.Ident(p.Column), dateDay, first, last)
	case schema.YearMonthDay:
		if first.IsZero() || last.IsZero() || last.Sub(first) > maxDays*24*time.Hour {
			return dayRange(joinedDay, slashDay, first, last)
		}
		return []sqlgen.Expr{months(first, last)}
	case schema.Unpartitioned:
		return nil
	default:
		panic("athena: unknown partitioning of " + layout.Name)
	}
}

func slashDay(t time.Time) sqlgen.Expr { return sqlgen.Str(t.UTC().Format("2006/01/02")) }

func dateDay(t time.Time) sqlgen.Expr {
	return sqlgen.Prefixed("DATE ", sqlgen.Str(t.UTC().Format(time.DateOnly)))
}

// joinedDay is a day's text made of three partition columns.
var joinedDay = sqlgen.Call("concat", sqlgen.Ident("year"), sqlgen.Str("/"), sqlgen.Ident("month"), sqlgen.Str("/"), sqlgen.Ident("day"))

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
func months(first, last time.Time) sqlgen.Expr {
	day := first.UTC().Truncate(24 * time.Hour)
	var tests []sqlgen.Expr
	for !day.After(last) {
		year, month := day.Format("2006"), day.Format("01")
		var days []sqlgen.Expr
		for ; !day.After(last) && day.Format("01") == month; day = day.AddDate(0, 0, 1) {
			days = append(days, sqlgen.Str(day.Format("02")))
		}
		tests = append(tests, sqlgen.And(
			sqlgen.Compare(sqlgen.Ident("year"), "=", sqlgen.Str(year)),
			sqlgen.Compare(sqlgen.Ident("month"), "=", sqlgen.Str(month)),
			sqlgen.In(sqlgen.Ident("day"), days...)))
	}
	return sqlgen.Or(tests...)
}
