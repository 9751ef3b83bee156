package sigma

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// Join puts packs together, says which ids stand twice, gives filters to the
// rules they narrow, and follows the references of correlations. A correlation
// with a wrong reference is left out, and said.
func Join(packs ...*Pack) *Pack {
	all := &Pack{}
	for _, p := range packs {
		all.add(p.Document)
		all.Files += p.Files
		all.Diags = append(all.Diags, p.Diags...)
	}
	j := &joiner{pack: all, rules: map[string][]*Rule{}, correlations: map[string][]*Correlation{}}
	j.index()
	j.correlate()
	for _, f := range all.Filters {
		j.filter(f)
	}
	all.Diags.Sort()
	return all
}

// joiner knows the documents of a pack by id and by name.
type joiner struct {
	pack         *Pack
	rules        map[string][]*Rule
	correlations map[string][]*Correlation
}

func (j *joiner) index() {
	for _, r := range j.pack.Rules {
		for _, key := range r.keys() {
			j.rules[key] = append(j.rules[key], r)
		}
	}
	for _, c := range j.pack.Correlations {
		for _, key := range c.keys() {
			j.correlations[key] = append(j.correlations[key], c)
		}
	}
	first := map[string]diag.Span{}
	for _, h := range j.pack.headers() {
		if h.ID == "" {
			continue
		}
		if other, twice := first[h.ID]; twice {
			j.pack.Diags.Warnf(diag.DuplicateID, h.At, "write a different id for each rule", "the id %s is also that of %s", h.ID, other)
			continue
		}
		first[h.ID] = h.At
	}
}

// keys are what references may call a document.
func (h *Header) keys() []string {
	keys := slices.DeleteFunc([]string{h.ID, h.Name}, func(s string) bool { return s == "" })
	return slices.Compact(keys)
}

func (p *Pack) headers() []*Header {
	var list []*Header
	for _, r := range p.Rules {
		list = append(list, &r.Header)
	}
	for _, c := range p.Correlations {
		list = append(list, &c.Header)
	}
	for _, f := range p.Filters {
		list = append(list, &f.Header)
	}
	return list
}

// correlate follows the references of correlations. One that refers to a
// correlation that is left out is left out as well.
func (j *joiner) correlate() {
	bad := map[*Correlation]bool{}
	for _, c := range j.pack.Correlations {
		for i := range c.Rules {
			if !j.follow(&c.Rules[i]) {
				bad[c] = true
			}
		}
	}
	state := map[*Correlation]visit{}
	for _, c := range j.pack.Correlations {
		j.order(c, state, bad)
	}
	j.pack.LeftOut += len(bad)
	j.pack.Correlations = slices.DeleteFunc(j.pack.Correlations, func(c *Correlation) bool { return bad[c] })
	j.markBases()
}

// follow finds what a correlation's reference stands for.
func (j *joiner) follow(ref *Reference) bool {
	rules, correlations := j.rules[ref.Text], j.correlations[ref.Text]
	switch n := len(rules) + len(correlations); {
	case n == 0:
		j.pack.Diags.Errorf(diag.BadReference, ref.At, j.near(ref.Text), "no rule has the id or name %q", ref.Text)
		return false
	case n > 1:
		j.ambiguous(ref, n)
		return false
	case len(rules) == 1:
		ref.Rule = rules[0]
	default:
		ref.Correlation = correlations[0]
	}
	return true
}

func (j *joiner) ambiguous(ref *Reference, n int) {
	j.pack.Diags.Errorf(diag.BadReference, ref.At, "write a different name for each rule", "%d rules have the id or name %q", n, ref.Text)
}

func (j *joiner) near(name string) string {
	names := slices.Concat(slices.Sorted(maps.Keys(j.rules)), slices.Sorted(maps.Keys(j.correlations)))
	return diag.Suggest(name, names, "load the file that holds the rule as well")
}

// visit is how far a walk has come with a correlation.
type visit int

const (
	entered visit = iota + 1
	left
)

// order walks a correlation's references and refuses circles.
func (j *joiner) order(c *Correlation, state map[*Correlation]visit, bad map[*Correlation]bool) {
	if state[c] == left {
		return
	}
	state[c] = entered
	for _, ref := range c.Rules {
		inner := ref.Correlation
		switch {
		case inner == nil:
			continue
		case state[inner] == entered:
			j.pack.Diags.Errorf(diag.CircularReference, ref.At, "", "%q refers back to this correlation", ref.Text)
			bad[c] = true
			continue
		}
		if j.order(inner, state, bad); bad[inner] && !bad[c] {
			j.pack.Diags.Errorf(diag.BadReference, ref.At, "correct that one first", "the correlation %q has an error itself", ref.Text)
			bad[c] = true
		}
	}
	state[c] = left
}

// markBases finds the rules and correlations that report nothing of their own,
// because only correlations that do not generate refer to them.
func (j *joiner) markBases() {
	generated := map[*bool]bool{} // by the mark
	for _, c := range j.pack.Correlations {
		for _, ref := range c.Rules {
			mark := ref.base()
			generated[mark] = generated[mark] || c.Generate
		}
	}
	for mark, reports := range generated {
		*mark = !reports
	}
}

// base gives the mark of what a reference stands for.
func (ref *Reference) base() *bool {
	if ref.Correlation != nil {
		return &ref.Correlation.Base
	}
	return &ref.Rule.Base
}

// filter gives a filter to its rules. One that reaches none is said: what it
// should leave out is reported.
func (j *joiner) filter(f *Filter) {
	if f.Any {
		n := 0
		for _, r := range j.pack.Rules {
			if f.fits(r) {
				r.Filters = append(r.Filters, f)
				n++
			}
		}
		if n == 0 {
			j.pack.Diags.Warnf(diag.IdleFilter, f.At, "", "no rule has the logsource of this filter")
		}
		return
	}
	for i := range f.Rules {
		ref := &f.Rules[i]
		switch rules := j.rules[ref.Text]; {
		case len(rules) > 1:
			j.ambiguous(ref, len(rules))
		case len(rules) == 0 && len(j.correlations[ref.Text]) > 0:
			j.pack.Diags.Errorf(diag.BadReference, ref.At, "name the rules that it correlates", "%q is a correlation: filters reach it through its rules", ref.Text)
		case len(rules) == 0:
			j.pack.Diags.Warnf(diag.IdleFilter, ref.At, j.near(ref.Text), "no rule has the id or name %q", ref.Text)
		case !f.fits(rules[0]):
			j.pack.Diags.Warnf(diag.IdleFilter, ref.At, "remove attributes from the filter's logsource",
				"the rule %q lacks the logsource of this filter, which does not apply to it", ref.Text)
		case slices.Contains(rules[0].Filters, f): // named by id and by name
		default:
			ref.Rule = rules[0]
			rules[0].Filters = append(rules[0].Filters, f)
		}
	}
}

// fits reports whether every attribute of the filter's logsource is the rule's.
func (f *Filter) fits(r *Rule) bool {
	want, have := f.Logsource, r.Logsource
	for _, pair := range [][2]string{{want.Category, have.Category}, {want.Product, have.Product}, {want.Service, have.Service}} {
		if pair[0] != "" && !strings.EqualFold(pair[0], pair[1]) {
			return false
		}
	}
	for key, value := range want.AdditionalFields {
		if !reflect.DeepEqual(value, have.AdditionalFields[key]) {
			return false
		}
	}
	return true
}
