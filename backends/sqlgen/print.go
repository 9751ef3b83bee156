package sqlgen

import "strings"

// maxWidth is the longest line that is not broken at AND and OR.
const maxWidth = 100

// flat prints an expression on one line.
func (e Expr) flat() string {
	switch e.op {
	case opOr:
		return e.joined(" OR ")
	case opAnd:
		return e.joined(" AND ")
	case opConcat:
		return e.joined(" || ")
	default:
		return e.text
	}
}

func (e Expr) joined(by string) string {
	texts := make([]string, len(e.parts))
	for i, p := range e.parts {
		texts[i] = p.within(e.operand())
	}
	return strings.Join(texts, by)
}

// operand gives the precedence that an operand must have to stand without
// parentheses. AND inside OR gets them, for people.
func (e Expr) operand() op {
	if e.op == opOr {
		return opNot
	}
	return e.op + 1
}

// within prints an operand of an operator that wants at least a precedence.
func (e Expr) within(least op) string {
	if e.op < least {
		return "(" + e.flat() + ")"
	}
	return e.flat()
}

// Print writes an expression over several lines where it is long, each line
// after the first behind the indent.
func Print(e Expr, indent string) string {
	return e.print(indent, e.op)
}

func (e Expr) print(indent string, least op) string {
	flat := e.within(least)
	if len(flat) <= maxWidth {
		return flat
	}
	var text string
	inner := indent
	if e.op < least {
		inner += "  "
	}
	switch e.op {
	case opAnd, opOr:
		word := "AND "
		if e.op == opOr {
			word = "OR "
		}
		lines := make([]string, len(e.parts))
		for i, p := range e.parts {
			lines[i] = p.print(inner, e.operand())
		}
		text = strings.Join(lines, "\n"+inner+word)
	case opNot:
		text = "NOT COALESCE(\n" + inner + "  " + e.parts[0].print(inner+"  ", 0) + "\n" + inner + ", FALSE)"
	default:
		if e.around == nil {
			return flat
		}
		return e.around[0] + "\n" + inner + "  " + e.parts[0].print(inner+"  ", 0) + strings.TrimRight(e.around[1][:1], " ") + "\n" +
			inner + "  " + strings.TrimLeft(e.around[1][1:], " ") + e.parts[1].print(inner+"  ", 0) + e.around[2]
	}
	if e.op < least {
		return "(\n" + inner + text + "\n" + indent + ")"
	}
	return text
}

// String gives the expression on one line, for tests and messages.
func (e Expr) String() string { return e.flat() }
