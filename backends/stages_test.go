package backends_test

import (
	"context"
	"errors"
	"iter"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// narrow is an engine that takes no query with candidates in it, or none that
// counts.
type narrow struct {
	backends.Stager
	target       *compiler.Target
	refusesCount bool
}

func (n narrow) Target() *compiler.Target { return n.target }

func (n narrow) EmitCounts(of *compiler.Coarse, _ backends.Window) ([]backends.CountQuery, error) {
	if n.refusesCount {
		return nil, errors.New("too long")
	}
	return []backends.CountQuery{{Of: of, Leaves: []int{0, 1}}}, nil
}

func (n narrow) EmitWithin(batch compiler.Batch, w backends.Window, in backends.Within) (backends.Query, error) {
	for _, c := range in.Any {
		if len(c.Ranges)+len(c.Values) > 0 {
			return backends.Query{}, errors.New("too long")
		}
	}
	return backends.Query{Batch: batch, Window: w}, nil
}

func (n narrow) Count(context.Context, backends.CountQuery) iter.Seq2[compiler.Count, error] {
	return func(yield func(compiler.Count, error) bool) {
		x := "x"
		_ = yield(compiler.Count{Leaf: 1, Group: []*string{&x}, N: 2}, nil) && yield(compiler.Count{}, errors.New("away"))
	}
}

func TestAnEngineThatTakesNoCandidatesIsAskedForAllEvents(t *testing.T) {
	n := narrow{target: &compiler.Target{Sources: compiler.OneSource}}
	of := &compiler.Coarse{Groups: []int{0}, Need: compiler.Need{AtLeast: 2, Events: []int{0, 1}}}
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
