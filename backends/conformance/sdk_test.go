package conformance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/athena"
	"github.com/sigmahunt/sigmahunt/backends/athena/athenatest"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/fixtures"
)

// throughSDK runs Athena's queries as the program does: through the AWS SDK and
// the local Athena, whose rows are made records again.
type throughSDK struct {
	*onTrino
	config backends.Config
}

func (e *throughSDK) Name() string { return "athena" }

func (e *throughSDK) Match(ctx context.Context, plan *compiler.Plan, file string) (rows []backends.Row, finished int64, err error) {
	name, events, drop, err := e.load(ctx, file, plan.Source.Name)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, drop()) }()
	config := e.config
	config.Settings = &athena.Settings{Database: name}
	if rows, finished, err = match(ctx, athena.Engine, config, plan); err != nil {
		return nil, 0, err
	}
	return rows, finished, inOrder(rows, events, e.Target().Layouts[plan.Source.Name])
}

// inOrder puts rows whose records were made again into the order of the events.
func inOrder(rows []backends.Row, events [][]byte, layout *schema.Layout) error {
	taken := make([]bool, len(events))
	for i := range rows {
		at, err := original(rows[i].Event, events, taken, layout)
		if err != nil {
			return err
		}
		rows[i].Where.Index, taken[at] = int64(at), true
	}
	slices.SortFunc(rows, func(a, b backends.Row) int { return cmp.Compare(a.Where.Index, b.Where.Index) })
	return nil
}

// original finds the event that a record was made of again: the first not taken
// yet that has the same texts and numbers. Of a source without identity whole
// events are asked for, so the event has no more of them.
func original(made []byte, events [][]byte, taken []bool, layout *schema.Layout) (int, error) {
	rec, err := record.Parse(made)
	if err != nil {
		return 0, err
	}
	for i, raw := range events {
		if taken[i] {
			continue
		}
		event, err := record.Parse(raw)
		if err != nil {
			return 0, err
		}
		same := true
		for _, c := range layout.Columns {
			was, is := event.Lookup(c.Field), rec.Lookup(c.Field)
			plain := was.Kind == record.String || was.Kind == record.Number
			switch {
			case is.Kind == record.Absent:
				same = same && (!plain || layout.Source.ID != "")
			case plain:
				same = same && (was.Text() == is.Text() || string(was.Raw) == is.Text()) // a number in a column of text
			}
		}
		if same {
			return i, nil
		}
	}
	return 0, fmt.Errorf("no event is %s", made)
}

// newThroughSDK starts the local Athena over the Trino of the tests.
func newThroughSDK(t *testing.T) *throughSDK {
	t.Helper()
	e := newOnTrino(t, nil)
	credentials(t)
	server := athenatest.Start(t, athenatest.Options{Trino: athenatest.On(e.server)})
	return &throughSDK{e, backends.Config{Remote: backends.Remote{Region: "us-east-1", Endpoint: server.URL}}}
}

func TestAthenaGivesTheEventsThatPeopleWroteDown(t *testing.T) {
	cases, err := Load(fixtures.Conformance, "conformance")
	if err != nil {
		t.Fatal(err)
	}
	gaps, err := ReadGaps("testdata/gaps/trino.txt")
	if err != nil {
		t.Fatal(err)
	}
	Run(t, newThroughSDK(t), cases, gaps)
}
