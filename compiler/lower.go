package compiler

import (
	"net/netip"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// lowerer turns the searches of a rule and of its filters, a detection at a time, into predicates. After it no modifier,
// selector or wildcard text is left.
type lowerer struct {
	detection *sigma.Detection
	source    *schema.Source
	diags     *diag.List
	searches  map[string]Pred
	values    sigma.Values // of placeholders
	spellings int          // that encodings and placeholders have made of the rule's values so far
}

// Limits on what one rule becomes.
const (
	maxExpanded  = 100_000  // spellings of its values by expand
	maxSpellings = 50_000   // of them by windash and base64offset too
	maxSpelled   = 64 << 20 // bytes of one value's spellings
	maxDiags     = 1_000
)

func (l *lowerer) search(s *sigma.Search) Pred {
	any := Any{Node: Node{s.At}}
	for _, alt := range s.Of {
		all := All{Node: Node{s.At}}
		for i := range alt {
			all.Of = append(all.Of, l.item(&alt[i]))
		}
		any.Of = append(any.Of, all)
	}
	return any
}

// item lowers a field with its values. Values are alternatives, under all they
// must all hold; neq negates the whole.
func (l *lowerer) item(it *sigma.Item) Pred {
	if l.enough() {
		return Const{Node: Node{it.At}}
	}
	var field schema.Path
	if it.Field != "" {
		var ok bool
		if field, ok = l.resolve(it.Field, it.At); !ok {
			return Const{Node: Node{it.At}}
		}
	}
	x := &itemLowerer{lowerer: l, it: it, field: field, fold: !it.Has("cased")}
	preds := make([]Pred, 0, len(it.Values))
	for _, v := range it.Values {
		preds = append(preds, x.value(v))
	}
	var p Pred
	if it.Has("all") {
		p = All{Node{it.At}, preds}
	} else {
		p = Any{Node{it.At}, mergeEquals(preds)}
	}
	if it.Has("neq") {
		p = Not{Node{it.At}, p}
	}
	return p
}

// enough reports whether so much is wrong with the rule that nothing more is
// said. Lowering says errors alone, so the rule is refused already.
func (l *lowerer) enough() bool { return len(*l.diags) >= maxDiags }

// resolve finds a field of the source, or says that there is none.
func (l *lowerer) resolve(name string, at diag.Span) (schema.Path, bool) {
	p, near, ok := l.source.Resolve(name)
	if !ok {
		l.diags.Errorf(diag.UnknownField, at, unknownFieldHint(l.source, near), "%s events have no field %q", l.source.Title, name)
	}
	return p, ok
}

func unknownFieldHint(source *schema.Source, near string) string {
	if near != "" {
		return "did you mean " + near + "?"
	}
	return "sigmahunt rules --fields " + source.Name + " lists its fields"
}

// mergeEquals joins plain equalities of one field into one In, in the place of
// the first.
func mergeEquals(preds []Pred) []Pred {
	var out []Pred
	var values []string
	at := -1 // the place of the In in out
	for _, p := range preds {
		if in, ok := p.(In); ok {
			values = append(values, in.Values...)
			if at >= 0 {
				continue
			}
			at = len(out)
		}
		out = append(out, p)
	}
	if at >= 0 {
		in := out[at].(In)
		slices.Sort(values)
		in.Values = slices.Compact(values)
		out[at] = in
	}
	return out
}

// itemLowerer lowers the values of one item.
type itemLowerer struct {
	*lowerer
	it    *sigma.Item
	field schema.Path
	fold  bool
}

// value lowers one value by what its kind and the modifiers ask.
func (x *itemLowerer) value(v sigma.Value) Pred {
	switch {
	case x.enough(), x.spellings > maxExpanded: // said already
		return Const{Node: Node{v.At}}
	case v.Kind == sigma.Null:
		return Null{Node{v.At}, x.field}
	}
	for _, m := range x.it.Modifiers {
		switch m {
		case "re":
			return x.regexp(v)
		case "cidr":
			return x.cidr(v)
		case "exists":
			return x.exists(v)
		case "fieldref":
			return x.fieldref(v)
		case "lt", "lte", "gt", "gte":
			return x.number(m, v)
		case "minute", "hour", "day", "week", "month", "year":
			return x.timePart(m, v)
		}
	}
	switch v.Kind {
	case sigma.Number:
		return x.text(v, sigma.LiteralPattern(canonicalNumber(v.Text)))
	case sigma.Bool:
		return x.text(v, sigma.LiteralPattern(v.Text))
	default:
		return x.encoded(v)
	}
}

// canonicalNumber gives a number's text as events' numbers are read: 443.0 is
// 443.
func canonicalNumber(text string) string {
	if d, ok := record.ParseDecimal(text); ok {
		return d.String()
	}
	return text
}

// encoded puts the values of placeholders in, sends the text through windash,
// utf16 and base64, in the order of the modifiers, and matches any of what comes
// out.
func (x *itemLowerer) encoded(v sigma.Value) Pred {
	patterns := []sigma.Pattern{sigma.ParsePattern(v.Text)}
	if x.it.Has("expand") {
		var ok bool
		if patterns, ok = x.expandText(v); !ok {
			return Const{Node: Node{v.At}}
		}
	}
	for _, m := range x.it.Modifiers {
		enc, ok := encodings[m]
		if !ok {
			continue
		}
		var next []sigma.Pattern
		size := 0
		for _, p := range patterns {
			out, err := enc(p)
			if err != nil {
				x.diags.Errorf(err.code, v.At, err.hint, "%s: %s", m, err.message)
				return Const{Node: Node{v.At}}
			}
			for _, q := range out {
				size += q.Len()
			}
			if next = append(next, out...); !x.room(v, len(next), maxSpellings, size) {
				return Const{Node: Node{v.At}}
			}
		}
		patterns = next
	}
	x.spellings += len(patterns) - 1
	any := Any{Node: Node{v.At}}
	for _, p := range patterns {
		if !utf8.ValidString(p.String()) {
			x.diags.Errorf(diag.BadValue, v.At, "add base64 or base64offset", "the bytes of this value in UTF-16 are no text")
			return Const{Node: Node{v.At}}
		}
		any.Of = append(any.Of, x.text(v, p))
	}
	if len(any.Of) == 1 {
		return any.Of[0]
	}
	any.Of = mergeEquals(any.Of)
	return any
}

// room reports whether a value may have n spellings of so many bytes together;
// where it may not, it is said once for the rule.
func (x *itemLowerer) room(v sigma.Value, n, limit, size int) bool {
	if x.spellings+n-1 <= limit && (n == 1 || size <= maxSpelled) {
		return true
	}
	if x.spellings <= maxExpanded {
		if n > 1 && size > maxSpelled {
			x.diags.Errorf(diag.TooLarge, v.At, "shorten the value", "encodings and placeholders give more than %d MiB of spellings of the value", maxSpelled>>20)
		} else {
			x.diags.Errorf(diag.TooLarge, v.At, "split the rule", "encodings and placeholders give more than %d spellings of the rule's values", limit)
		}
		x.spellings = maxExpanded + 1
	}
	return false
}

// text matches a pattern against the field, or against the whole event where
// there is no field.
func (x *itemLowerer) text(v sigma.Value, p sigma.Pattern) Pred {
	node := Node{v.At}
	if x.fold {
		p = p.Map(sigma.Fold)
	}
	if x.it.Field == "" {
		return Keyword{Node: node, Pattern: p.Open(true, true), Fold: x.fold}
	}
	p = p.Open(x.it.Has("contains") || x.it.Has("endswith"), x.it.Has("contains") || x.it.Has("startswith"))
	if plain, ok := p.Plain(); ok {
		return In{node, x.field, []string{plain}, x.fold}
	}
	return Text{node, x.field, p, x.fold}
}

func (x *itemLowerer) regexp(v sigma.Value) Pred {
	exprs := []string{v.Text}
	if x.it.Has("expand") {
		var ok bool
		if exprs, ok = x.expandRegexp(v); !ok {
			return Const{Node: Node{v.At}}
		}
		x.spellings += len(exprs) - 1
	}
	any := Any{Node: Node{v.At}}
	for _, expr := range exprs {
		r := Regexp{Node: Node{v.At}, Field: x.field, Expr: expr, Prefix: x.it.Has("startswith"), Suffix: x.it.Has("endswith")}
		r.Flags.IgnoreCase = x.it.Has("i") || x.it.Has("ignorecase")
		r.Flags.Multiline = x.it.Has("m") || x.it.Has("multiline")
		r.Flags.DotAll = x.it.Has("s") || x.it.Has("dotall")
		if _, err := syntax.Parse(r.Source(), syntax.Perl); err != nil {
			x.diags.Errorf(diag.BadRegexp, v.At, "", "with its modifiers the regular expression cannot be read: %s",
				strings.TrimPrefix(err.Error(), "error parsing regexp: "))
			return Const{Node: Node{v.At}}
		}
		if x.it.Field == "" {
			any.Of = append(any.Of, Keyword{Node: r.Node, Regexp: &r})
			continue
		}
		any.Of = append(any.Of, r)
	}
	if len(any.Of) == 1 {
		return any.Of[0]
	}
	return any
}

func (x *itemLowerer) cidr(v sigma.Value) Pred {
	text := v.Text
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		return CIDR{Node{v.At}, x.field, netip.PrefixFrom(addr, addr.BitLen())}
	}
	prefix, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		x.diags.Errorf(diag.BadCIDR, v.At, "write it as 10.0.0.0/8 or 2001:db8::/32", "%q is not a network", text)
	case prefix.Masked() != prefix:
		x.diags.Errorf(diag.HostBits, v.At, "did you mean "+prefix.Masked().String()+"?", "%q has host bits set", text)
	}
	return CIDR{Node{v.At}, x.field, prefix}
}

