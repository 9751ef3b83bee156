package athena

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/athena/athenatest"
	"github.com/sigmahunt/sigmahunt/backends/athena/trinotest"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// answering plays an Athena that compiles statements of a few rules only, and
// whose table holds an event for each of the calls.
type answering struct {
	calls []string
	most  int // rules
	asked []int
}

// named gives the answers of a fake under other columns.
type named struct {
	columns []string
	fake    fake
}

func (n named) Stream(ctx context.Context, in trinotest.Session, sql string, page func([]trinotest.Column, [][]any) error) (trinotest.Stats, error) {
	return n.fake.Stream(ctx, in, sql, func(_ []trinotest.Column, rows [][]any) error {
		columns := make([]trinotest.Column, len(n.columns))
		for i, name := range n.columns {
			columns[i] = trinotest.Column{Name: name, Type: "varchar"}
		}
		return page(columns, rows)
	})
}

// run answers with the events whose name the statement asks for.
func (a *answering) run(columns []string) fake {
	return func(_ trinotest.Session, sql string) ([][]any, trinotest.Stats, error) {
		var rows [][]any
		for _, call := range a.calls {
			if strings.Contains(sql, "'"+call+"'") {
				row := make([]any, len(columns))
				row[slices.Index(columns, "eventName")] = call
				rows = append(rows, row)
			}
		}
		a.asked = append(a.asked, len(rows))
		if len(rows) > a.most {
			return nil, trinotest.Stats{}, &trinotest.Error{Name: "QUERY_EXCEEDED_COMPILER_LIMIT", Kind: "INSUFFICIENT_RESOURCES", Message: "Query exceeded maximum filters"}
		}
		return rows, trinotest.Stats{}, nil
	}
}

// A query tells what it has scanned while it runs; its statement is done when the
// query has ended, and its rows come page by page.
func TestProgressIsToldWhileAQueryRuns(t *testing.T) {
	batch := batchOf(t, "cloudtrail", anyCall)
	b, _ := newBackend(backends.Config{})
	query, err := b.Emit(batch, backends.Window{})
	if err != nil {
		t.Fatal(err)
	}
	names := newRebuilder(batch, b.(backend).target.Layouts["cloudtrail"]).columns()
	fails := false
	engine := fake(func(trinotest.Session, string) ([][]any, trinotest.Stats, error) {
		stats := trinotest.Stats{PhysicalInputBytes: 400}
		if fails {
			return nil, stats, &trinotest.Error{Name: "SYNTAX_ERROR", Kind: "USER_ERROR", Message: "no"}
		}
		return slices.Repeat([][]any{make([]any, len(names))}, 3), stats, nil
	})
	credentials(t)
	server := athenatest.Start(t, athenatest.Options{Trino: named{names, engine}, Page: 2, SoFar: []int64{100, 250}})
	var told []backends.Progress
	opened, err := open(t.Context(), backends.Config{
		Remote: backends.Remote{Endpoint: server.URL, Region: "eu-central-1"}, Progress: func(p backends.Progress) { told = append(told, p) },
	})
	if err != nil {
		t.Fatal(err)
	}
	x := opened.(*executor)
	x.session.options.Clock = &quick{}
	for _, err := range x.Run(t.Context(), query) {
		if err != nil {
			t.Fatal(err)
		}
	}
	want := []backends.Progress{{Done: 100}, {Done: 250}, {Done: 400}, {Done: 400, Rows: 1}, {Done: 400, Rows: 1, Statements: 1}, {Done: 400, Rows: 3, Statements: 1}}
	if !slices.Equal(told, want) {
		t.Errorf("told  %+v\nwant %+v", told, want)
	}
	fails = true
	if _, err := x.episodes(t.Context(), backends.CorrelationQuery{Of: &compiler.CorrelationPlan{Rule: &sigma.Correlation{}}, Text: "SELECT wrong"}); err == nil {
		t.Error("a wrong statement gave episodes")
	}
	for _, err := range x.Run(t.Context(), query) {
		if err == nil {
			t.Error("a wrong statement gave rows")
		}
	}
	if last, want := told[len(told)-1], (backends.Progress{Done: 1200, Rows: 3, Statements: 3}); last != want {
		t.Errorf("told at last %+v, want %+v", last, want)
	}
}

