package conformance

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/athena"
	"github.com/sigmahunt/sigmahunt/backends/athena/athenatest"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// togetherAt asks for all plans as a scan does: in the fewest statements, through the
// SDK, and of each row that comes back the evaluator tells which plans it matched.
func togetherAt(server *athenatest.Server) inquiry {
	return inquiry{finished: true, ask: func(ctx context.Context, h *held, plans []*compiler.Plan) (result table, err error) {
		config := backends.Config{
			Layouts:  map[string]string{h.layout.Source.Name: h.layout.Name + ":" + h.table},
			Remote:   backends.Remote{Region: "us-east-1", Endpoint: server.URL},
			Settings: &athena.Settings{Database: h.in.Schema},
		}
		b, err := athena.Engine.New(config)
		if err != nil {
			return nil, err
		}
		x, err := athena.Engine.Open(ctx, config)
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, x.Close()) }()
		at := map[*compiler.Plan]int{}
		for i, p := range plans {
			at[p] = i
		}
		result = newTable(len(plans), len(h.records))
		err = eachMatch(ctx, b, x, plans, func(p *compiler.Plan, rec *record.Record) error {
			place, err := h.place(rec.Lookup(markOf(h.layout.Source)).Text())
			if err == nil {
				result[at[p]][place] = true
			}
			return err
		})
		return result, err
	}}
}

// Several rules in one statement are written in another way than one alone: columns are
// put into lower case once, members of structs are named, most tests stand behind the
// names of events that their rules need, and what few rules look at is read for those
// alone. Two plans of three need some names here.
func TestAthenaTellsRandomPlansOfOneStatementApart(t *testing.T) {
	credentials(t)
	for _, of := range subjects {
		for _, layout := range of.layouts {
			t.Run(of.source.Name+" "+layout, func(t *testing.T) {
				s := newShelfOf(t, of.source, layout, "together_"+of.source.Name)
				r := newRandomOf(t, *seed, of)
				names, _, _ := of.source.Resolve(of.source.Anchor)
				server := athenatest.Start(t, athenatest.Options{Trino: athenatest.On(s.server)})
				s.agree(t, r, togetherAt(server), *pairs/fusedShare, func(i int) compiler.Pred {
					p := r.pred(i % 5)
					if i%3 > 0 {
						p = compiler.All{Of: []compiler.Pred{r.in(names, true), p}}
					}
					return p
				})
			})
		}
	}
}

// A struct is there though no column has its members: sessionContext of nothing, and of
// what the table does not know.
func TestOneStatementTellsThatAStructIsThere(t *testing.T) {
	credentials(t)
	s := newShelf(t, "structs")
	path := newRandom(t, 0).path
	try := trial{
		preds: []compiler.Pred{
			compiler.Exists{Field: path("userIdentity.sessionContext")},
			compiler.Null{Field: path("userIdentity.sessionContext")},
			compiler.In{Field: path("eventName"), Values: []string{"a"}, Fold: true},
		},
		e: newEvents(t, schema.CloudTrail, [][]byte{
			[]byte(`{"eventID":"0","eventName":"a","userIdentity":{"type":"Root","sessionContext":{}}}`),
			[]byte(`{"eventID":"1","eventName":"a","userIdentity":{"type":"Root","sessionContext":{"new":"member"}}}`),
			[]byte(`{"eventID":"2","eventName":"a","userIdentity":{"type":"Root","sessionContext":{"attributes":{"mfaAuthenticated":"true"}}}}`),
			[]byte(`{"eventID":"3","eventName":"a","userIdentity":{"type":"Root","sessionContext":null}}`),
			[]byte(`{"eventID":"4","eventName":"a","userIdentity":{"type":"Root"}}`),
			[]byte(`{"eventID":"5","eventName":"a"}`),
		}),
	}
	for _, p := range try.preds {
		legal, _ := compiler.Legalize(planOf(schema.CloudTrail, p), s.backend.Target())
		try.plans = append(try.plans, legal)
	}
	server := athenatest.Start(t, athenatest.Options{Trino: athenatest.On(s.server)})
	h, err := s.hold(t.Context(), try.e.records)
	if err != nil {
		t.Fatal(err)
	}
	got, err := togetherAt(server).ask(t.Context(), h, try.plans)
	if err != nil {
		t.Fatal(err)
	}
	want := table{{true, true, true, false, false, false}, {false, false, false, true, true, true}, {true, true, true, true, true, true}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
