package sigma

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// role is the place of a modifier in a chain.
type role int

const (
	flag       role = iota + 1 // all, cased, neq: anywhere
	encode                     // changes the text before it is matched
	anchor                     // contains, startswith, endswith
	compare                    // says itself how a value is compared: one at most
	relation                   // lt, lte, gt, gte: a comparison, or after a time part
	timePart                   // minute to year
	regexpFlag                 // i, m, s: after re
)

// takes is the kind of values that a modifier wants.
type takes int

const (
	anything takes = iota + 1
	textOnly
	numberOnly
	boolOnly
)

// modifierSpec is one modifier of the specification.
type modifierSpec struct {
	role  role
	takes takes
}

// modifiers is the specification's table (2.1, "Value Modifiers"); regexp flags
// also go by the long names that pySigma knows.
var modifiers = map[string]modifierSpec{
	"all":   {flag, anything},
	"neq":   {flag, anything},
	"cased": {flag, textOnly},

	"contains":   {anchor, textOnly},
	"startswith": {anchor, textOnly},
	"endswith":   {anchor, textOnly},

	"base64":       {encode, textOnly},
	"base64offset": {encode, textOnly},
	"wide":         {encode, textOnly},
	"utf16le":      {encode, textOnly},
	"utf16be":      {encode, textOnly},
	"utf16":        {encode, textOnly},
	"windash":      {encode, textOnly},
	"expand":       {encode, textOnly},

	"re":       {compare, textOnly},
	"cidr":     {compare, textOnly},
	"exists":   {compare, boolOnly},
	"fieldref": {compare, textOnly},

	"lt":  {relation, numberOnly},
	"lte": {relation, numberOnly},
	"gt":  {relation, numberOnly},
	"gte": {relation, numberOnly},

	"minute": {timePart, numberOnly},
	"hour":   {timePart, numberOnly},
	"day":    {timePart, numberOnly},
	"week":   {timePart, numberOnly},
	"month":  {timePart, numberOnly},
	"year":   {timePart, numberOnly},

	"i":          {regexpFlag, textOnly},
	"m":          {regexpFlag, textOnly},
	"s":          {regexpFlag, textOnly},
	"ignorecase": {regexpFlag, textOnly},
	"multiline":  {regexpFlag, textOnly},
	"dotall":     {regexpFlag, textOnly},
}

