package conformance

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// legal gives a predicate of which the target says every leaf: one that it
// refuses is replaced by another.
func (r *random) legal(p compiler.Pred, target *compiler.Target) compiler.Pred {
	list := func(of []compiler.Pred) []compiler.Pred {
		out := make([]compiler.Pred, len(of))
		for i, q := range of {
			out[i] = r.legal(q, target)
		}
		return out
	}
	switch q := p.(type) {
	case compiler.All:
		return compiler.All{Of: list(q.Of)}
	case compiler.Any:
		return compiler.Any{Of: list(q.Of)}
	case compiler.Not:
		return compiler.Not{Of: r.legal(q.Of, target)}
	}
	for {
		if legal, _ := compiler.Legalize(planOf(r.of.source, p), target); legal != nil {
			return p
		}
		p = r.leaf()
	}
}

// fits reports whether the table's reader takes what columns hold. It fails on
// the whole file where a struct's column holds another value than an object, or
// a list's another than an array of objects, which no record of AWS does.
func fits(value func(key string) record.Value, columns []schema.Column) bool {
	for _, c := range columns {
		switch v := value(c.Field); {
		case v.Kind == record.Absent || v.Kind == record.Null:
		case c.Type == schema.Row:
			if v.Kind != record.Object || !fits(v.Get, c.Members) {
				return false
			}
		case c.Type == schema.RowList:
			if v.Kind != record.Array {
				return false
			}
			for e := range v.Elements() {
				if e.Kind != record.Object || !fits(e.Get, c.Members) {
					return false
				}
			}
		}
	}
	return true
}

// trial is a batch of plans over a table of records.
type trial struct {
	preds []compiler.Pred
	plans []*compiler.Plan // legal at the target
	e     events
}

// trial makes one of what next gives for each plan.
func (s *shelf) trial(t *testing.T, r *random, next func(i int) compiler.Pred) trial {
	r.shuffle()
	try := trial{e: r.events(t, recordsAtOnce)}
	try.e.records = slices.DeleteFunc(try.e.records, func(rec *record.Record) bool { return !fits(rec.Lookup, s.layout.Columns) })
	for i := range plansAtOnce {
		p := r.legal(next(i), s.backend.Target())
		plan, _ := compiler.Legalize(planOf(r.of.source, p), s.backend.Target())
		try.preds, try.plans = append(try.preds, p), append(try.plans, plan)
	}
	return try
}

// beyondDoubles matches numbers that Trino compares as doubles, with their
// rounding, and exponents that are none to the evaluator; respellable those that
// Trino's JSON spells anew.
var (
	beyondDoubles = regexp.MustCompile(`[0-9]{18}|[eE][-+]?[0-9]{3}`)
	respellable   = regexp.MustCompile(`[0-9]\.[0-9]*0\b|[0-9][eE][-+]?[0-9]|\.[0-9]{16}`)
)

// beyond reports whether a predicate compares numbers, and it or the record holds one
// beyond doubles, or looks at texts inside JSON, and the record holds a number that is
// spelled anew there.
func beyond(p compiler.Pred, rec *record.Record) bool {
	found := false
	compiler.Walk(p, func(q compiler.Pred) {
		switch q := q.(type) {
		case compiler.Num:
			found = found || beyondDoubles.Match(rec.Raw) || beyondDoubles.MatchString(q.Bound.String())
		case compiler.Text, compiler.In, compiler.Regexp, compiler.FieldEq:
			inJSON := slices.ContainsFunc(compiler.Fields(q), schema.Path.Dynamic)
			found = found || inJSON && respellable.Match(rec.Raw)
		}
	})
	return found
}

// deepest is how many arrays lie directly inside each other in a value, of
// which the queries open three.
func deepest(v record.Value) int {
	most := 0
	if v.Kind == record.Object {
		for m := range v.Members() {
			most = max(most, deepest(m.Value))
		}
	}
	if v.Kind == record.Array {
		most = 1
		for e := range v.Elements() {
			n := deepest(e)
			if e.Kind == record.Array {
				n++
			}
			most = max(most, n)
		}
	}
	return most
}

// tally counts pairs of a plan and a record.
type tally struct {
	asWritten int // the engine says of the event what the evaluator says
	asHeld    int // it says what the evaluator says of the event as the table holds it
	widened   int // of asWritten: the query is a superset, which the evaluator finishes
	matched   int
	unread    int // the table's reader takes no such record
	beyond    int // they differ over a number beyond doubles, or one spelled anew
	deep      int // they differ, over arrays nested deeper than three
	apart     []string
}

