package opensearch

import (
	"encoding/json"
	"strings"
	"unicode/utf16"

	"github.com/sigmahunt/sigmahunt/compiler"
)

// collectWildcards finds the fields of the type wildcard below one.
func (x *index) collectWildcards(name string, p property) {
	if p.Type == "wildcard" {
		x.wildcards[name] = true
	}
	for _, below := range []map[string]property{p.Properties, p.Fields} {
		for key, q := range below {
			x.collectWildcards(strings.TrimPrefix(name+"."+key, "."), q)
		}
	}
}

func (x *index) isWildcard(name string) bool {
	if x.layout.Source.AnyField {
		name = name[strings.LastIndexByte(name, '.')+1:]
	}
	return x.wildcards[name]
}

// clauses counts the clauses of a legal condition: at most these, and exactly where
// that matters.
func (b backend) clauses(p compiler.Pred) int {
	most, source := 0, ""
	compiler.Walk(p, func(p compiler.Pred) {
		most += 2
		for _, path := range compiler.Fields(p) {
			source = path.Source
		}
		switch p := p.(type) {
		case compiler.Text:
			most += p.Pattern.Len() + 2
		case compiler.In:
			for _, value := range p.Values {
				most += len(value) + 4
			}
		case compiler.Regexp:
			most += maxExpr
		case compiler.CIDR:
			most += 200
		}
	})
	if most <= ruleClauses {
		return most
	}
	x := b.index(source)
	return x.clausesOf(x.clause(p))
}

// clausesOf counts the clauses of a query as Lucene does, or a few more: those that
// hold no others, one for a bool that only forbids, and on a field of the type
// wildcard one for each n-gram of three units that OpenSearch looks up.
func (x *index) clausesOf(clause any) int {
	n := 0
	switch c := clause.(type) {
	case []object:
		for _, one := range c {
			n += x.clausesOf(one)
		}
	case object:
		inside, ok := c["bool"].(object)
		if !ok {
			return x.leafClauses(c)
		}
		for _, list := range inside {
			n += x.clausesOf(list)
		}
		if inside["filter"] == nil && inside["should"] == nil {
			n++
		}
	}
	return n
}

func (x *index) leafClauses(c object) int {
	for kind, of := range c {
		fields, _ := of.(object)
		for name, query := range fields {
			if values, ok := query.([]json.Number); ok && len(values) > 0 {
				return 2
			}
			if !x.isWildcard(name) {
				continue
			}
			n := 0
			for _, text := range searched(query) {
				switch kind {
				case "wildcard":
					n += grams(runsOf(text))
				case "term", "terms":
					n += grams([]string{ended + text + ended}) + 2
				case "regexp":
					n += regexpGrams(text)
				}
			}
			return max(n, 1)
		}
	}
	return 1
}

// searched returns what a query over one field searches for.
func searched(query any) []string {
	switch q := query.(type) {
	case []string:
		return q
	case string:
		return []string{q}
	case object:
		return searched(q["value"])
	}
	return nil
}

// ended marks an end of a text that is no wildcard.
const ended = "\x00"

// runsOf returns what stands between the wildcards of a pattern.
func runsOf(pattern string) (runs []string) {
	run := []byte(ended)
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '*', '?':
			if i > 0 {
				runs = append(runs, string(run))
			}
			run = nil
			continue
		case '\\':
			i++
		}
		run = append(run, pattern[i])
	}
	if pattern == "" || len(run) > 0 {
		runs = append(runs, string(run)+ended)
	}
	return runs
}

// grams counts the different n-grams of three UTF-16 units, and runs that are shorter.
func grams(runs []string) int {
	seen := map[[3]uint16]bool{}
	for _, run := range runs {
		text := utf16.Encode([]rune(run))
		for i := range text {
			if i == 0 || i+3 <= len(text) {
				gram := [3]uint16{}
				copy(gram[:], text[i:])
				seen[gram] = true
			}
		}
	}
	return len(seen)
}

// regexpGrams counts the n-grams of an expression of Lucene, and one for each part
// without any.
func regexpGrams(expr string) int {
	n, run := 0, 0
	end := func() {
		if run > 0 {
			n += max(run-2, 1)
		}
		run = 0
	}
	escaped, class := false, false
	for _, r := range expr {
		switch {
		case class:
			class = escaped || r != ']'
			escaped = r == '\\' && !escaped
			continue
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
			continue
		case isReserved(r):
			end()
			class = r == '['
			if r != '(' && r != ')' && r != '|' {
				n++
			}
			continue
		}
		run += units(string(r))
	}
	end()
	return max(n, 1)
}
