package backends_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// narrow is an engine that takes no query with candidates in it, or none that
// counts.
type narrow struct {
	backends.Backend
	backends.Executor
	target       *compiler.Target
	refusesCount bool
}

func (n narrow) Target() *compiler.Target { return n.target }

func (n narrow) WritesCorrelations() backends.CorrelationWriter {
	return backends.CorrelationWriter{Stages: &backends.StageWriter{Counts: n.counts, Within: n.within}}
}

func (n narrow) counts(of *compiler.Prefilter, _ backends.Window) ([]backends.CountQuery, error) {
	if n.refusesCount {
		return nil, errors.New("too long")
	}
	return []backends.CountQuery{{Of: of, Leaves: []int{0, 1}}}, nil
}

func (n narrow) within(batch compiler.Batch, w backends.Window, in backends.Within) (backends.Query, error) {
	for _, c := range in.Any {
		if len(c.Ranges)+len(c.Values) > 0 {
			return backends.Query{}, errors.New("too long")
		}
	}
	return backends.Query{Batch: batch, Window: w}, nil
}

func (n narrow) RunsCorrelations() backends.CorrelationRunner {
	return backends.CorrelationRunner{Count: n.count}
}

func (n narrow) count(context.Context, backends.CountQuery) iter.Seq2[compiler.Count, error] {
	return func(yield func(compiler.Count, error) bool) {
		x := "x"
		_ = yield(compiler.Count{Leaf: 1, Group: []*string{&x}, N: 2}, nil) && yield(compiler.Count{}, errors.New("away"))
	}
}

func TestAnEngineThatTakesNoCandidatesIsAskedForAllEvents(t *testing.T) {
	n := narrow{target: &compiler.Target{Sources: compiler.OneSource}}
	of := &compiler.Prefilter{Groups: []int{0}, MinCount: compiler.MinCount{Events: 2, Leaves: []int{0, 1}}}
	for _, name := range []string{"userAgent", "errorMessage", "userAgent"} {
		path, _, _ := schema.CloudTrail.Resolve(name)
		of.Leaves = append(of.Leaves, compiler.Leaf{Plan: &compiler.Plan{Source: schema.CloudTrail, Where: compiler.Const{Value: true}}, Group: []schema.Path{path}})
	}
	x := "x"
	queries, refused := backends.EmitCandidates(n, of, backends.Window{}, []compiler.Candidate{{Values: [][]*string{{&x}}}})
	if len(refused) > 0 || len(queries) != 2 || len(queries[0].Batch.Plans) != 2 || len(queries[1].Batch.Plans) != 1 {
		t.Errorf("%v, refused %v", queries, refused)
	}
	if _, err := backends.FindCandidates(t.Context(), n, n, of, backends.Window{}); err == nil || err.Error() != "away" {
		t.Errorf("a count that ends: %v", err)
	}
	n.refusesCount = true
	if found, err := backends.FindCandidates(t.Context(), n, n, of, backends.Window{}); err != nil || len(found) != 1 || len(found[0].Ranges)+len(found[0].Values) > 0 {
		t.Errorf("without a count: %v, %v", found, err)
	}
}

// events is an executor whose queries give two events and then fail, or do not.
type events struct {
	backends.Executor
	fails error
}

func (e events) Run(context.Context, backends.Query) iter.Seq2[backends.Row, error] {
	return func(yield func(backends.Row, error) bool) {
		for _, id := range []string{"a", "b"} {
			text := fmt.Sprintf(`{"eventID":%q,"eventTime":"2026-03-10T12:00:00Z"}`, id)
			if !yield(backends.Row{Event: []byte(text), Plans: []int{0}}, nil) {
				return
			}
		}
		if e.fails != nil {
			yield(backends.Row{}, e.fails)
		}
	}
}

func TestEpisodesAreMadeOfAllEventsOfTheCandidatesOrNone(t *testing.T) {
	rule := &sigma.Rule{}
	plan := &compiler.Plan{Rule: rule, Source: schema.CloudTrail, Where: compiler.Const{Value: true}}
	of := &compiler.CorrelationPlan{
		Rule:   &sigma.Correlation{Kind: "event_count", Timespan: time.Minute},
		Inputs: []*compiler.Input{{Plan: plan}},
		Bounds: []compiler.Threshold{{Op: "gte", Value: big.NewRat(2, 1)}},
	}
	n := narrow{target: &compiler.Target{Sources: compiler.OneSource}}
	prefilter := &compiler.Prefilter{Of: of, Leaves: []compiler.Leaf{{Plan: plan}}}
	episodes, problems, err := backends.CorrelateCandidates(t.Context(), n, events{}, prefilter, backends.Window{}, compiler.Everything())
	if err != nil || len(problems) > 0 || len(episodes) != 1 || !slices.Equal(episodes[0].IDs, []string{"a", "b"}) {
		t.Errorf("got %v, %v, %v", episodes, problems, err)
	}
	away := errors.New("away")
	if episodes, _, err := backends.CorrelateCandidates(t.Context(), n, events{fails: away}, prefilter, backends.Window{}, compiler.Everything()); !errors.Is(err, away) || len(episodes) > 0 {
		t.Errorf("an engine that fails: %v, %v", episodes, err)
	}
	if episodes, _, err := backends.CorrelateCandidates(t.Context(), n, events{fails: away}, prefilter, backends.Window{}, nil); err != nil || len(episodes) > 0 {
		t.Errorf("no candidates: %v, %v", episodes, err)
	}
}
