package opensearch

import (
	"fmt"
	"slices"
)

// node is an expression that looks at nothing around its match, in a normal
// form: noMatch and emptyText stand alone, never inside another node, and no
// concatenation is directly in another, nor an alternation. Nodes are shared and
// never written to.
type node struct {
	kind     kind
	class    runes   // of a class, not empty
	subs     []*node // two or more; one of a repetition
	min, max int     // of a repetition; no limit where max is unlimited
	nullable bool    // it matches the empty text
	size     int     // nodes, as if none were shared
}

type kind int

const (
	kindClass kind = iota + 1
	concatenation
	alternation
	repetition
)

const unlimited = -1

var (
	noMatch   = &node{kind: alternation, size: 1}
	emptyText = &node{kind: concatenation, nullable: true, size: 1}
	anyRun    = repeated(oneOf(anyRune), 0, unlimited)
)

func oneOf(c runes) *node {
	if len(c) == 0 {
		return noMatch
	}
	return &node{kind: kindClass, class: c, size: 1}
}

func inOrder(subs ...*node) *node {
	n := &node{kind: concatenation, nullable: true}
	for _, sub := range subs {
		switch {
		case sub == noMatch:
			return noMatch
		case sub.kind == concatenation:
			n.subs = append(n.subs, sub.subs...)
		case sub == anyRun && len(n.subs) > 0 && n.subs[len(n.subs)-1] == anyRun:
		default:
			n.subs = append(n.subs, sub)
		}
	}
	switch len(n.subs) {
	case 0:
		return emptyText
	case 1:
		return n.subs[0]
	}
	return n.measured()
}

func anyOf(subs ...*node) *node {
	n := &node{kind: alternation}
	optional := false
	for _, sub := range subs {
		switch {
		case sub == noMatch:
		case sub == emptyText:
			optional = true
		case sub.kind == alternation:
			n.subs = append(n.subs, sub.subs...)
		default:
			n.subs = append(n.subs, sub)
		}
	}
	switch len(n.subs) {
	case 0:
		n = noMatch
	case 1:
		n = n.subs[0]
	default:
		n = n.measured()
	}
	if optional && !n.nullable {
		return repeated(n, 0, 1)
	}
	return n
}

func repeated(sub *node, least, most int) *node {
	switch {
	case most == 0, sub == emptyText, sub == noMatch && least == 0:
		return emptyText
	case sub == noMatch, least == 1 && most == 1:
		return sub
	}
	n := &node{kind: repetition, subs: []*node{sub}, min: least, max: most}
	return n.measured()
}

func (n *node) measured() *node {
	n.size = 1
	for _, sub := range n.subs {
		n.size += sub.size
	}
	isNullable := func(n *node) bool { return n.nullable }
	switch n.kind {
	case alternation:
		n.nullable = slices.ContainsFunc(n.subs, isNullable)
	case repetition:
		n.nullable = n.min == 0 || n.subs[0].nullable
	default:
		n.nullable = !slices.ContainsFunc(n.subs, func(n *node) bool { return !n.nullable })
	}
	return n
}

// count writes how often a repetition takes its operand.
func repeatCount(least, most int) string {
	switch {
	case least == 0 && most == unlimited:
		return "*"
	case least == 1 && most == unlimited:
		return "+"
	case least == 0 && most == 1:
		return "?"
	case most == unlimited:
		return fmt.Sprintf("{%d,}", least)
	case least == most:
		return fmt.Sprintf("{%d}", least)
	}
	return fmt.Sprintf("{%d,%d}", least, most)
}

// side is an end of an expression.
type side bool

const (
	atLeft  side = false
	atRight side = true
)

// join puts inner, which stands at the side, beside rest.
func (s side) join(inner, rest *node) *node {
	if s == atLeft {
		return inOrder(inner, rest)
	}
	return inOrder(rest, inner)
}

// split takes off what stands at the side of a concatenation.
func (s side) split(n *node) (inner, rest *node) {
	last := len(n.subs) - 1
	if s == atLeft {
		return n.subs[0], inOrder(n.subs[1:]...)
	}
	return n.subs[last], inOrder(n.subs[:last]...)
}

// trim gives the least of n that stands beside a run of anything at a side: what
// may be empty there is left to the run.
func (n *node) trim(at side) *node {
	switch {
	case n.nullable:
		return emptyText
	case n.kind == concatenation:
		inner, rest := at.split(n)
		if inner.nullable {
			return rest.trim(at)
		}
		return at.join(inner.trim(at), rest)
	case n.kind == alternation:
		var subs []*node
		for _, sub := range n.subs {
			subs = append(subs, sub.trim(at))
		}
		return anyOf(subs...)
	case n.kind == repetition:
		if n.min == 1 {
			return n.subs[0].trim(at)
		}
		return repeated(n.subs[0], n.min, n.min)
	}
	return n
}
