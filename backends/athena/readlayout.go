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

// layoutKeys are the keys of a layout file.
var layoutKeys = []string{"name", "title", "source", "table", "columns", "partitions", "null_text"}

// ReadLayout reads the layout of one's own table from YAML:
//
//	name: ours                  # optional, the table's name otherwise
//	source: cloudtrail
//	table: cloudtrail_ours      # the database is not part of it
//	columns:
//	  eventTime: {column: time, type: timestamp}
//	  eventName: api.operation  # a member of a struct that the source has not
//	  userIdentity:
//	    column: useridentity
//	    members: {arn: arn, type: type}
//	partitions: {scheme: slash-day, column: day}
//	null_text: "-"              # optional
//
// A column's type is row for a struct, rows for a list of structs, json for what
// has no declared form, integer for a number of a flow log, and text for all
// else, unless the file says otherwise. The layout is nil where an error is
// among the diagnostics.
func ReadLayout(src *diag.Source) (*schema.Layout, diag.List) {
	var diags diag.List
	r := &layoutReader{Reader: yamldoc.NewReader(src, &diags)}
	roots := r.Documents()
	switch {
	case diags.HasErrors():
		return nil, diags
	case len(roots) == 0:
		diags.Errorf(diag.BadLayout, diag.Span{Source: src}, "", "the file holds no table layout")
		return nil, diags
	case len(roots) > 1:
		r.bad(roots[1], "write one file a table", "the file holds a second document")
		return nil, diags
	}
	r.Begin(roots[0])
	if root := r.Follow(roots[0], 0); root != nil {
		r.read(root)
	}
	diags.Sort()
	if diags.HasErrors() {
		return nil, diags
	}
	return &r.layout, diags
}

// IsTableName reports whether a text can name a table beside its database.
func IsTableName(s string) bool {
	return s != "" && len(s) <= 255 && !strings.ContainsFunc(s, func(c rune) bool { return c == '.' || unicode.IsControl(c) })
}

type layoutReader struct {
	*yamldoc.Reader
	layout schema.Layout
}

func (r *layoutReader) bad(at *yaml.Node, hint, format string, args ...any) {
	r.Diags.Errorf(diag.BadLayout, r.Span(at), hint, format, args...)
}

// mapping gives the entries of a mapping by name; other keys than the known are
// errors. ok is false for what is no mapping.
func (r *layoutReader) mapping(n *yaml.Node, depth int, what string, known []string) (entries map[string]yamldoc.Entry, ok bool) {
	if n.Kind != yaml.MappingNode {
		r.bad(n, "", "%s must be a mapping of %s", what, strings.Join(known, ", "))
		return nil, false
	}
	entries = map[string]yamldoc.Entry{}
	for _, e := range r.Mapping(n, depth) {
		entries[e.Name] = e
		if !slices.Contains(known, e.Name) {
			r.bad(e.Key, diag.Suggest(e.Name, known, "use one of "+strings.Join(known, ", ")), "%s has no key %q", what, e.Name)
		}
	}
	return entries, true
}

// read reads the whole file. The source comes first, since columns are of it.
func (r *layoutReader) read(root *yaml.Node) {
	entries, ok := r.mapping(root, 1, "a table layout", layoutKeys)
	if !ok {
		return
	}
	for _, name := range []string{"source", "table", "columns"} {
		if _, ok := entries[name]; !ok {
			r.bad(root, "", "the table layout has no %s", name)
		}
	}
	text := func(key string) string {
		if e, ok := entries[key]; ok {
			return r.Text(e)
		}
		return ""
	}
	r.layout = schema.Layout{Name: text("name"), Title: text("title"), Table: text("table"), NullText: text("null_text")}
	if e, ok := entries["table"]; ok && !IsTableName(r.layout.Table) {
		r.bad(e.Value, "leave the database out: it is chosen beside the query", "%q is no name of a table", r.layout.Table)
	}
	if r.layout.Name == "" {
		r.layout.Name = r.layout.Table
	}
	if e, ok := entries["source"]; ok {
		name := r.OneOf(e, schema.Names(), diag.Error, diag.BadLayout)
		r.layout.Source = schema.ByName(name)
	}
	e, ok := entries["columns"]
	if r.layout.Source == nil || !ok {
		return
	}
	r.layout.Columns = r.columns(e, r.layout.Source.Fields, "", 2)
	r.needTime(e.Key)
	r.layout.Partitions = schema.Partitions{Scheme: schema.Unpartitioned}
	if e, ok := entries["partitions"]; ok {
		r.layout.Partitions = r.partitions(e.Value)
	}
}

// needTime asks for a column of the event's time: queries are bounded by it. It
// may be among the columns that are wrong, so then nothing is said.
func (r *layoutReader) needTime(at *yaml.Node) {
	s := r.layout.Source
	if r.Diags.HasErrors() {
		return
	}
	if p, _, ok := s.Resolve(s.Time); ok {
		if _, _, ok := r.layout.Locate(p); !ok {
			r.bad(at, "add "+s.Time+" and the column that holds it", "the table has no column for %s, which dates an event", s.Time)
		}
	}
}

// columns reads the columns of fields, or the members of one.
func (r *layoutReader) columns(of yamldoc.Entry, fields []schema.Field, prefix string, depth int) []schema.Column {
	if of.Value.Kind != yaml.MappingNode {
		r.bad(of.Value, "write FIELD: COLUMN", "%s must be a mapping of fields to columns", of.Name)
		return nil
	}
	var out []schema.Column
	for _, e := range r.Mapping(of.Value, depth) {
		f := schema.Find(fields, e.Name)
		if f == nil {
			r.bad(e.Key, diag.Suggest(e.Name, schema.FieldNames(fields), ""), "%s has no field %s%s", r.layout.Source.Name, prefix, e.Name)
			continue
		}
		if c, ok := r.column(e, f, prefix, depth+1); ok {
			out = append(out, c)
		}
	}
	return out
}
