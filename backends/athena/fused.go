package athena

import (
	"maps"
	"slices"

	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// matched gives the test that some plan of a batch matches.
func matched(b compiler.Batch, d dialect) sqlgen.Expr {
	anchor, _, ok := b.Source.Resolve(b.Source.Anchor)
	if ok {
		_, _, ok = d.layout.Locate(anchor)
	}
	if len(b.Plans) == 1 || !ok || d.Access(anchor, sqlgen.Asks{}).Number {
		return anyOf(b.Plans, d)
	}
	var anchored, others []*compiler.Plan
	var texts []sqlgen.Expr
	seen := map[string]bool{}
	for _, p := range b.Plans {
		needed, known := compiler.Needed(p.Where, anchor.Name())
		if !known {
			others = append(others, p)
			continue
		}
		anchored = append(anchored, p)
		for _, t := range needed {
			if !seen[t] {
				seen[t] = true
				texts = append(texts, sqlgen.Str(t))
			}
		}
	}
	if len(texts) == 0 {
		return anyOf(others, d)
	}
	return sqlgen.Or(behind(anchor, texts, anchored, d), anyOf(others, d))
}

// anyOf gives the test that some plan matches, in pieces that the JVM takes; it
// is none for no plans.
func anyOf(plans []*compiler.Plan, d dialect) sqlgen.Expr {
	if len(plans) == 0 {
		return sqlgen.Expr{}
	}
	tests := make([]sqlgen.Expr, len(plans))
	for i, p := range plans {
		tests[i] = sqlgen.Predicate(p.Where, d)
	}
	return sqlgen.Chunk(sqlgen.Or(tests...), maxWeight, lambda)
}

// variables are those of lambdas that hold a field's text in lower case.
var variables = []sqlgen.Code{"a", "b", "c", "d"}

// behind gives the test that some of the plans matches that need one of a few
// texts in the anchor field. Those texts are asked for first, which spares most
// events the rest. The fields that many plans look at are put into lower case
// once, for all of them, by being the one element of a list.
func behind(anchor schema.Path, texts []sqlgen.Expr, plans []*compiler.Plan, d dialect) sqlgen.Expr {
	d.folded = map[string]sqlgen.Code{}
	var lists []sqlgen.Expr
	for _, f := range sharedFields(anchor, plans) {
		column := d.Access(f, sqlgen.Asks{}).Column
		if column.IsZero() || len(lists) == len(variables) {
			continue
		}
		lists = append(lists, sqlgen.List("ARRAY[", dialect{layout: d.layout}.Fold(column, "")))
		d.folded[column.String()] = variables[len(lists)-1]
	}
	test := anyOf(plans, d)
	for i := len(lists) - 1; i >= 0; i-- {
		if i == 0 {
			test = sqlgen.And(sqlgen.In(sqlgen.Raw(variables[0]), texts...), test)
		}
		test = d.AnyOf(lists[i], variables[i], test)
	}
	return test
}

// sharedFields gives the anchor and the other fields that AWS alone writes and
// that more than one plan compares in lower case.
func sharedFields(anchor schema.Path, plans []*compiler.Plan) []schema.Path {
	fields := []schema.Path{anchor}
	users := map[string]int{}
	for _, plan := range plans {
		asked := map[string]schema.Path{}
		compiler.Walk(plan.Where, func(p compiler.Pred) {
			if folds(p) {
				f := compiler.Fields(p)[0]
				asked[f.Name()] = f
			}
		})
		for _, name := range slices.Sorted(maps.Keys(asked)) {
			f := asked[name]
			if users[name]++; users[name] == 2 && f.Plain && name != anchor.Name() {
				fields = append(fields, f)
			}
		}
	}
	return fields
}

func folds(p compiler.Pred) bool {
	switch p := p.(type) {
	case compiler.In:
		return p.Fold
	case compiler.Text:
		return p.Fold
	default:
		return false
	}
}

// maxWeight is how many tests stand in one expression. Trino compiles an
// expression into one method of the JVM, which takes 64 KB of code; 200 plain
// tests are too many for it, and a lambda is a method of its own (measured on
// Trino 476).
const maxWeight = 60

// lambda puts a test into a method of its own.
func lambda(test sqlgen.Expr) sqlgen.Expr {
	z := sqlgen.Raw("z")
	always := sqlgen.Compare(z, ">=", sqlgen.Int(0)) // or the optimizer takes the lambda apart
	return sqlgen.AnyOf("any_match(", sqlgen.List("ARRAY[", sqlgen.Int(0)), ", ", "z", " -> ", sqlgen.And(always, test), ")")
}
