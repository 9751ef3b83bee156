package episodes

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// hits adds the part "events": those of the rules and of the correlations below.
func (l *level) hits(by map[*compiler.CorrelationPlan]*level) error {
	var sources []*source
	for i, in := range l.of.Inputs {
		if in.Plan == nil {
			continue
		}
		at := slices.IndexFunc(sources, func(s *source) bool { return s.of == in.Plan.Source })
		if at < 0 {
			r := l.d.Reader(in.Plan.Source, l.window)
			sources, at = append(sources, &source{level: l, of: in.Plan.Source, Reader: r}), len(sources)
		}
		sources[at].inputs = append(sources[at].inputs, i)
	}
	l.scalar = !slices.ContainsFunc(sources, (*source).lists)
	var seen []string
	for _, s := range sources {
		query, err := s.seen()
		if err != nil {
			return err
		}
		seen = append(seen, query)
	}
	var parts []string
	if len(seen) > 0 {
		how := ""
		if l.sparse() {
			how = l.d.Once()
		}
		l.part(l.name("seen"), how, strings.Join(seen, "\nUNION ALL\n"))
		parts = append(parts, l.settled(sources))
	}
	for i, in := range l.of.Inputs {
		if in.Inner != nil {
			parts = append(parts, l.completions(i, in, by[in.Inner]))
		}
	}
	l.add(l.name("events"), strings.Join(parts, "\nUNION ALL\n"))
	return nil
}

// source is one source's part of a correlation's events.
type source struct {
	*level
	Reader
	of     *schema.Source
	inputs []int
	fields []field // read so far
}

// field is what is read of a path, by the names of its columns.
type field struct {
	path      string
	list      bool
	text, odd string // odd: empty where it never is
}

// lists reports whether some value to count may have several leaves.
func (s *source) lists() bool {
	return slices.ContainsFunc(s.inputs, func(i int) bool {
		return slices.ContainsFunc(s.level.of.Inputs[i].Values, func(p schema.Path) bool { return !s.Scalar(p) })
	})
}

// reading is what an input reads of an event, in terms of the columns of fields.
type reading struct {
	groups []string
	value  string
	odd    []string
}

// seen gives the events that rules match and that have values to group by. An
// event stands there once for each input.
func (s *source) seen() (string, error) {
	id, err := s.ID()
	if err != nil {
		return "", err
	}
	odd := s.Odd()
	columns := []string{isTrue(odd) + " AS undecided", s.Nanos().String() + " AS event_ns", id.String() + " AS id"}
	var plans []*compiler.Plan
	var tests []sqlgen.Expr
	var readings []reading
	for _, i := range s.inputs {
		in := s.level.of.Inputs[i]
		plan := s.legal[in.Plan.Rule]
		plans, tests = append(plans, plan), append(tests, s.Test(plan))
		r, err := s.reads(in, &columns)
		if err != nil {
			return "", err
		}
		readings = append(readings, r)
	}
	match := tests[0]
	if len(tests) > 1 {
		match = s.MayMatch(plans)
	}
	where := sqlgen.And(append(s.Bounds(), match)...)
	if !odd.IsZero() {
		where = sqlgen.Or(odd, where)
	}
	input := strconv.Itoa(s.inputs[0])
	if len(tests) > 1 {
		columns = append(columns, s.matched(tests, odd)+" AS inputs")
		input = "input"
	}
	read := s.name("read_" + s.of.Name)
	s.add(read, "SELECT "+strings.Join(columns, ",\n  ")+"\nFROM "+s.Table().String()+"\nWHERE "+sqlgen.Print(where, "  "))
	if len(tests) > 1 {
		names := []string{"undecided", "event_ns", "id"}
		for _, f := range s.fields {
			if names = append(names, f.text); f.odd != "" {
				names = append(names, f.odd)
			}
		}
		matched := s.name("matched_" + s.of.Name)
		s.add(matched, s.d.Unnest(strings.Join(names, ", "), "inputs", "input", read))
		read = matched
	}
	return s.chosen(input, readings, read), nil
}

// matched lists the inputs whose rules an event matches; of an odd one the first.
func (s *source) matched(tests []sqlgen.Expr, odd sqlgen.Expr) string {
	var items []string
	for k, test := range tests {
		items = append(items, fmt.Sprintf("CASE WHEN %s THEN %d END", sqlgen.Print(test, "    "), s.inputs[k]))
	}
	list := s.d.Filter(s.d.List(items...), "i", "i IS NOT NULL")
	if odd.IsZero() {
		return list
	}
	return "CASE WHEN " + odd.String() + " THEN " + s.d.List(strconv.Itoa(s.inputs[0])) + " ELSE " + list + " END"
}

// chosen gives of each event what its input reads.
func (s *source) chosen(input string, readings []reading, from string) string {
	choose := func(what func(reading) string) string {
		var texts []string
		for _, r := range readings {
			texts = append(texts, what(r))
		}
		if !slices.ContainsFunc(texts, func(t string) bool { return t != texts[0] }) {
			return texts[0]
		}
		text := "CASE input"
		for k, t := range texts {
			text += fmt.Sprintf(" WHEN %d THEN %s", s.inputs[k], t)
		}
		return text + " END"
	}
	odd := choose(func(r reading) string {
		return strings.Join(append([]string{"undecided OR event_ns IS NULL OR id IS NULL"}, r.odd...), " OR ")
	})
	columns := []string{"(" + odd + ") AS undecided", input + " AS input", "coalesce(event_ns, 0) AS event_ns", "coalesce(id, '') AS id", literal(s.of.Name) + " AS source"}
	for i, g := range s.groups {
		columns = append(columns, choose(func(r reading) string { return r.groups[i] })+" AS "+g)
	}
	if readings[0].value != "" {
		columns = append(columns, choose(func(r reading) string { return r.value })+" AS field_value")
	}
	return "SELECT " + strings.Join(columns, ", ") + "\nFROM " + from
}

