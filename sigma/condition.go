package sigma

import (
	"strings"

	sg "github.com/bradleyjkemp/sigma-go"
	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// Limits on a detection's conditions.
const (
	maxCondition = 64    // nesting of one condition
	maxWords     = 2_000 // words and parentheses of all conditions together
)

// conditions reads one condition or a list of them, of which any suffices, and
// says which searches none of them names.
func (r *reader) conditions(d *Detection, n *yaml.Node) {
	nodes := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		nodes = n.Content
	}
	used := map[string]bool{}
	words := 0
	for _, c := range nodes {
		if c = r.Follow(c, 3); c == nil {
			return
		}
		if c.Kind != yaml.ScalarNode {
			r.Diags.Errorf(diag.WrongShape, r.Span(c), "", "a condition must be a single text")
			continue
		}
		p := &conditionParser{r: r, node: c, scope: d, used: used, tokens: tokenize(c.Value)}
		if words += len(p.tokens); words > maxWords {
			r.Diags.Errorf(diag.TooLarge, r.Span(c), "split the rule", "the conditions hold more than %d words", maxWords)
			return
		}
		if expr := p.parse(); expr != nil {
			d.Conditions = append(d.Conditions, Condition{Expr: expr, Text: c.Value, At: r.Span(c)})
		}
	}
	if len(d.Conditions) != len(nodes) || len(nodes) == 0 {
		if len(nodes) == 0 {
			r.Diags.Errorf(diag.MissingCondition, r.Span(n), "", "the list of conditions is empty")
		}
		return
	}
	for _, s := range d.Searches {
		if !used[s.Name] && !strings.HasPrefix(s.Name, "_") {
			r.Diags.Warnf(diag.UnusedSearch, s.At, "name it in the condition, or remove it", "no condition names the search %q", s.Name)
		}
	}
}

// scope is what a condition may name.
type scope interface {
	defines(name string) bool
	names() []string
	selects(pattern string) []string // the names that a selector means
	noun() (owner, name string)      // what the condition belongs to, and what its names are
}

func (d *Detection) defines(name string) bool { return d.Search(name) != nil }

func (d *Detection) names() []string { return searchNames(d.Searches) }

func (d *Detection) selects(pattern string) []string {
	var names []string
	for _, s := range d.Select(pattern) {
		names = append(names, s.Name)
	}
	return names
}

func (*Detection) noun() (owner, name string) { return "detection", "search" }

func searchNames(list []Search) []string {
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = s.Name
	}
	return names
}

// conditionParser reads "or < and < not < X of" by recursive descent. It stops
// at the first error, which it has then reported.
type conditionParser struct {
	r     *reader
	node  *yaml.Node
	scope scope
	used  map[string]bool

	tokens []conditionToken
	next   int
	failed bool
}

// conditionToken is a word or a parenthesis with its byte offset in the text.
type conditionToken struct {
	text string
	off  int
}

func (p *conditionParser) parse() sg.SearchExpr {
	if len(p.tokens) == 0 {
		p.r.Diags.Errorf(diag.MissingCondition, p.r.Span(p.node), "name a search", "the condition is empty")
		return nil
	}
	expr := p.or(0)
	if !p.failed && p.next < len(p.tokens) {
		p.unexpected()
	}
	if p.failed {
		return nil
	}
	return expr
}

func tokenize(text string) []conditionToken {
	var tokens []conditionToken
	for i := 0; i < len(text); {
		switch text[i] {
		case ' ', '\t', '\n', '\r':
			i++
		case '(', ')', '|':
			tokens = append(tokens, conditionToken{text[i : i+1], i})
			i++
		default:
			end := i
			for end < len(text) && !strings.ContainsRune(" \t\r\n()|", rune(text[end])) {
				end++
			}
			tokens = append(tokens, conditionToken{text[i:end], i})
			i = end
		}
	}
	return tokens
}

// peek gives the next word, or nothing at the end.
func (p *conditionParser) peek() string {
	if p.next < len(p.tokens) {
		return p.tokens[p.next].text
	}
	return ""
}

func (p *conditionParser) take(word string) bool {
	if p.peek() != word {
		return false
	}
	p.next++
	return true
}

// at gives the place of a token; past the end, of the last character.
func (p *conditionParser) at(i int) diag.Span {
	if i < len(p.tokens) {
		t := p.tokens[i]
		return p.r.Within(p.node, t.off, len(t.text))
	}
	last := p.tokens[len(p.tokens)-1]
	s := p.r.Within(p.node, last.off, len(last.text))
	return s.Sub(max(s.Len-1, 0), 1)
}

func (p *conditionParser) fail(code diag.Code, i int, hint, format string, args ...any) sg.SearchExpr {
	if !p.failed {
		p.r.Diags.Errorf(code, p.at(i), hint, format, args...)
	}
	p.failed = true
	return nil
}

func (p *conditionParser) or(depth int) sg.SearchExpr {
	terms := []sg.SearchExpr{p.and(depth)}
	for !p.failed && p.take("or") {
		terms = append(terms, p.and(depth))
	}
	if len(terms) == 1 {
		return terms[0]
	}
	return sg.Or(terms)
}

func (p *conditionParser) and(depth int) sg.SearchExpr {
	terms := []sg.SearchExpr{p.not(depth)}
	for !p.failed && p.take("and") {
		terms = append(terms, p.not(depth))
	}
	if len(terms) == 1 {
		return terms[0]
	}
	return sg.And(terms)
}

