package pipeline

import (
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

// Limits on an expression.
const (
	maxExpression = 100   // nesting
	maxWords      = 2_000 // words and parentheses
)

// expressionParser reads "or < and < not" over the names of conditions by
// recursive descent. It stops at the first error, which it has then reported.
type expressionParser struct {
	*params
	node   *yaml.Node
	tests  map[string]test
	names  []string
	used   map[string]bool
	tokens []token
	next   int
	failed bool
}

// token is a word or another character with its byte offset in the text.
type token struct {
	text string
	off  int
}

// expression reads an expression, each of whose conditions must be named
// (pySigma refuses what stands idle, as well).
func (p *params) expression(e yamldoc.Entry, list namedTests) test {
	text := p.textOf(e)
	x := &expressionParser{params: p, node: e.Value, tests: map[string]test{}, used: map[string]bool{}, tokens: tokenize(text)}
	for _, c := range list {
		x.tests[c.name] = c.test
		x.names = append(x.names, c.name)
	}
	switch {
	case e.Value.Kind != yaml.ScalarNode: // said already
		return nil
	case len(x.tokens) == 0:
		p.bad(p.Span(e.Value), "name a condition", "%s is empty", e.Name)
		return nil
	case len(x.tokens) > maxWords:
		p.Diags.Errorf(diag.TooLarge, p.Span(e.Value), "", "%s holds more than %d words", e.Name, maxWords)
		return nil
	}
	t := x.or(0)
	if !x.failed && x.next < len(x.tokens) {
		x.fail("join conditions with and, or, not", "%q is where an operator is expected", x.peek())
	}
	if x.failed {
		return nil
	}
	for _, c := range list {
		if !x.used[c.name] && !p.Full(e.Key) {
			p.bad(c.at, "name it in "+e.Name+", or remove it", "the expression does not name the condition %q", c.name)
		}
	}
	return t
}

// tokenize splits a text into names of letters, digits, - and _, and single
// other characters.
func tokenize(text string) []token {
	var tokens []token
	for i := 0; i < len(text) && len(tokens) <= maxWords; {
		if strings.IndexByte(" \t\r\n", text[i]) >= 0 {
			i++
			continue
		}
		end := i
		for end < len(text) && isNameByte(text[end]) {
			end++
		}
		if end == i {
			end++
			for end < len(text) && text[end]&0xc0 == 0x80 { // the rest of a letter
				end++
			}
		}
		tokens = append(tokens, token{text[i:end], i})
		i = end
	}
	return tokens
}

func isNameByte(c byte) bool {
	return c == '_' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// peek gives the next word, or nothing at the end.
func (x *expressionParser) peek() string {
	if x.next < len(x.tokens) {
		return x.tokens[x.next].text
	}
	return ""
}

func (x *expressionParser) take(word string) bool {
	if x.peek() != word {
		return false
	}
	x.next++
	return true
}

// fail reports what is wrong with the next word, or the last one at the end.
func (x *expressionParser) fail(hint, format string, args ...any) test {
	if !x.failed {
		t := x.tokens[min(x.next, len(x.tokens)-1)]
		x.bad(x.Within(x.node, t.off, len(t.text)), hint, format, args...)
	}
	x.failed = true
	return nil
}

func (x *expressionParser) or(depth int) test {
	terms := []test{x.and(depth)}
	for !x.failed && x.take("or") {
		terms = append(terms, x.and(depth))
	}
	return anyOf(terms)
}

func (x *expressionParser) and(depth int) test {
	terms := []test{x.not(depth)}
	for !x.failed && x.take("and") {
		terms = append(terms, x.not(depth))
	}
	return allOf(terms)
}

func (x *expressionParser) not(depth int) test {
	switch word := x.peek(); {
	case depth > maxExpression:
		return x.fail("", "the expression is nested deeper than %d levels", maxExpression)
	case x.take("not"):
		return negation(x.not(depth + 1))
	case x.take("("):
		t := x.or(depth + 1)
		if !x.failed && !x.take(")") {
			return x.fail("close the parenthesis", "the parenthesis is not closed")
		}
		return t
	case word == "":
		return x.fail("", "the expression ends where a condition is expected")
	case word == "and" || word == "or" || !isNameByte(word[0]):
		return x.fail("", "%q stands where a condition is expected", word)
	default:
		return x.name(word)
	}
}

func (x *expressionParser) name(word string) test {
	t, ok := x.tests[word]
	if !ok {
		return x.fail(diag.Suggest(word, x.names, "the names are "+strings.Join(x.names, ", ")), "there is no condition %q", word)
	}
	x.used[word] = true
	x.next++
	return t
}
