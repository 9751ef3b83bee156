package nodetest

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Condition gives what the script of a trigger gives over counts. Of Painless it
// knows counts, integers, false, and + >= && || ?: in parentheses, with their types.
func Condition(script string, counts map[string]int64) (holds bool, err error) {
	c := &conditions{counts: counts, rest: token.FindAllString(script, -1)}
	if joined := strings.Join(c.rest, ""); joined != strings.ReplaceAll(script, " ", "") {
		return false, fmt.Errorf("painless: cannot be read: %s", script)
	}
	v := c.either()
	holds, ok := v.(bool)
	if c.err == nil && (!ok || len(c.rest) > 0) {
		c.err = fmt.Errorf("painless: no condition: %s", script)
	}
	return holds, c.err
}

var token = regexp.MustCompile(`[A-Za-z_][\w.\[\]]*|\d+L?|>=|&&|\|\||[-+?:()<>]`)

// conditions reads a script while it is run.
type conditions struct {
	counts map[string]int64
	rest   []string
	err    error
}

// next takes the token that comes next, where it is that one.
func (c *conditions) next(text string) bool {
	if len(c.rest) == 0 || c.rest[0] != text {
		return false
	}
	c.rest = c.rest[1:]
	return true
}

func (c *conditions) fail(what string) any {
	if c.err == nil {
		c.err = fmt.Errorf("painless: %s before %q", what, c.rest)
	}
	return nil
}

// joined reads operands between operators, of which all are of one type.
func joined[T any](c *conditions, operator string, operand func() any, join func(a, b T) any) any {
	v := operand()
	for c.next(operator) {
		a, ok := v.(T)
		b, also := operand().(T)
		if !ok || !also {
			return c.fail("no operand of " + operator)
		}
		v = join(a, b)
	}
	return v
}

func (c *conditions) either() any {
	return joined(c, "||", c.both, func(a, b bool) any { return a || b })
}

func (c *conditions) both() any {
	return joined(c, "&&", c.compared, func(a, b bool) any { return a && b })
}

func (c *conditions) compared() any {
	return joined(c, ">=", c.sum, func(a, b int64) any { return a >= b })
}

func (c *conditions) sum() any {
	return joined(c, "+", c.value, func(a, b int64) any { return a + b })
}

func (c *conditions) value() any {
	if len(c.rest) == 0 {
		return c.fail("it ends")
	}
	if c.next("(") {
		return c.inParentheses()
	}
	text := c.rest[0]
	c.rest = c.rest[1:]
	if n, ok := c.counts[text]; ok {
		return n
	}
	if text == "false" {
		return false
	}
	bits := 32 // an int, in Java
	if long, ok := strings.CutSuffix(text, "L"); ok {
		text, bits = long, 64
	}
	n, err := strconv.ParseInt(text, 10, bits)
	if err != nil {
		return c.fail("no value " + text)
	}
	return n
}

func (c *conditions) inParentheses() any {
	v := c.either()
	if c.next("?") {
		holds, ok := v.(bool)
		yes, _ := c.either().(int64)
		ok = ok && c.next(":")
		no, _ := c.either().(int64)
		if !ok {
			return c.fail("no choice")
		}
		if v = no; holds {
			v = yes
		}
	}
	if !c.next(")") {
		return c.fail("no parenthesis")
	}
	return v
}