func (p *conditionParser) not(depth int) sg.SearchExpr {
	if depth > maxCondition {
		return p.fail(diag.TooLarge, p.next, "", "the condition is nested deeper than %d levels", maxCondition)
	}
	if p.take("not") {
		return sg.Not{Expr: p.not(depth + 1)}
	}
	return p.primary(depth)
}

func (p *conditionParser) primary(depth int) sg.SearchExpr {
	at, word := p.next, p.peek()
	switch {
	case word == "":
		return p.fail(diag.BadCondition, at, "", "the condition ends where a search is expected")
	case word == "(":
		p.next++
		expr := p.or(depth + 1)
		if !p.failed && !p.take(")") {
			return p.fail(diag.BadCondition, p.next, "close the parenthesis", "the parenthesis is not closed")
		}
		return expr
	case at+1 < len(p.tokens) && p.tokens[at+1].text == "of":
		return p.selector()
	case at+1 < len(p.tokens) && strings.EqualFold(p.tokens[at+1].text, "of"):
		p.next++
		return p.unexpected()
	case !isIdentifier(word, false):
		return p.unexpected()
	}
	if !p.scope.defines(word) {
		return p.undefined(word)
	}
	p.next++
	p.used[word] = true
	return sg.SearchIdentifier{Name: word}
}

// selector reads "1 of x", "any of x" or "all of x", where x is them, a pattern
// or a search.
func (p *conditionParser) selector() sg.SearchExpr {
	quantifier, at := p.peek(), p.next
	if quantifier != "1" && quantifier != "any" && quantifier != "all" {
		return p.fail(diag.BadQuantifier, at, "write 1 of, any of or all of", "%q is not a quantifier", quantifier)
	}
	p.next += 2
	at, pattern := p.next, p.peek()
	if pattern == "" || !isIdentifier(pattern, true) {
		return p.fail(diag.BadCondition, at, "name a search, a pattern such as selection_*, or them", "%s of what is missing", quantifier)
	}
	p.next++
	all := quantifier == "all"
	if !strings.Contains(pattern, "*") && pattern != "them" {
		return p.quantifiedSearch(pattern, at, all)
	}
	found := p.scope.selects(pattern)
	if len(found) == 0 {
		return p.fail(diag.EmptySelector, at, "", "%q selects no search", pattern)
	}
	for _, name := range found {
		p.used[name] = true
	}
	switch {
	case pattern == "them" && all:
		return sg.AllOfThem{}
	case pattern == "them":
		return sg.OneOfThem{}
	case all:
		return sg.AllOfPattern{Pattern: pattern}
	default:
		return sg.OneOfPattern{Pattern: pattern}
	}
}

func (p *conditionParser) quantifiedSearch(name string, at int, all bool) sg.SearchExpr {
	if !p.scope.defines(name) {
		p.next = at
		return p.undefined(name)
	}
	p.used[name] = true
	ident := sg.SearchIdentifier{Name: name}
	if all {
		return sg.AllOfIdentifier{Ident: ident}
	}
	return sg.OneOfIdentifier{Ident: ident}
}

func (p *conditionParser) undefined(name string) sg.SearchExpr {
	if lower := strings.ToLower(name); isOperator(lower) || lower == "them" {
		return p.unexpected()
	}
	names := p.scope.names()
	owner, noun := p.scope.noun()
	hint := diag.Suggest(name, names, "the names are "+strings.Join(names, ", "))
	return p.fail(diag.UndefinedSearch, p.next, hint, "the %s has no %s %q", owner, noun, name)
}

// unexpected says what is wrong with the word at hand.
func (p *conditionParser) unexpected() sg.SearchExpr {
	word := p.peek()
	lower := strings.ToLower(word)
	switch {
	case word == "|":
		return p.fail(diag.Aggregation, p.next, "write a correlation rule", "pipe aggregations are no longer part of Sigma")
	case lower != word && (isOperator(lower) || lower == "of" || lower == "them"):
		return p.fail(diag.BadCondition, p.next, "write "+lower, "operators are written in lower case, not %q", word)
	case isOperator(word) || word == ")":
		return p.fail(diag.BadCondition, p.next, "", "%q is where a search is expected", word)
	case word == "of":
		return p.fail(diag.BadQuantifier, p.next, "write 1 of, any of or all of", "\"of\" without a quantifier")
	case word == "them" || strings.Contains(word, "*") && isIdentifier(word, true):
		return p.fail(diag.BadQuantifier, p.next, "write 1 of "+word+" or all of "+word, "the pattern %q needs a quantifier", word)
	case isIdentifier(word, false):
		return p.fail(diag.BadCondition, p.next, "join searches with and, or, not", "%q is where an operator is expected", word)
	default:
		return p.fail(diag.BadCondition, p.next, "", "%q is not a search or an operator", word)
	}
}

func isOperator(word string) bool { return word == "and" || word == "or" || word == "not" }

// isIdentifier reports whether word can name a search. Any text that YAML lets
// be a key and that holds no blank, parenthesis or pipe will do; a star makes
// it a pattern.
func isIdentifier(word string, pattern bool) bool {
	if strings.ContainsAny(word, "()|") || isOperator(word) {
		return false
	}
	return pattern || !strings.Contains(word, "*")
}