// reads adds the columns of what an input reads.
func (s *source) reads(in *compiler.Input, columns *[]string) (r reading, err error) {
	for _, p := range in.Group {
		f, err := s.field(p, false, columns)
		if err != nil {
			return r, err
		}
		r.groups = append(r.groups, f.text)
		r.doubt(f.odd)
	}
	var values []string
	list := s.level.of.Rule.Kind != "value_count" || !s.scalar
	for _, p := range in.Values {
		f, err := s.field(p, list, columns)
		if err != nil {
			return r, err
		}
		values = append(values, f.text)
		r.doubt(f.odd)
	}
	switch {
	case len(values) == 0:
	case s.level.of.Rule.Kind != "value_count":
		var odd string
		r.value, odd = s.numbers(values[0])
		r.doubt(odd)
	case s.scalar:
		r.value = s.tuple(values)
	default:
		var odd string
		r.value, odd = s.tuples(values)
		r.doubt(odd)
	}
	return r, nil
}

func (r *reading) doubt(odd string) {
	if odd != "" && !slices.Contains(r.odd, odd) {
		r.odd = append(r.odd, odd)
	}
}

// field reads a path, once.
func (s *source) field(p schema.Path, list bool, columns *[]string) (field, error) {
	for _, f := range s.fields {
		if f.path == p.Name() && f.list == list {
			return f, nil
		}
	}
	read := s.First
	if list {
		read = s.All
	}
	text, odd, err := read(p)
	if err != nil {
		return field{}, err
	}
	n := strconv.Itoa(len(s.fields) + 1)
	f := field{path: p.Name(), list: list, text: "field_" + n}
	*columns = append(*columns, text.String()+" AS "+f.text)
	if !odd.IsZero() {
		f.odd = "undecided_" + n
		*columns = append(*columns, isTrue(odd)+" AS "+f.odd)
	}
	s.fields = append(s.fields, f)
	return f, nil
}

// isTrue gives a test that is never NULL.
func isTrue(test sqlgen.Expr) string {
	if test.IsZero() {
		return "FALSE"
	}
	return sqlgen.Call("coalesce", test, sqlgen.Raw("FALSE")).String()
}

// settled puts deliveries of the same event together. Those that differ in what
// is read are left to the evaluator, which takes the one of the least texts.
func (l *level) settled(sources []*source) string {
	columns := append([]string{"undecided", "input", "event_ns", "id", "source"}, l.groups...)
	if l.reads() {
		columns = append(columns, "field_value")
	}
	var have []string
	for _, g := range l.groups {
		have = append(have, g+" IS NOT NULL")
	}
	having := ""
	if len(have) > 0 {
		having = "undecided OR " + strings.Join(have, " AND ")
	}
	delivery := []string{"event_ns", "id"}
	if len(sources) > 1 {
		delivery = append(delivery, "source")
	}
	if len(l.of.Inputs) > 1 {
		delivery = append(delivery, "input")
	}
	from := l.name("seen")
	if l.sparse() {
		from, having = l.near(from, columns, delivery, having), ""
	}
	where := ""
	if having != "" {
		where = "\nWHERE " + having
	}
	l.add(l.name("once"), "SELECT DISTINCT "+strings.Join(columns, ", ")+"\nFROM "+from+where)
	columns[0] = "(undecided OR count(*) OVER (PARTITION BY " + strings.Join(delivery, ", ") + ") > 1) AS undecided"
	if l.nested {
		columns = append(columns, l.d.List(l.itself())+" AS within")
	}
	return "SELECT " + strings.Join(columns, ", ") + "\nFROM " + l.name("once")
}

// itself is the event of a row, as it stands in within.
func (l *level) itself() string { return l.d.List("CAST(event_ns AS VARCHAR)", "id", "source") }

// reads reports whether the correlation looks at values.
func (l *level) reads() bool { return strings.HasPrefix(l.of.Rule.Kind, "value_") }

// completions gives the events with which a correlation below fires, each once a
// group, in the columns of settled.
func (l *level) completions(input int, in *compiler.Input, below *level) string {
	odd, columns := "undecided", []string{strconv.Itoa(input) + " AS input", "event_ns", "id", "source"}
	for i, at := range in.GroupAt {
		columns = append(columns, below.groups[at]+" AS "+l.groups[i])
	}
	if l.reads() {
		var values []string
		for _, at := range in.ValuesAt {
			values = append(values, below.groups[at])
		}
		value, doubt := l.valuesBelow(values)
		if columns = append(columns, value+" AS field_value"); doubt != "" {
			odd = "(undecided OR coalesce(" + doubt + ", FALSE)) AS undecided"
		}
	}
	columns = append(columns, "within")
	return "SELECT " + strings.Join(append([]string{odd}, columns...), ", ") + "\nFROM " + below.completed()
}

// valuesBelow makes values of what a correlation below groups by.
func (l *level) valuesBelow(texts []string) (value, odd string) {
	switch {
	case l.of.Rule.Kind != "value_count":
		return l.numbers(l.d.List(texts[0]))
	case l.scalar:
		return l.tuple(texts), ""
	default:
		return l.d.List(l.tuple(texts)), ""
	}
}
