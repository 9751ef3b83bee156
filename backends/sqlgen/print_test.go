package sqlgen

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// tree gives a random test of some depth, and what a reader must see in it:
// every operator as a call.
func tree(r *rand.Rand, depth int) (Expr, string) {
	if depth == 0 {
		switch r.IntN(3) {
		case 0:
			return Str("a'b\n--\n"), `||('a''b', chr(10), '--', chr(10))`
		case 1:
			return Raw("TRUE"), "TRUE"
		default:
			name := fmt.Sprintf("column_%d", r.IntN(100))
			return Ident(name), name
		}
	}
	a, wantA := tree(r, r.IntN(depth))
	b, wantB := tree(r, r.IntN(depth))
	switch r.IntN(9) {
	case 0, 1:
		return And(a, b), chain("AND", wantA, wantB)
	case 2, 3:
		return Or(a, b), chain("OR", wantA, wantB)
	case 4:
		c, wantC := tree(r, r.IntN(depth))
		return Or(a, And(b, c)), chain("OR", wantA, chain("AND", wantB, wantC))
	case 5:
		return Not(a), "NOT(COALESCE(" + wantA + ", FALSE))"
	case 6:
		return Compare(a, "=", b), "=(" + wantA + ", " + wantB + ")"
	case 7:
		return AnyOf("any_match(", a, ", ", "x", " -> ", b, ")"), "any_match(" + wantA + ", x->" + wantB + ")"
	default:
		return Call("lower", a, b), "lower(" + wantA + ", " + wantB + ")"
	}
}

// chain joins parts of an operator that is its own brackets.
func chain(op string, parts ...string) string {
	for i, p := range parts {
		if inner, ok := strings.CutPrefix(p, op+"("); ok {
			parts[i] = strings.TrimSuffix(inner, ")")
		}
	}
	return op + "(" + strings.Join(parts, ", ") + ")"
}

func TestWhatIsPrintedIsReadBackAsItWasMade(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	broken := 0
	for range 5000 {
		e, want := tree(r, 1+r.IntN(7))
		texts := []string{e.String(), Print(e, ""), Print(e, "    ")}
		for _, text := range texts {
			if got, err := read(text); err != nil || got != want {
				t.Fatalf("%s\nreads as %s, %v\nwant     %s", text, got, err, want)
			}
		}
		if strings.Contains(texts[0], "\n") {
			t.Fatalf("one line has several: %q", texts[0])
		}
		if strings.Contains(texts[1], "\n") {
			broken++
		} else if texts[1] != texts[0] {
			t.Fatalf("a short line changed: %s, %s", texts[0], texts[1])
		}
		for i, line := range strings.Split(texts[2], "\n") {
			if i > 0 && !strings.HasPrefix(line, "    ") {
				t.Fatalf("line %d is not behind the indent: %q", i, texts[2])
			}
		}
	}
	if broken < 500 {
		t.Errorf("only %d expressions were long enough to break", broken)
	}
}

func TestParenthesesStandWhereTheyMust(t *testing.T) {
	a, b, c := Ident("a"), Ident("b"), Ident("c")
	for want, e := range map[string]Expr{
		"a AND b AND c":                               And(And(a, b), c),
		"a OR b OR c":                                 Or(a, Or(b, c)),
		"a OR (b AND c)":                              Or(a, And(b, c)),
		"(a OR b) AND c":                              And(Or(a, b), c),
		"a = b AND b = c":                             And(Compare(a, "=", b), Compare(b, "=", c)),
		"(a = b) = c":                                 Compare(Compare(a, "=", b), "=", c),
		"(NOT COALESCE(a, FALSE)) = c":                Compare(Not(a), "=", c),
		"NOT COALESCE(a OR b, FALSE) AND c":           And(Not(Or(a, b)), c),
		"NOT COALESCE(NOT COALESCE(a, FALSE), FALSE)": Not(Not(a)),
		"a = 'x' || chr(10)":                          Compare(a, "=", Str("x\n")),
		"(a OR b) IS NULL":                            IsNull(Or(a, b)),
		"(a IS NULL) IS NOT NULL":                     IsNotNull(IsNull(a)),
		"('x' || chr(10)).b":                          Member(Str("x\n"), "b"),
		"((a OR b) * 5)":                              Times(Or(a, b), 5),
		"(a AND b) BETWEEN (a = b) AND c":             Between(And(a, b), Compare(a, "=", b), c),
		"a IN (b, a OR c)":                            In(a, b, Or(a, c)),
		"a = (b OR c)":                                In(a, Or(b, c)),
		"TRUE":                                        And(),
		"FALSE":                                       Or(),
		"a":                                           And(Expr{}, Or(a), Expr{}),
	} {
		if got := e.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// read is a reader of the SQL that tree makes, by SQL's own precedence: OR, AND,
// NOT, comparison (which does not chain), ||.
func read(text string) (out string, err error) {
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("%v", e)
		}
	}()
	p := &parser{tokens: tokens(text)}
	out = p.infix(0)
	if p.peek() != "" {
		return out, fmt.Errorf("%q is left over", p.tokens)
	}
	return out, nil
}

type parser struct{ tokens []string }

