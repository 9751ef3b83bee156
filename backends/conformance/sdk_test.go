package conformance

import (
	"context"
	"errors"
	"fmt"
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
	name, events, drop, err := e.load(ctx, plan.Source.Name, file)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, drop()) }()
	config := e.config
	config.Remote.Database = name
	x, err := athena.Engine.Open(ctx, config)
	if err != nil {
		return nil, 0, err
	}
	defer x.Close()
	batch := compiler.Batch{Source: plan.Source, Plans: []*compiler.Plan{plan}}
	query, err := e.backend.Emit(batch, backends.Window{})
	if err != nil {
		return nil, 0, err
	}
	found := make([]*backends.Row, len(events))
	for row, err := range backends.Finish(x.Run(ctx, query), batch) {
		if err != nil {
			return nil, 0, err
		}
		i, err := original(row.Event, events, found, e.Target().Layouts[plan.Source.Name])
		if err != nil {
			return nil, 0, err
		}
		row.Where.Index, row.Event = int64(i), events[i]
		found[i] = &row
	}
	for _, row := range found {
		if row != nil {
			rows = append(rows, *row)
		}
	}
	return rows, x.Stats().Finished, nil
}

// original finds the event that a record was made of again: the first not found
// yet that has the same texts and numbers. Of a source without identity whole
// events are asked for, so the event has no more of them.
func original(made []byte, events [][]byte, found []*backends.Row, layout *schema.Layout) (int, error) {
	rec, err := record.Parse(made)
	if err != nil {
		return 0, err
	}
	for i, raw := range events {
		if found[i] != nil {
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
				same = same && was.Text() == is.Text()
			}
		}
		if same {
			return i, nil
		}
	}
	return 0, fmt.Errorf("no event is %s", made)
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
	e := newOnTrino(t, nil)
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	server := athenatest.Start(t, athenatest.Options{Trino: athenatest.On(e.server)})
	Run(t, &throughSDK{e, backends.Config{Remote: backends.Remote{Region: "us-east-1", Endpoint: server.URL}}}, cases, gaps)
}
