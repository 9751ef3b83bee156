// Package episodes writes one SQL statement for a correlation and the rules that
// it refers to. The rows of the statement are the episodes that
// compiler/eval/correlate makes of the same events. The package also reads those
// rows.
//
// The statement is a chain of parts, and reads each table once for each correlation
// in it: the events of the rules that have values to group by, deliveries of one
// event put together (hits.go); a measure with each event, by window functions over
// time in nanoseconds (measure.go, temporal.go); the firing events, and the events
// in their windows (runs.go). Events of one instant are peers of a RANGE frame, so
// they see each other. Where the engine cannot keep a part, no other part refers to
// it twice, since the engine would read the tables again.
//
// Distinct tuples are counted as steps: up where a tuple comes, down where it comes
// again or the timespan has passed. A running sum counts them whatever their number.
// Orders are chained level by level, each by the latest start of a chain before an
// event. MATCH_RECOGNIZE, which Trino alone has, returns the first match from each
// start and not whether some chain lies in the window of an event. Numbers are whole
// numbers of 10^-9, percentiles are taken from sorted lists, and averages are
// fractions. An event is in one episode at most, so ids need no join. Where a
// condition requires several events, those with too few around them are dropped
// first (near.go).
//
// What SQL cannot decide exactly as the evaluator does is not guessed. Such events
// are counted, and a row of its own reports how many there are. The other rows of
// that statement are then worth nothing, and the runner correlates the events of the
// rules instead.
package episodes

import (
	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// Dialect is how one engine says what standard SQL has no word for. Lists are
// counted from 1.
type Dialect interface {
	// Reader gives how events of a source are read over a window.
	Reader(s *schema.Source, w backends.Window) Reader

	List(items ...string) string
	// Transform gives a list of what a function of a variable makes of each
	// element, Filter the elements for which it holds.
	Transform(list, variable, of string) string
	Filter(list, variable, test string) string
	Element(list, at string) string
	Length(list string) string
	// Total adds a list of numbers of type Wide up; 0 of an empty one.
	Total(list string) string
	// Head gives a list's first elements.
	Head(list string, n int) string
	JSON(list string) string
	// Unnest gives SELECT of columns and of each element of a list by a name.
	Unnest(columns, list, name, from string) string

	// Once stands before a part that the engine had better make by itself; empty
	// where it cannot be told to.
	Once() string

	// Alike gives what is the same where the columns are, and cheaper to compare;
	// it may be the same elsewhere too.
	Alike(columns ...string) string

	// Wide is the type of whole numbers of 37 digits.
	Wide() string
	// Quotient divides whole numbers where nothing is left over.
	Quotient(a, b string) string
	// Matches tests text against a regular expression as a whole.
	Matches(text, expression string) string
	// Bytes is the length of text in UTF-8.
	Bytes(text string) string
	// Clock writes nanoseconds since 1970 as ISO 8601 text in UTC.
	Clock(nanoseconds string) string
}

// Reader is how events of one source are read.
type Reader interface {
	Table() sqlgen.Expr
	// Bounds are the tests that keep to the window.
	Bounds() []sqlgen.Expr
	// Test gives the test of a legal plan, and MayMatch a cheap one that holds
	// wherever one of several does.
	Test(p *compiler.Plan) sqlgen.Expr
	MayMatch(plans []*compiler.Plan) sqlgen.Expr
	// Odd holds of records that SQL cannot read at all, which the bounds let
	// pass; the zero value where there are none.
	Odd() sqlgen.Expr

	// ID gives the event's id, NULL where only the evaluator knows it.
	ID() (sqlgen.Expr, error)
	// Nanos gives the event's time in nanoseconds since 1970, NULL where that is
	// not plainly so.
	Nanos() sqlgen.Expr

	// Scalar reports whether a field has one leaf at most.
	Scalar(p schema.Path) bool
	// First gives the text of a field's first leaf, and All the list of the
	// texts of all. Odd holds where they may be others than the evaluator reads;
	// the zero value is never.
	First(p schema.Path) (text, odd sqlgen.Expr, err error)
	All(p schema.Path) (list, odd sqlgen.Expr, err error)
}