func (x *itemLowerer) exists(v sigma.Value) Pred {
	p := Pred(Exists{Node{v.At}, x.field})
	if v.Text == "false" {
		p = Not{Node{v.At}, p}
	}
	return p
}

func (x *itemLowerer) fieldref(v sigma.Value) Pred {
	name, plain := sigma.ParsePattern(v.Text).Plain()
	if !plain {
		x.diags.Errorf(diag.BadValue, v.At, "name one field", "fieldref takes a field's name, without wildcards")
		return Const{Node: Node{v.At}}
	}
	other, ok := x.resolve(name, v.At)
	if !ok {
		return Const{Node: Node{v.At}}
	}
	rel := Same
	switch {
	case x.it.Has("contains"):
		rel = Holds
	case x.it.Has("startswith"):
		rel = HasPrefix
	case x.it.Has("endswith"):
		rel = HasSuffix
	}
	return FieldEq{Node{v.At}, x.field, other, rel, x.fold}
}

var relations = map[string]Op{"lt": Less, "lte": LessEqual, "gt": Greater, "gte": GreaterEqual}

func (x *itemLowerer) number(m string, v sigma.Value) Pred {
	bound, ok := record.ParseDecimal(v.Text)
	if !ok {
		x.diags.Errorf(diag.BadValue, v.At, "", "%s is too large a number", v.Text)
	}
	return Num{Node{v.At}, x.field, relations[m], bound}
}

// parts gives each time part with the values it can have.
var parts = map[string]struct {
	part     Part
	min, max int
}{
	"minute": {Minute, 0, 59}, "hour": {Hour, 0, 23}, "day": {Day, 1, 31},
	"week": {Week, 1, 53}, "month": {Month, 1, 12}, "year": {Year, 0, 9999},
}

func (x *itemLowerer) timePart(m string, v sigma.Value) Pred {
	spec := parts[m]
	n, err := strconv.Atoi(v.Text)
	op := Equal
	for name, o := range relations {
		if x.it.Has(name) {
			op = o
		}
	}
	if err != nil || op == Equal && (n < spec.min || n > spec.max) {
		x.diags.Errorf(diag.BadValue, v.At, "", "%s is a whole number from %d to %d", m, spec.min, spec.max)
	}
	return TimePart{Node{v.At}, x.field, spec.part, op, n}
}
