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
// in the source's anchor field. A statement below it names what they share: columns
// in lower case, which Trino makes once for each text of a page, and members of
// structs, since it reads all of a struct that a lambda looks into (seen on 476).
type fused struct {
	d        dialect // that has the names
	shared   []shared
	anchor   sqlgen.Expr // the name of the anchor field in lower case
	anchored []*compiler.Plan
	others   []*compiler.Plan
}

// shared is what the statement below selects for the tests.
type shared struct{ name, of sqlgen.Expr }

// maxLowered is how many columns are put into lower case once.
const maxLowered = 8

// fuse makes a statement of a batch; nil where there is nothing to share.
func fuse(b compiler.Batch, d dialect) *fused {
	anchor, column, ok := d.anchor()
	if len(b.Plans) == 1 || !ok {
		return nil
	}
	f := &fused{d: dialect{layout: d.layout, members: map[string]sqlgen.Expr{}, folded: map[string]sqlgen.Expr{}}}
	for _, p := range b.Plans {
		if needed, _ := compiler.Needed(p.Where, anchor.Name()); len(needed) > 0 {
			f.anchored = append(f.anchored, p)
		} else {
			f.others = append(f.others, p)
		}
	}
	if len(f.anchored) == 0 {
		return nil
	}
	fields := fieldsOf(b.Plans)
	f.nameMembers(fields)
	f.nameLowered(fields, column)
	f.anchor = f.d.Fold(column, "")
	return f
}

// fieldsOf gives the fields that plans test.
func fieldsOf(plans []*compiler.Plan) []schema.Path {
	var fields []schema.Path
	for _, p := range plans {
		compiler.Walk(p.Where, func(p compiler.Pred) { fields = append(fields, compiler.Fields(p)...) })
	}
	return fields
}

// nameMembers names the members of structs.
func (f *fused) nameMembers(fields []schema.Path) {
	for _, field := range fields {
		steps, _, _ := f.d.layout.Locate(field)
		x, ofElement := place(steps)
		if _, named := f.d.members[x.String()]; len(schema.Place(steps)) > 1 && ofElement == nil && !named {
			f.d.members[x.String()] = f.name("member", len(f.d.members), x)
		}
	}
}

// nameLowered names, in lower case, the column of the anchor and those that pay to be
// read for each event. The tests are written once to see which.
func (f *fused) nameLowered(fields []schema.Path, anchor sqlgen.Expr) {
	columns := map[string]sqlgen.Expr{} // as the table has them, by what tests call them
	for _, field := range fields {
		x := f.d.Access(field, sqlgen.Asks{}).Column
		columns[x.String()] = dialect{layout: f.d.layout}.Access(field, sqlgen.Asks{}).Column
	}
	seen := &lowering{each: true, times: map[string]int{}}
	f.d.lowers = seen
	f.d.Fold(anchor, "")
	anyOf(f.others, f.d)
	seen.each = false
	anyOf(f.anchored, f.d)
	f.d.lowers = nil
	for _, x := range seen.columns {
		if column, ok := columns[x.String()]; ok && seen.times[x.String()] > 1 && len(f.d.folded) < maxLowered {
			f.d.folded[x.String()] = f.name("lower", len(f.d.folded), sqlgen.Call("lower", column))
		}
	}
}

// lowering counts how often tests put columns into lower case.
type lowering struct {
	each    bool // what is written now is asked of each event
	times   map[string]int
	columns []sqlgen.Expr // each once
}

// note counts a use that is asked of each event for two. Behind the names of events
// the short texts count that AWS alone writes; others, which Trino would then read of
// all events, do not. A nil lowering counts nothing.
func (l *lowering) note(x sqlgen.Expr, aws bool) {
	if l == nil || !l.each && !aws {
		return
	}
	name := x.String()
	if l.times[name] == 0 {
		l.columns = append(l.columns, x)
	}
	l.times[name]++
	if l.each {
		l.times[name]++
	}
}

// name gives what the statement below selects a name.
func (f *fused) name(kind string, n int, x sqlgen.Expr) sqlgen.Expr {
	name := sqlgen.Ident(fmt.Sprintf("%s_%d", kind, n+1))
	f.shared = append(f.shared, shared{name, x})
	return name
}

// selects writes what the statement below selects and a test calls by its name.
func (f *fused) selects(test string) string {
	columns := []string{"*"}
	for _, s := range f.shared {
		if name := s.name.String(); strings.Contains(test, name) {
			columns = append(columns, s.of.String()+" AS "+name)
		}
	}
	return lines(columns)
}

// write writes the statement.
func (f *fused) write(text *strings.Builder, cells []*cell, bounds []sqlgen.Expr) {
	test := sqlgen.Print(f.test(), "  ")
	fmt.Fprintf(text, "SELECT %s\nFROM (\n  SELECT %s\n  FROM %s", selected(cells, f.anchor), f.selects(test), sqlgen.Ident(f.d.layout.Table))
	if len(bounds) > 0 {
		fmt.Fprintf(text, "\n  WHERE %s", sqlgen.Print(sqlgen.And(bounds...), "    "))
	}
	fmt.Fprintf(text, "\n)\nWHERE %s\n", test)
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
