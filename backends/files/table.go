package files

import (
	"errors"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// table turns rows of a Parquet file into records. A column is the source's
// field whose name differs at most in case, as tables of Athena and Spark write
// names; columns of no declared field keep their own name.
type table struct {
	source  string // of its records; empty: recognised record by record
	columns []*node
	row     assembly // of the current row
}

// node is a column, or a part of one.
type node struct {
	key      string // the quoted name and its colon
	shape    shape
	def, rep int  // levels at which there is a value, and an element of it
	repeated bool // an array without the group that marks lists
	first    int  // of its leaves
	leaves   int
	children []*node      // members; the element of a list; key and value of a map
	kind     parquet.Kind // of a leaf's values
	write    writer
}

type shape uint8

const (
	leaf shape = iota
	group
	list
	dict
)

// newTable reads a schema, which checkFooter has checked.
func newTable(elements []format.SchemaElement, source string) *table {
	b := builder{elements: elements[1:]}
	for range elements[0].NumChildren.V {
		b.names = append(b.names, b.elements[b.next].Name)
		b.skip()
	}
	b.next = 0
	s := schema.ByName(source)
	if source == "" {
		s = sourceOfTable(b.names)
	}
	t := &table{source: source}
	var fields []schema.Field
	if s != nil {
		t.source, b.null, b.hyphens, fields = s.Name, s.Files.Null, s.Files.Line != nil, s.Fields
	}
	t.columns = b.members(len(b.names), fields, 0, 0)
	t.row.leaves = make([]leafValues, b.leaf)
	return t
}

// builder makes nodes of schema elements, which are stored depth first.
type builder struct {
	elements []format.SchemaElement
	next     int // element
	leaf     int // the next leaf's column
	names    []string
	null     string // text that is null; empty: none
	hyphens  bool   // hyphens in names stand for underscores
}

// skip leaves out an element and all below it.
func (b *builder) skip() {
	n := b.elements[b.next].NumChildren.V
	b.next++
	for range n {
		b.skip()
	}
}

// members makes n nodes, named after the fields.
func (b *builder) members(n int, fields []schema.Field, def, rep int) []*node {
	taken := map[string]bool{}
	list := make([]*node, n)
	for i := range list {
		name := b.elements[b.next].Name
		f := b.field(fields, name)
		if f != nil && !taken[f.Name] {
			name = f.Name
		}
		taken[name] = true
		list[i] = b.node(f, def, rep)
		list[i].key = string(append(record.AppendQuoted(nil, name), ':'))
	}
	return list
}

func (b *builder) field(fields []schema.Field, name string) *schema.Field {
	if b.hyphens {
		name = strings.ReplaceAll(name, "-", "_")
	}
	for i := range fields {
		if strings.EqualFold(fields[i].Name, name) {
			return &fields[i]
		}
	}
	return nil
}

// node makes the node of the next element, which holds what f declares.
func (b *builder) node(f *schema.Field, def, rep int) *node {
	if f == nil {
		f = &schema.Field{}
	}
	e := &b.elements[b.next]
	b.next++
	n := &node{first: b.leaf}
	switch e.RepetitionType.V {
	case format.Optional:
		def++
	case format.Repeated:
		def, rep = def+1, rep+1
		n.repeated = true
	default:
	}
	n.def, n.rep = def, rep
	switch {
	case e.Type.Valid:
		n.kind, n.write = parquet.Kind(e.Type.V), writerOf(e, f, b.null)
		b.leaf++
	case isAnnotated(e, isListType, deprecated.List) && b.holdsRepeated(e):
		n.shape = list
		n.children = []*node{b.element(e, f, def, rep)}
	case isAnnotated(e, isMapType, deprecated.Map, deprecated.MapKeyValue) && b.holdsPair(e):
		n.shape = dict
		b.next++ // the group of the pair, whose levels the pair has
		n.children = []*node{b.node(nil, def+1, rep+1), b.node(nil, def+1, rep+1)}
	default:
		n.shape = group
		n.children = b.members(int(e.NumChildren.V), f.Fields, def, rep)
	}
	n.leaves = b.leaf - n.first
	return n
}

// element makes the node of a list's elements. The repeated field is either the
// element itself, as old writers have it, or a group around it (Parquet format,
// "Lists", backward-compatibility rules). Its levels are those of the element's
// place in the list.
func (b *builder) element(outer *format.SchemaElement, f *schema.Field, def, rep int) *node {
	inner := &b.elements[b.next]
	if inner.Type.Valid || inner.NumChildren.V != 1 || inner.Name == "array" || inner.Name == outer.Name+"_tuple" {
		n := b.node(f, def, rep)
		n.repeated = false // that is the list's
		return n
	}
	b.next++
	return b.node(f, def+1, rep+1)
}

// holdsRepeated reports whether a group has one field, which is repeated.
func (b *builder) holdsRepeated(e *format.SchemaElement) bool {
	return e.NumChildren.V == 1 && b.elements[b.next].RepetitionType.V == format.Repeated
}

// holdsPair reports whether a group has one repeated group of a key and a value.
func (b *builder) holdsPair(e *format.SchemaElement) bool {
	return b.holdsRepeated(e) && b.elements[b.next].NumChildren.V == 2 && b.elements[b.next+1].Type.Valid
}

func isAnnotated(e *format.SchemaElement, is func(format.LogicalTypeValue) bool, old ...deprecated.ConvertedType) bool {
	return is(e.LogicalType.Value) || e.ConvertedType.Valid && slices.Contains(old, e.ConvertedType.V)
}

func isListType(t format.LogicalTypeValue) bool { _, ok := t.(*format.ListType); return ok }
func isMapType(t format.LogicalTypeValue) bool  { _, ok := t.(*format.MapType); return ok }

var errOversized = errors.New("the record is too large")
