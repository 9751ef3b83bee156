package compiler

import (
	"fmt"
	"regexp/syntax"
	"slices"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// Legalize rewrites a plan for a target. The plan that it returns holds only
// predicates that the target supports. Where it matches more than the given plan,
// Residual is the given plan, and the evaluator must filter the rows with it. The
// plan is nil where the list holds an error.
func Legalize(p *Plan, t *Target) (*Plan, diag.List) {
	var diags diag.List
	l := &legalizer{target: t, diags: &diags, exact: true}
	where := Simplify(l.pred(p.Where, true))
	l.noteJSON(p)
	if diags.HasErrors() {
		diags.Sort()
		return nil, diags
	}
	where = l.within(where, Tests, t.Limits.RuleTests, "tests")
	where = l.within(where, t.Clauses, t.Limits.Clauses, "clauses")
	diags.Sort()
	q := *p
	q.Where = where
	q.Show = l.shown(p.Show)
	if !l.exact {
		q.Residual = p
	}
	return &q, diags
}

// within omits parts of a condition, the largest first, until one query takes it.
func (l *legalizer) within(where Pred, size func(Pred) int, limit int, unit string) Pred {
	if limit == 0 || size(where) <= limit {
		return where
	}
	what := fmt.Sprintf("more than %d %s in one query", limit, unit)
	all, ok := where.(All)
	if !ok {
		return l.support(Omitted, what, where, true)
	}
	parts := slices.Clone(all.Of)
	largest := 0
	for i, p := range parts {
		if size(p) > size(parts[largest]) {
			largest = i
		}
	}
	parts[largest] = l.support(Omitted, what, parts[largest], true)
	return l.within(Simplify(All{all.Node, parts}), size, limit, unit)
}

// noteJSON adds a note, once for a plan, if it reads JSON which the target's table
// may spell in another way than the event.
func (l *legalizer) noteJSON(p *Plan) {
	if l.target.JSON != Respelled {
		return
	}
	said := false
	Walk(p.Where, func(p Pred) {
		for _, f := range Fields(p) {
			if f.Dynamic() && !said {
				said = true
				l.diags.Notef(diag.ReadAs, p.Span(), "", "%s reads %s from text: numbers and escapes as the table's reader writes them, a text that holds JSON as JSON",
					l.target.Title, f.Keys[0])
			}
		}
	})
}

// LegalizeCorrelation holds a correlation against what a target can say; legal
// holds the plans of rules that passed Legalize. Where the list holds no error,
// the evaluator correlates the rows of its rules' queries.
func LegalizeCorrelation(c *CorrelationPlan, t *Target, legal map[*sigma.Rule]*Plan) diag.List {
	l := &legalizer{target: t, diags: &diag.List{}}
	if t.Correlation == NoCorrelation {
		l.diags.Errorf(diag.Unsupported, c.Rule.KindAt, "run its rules by themselves, in a pack without it",
			"%s does not support correlations", t.Title)
		return *l.diags
	}
	for _, d := range Below([]*CorrelationPlan{c}) {
		for i, in := range d.Inputs {
			if in.Plan == nil {
				continue
			}
			if legal[in.Plan.Rule] == nil {
				l.diags.Errorf(diag.BadReference, d.Rule.Rules[i].At, "run it on another target", "%s cannot run the rule %q", t.Title, d.Rule.Rules[i].Text)
			}
			l.read(in, d.Rule)
		}
	}
	l.diags.Sort()
	return *l.diags
}

// read holds what a correlation reads of a plan's events against the target's
// tables.
func (l *legalizer) read(in *Input, c *sigma.Correlation) {
	for _, p := range slices.Concat(in.Group, in.Values) {
		switch {
		case !l.has(p):
			l.diags.Errorf(diag.NoColumn, c.KindAt, "choose another layout, or add the column to the table",
				"the table layout %s has no column for %s", l.target.Layouts[p.Source].Name, p.Name())
		case l.target.JSON == Respelled && p.Dynamic():
			l.diags.Notef(diag.ReadAs, c.KindAt, "", "%s reads %s from text: numbers and escapes as the table's reader writes them", l.target.Title, p.Name())
		}
	}
}

type legalizer struct {
	target *Target
	diags  *diag.List
	exact  bool
}

// shown leaves out what the table does not have.
func (l *legalizer) shown(paths []schema.Path) []schema.Path {
	var out []schema.Path
	for _, p := range paths {
		if l.has(p) {
			out = append(out, p)
		}
	}
	return out
}

func (l *legalizer) has(p schema.Path) bool {
	layout := l.target.Layouts[p.Source]
	if layout == nil {
		return true
	}
	_, _, ok := layout.Locate(p)
	return ok
}

// pred rewrites a predicate; positive tells whether it stands under an even
// number of negations, which is where more matches mean a superset.
func (l *legalizer) pred(p Pred, positive bool) Pred {
	switch p := p.(type) {
	case All:
		return All{p.Node, l.list(p.Of, positive)}
	case Any:
		return Any{p.Node, l.list(p.Of, positive)}
	case Not:
		return Not{p.Node, l.pred(p.Of, !positive)}
	case Const:
		return p
	default:
		q := l.leaf(p, positive)
		if !isConst(q) { // a widened one is the evaluator's
			l.noteNumeral(p)
		}
		return q
	}
}

func (l *legalizer) list(list []Pred, positive bool) []Pred {
	out := make([]Pred, len(list))
	for i, p := range list {
		out[i] = l.pred(p, positive)
	}
	return out
}

// leaf compares a leaf with the target's rows.
func (l *legalizer) leaf(p Pred, positive bool) Pred {
	for _, f := range Fields(p) {
		if !l.has(f) {
			l.diags.Errorf(diag.NoColumn, p.Span(), "choose another layout, or add the column to the table",
				"the table layout %s has no column for %s", l.target.Layouts[f.Source].Name, f.Name())
			return p
		}
		if whole := f.Type == schema.Struct || f.Type == schema.List; whole && !f.Dynamic() {
			support, what := l.target.StructText, "the text"
			if !needsText(p) {
				support, what = l.structPresence(), "the presence"
			}
			if p = l.support(support, what+" of the whole of "+f.Name(), p, positive); isConst(p) {
				return p
			}
		}
	}
	if l.target.LeafSupport != nil {
		if s, reason := l.target.LeafSupport(p); s != Exact {
			return l.because(s, reason, p, positive)
		}
	}
	switch p := p.(type) {
	case Regexp:
		return l.regexp(p, positive)
	case CIDR:
		return l.cidr(p, positive)
	case Num:
		return l.number(p, positive)
	case TimePart:
		return l.support(l.target.TimeParts, "a part of a time", p, positive)
	case FieldEq:
		return l.support(l.target.FieldEq, "a comparison of two fields", p, positive)
	case Keyword:
		return l.support(l.target.Keywords, "a search of the whole event", p, positive)
	case Text:
		return l.support(l.target.Glob, "wildcards", p, positive)
	case Null:
		if l.target.Presence == EmptyIsAbsent {
			l.diags.Notef(diag.ReadAs, p.Span(), "", "%s cannot tell [] from absent: it counts as null", l.target.Title)
		}
	case Exists:
		inJSON := p.Field.Declared < len(p.Field.Keys)
		if l.target.Presence == NullIsAbsent || l.target.Presence == EmptyIsAbsent || l.target.Presence == NullApartInJSON && !inJSON {
			l.diags.Notef(diag.ReadAs, p.Span(), "", "%s cannot tell null from absent: exists is read as \"is not null\"", l.target.Title)
			if l.target.Presence == NullApartInJSON && p.Field.Type == schema.JSON {
				return p // what nothing is found in, as in [null], is there all the same
			}
			return Not{p.Node, Null(p)}
		}
	}
	return p
}

// structPresence is how well the target decides whether a struct is present: an
// index has its declared members alone.
func (l *legalizer) structPresence() Support {
	if l.target.Presence == EmptyIsAbsent {
		return Omitted
	}
	return Exact
}

// needsText reports whether a leaf reads the text of its field.
func needsText(p Pred) bool {
	switch p.(type) {
	case Null, Exists:
		return false
	default:
		return true
	}
}

func isConst(p Pred) bool {
	_, ok := p.(Const)
	return ok
}

// support passes a leaf, omits it or rejects it; what names the thing that the
// target may not support.
func (l *legalizer) support(s Support, what string, p Pred, positive bool) Pred {
	return l.because(s, l.target.Title+" does not support "+what, p, positive)
}

// because is support with a whole reason.
func (l *legalizer) because(s Support, reason string, p Pred, positive bool) Pred {
	switch {
	case s == Exact:
		return p
	case s == Superset && positive:
		l.exact = false
		l.diags.Notef(diag.Superset, p.Span(), "", "%s, so the query returns extra events, which scan filters", reason)
		return p
	case s == Superset || s == Omitted:
		l.exact = false
		l.diags.Notef(diag.Superset, p.Span(), "", "%s, so this condition was left out: the query returns extra events, which scan filters", reason)
		return Const{Node{p.Span()}, positive}
	default:
		l.diags.Errorf(diag.Unsupported, p.Span(), "run the rule on another target", "%s", reason)
		return p
	}
}

func (l *legalizer) number(p Num, positive bool) Pred {
	support := l.target.Numbers
	if support == ExactDeclared {
		if support = Omitted; p.Field.Type == schema.Number {
			support = Exact
		}
	}
	return l.support(support, "a comparison of numbers", p, positive)
}

func (l *legalizer) cidr(p CIDR, positive bool) Pred {
	ok := l.target.CIDR == IPv4AndIPv6 || l.target.CIDR == IPv4Only && p.Prefix.Addr().Is4()
	if ok {
		return p
	}
	return l.support(Omitted, "networks of this kind", p, positive)
}

// regexp passes an expression that the target's engine reads as RE2 does. Nested
// repetition never reaches a backtracking engine: a hostile event could keep it busy
// for hours.
func (l *legalizer) regexp(p Regexp, positive bool) Pred {
	if l.target.Regexp != Joni {
		return p
	}
	if !portable(p.Parse(), false) {
		return l.support(Omitted, "this regular expression safely", p, positive)
	}
	return p
}

// portable reports whether an expression means the same to a backtracking
// engine and cannot make it take exponential time: inside a repetition there is
// no other one, and nothing that leaves a choice.
func portable(re *syntax.Regexp, repeated bool) bool {
	switch re.Op {
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
		if repeated {
			return false
		}
		repeated = re.Op != syntax.OpRepeat || re.Max < 0 || re.Max > 1
	case syntax.OpQuest, syntax.OpAlternate:
		if repeated {
			return false
		}
	case syntax.OpNoMatch, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return false // \b looks at ASCII in RE2, at all letters elsewhere
	default:
	}
	for _, sub := range re.Sub {
		if !portable(sub, repeated) {
			return false
		}
	}
	return true
}