// judge holds what an inquiry finds in a table of a trial's records against the
// evaluator. Where the event as it is written and as the table holds it give other
// answers, the table decides: null is absent there, numbers and escapes are respelled,
// JSON inside a text is JSON, keys are without case, the last of repeated keys counts.
func (try trial) judge(ctx context.Context, s *shelf, way inquiry, sum *tally) error {
	h, err := s.hold(ctx, try.e.records)
	if err != nil {
		return err
	}
	back, err := h.readBack(ctx)
	if err != nil {
		return err
	}
	got, err := way.ask(ctx, h, try.plans)
	if err != nil {
		return try.culprit(ctx, h, way, err)
	}
	written, stands := evaluated(try.preds, try.e), evaluated(try.preds, events{source: try.e.source, records: back})
	for i, p := range try.preds {
		for j, rec := range try.e.records {
			if written[i][j] {
				sum.matched++
			}
			switch {
			case try.plans[i].Residual != nil && !way.finished && got[i][j]:
				sum.widened++
				sum.asWritten++
			case got[i][j] == written[i][j]:
				sum.asWritten++
			case got[i][j] == stands[i][j]:
				sum.asHeld++
			case beyond(p, rec) || beyond(p, back[j]): // escapes hide numbers
				sum.beyond++
			case deepest(record.Value{Kind: record.Object, Raw: rec.Raw}) > 3:
				sum.deep++
			default:
				sum.apart = append(sum.apart, fmt.Sprintf("Trino says %v, not %v, of\n\t%s\n\t%s\n\theld as %s",
					got[i][j], written[i][j], dump(p), rec.Raw, back[j].Raw))
			}
		}
	}
	sum.unread += plansAtOnce * (recordsAtOnce - len(try.e.records))
	return h.drop(ctx)
}

// inquiry is a way to ask a table for plans.
type inquiry struct {
	ask      func(ctx context.Context, h *held, plans []*compiler.Plan) (table, error)
	finished bool // by the evaluator, where a query is a superset
}

// alone asks for each plan by a test of its own.
var alone = inquiry{ask: func(ctx context.Context, h *held, plans []*compiler.Plan) (table, error) {
	return h.verdicts(ctx, plans)
}}

// culprit tells which predicate makes a statement fail.
func (try trial) culprit(ctx context.Context, h *held, way inquiry, err error) error {
	for _, p := range try.preds {
		for _, q := range parts(p) {
			legal, _ := compiler.Legalize(planOf(try.e.source, q), h.backend.Target())
			if _, failed := way.ask(ctx, h, []*compiler.Plan{legal}); failed != nil {
				return fmt.Errorf("%w of %s", failed, dump(q))
			}
		}
	}
	return err
}

// trinoShare is how many of the plans that other engines are held to fall to one
// of Trino's, which takes 60 ms to compile each; fusedShare to one of those that share a
// statement, which are compiled anew in each.
const (
	trinoShare = 10
	fusedShare = 40
)

func TestTrinoAgreesWithTheEvaluatorOnRandomPlans(t *testing.T) {
	for _, of := range subjects {
		for _, layout := range of.layouts {
			t.Run(of.source.Name+" "+layout, func(t *testing.T) { agreeOnTrino(t, of, layout) })
		}
	}
}

func agreeOnTrino(t *testing.T, of subject, layout string) {
	s := newShelfOf(t, of.source, layout, "random_"+of.source.Name)
	r := newRandomOf(t, *seed, of)
	s.agree(t, r, alone, *pairs/trinoShare, func(i int) compiler.Pred { return r.pred(i % 5) }) // leaves alone as well, which nothing hides
}

// agree holds some plans that next gives against the evaluator.
func (s *shelf) agree(t *testing.T, r *random, way inquiry, plans int, next func(i int) compiler.Pred) {
	t.Helper()
	var sum tally
	for done := 0; done < plans && len(sum.apart) < maxShown; done += plansAtOnce {
		if err := s.trial(t, r, next).judge(t.Context(), s, way, &sum); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range sum.apart[:min(maxShown, len(sum.apart))] {
		t.Error(text)
	}
	t.Logf("%d pairs of a plan and an event decided alike, %d of them by a superset; %d match; %d pairs decided as the table holds the event; left out: %d which the table's reader takes for broken, %d that differ over numbers beyond doubles or spelled anew, %d over arrays deeper than three",
		sum.asWritten, sum.widened, sum.matched, sum.asHeld, sum.unread, sum.beyond, sum.deep)
	if sum.asHeld*50 > sum.asWritten {
		t.Error("more than one pair in fifty is decided by what the table holds")
	}
}

// Each engine of regular expressions has optimizations of its own, which go wrong in
// their own ways: here all plans are expressions.
func TestTrinoFindsByExpressionsWhatTheEvaluatorFinds(t *testing.T) {
	s := newShelf(t, "expressions")
	r := newRandom(t, *seed)
	fields := []schema.Path{r.path("userAgent"), r.path("requestParameters.a")}
	s.agree(t, r, alone, *pairs/trinoShare, func(int) compiler.Pred { return r.regexp(pick(r, fields)) })
}
