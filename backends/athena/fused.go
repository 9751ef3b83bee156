package athena

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// fused is a statement of several rules, most of which need one of a few texts
// in the source's anchor field. Fields that AWS alone writes and that many rules
// look at are put into lower case once, in a statement below it.
type fused struct {
	d        dialect // that has the variables
	lowered  []string
	anchor   sqlgen.Expr // the variable of the anchor field
	anchored []*compiler.Plan
	others   []*compiler.Plan
}

// variables name fields in lower case.
var variables = []sqlgen.Code{"lower_1", "lower_2", "lower_3", "lower_4"}

// fuse makes a statement of a batch; nil where there is nothing to share.
func fuse(b compiler.Batch, d dialect) *fused {
	anchor, _, ok := b.Source.Resolve(b.Source.Anchor)
	if ok {
		_, _, ok = d.layout.Locate(anchor)
	}
	if len(b.Plans) == 1 || !ok || d.Access(anchor, sqlgen.Asks{}).Number {
		return nil
	}
	f := &fused{anchor: sqlgen.Raw(variables[0])}
	for _, p := range b.Plans {
		if _, known := compiler.Needed(p.Where, anchor.Name()); known {
			f.anchored = append(f.anchored, p)
		} else {
			f.others = append(f.others, p)
		}
	}
	if len(f.anchored) == 0 {
		return nil
	}
	f.d = dialect{layout: d.layout, folded: map[string]sqlgen.Code{}}
	for _, field := range sharedFields(anchor, f.anchored) {
		column := d.Access(field, sqlgen.Asks{}).Column
		if column.IsZero() || len(f.lowered) == len(variables) {
			continue
		}
		variable := variables[len(f.lowered)]
		f.lowered = append(f.lowered, d.Fold(column, "").String()+" AS "+string(variable))
		f.d.folded[column.String()] = variable
	}
	return f
}

// write writes the statement.
func (f *fused) write(text *strings.Builder, cells []*cell, bounds []sqlgen.Expr) {
	fmt.Fprintf(text, "SELECT %s\nFROM (\n  SELECT *, %s\n  FROM %s", selected(cells, f.anchor), strings.Join(f.lowered, ", "), sqlgen.Ident(f.d.layout.Table))
	if len(bounds) > 0 {
		fmt.Fprintf(text, "\n  WHERE %s", sqlgen.Print(sqlgen.And(bounds...), "    "))
	}
	fmt.Fprintf(text, "\n)\nWHERE %s\n", sqlgen.Print(f.test(), "  "))
}

// test gives the test that some rule matches. Rules that look at the same large
// columns stand together behind a test of the texts they need: a column is read
// only where such a test holds.
func (f *fused) test() sqlgen.Expr {
	groups := map[string][]*compiler.Plan{}
	for _, p := range f.anchored {
		key := f.large(p)
		groups[key] = append(groups[key], p)
	}
	var tests []sqlgen.Expr
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		texts := map[string]bool{}
		for _, p := range groups[key] {
			needed, _ := compiler.Needed(p.Where, f.d.layout.Source.Anchor)
			maps.Copy(texts, setOf(needed))
		}
		tests = append(tests, sqlgen.And(sqlgen.In(f.anchor, literals(texts)...), whole(anyOf(groups[key], f.d))))
	}
	if len(f.others) > 0 {
		tests = append(tests, whole(anyOf(f.others, f.d)))
	}
	return sqlgen.Or(tests...)
}

// whole makes a test weigh one.
func whole(test sqlgen.Expr) sqlgen.Expr {
	if test.Weight() == 1 {
		return test
	}
	return lambda(test)
}

// large names the columns of a plan that are not scalars.
func (f *fused) large(p *compiler.Plan) string {
	names := map[string]bool{}
	compiler.Walk(p.Where, func(p compiler.Pred) {
		for _, field := range compiler.Fields(p) {
			if steps, _, ok := f.d.layout.Locate(field); ok && steps[0].Type != schema.Varchar && steps[0].Type != schema.Integer {
				names[steps[0].Field] = true
			}
		}
	})
	return strings.Join(slices.Sorted(maps.Keys(names)), " ")
}

// anyOf gives the test that some plan matches, in pieces that the JVM takes.
func anyOf(plans []*compiler.Plan, d dialect) sqlgen.Expr {
	tests := make([]sqlgen.Expr, len(plans))
	for i, p := range plans {
		tests[i] = sqlgen.Predicate(p.Where, d)
	}
	return sqlgen.Chunk(sqlgen.Or(tests...), maxWeight, lambda)
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
