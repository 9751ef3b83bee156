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
// in the source's anchor field. A statement below it names what they share: fields
// that AWS alone writes, put into lower case once, and members of structs, since
// Trino reads all of a struct that a lambda looks into (seen on 476).
type fused struct {
	d        dialect     // that has the variables
	shared   []string    // what the statement below selects
	anchor   sqlgen.Expr // the variable of the anchor field
	anchored []*compiler.Plan
	others   []*compiler.Plan
}

// maxLowered is how many fields are put into lower case once.
const maxLowered = 4

// fuse makes a statement of a batch; nil where there is nothing to share.
func fuse(b compiler.Batch, d dialect) *fused {
	anchor, column, ok := d.anchor()
	if len(b.Plans) == 1 || !ok {
		return nil
	}
	f := &fused{d: dialect{layout: d.layout, members: map[string]sqlgen.Expr{}, folded: map[string]sqlgen.Expr{}}}
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
	f.lower(sharedFields(anchor, f.anchored), d)
	f.anchor = f.d.Fold(column, "")
	f.share(b.Plans, d)
	return f
}

// lower names the first fields in lower case.
func (f *fused) lower(fields []schema.Path, below dialect) {
	for _, field := range fields {
		column := below.Access(field, sqlgen.Asks{}).Column
		if column.IsZero() || len(f.d.folded) == maxLowered {
			continue
		}
		f.d.folded[column.String()] = f.name("lower", len(f.d.folded), below.Fold(column, ""))
	}
}

// share names the other members of structs that tests look at.
func (f *fused) share(plans []*compiler.Plan, below dialect) {
	for _, p := range plans {
		compiler.Walk(p.Where, func(p compiler.Pred) {
			for _, field := range compiler.Fields(p) {
				steps, _, _ := f.d.layout.Locate(field)
				x, ofElement := place(steps)
				_, lowered := f.d.folded[below.Access(field, sqlgen.Asks{}).Column.String()]
				_, named := f.d.members[x.String()]
				if len(schema.Place(steps)) > 1 && ofElement == nil && !lowered && !named {
					f.d.members[x.String()] = f.name("member", len(f.d.members), x)
				}
			}
		})
	}
}

// name gives what the statement below selects a name.
func (f *fused) name(kind string, n int, x sqlgen.Expr) sqlgen.Expr {
	name := sqlgen.Ident(fmt.Sprintf("%s_%d", kind, n+1))
	f.shared = append(f.shared, x.String()+" AS "+name.String())
	return name
}

// write writes the statement.
func (f *fused) write(text *strings.Builder, cells []*cell, bounds []sqlgen.Expr) {
	fmt.Fprintf(text, "SELECT %s\nFROM (\n  SELECT *, %s\n  FROM %s", selected(cells, f.anchor), lines(f.shared), sqlgen.Ident(f.d.layout.Table))
	if len(bounds) > 0 {
		fmt.Fprintf(text, "\n  WHERE %s", sqlgen.Print(sqlgen.And(bounds...), "    "))
	}
	fmt.Fprintf(text, "\n)\nWHERE %s\n", sqlgen.Print(f.test(), "  "))
}

// test gives the test that some rule matches. Rules that look at the same large
// columns stand together behind a test of the texts they need: a column is read
// only where such a test holds. Rules that may match whatever the name, and
// therefore more often, go first: what they match nothing else looks at.
func (f *fused) test() sqlgen.Expr {
	groups := map[string][]*compiler.Plan{}
	for _, p := range f.anchored {
		key := f.large(p)
		groups[key] = append(groups[key], p)
	}
	var tests []sqlgen.Expr
	if len(f.others) > 0 {
		tests = append(tests, whole(anyOf(f.others, f.d)))
	}
	for _, key := range slices.Sorted(maps.Keys(groups)) {
		texts := map[string]bool{}
		for _, p := range groups[key] {
			needed, _ := compiler.Needed(p.Where, f.d.layout.Source.Anchor)
			maps.Copy(texts, setOf(needed))
		}
		tests = append(tests, sqlgen.And(sqlgen.In(f.anchor, literals(texts)...), whole(anyOf(groups[key], f.d))))
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
		tests[i] = sqlgen.Predicate(p.Where, d.gatedBy(p))
	}
	return sqlgen.Chunk(sqlgen.Or(sqlgen.CheapFirst(tests)...), maxWeight, lambda)
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