func (p *parser) peek() string {
	if len(p.tokens) == 0 {
		return ""
	}
	return p.tokens[0]
}

func (p *parser) take() string {
	token := p.peek()
	p.tokens = p.tokens[1:]
	return token
}

func (p *parser) want(token string) {
	if got := p.take(); got != token {
		panic(fmt.Sprintf("%q where %q must stand", got, token))
	}
}

// infix reads a chain of the operator of that level, or one operand of it.
func (p *parser) infix(level int) string {
	ops := []string{"OR", "AND", "NOT", "=", "||"}
	switch {
	case level == len(ops):
		return p.atom()
	case ops[level] == "NOT" && p.peek() == "NOT":
		p.take()
		return "NOT(" + p.infix(level) + ")"
	}
	parts := []string{p.infix(level + 1)}
	for p.peek() == ops[level] && ops[level] != "NOT" {
		if ops[level] == "=" && len(parts) == 2 {
			panic("a comparison that is chained")
		}
		p.take()
		parts = append(parts, p.infix(level+1))
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return ops[level] + "(" + strings.Join(parts, ", ") + ")"
}

func (p *parser) atom() string {
	token := p.take()
	switch {
	case token == "(":
		inner := p.infix(0)
		p.want(")")
		return inner
	case strings.HasPrefix(token, "'"):
		return token
	case !strings.ContainsAny(token[:1], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"):
		panic(fmt.Sprintf("%q where an operand must stand", token))
	case p.peek() == "->":
		p.take()
		return token + "->" + p.infix(0)
	case p.peek() != "(":
		return token
	}
	var args []string
	for p.peek() != ")" {
		p.take() // ( or ,
		args = append(args, p.infix(0))
	}
	p.take()
	return token + "(" + strings.Join(args, ", ") + ")"
}

// tokens splits text; a string is one token, quotes included.
func tokens(text string) []string {
	var list []string
	for len(text) > 0 {
		n := 1
		switch c := text[0]; {
		case c == ' ' || c == '\n':
			text = text[1:]
			continue
		case c == '\'':
			for n < len(text) && (text[n] != '\'' || n+1 < len(text) && text[n+1] == '\'') {
				if text[n] == '\'' {
					n++
				}
				n++
			}
			n++
		case strings.HasPrefix(text, "||"), strings.HasPrefix(text, "->"):
			n = 2
		default:
			word := strings.IndexFunc(text, func(r rune) bool { return strings.ContainsRune(" \n(),'=|-", r) })
			if word < 0 {
				word = len(text)
			}
			n = max(word, 1)
		}
		list, text = append(list, text[:n]), text[n:]
	}
	return list
}

func TestTextIsQuotedAndShownByNumberWhereItDoesNotShow(t *testing.T) {
	for text, want := range map[string]string{
		"":              `''`,
		"it's":          `'it''s'`,
		"'":             `''''`,
		"'; DROP --":    `'''; DROP --'`,
		`\'`:            `'\'''`,
		"a\nb":          `'a' || chr(10) || 'b'`,
		"\x00":          `chr(0)`,
		"\x1b[31m":      `chr(27) || '[31m'`,
		"\u202ea":       `chr(8238) || 'a'`,
		"a\u00a0b":      `'a' || chr(160) || 'b'`,
		"\u2028":        `chr(8232)`,
		"\ufeff\u200b'": `chr(65279) || chr(8203) || ''''`,
		"é😀":            `'é😀'`,
	} {
		got := Str(text).String()
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\n\r\x00\x1b\u2028\u202e") {
			t.Errorf("%q: %q holds what does not show", text, got)
		}
	}
}

func TestNamesAreQuotedUnlessPlain(t *testing.T) {
	for name, want := range map[string]string{
		"eventname": `eventname`, "eventName": `eventName`, "_x9": `_x9`,
		"": `""`, "9x": `"9x"`, "a b": `"a b"`, "a.b": `"a.b"`, "a-b": `"a-b"`, `a"b`: `"a""b"`, `"; DROP`: `"""; DROP"`, "é": `"é"`, "a\x00b": `"ab"`,
		"end": `"end"`, "End": `"End"`, "timestamp": `"timestamp"`, "TYPE": `"TYPE"`, "user": `"user"`,
	} {
		if got := Ident(name).String(); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}

func TestLikeEscapesItsLiterals(t *testing.T) {
	x := Ident("x")
	for _, c := range []struct{ pattern, want string }{
		{"a%_b", `x LIKE 'a%_b'`},
		{EscapeLike("a") + "%", `x LIKE 'a%'`},
		{EscapeLike("50%_!'") + "%", `x LIKE '50!%!_!!''%' ESCAPE '!'`},
		{EscapeLike(`\`) + "_", `x LIKE '\_'`},
		{EscapeLike("\n") + "%", `x LIKE chr(10) || '%'`},
	} {
		if got := Like(x, c.pattern).String(); got != c.want {
			t.Errorf("%q: %s, want %s", c.pattern, got, c.want)
		}
	}
	if got := Like(Or(x, x), "a").String(); got != `(x OR x) LIKE 'a'` {
		t.Errorf("the operand of LIKE: %s", got)
	}
}
