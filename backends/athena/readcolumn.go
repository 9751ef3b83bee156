package athena

import (
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

// columnWords are the types as a layout file names them, and the types of fields
// that each can hold. A text field may be typed more strictly by a table.
var columnWords = []struct {
	word   string
	typ    schema.ColumnType
	fields []schema.Type
}{
	{"text", schema.Varchar, []schema.Type{schema.Text, schema.Number, schema.Bool, schema.Time}},
	{"integer", schema.Integer, []schema.Type{schema.Number}},
	{"timestamp", schema.Timestamp, []schema.Type{schema.Time, schema.Text}},
	{"boolean", schema.Boolean, []schema.Type{schema.Bool, schema.Text}},
	{"row", schema.Row, []schema.Type{schema.Struct}},
	{"rows", schema.RowList, []schema.Type{schema.List}},
	{"json", schema.JSONText, []schema.Type{schema.JSON, schema.Struct, schema.List}},
	{"lower-json", schema.LowerJSON, []schema.Type{schema.JSON, schema.Struct, schema.List}},
	{"map", schema.TextMap, []schema.Type{schema.JSON}},
}

// typeWord returns the name of a column type in a layout file; empty where it has none.
func typeWord(t schema.ColumnType) string {
	for _, w := range columnWords {
		if w.typ == t {
			return w.word
		}
	}
	return ""
}

// canHold reports whether a column of a type can hold a field of a source. Seconds
// since 1970 are a number.
func canHold(t schema.ColumnType, s *schema.Source, f *schema.Field) bool {
	if s.TimeUnix && f.Name == s.Time {
		return t == schema.Integer
	}
	for _, w := range columnWords {
		if w.typ == t {
			return slices.Contains(w.fields, f.Type)
		}
	}
	return false
}

var columnKeys = []string{"column", "type", "or", "members"}

// column reads the column of a field: its name, or a mapping.
func (r *layoutReader) column(e yamldoc.Entry, f *schema.Field, prefix string, depth int) (schema.Column, bool) {
	c := schema.Column{Field: f.Name, Type: schema.UsualType(f)}
	whole := prefix + f.Name
	if e.Value.Kind == yaml.ScalarNode {
		if c.Type == schema.Row || c.Type == schema.RowList {
			r.bad(e.Value, "write {column: "+e.Value.Value+", members: {...}}", "%s has members, which a layout must name", whole)
			return c, false
		}
		return c, r.place(&c, e)
	}
	entries, ok := r.mapping(e.Value, depth, "the column of "+whole, columnKeys)
	if !ok {
		return c, false
	}
	if t, ok := entries["type"]; ok && !r.columnType(&c, t, f, whole) {
		return c, false
	}
	at, named := entries["column"]
	if named && !r.place(&c, at) {
		return c, false
	}
	if !named && c.Type != schema.Row {
		r.bad(e.Key, "add its name: column", "the column of %s has no name", whole)
		return c, false
	}
	r.members(&c, e, entries, f, whole, depth)
	if or, ok := entries["or"]; ok {
		if c.Or = r.Text(or); c.Type != schema.Varchar || c.Or == "" {
			r.bad(or.Key, "", "only a text column can have another beside it")
		}
	}
	return c, true
}

func (r *layoutReader) columnType(c *schema.Column, e yamldoc.Entry, f *schema.Field, whole string) bool {
	var words []string
	for _, w := range columnWords {
		if canHold(w.typ, r.layout.Source, f) {
			words = append(words, w.word)
		}
	}
	text := r.Text(e)
	for _, w := range columnWords {
		if w.word == text && slices.Contains(words, text) {
			c.Type = w.typ
			return true
		}
	}
	r.bad(e.Value, "use one of "+strings.Join(words, ", "), "a column of %s cannot be of type %q", whole, text)
	return false
}

// members reads what is below a struct or a list of structs.
func (r *layoutReader) members(c *schema.Column, e yamldoc.Entry, entries map[string]yamldoc.Entry, f *schema.Field, whole string, depth int) {
	m, ok := entries["members"]
	switch nested := c.Type == schema.Row || c.Type == schema.RowList; {
	case nested && !ok:
		r.bad(e.Key, "add members: {FIELD: COLUMN}", "%s has members, which a layout must name", whole)
	case !nested && ok:
		r.bad(m.Key, "", "a column of type %s has no members", typeWord(c.Type))
	case nested:
		c.Members = r.columns(m, f.Fields, whole+".", depth+1)
	}
}

// place reads a column's name, with the structs around it before points.
func (r *layoutReader) place(c *schema.Column, e yamldoc.Entry) bool {
	names := strings.Split(r.Text(e), ".")
	if slices.ContainsFunc(names, func(n string) bool { return n == "" || strings.ContainsFunc(n, unicode.IsControl) }) {
		r.bad(e.Value, "", "%q is no name of a column", e.Value.Value)
		return false
	}
	last := len(names) - 1
	c.In, c.Name = names[:last:last], names[last]
	return true
}

// schemes are the ways of cutting a table as a layout file names them.
var schemes = []struct {
	word    string
	scheme  schema.Scheme
	columns int
	typ     string // of the partition columns, as Hive names it
}{
	{"none", schema.Unpartitioned, 0, ""},
	{"slash-day", schema.SlashDay, 1, "string"},
	{"dash-day", schema.DashDay, 1, "string"},
	{"compact-day", schema.CompactDay, 1, "string"},
	{"date", schema.DateDay, 1, "date"},
	{"year-month-day", schema.YearMonthDay, 3, "string"},
	{"instant", schema.Instant, 1, ""},
}

// schemeWord returns the name of a scheme in a layout file; empty where it has none.
func schemeWord(s schema.Scheme) string {
	for _, w := range schemes {
		if w.scheme == s {
			return w.word
		}
	}
	return ""
}

func schemeWords() []string {
	words := make([]string, len(schemes))
	for i, w := range schemes {
		words[i] = w.word
	}
	return words
}

func (r *layoutReader) partitions(n *yaml.Node) schema.Partitions {
	none := schema.Partitions{Scheme: schema.Unpartitioned}
	entries, ok := r.mapping(n, 2, "partitions", []string{"scheme", "column", "columns"})
	if !ok {
		return none
	}
	e, ok := entries["scheme"]
	if !ok {
		r.bad(n, "add one of "+strings.Join(schemeWords(), ", "), "the partitions have no scheme")
		return none
	}
	word := r.OneOf(e, schemeWords(), diag.Error, diag.BadLayout)
	at := slices.Index(schemeWords(), word)
	if at < 0 {
		return none
	}
	scheme := schemes[at]
	columns := r.partitionColumns(entries)
	if scheme.scheme == schema.YearMonthDay && len(columns) == 0 {
		columns = none.DayParts()
	}
	if len(columns) != scheme.columns {
		r.bad(e.Value, "", "the scheme %s takes %d columns, not %d", word, scheme.columns, len(columns))
		return none
	}
	return r.partitioned(scheme.scheme, scheme.typ, columns, e.Value)
}

func (r *layoutReader) partitionColumns(entries map[string]yamldoc.Entry) []string {
	var columns []string
	for _, key := range []string{"column", "columns"} {
		if e, ok := entries[key]; ok {
			columns = append(columns, r.Texts(e)...)
		}
	}
	return columns
}

// partitioned makes the partitions of a scheme over named columns.
func (r *layoutReader) partitioned(s schema.Scheme, typ string, columns []string, at *yaml.Node) schema.Partitions {
	p := schema.Partitions{Scheme: s}
	for _, c := range columns {
		if c == "" || strings.ContainsFunc(c, unicode.IsControl) {
			r.bad(at, "", "%q is no name of a column", c)
		}
		if s != schema.Instant {
			p.Keys = append(p.Keys, schema.Key{Name: c, Type: typ})
		}
	}
	switch s {
	case schema.Unpartitioned:
	case schema.YearMonthDay:
		p.Parts = columns
	case schema.Instant:
		p.Column = columns[0]
		if !slices.ContainsFunc(r.layout.Columns, func(c schema.Column) bool { return c.Name == p.Column && len(c.In) == 0 && c.Type == schema.Timestamp }) {
			r.bad(at, "name the column of the event's time, which must be a timestamp", "the table has no timestamp column %s", p.Column)
		}
	default:
		p.Column = columns[0]
	}
	return p
}