// ModifierNames gives every modifier, sorted.
func ModifierNames() []string {
	names := make([]string, 0, len(modifiers))
	for name := range modifiers {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// chain is what has been read of an item's modifiers.
type chain struct {
	it    *Item
	diags *diag.List
	main  string // the compare, relation or timePart at work
	spec  modifierSpec
	ok    bool
}

// checkModifiers holds an item's modifiers against the table, and its values,
// when all could be read, against what the modifiers take.
func checkModifiers(it *Item, values bool, diags *diag.List) {
	c := &chain{it: it, diags: diags, ok: true}
	for i, name := range it.Modifiers {
		spec, known := modifiers[name]
		if !known {
			c.unknown(i)
			continue
		}
		if slices.Contains(it.Modifiers[:i], name) {
			c.illegal(i, "it appears twice")
			continue
		}
		c.place(i, spec)
	}
	if c.ok && values {
		c.checkValues()
	}
}

func (c *chain) unknown(i int) {
	name := c.it.Modifiers[i]
	names := ModifierNames()
	hint := diag.Suggest(name, names, "the modifiers are "+strings.Join(names, ", "))
	c.diags.Errorf(diag.UnknownModifier, c.it.ModifierAt[i], hint, "there is no modifier %q", name)
	c.ok = false
}

func (c *chain) illegal(i int, format string, args ...any) {
	c.diags.Errorf(diag.BadChain, c.it.ModifierAt[i], "", "the modifier %q is not allowed here: "+format,
		append([]any{c.it.Modifiers[i]}, args...)...)
	c.ok = false
}

// place checks one modifier against those before it.
func (c *chain) place(i int, spec modifierSpec) {
	before := c.it.Modifiers[:i]
	name := c.it.Modifiers[i]
	switch spec.role {
	case flag:
		c.placeFlag(i)
	case encode:
		c.placeEncode(i)
	case anchor:
		switch {
		case c.main != "" && c.main != "re" && c.main != "fieldref":
			c.illegal(i, "%s compares in its own way", c.main)
		case hasRole(before, anchor) != "":
			c.illegal(i, "%s is there already", hasRole(before, anchor))
		case c.it.Field == "" && name != "contains":
			c.illegal(i, "a keyword matches anywhere")
		}
	case compare, timePart:
		if other := firstBeside(before, name); other != "" {
			c.illegal(i, "it must come before %s", other)
			return
		}
		if c.it.Field == "" && name != "re" {
			c.illegal(i, "it needs a field")
			return
		}
		c.main, c.spec = name, spec
	case relation:
		switch {
		case c.main == "" || c.spec.role == timePart && hasRole(before, relation) == "":
			if other := firstBeside(before, name); c.main == "" && other != "" {
				c.illegal(i, "it does not go with %s", other)
				return
			}
			if c.it.Field == "" {
				c.illegal(i, "it needs a field")
				return
			}
			if c.main == "" {
				c.main, c.spec = name, spec
			}
		default:
			c.illegal(i, "%s is there already", c.main)
		}
	case regexpFlag:
		if c.main != "re" {
			c.illegal(i, "it belongs after re")
		}
	}
}

func (c *chain) placeFlag(i int) {
	switch name := c.it.Modifiers[i]; {
	case name == "cased" && c.main != "" && c.main != "fieldref":
		c.illegal(i, "%s does not compare text", c.main)
	case name == "all" && (c.main == "exists" || c.spec.role == relation || c.spec.role == timePart):
		c.illegal(i, "%s takes one value", c.main)
	}
}

// placeEncode lets encodings follow each other from text to bytes to base64.
func (c *chain) placeEncode(i int) {
	name, before := c.it.Modifiers[i], c.it.Modifiers[:i]
	isText := name == "windash" || name == "expand"
	switch {
	case c.main != "" && (c.main != "re" || name != "expand"):
		c.illegal(i, "%s takes its value as it is", c.main)
	case !isText && hasRole(before, anchor) != "":
		c.illegal(i, "it must come before %s, which adds wildcards", hasRole(before, anchor))
	case isBase64(name) && (slices.Contains(before, "base64") || slices.Contains(before, "base64offset")):
		c.illegal(i, "the value is base64 already")
	case isUTF16(name) && slices.ContainsFunc(before, func(m string) bool { return isUTF16(m) || isBase64(m) }):
		c.illegal(i, "the value is encoded already")
	case name == "expand" && slices.Contains(before, "windash"):
		c.illegal(i, "it must come before windash")
	case isText && slices.ContainsFunc(before, func(m string) bool { return isUTF16(m) || isBase64(m) }):
		c.illegal(i, "the value is encoded already")
	}
}

func isUTF16(name string) bool {
	return name == "wide" || strings.HasPrefix(name, "utf16")
}

func isBase64(name string) bool { return strings.HasPrefix(name, "base64") }

// hasRole gives the first modifier of a role, or nothing.
func hasRole(names []string, want role) string {
	for _, n := range names {
		if modifiers[n].role == want {
			return n
		}
	}
	return ""
}

// firstBeside gives the first modifier that cannot stand before main.
func firstBeside(before []string, main string) string {
	for _, n := range before {
		switch {
		case n == "neq":
		case n == "all" && (main == "re" || main == "cidr" || main == "fieldref"):
		case n == "cased" && main == "fieldref":
		case n == "expand" && main == "re":
		default:
			return n
		}
	}
	return ""
}

// checkValues holds the values against what the modifiers take.
func (c *chain) checkValues() {
	it := c.it
	for _, v := range it.Values {
		if v.Kind == Null && (len(it.Values) > 1 || len(it.Modifiers) > 0 && !onlyNeq(it.Modifiers)) {
			c.diags.Errorf(diag.BadValue, v.At, "write null in a search of its own", "null is only allowed alone, without modifiers")
			c.ok = false
			continue
		}
		c.checkKind(v)
	}
	if !c.ok {
		return
	}
	if it.Has("all") && len(it.Values) == 1 {
		c.diags.Warnf(diag.NeedlessAll, it.ModifierAt[slices.Index(it.Modifiers, "all")], "remove it", "all has no effect on a single value")
	}
	switch relation := hasRole(it.Modifiers, relation); {
	case len(it.Values) == 1:
	case c.main == "exists":
		c.diags.Errorf(diag.BadValue, it.Values[1].At, "", "exists takes one value")
		return
	case relation != "":
		c.diags.Warnf(diag.ComparedList, it.Values[1].At, "keep one value", "%s with a list is true if the comparison with any of its values is true, so one of the values decides alone", relation)
	}
	if c.main == "re" {
		for _, v := range it.Values {
			checkRegexp(v, c.diags)
		}
	}
}

func onlyNeq(names []string) bool { return len(names) == 1 && names[0] == "neq" }

func (c *chain) checkKind(v Value) {
	for i, name := range c.it.Modifiers {
		want := ""
		switch modifiers[name].takes {
		case textOnly:
			if v.Kind != String {
				want = "text: put the value in quotes"
			}
		case numberOnly:
			if v.Kind != Number {
				want = "a number without quotes"
			}
		case boolOnly:
			if v.Kind != Bool {
				want = "true or false without quotes"
			}
		case anything:
		}
		if want != "" {
			c.diags.Errorf(diag.BadValue, v.At, "", "%s takes %s", c.it.Modifiers[i], want)
			c.ok = false
			return
		}
	}
}

// lookaround finds what RE2 leaves out on purpose, in the part of an expression
// that it complains of.
var lookaround = regexp.MustCompile(`^(\(\?(<?[=!]|>|P$)|\\[1-9k])`)

// checkRegexp reads an expression with RE2's grammar, which every engine is
// held to.
func checkRegexp(v Value, diags *diag.List) {
	_, err := syntax.Parse(v.Text, syntax.Perl)
	var at *syntax.Error
	switch {
	case err == nil:
	case errors.As(err, &at) && lookaround.MatchString(at.Expr):
		diags.Errorf(diag.RegexpUnsupported, v.At, "write not and a second search instead",
			"lookaround and back-references are not part of Sigma's regular expressions")
	default:
		diags.Errorf(diag.BadRegexp, v.At, "", "the regular expression cannot be read: %s",
			strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
}
