package pipeline

import (
	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

// subject is what a condition looks at.
type subject struct {
	*draft
	item  *sigma.Item // of conditions on items, and on the names in an item
	trail *trail      // of the item
	names []string    // of conditions on fields: any may fit; empty for keywords
}

// test is a condition that can be asked. The subject belongs to the caller.
type test func(s *subject) bool

// holds reports whether a test holds, as one that is not there does.
func (t test) holds(s *subject) bool { return t == nil || t(s) }

// conditionKind reads the parameters of a condition. It may give nil where it
// has said that they are wrong.
type conditionKind func(p *params) test

// gate takes the conditions of a step on rules, on items or on fields: a list
// or named ones, joined by an operator or an expression. It gives nil where
// there are none.
func (p *params) gate(on string, table map[string]conditionKind) test {
	key := on + "_conditions"
	e, have := p.take(key)
	opEntry, haveOp := p.left[on+"_cond_op"]
	op := p.oneOf(on+"_cond_op", false, "and", "or")
	notEntry, haveNot := p.left[on+"_cond_not"]
	not := p.flag(on + "_cond_not")
	expr, haveExpr := p.take(on + "_cond_expr")
	var list namedTests
	if have {
		list = p.conditions(e, table)
	}
	if len(list) == 0 {
		for _, joined := range []struct {
			entry yamldoc.Entry
			have  bool
		}{{opEntry, haveOp}, {notEntry, haveNot && not}, {expr, haveExpr}} {
			if joined.have && !have {
				p.bad(p.Span(joined.entry.Key), "add "+key+":, or remove it", "%s has nothing to join: there are no %s", joined.entry.Name, key)
			}
		}
		return nil
	}
	var t test
	switch {
	case haveExpr && haveOp:
		p.bad(p.Span(opEntry.Key), "remove one of them", "%s and %s exclude each other", opEntry.Name, expr.Name)
	case haveExpr && e.Value.Kind != yaml.MappingNode:
		p.bad(p.Span(e.Value), "give each condition a name", "%s needs %s to be a mapping of names to conditions", expr.Name, key)
	case haveExpr:
		t = p.expression(expr, list)
	case op == "or":
		t = anyOf(list.tests())
	default:
		t = allOf(list.tests())
	}
	if not && t != nil {
		return negation(t)
	}
	return t
}

// namedTests are conditions in the order of the file.
type namedTests []namedTest

type namedTest struct {
	name string // empty in a list
	at   diag.Span
	test test
}

func (l namedTests) tests() []test {
	tests := make([]test, len(l))
	for i := range l {
		tests[i] = l[i].test
	}
	return tests
}

func (p *params) conditions(e yamldoc.Entry, table map[string]conditionKind) namedTests {
	var list namedTests
	switch e.Value.Kind {
	case yaml.MappingNode:
		for _, part := range p.Mapping(e.Value, p.depth+1) {
			if !p.condition(&list, namedTest{name: part.Name, at: p.Span(part.Key)}, part.Value, table) {
				break
			}
		}
	case yaml.SequenceNode:
		for _, n := range e.Value.Content {
			if n = p.Follow(n, p.depth+1); n == nil || !p.condition(&list, namedTest{at: p.Span(n)}, n, table) {
				break
			}
		}
	default:
		p.bad(p.Span(e.Value), "", "%s must be a list or a mapping of conditions", e.Name)
	}
	return list
}

// condition reads one condition into the list. It reports whether there is room
// for more.
func (p *params) condition(list *namedTests, c namedTest, n *yaml.Node, table map[string]conditionKind) bool {
	if p.reader.conditions++; p.reader.conditions > maxConditions {
		p.Diags.Errorf(diag.TooLarge, c.at, "split the pipeline", "the pipeline holds more than %d conditions", maxConditions)
		return false
	}
	if p.Full(n) {
		return false
	}
	if n.Kind != yaml.MappingNode {
		p.bad(p.Span(n), "", "a condition is a mapping of keys such as type")
		return true
	}
	in := p.params(n, p.depth+2)
	if _, read, ok := typed(in, "condition", table); ok {
		c.test = read(in)
		in.rest()
	}
	*list = append(*list, c)
	return true
}

func allOf(tests []test) test {
	if len(tests) == 1 {
		return tests[0]
	}
	return func(s *subject) bool {
		for _, t := range tests {
			if !t(s) {
				return false
			}
		}
		return true
	}
}

func anyOf(tests []test) test {
	if len(tests) == 1 {
		return tests[0]
	}
	return func(s *subject) bool {
		for _, t := range tests {
			if t(s) {
				return true
			}
		}
		return false
	}
}

func negation(t test) test {
	return func(s *subject) bool { return !t(s) }
}