func TestAStatementThatIsTooLargeIsHalved(t *testing.T) {
	a := &answering{most: 2}
	var detections []string
	for i := range 5 {
		a.calls = append(a.calls, fmt.Sprintf("call%d", i))
		detections = append(detections, fmt.Sprintf("    s: {eventName: Call%d}\n    condition: s\n", i))
	}
	batch := batchOf(t, "cloudtrail", detections...)
	b, err := newBackend(backends.Config{})
	if err != nil {
		t.Fatal(err)
	}
	query, err := b.Emit(batch, backends.Window{})
	if err != nil {
		t.Fatal(err)
	}
	names := newRebuilder(batch, b.(backend).target.Layouts["cloudtrail"]).columns()
	_, s := serve(t, athenatest.Options{Trino: named{names, a.run(names)}}, Options{})
	x := &executor{session: s, backend: b.(backend), stats: backends.Stats{Matches: map[*compiler.Plan]int64{}}}
	var told []backends.Progress
	s.tracker = backends.NewTracker(func(p backends.Progress) { told = append(told, p) })
	var got []string
	for row, err := range x.Run(t.Context(), query) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%d %v %s", row.Where.Index, row.Plans, row.Event))
	}
	want := []string{`0 [0] {"eventName":"call0"}`, `1 [1] {"eventName":"call1"}`, `2 [2] {"eventName":"call2"}`, `3 [3] {"eventName":"call3"}`, `4 [4] {"eventName":"call4"}`}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if want := []int{5, 2, 3, 1, 2}; !slices.Equal(a.asked, want) {
		t.Errorf("statements of %v rules, want %v", a.asked, want)
	}
	// It was given one statement, which is done with the last of the parts.
	if want := []backends.Progress{{Rows: 2}, {Rows: 3}, {Rows: 5}, {Rows: 5, Statements: 1}}; !slices.Equal(told, want) {
		t.Errorf("told  %+v\nwant %+v", told, want)
	}
	if stats := x.Stats(); stats.Lost != 0 || stats.Matches[batch.Plans[4]] != 1 {
		t.Errorf("stats %+v", stats)
	}
}

func TestARuleThatIsTooLargeByItselfIsAnError(t *testing.T) {
	a := &answering{calls: []string{"call0"}, most: 0}
	batch := batchOf(t, "cloudtrail", "    s: {eventName: Call0}\n    condition: s\n")
	b, _ := newBackend(backends.Config{})
	query, err := b.Emit(batch, backends.Window{})
	if err != nil {
		t.Fatal(err)
	}
	names := newRebuilder(batch, b.(backend).target.Layouts["cloudtrail"]).columns()
	_, s := serve(t, athenatest.Options{Trino: named{names, a.run(names)}}, Options{})
	x := &executor{session: s, backend: b.(backend), stats: backends.Stats{Matches: map[*compiler.Plan]int64{}}}
	for _, err := range x.Run(t.Context(), query) {
		if !tooLarge(err) {
			t.Errorf("got %v", err)
		}
	}
	if len(a.asked) != 1 {
		t.Errorf("it was asked %d times", len(a.asked))
	}
}

// An event that Athena returns and no rule matches is said: the statement and
// the evaluator disagree.
func TestAnEventThatNoRuleMatchesIsAProblem(t *testing.T) {
	batch := batchOf(t, "cloudtrail", anyCall, "    s: {eventName: DeleteUser}\n    condition: s\n")
	b, _ := newBackend(backends.Config{})
	query, err := b.Emit(batch, backends.Window{})
	if err != nil {
		t.Fatal(err)
	}
	names := newRebuilder(batch, b.(backend).target.Layouts["cloudtrail"]).columns()
	row := make([]any, len(names))
	row[slices.Index(names, "eventName")] = "ListUsers"
	_, s := serve(t, athenatest.Options{Trino: named{names, giving([][]any{row})}}, Options{})
	x := &executor{session: s, backend: b.(backend), stats: backends.Stats{Matches: map[*compiler.Plan]int64{}}}
	for row, err := range x.Run(t.Context(), query) {
		t.Errorf("got %v, %v", row, err)
	}
	if stats := x.Stats(); stats.Lost != 1 || len(stats.Problems) != 1 || !strings.Contains(stats.Problems[0].Message, "ListUsers") {
		t.Errorf("stats %+v", stats)
	}
}
