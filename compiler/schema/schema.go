// Package schema describes sources: the fields of their events and the types of
// those fields, which field dates an event and which identifies it, and how files
// of events are recognised. A source is data. The engines hold the layouts of their
// tables.
package schema

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// Type is what a field of a source holds. It decides how an engine's column is
// read, never what a rule means: the evaluator looks at the value itself.
type Type int

// The types. The zero value is invalid.
const (
	Text   Type = iota + 1 // a string
	Number                 // a JSON number, or a number column
	Bool                   // true or false
	Time                   // ISO 8601 UTC text, or seconds since 1970 where Source.TimeUnix is set
	Struct                 // an object whose members are declared in Fields
	List                   // an array of objects whose members are declared in Fields
	JSON                   // any value; tables store it as JSON text
)

// Field is one declared member of a source or of a struct.
type Field struct {
	Name   string
	Type   Type
	Fields []Field // members of a Struct or List
	Plain  bool    // AWS alone writes it, in ASCII
	Whole  bool    // a Number that is a whole number by its definition; tables hold it as one

	Address bool // a Text that is an IP address, or something in the place of one
}

// Source is one kind of event. Everything that only one source has is here.
type Source struct {
	Name       string   // the logsource's service
	Services   []string // other spellings of the service that rules use
	Categories []string // categories that name the source where a rule has no service
	Title      string   // for people

	Fields   []Field
	ID       string   // top-level field that identifies an event; empty: the event's text does
	Time     string   // top-level field that dates an event
	TimeUnix bool     // the time is a number of seconds since 1970, not text
	Anchor   string   // top-level field that most rules name; indexes start with it
	Show     []string // fields a person wants beside a finding: who, from where, what, where
	Columns  Columns
	AnyField bool // a field of text for every name

	Files Files
}

// Files describes how a source's events lie in files.
type Files struct {
	// Keys recognise a record: all keys of one of these lists are at its top level.
	Keys [][]string
	// Columns recognise a table such as Parquet, whatever the case of its columns.
	Columns []string
	// Capitals recognise a record as AWS's SDKs print it, with a capital letter at the
	// start of each key. The reader changes its keys to those of Fields.
	Capitals []string
	// Line are the fields of a line of text, between blanks, where a file has no line of
	// names; nil: the source has no text form. Names of fields there have hyphens in
	// the place of underscores.
	Line []string
	// Null is the text that stands for null in lines and tables; empty: none.
	Null string
	// Folder is where AWS writes the events, below AWSLogs/ACCOUNT.
	Folder string
	// NoEvents are folders beside Folder that hold no events, and why.
	NoEvents map[string]string
}

// Columns names the fields that fill a findings table's first columns.
type Columns struct {
	Who, From, What, Where []string // each a list of paths, first present wins
}

// Path is a field as a rule names it, resolved against a source.
type Path struct {
	Source   string   // the source's name
	Keys     []string // one key a step, through objects; arrays fan out by themselves
	Declared int      // how many of the keys the schema declares, at least one
	Type     Type     // type of the last declared key
	Lists    bool     // a declared List lies on the way
	Plain    bool     // AWS alone writes it, in ASCII
	Whole    bool     // a whole number, see Field
}

// Name returns the path as a rule writes it.
func (p Path) Name() string { return strings.Join(p.Keys, ".") }

// Dynamic reports whether the path's end lies inside a JSON field, below what
// the schema declares, where any shape is possible.
func (p Path) Dynamic() bool { return p.Declared < len(p.Keys) || p.Type == JSON }

// Resolve finds the field that a rule names. Where it cannot, ok is false and
// near holds the closest declared name, or nothing.
func (s *Source) Resolve(name string) (p Path, near string, ok bool) {
	p.Source = s.Name
	if s.AnyField && name != "" && !strings.ContainsFunc(name, unicode.IsControl) {
		p.Keys, p.Declared, p.Type = []string{name}, 1, Text
		return p, "", true
	}
	keys := strings.Split(name, ".")
	if alias := strings.ReplaceAll(keys[0], "-", "_"); Find(s.Fields, alias) != nil {
		keys[0] = alias // AWS names flow log fields with hyphens, tables with underscores
	}
	fields := s.Fields
	for i, key := range keys {
		f := Find(fields, key)
		if f == nil {
			return Path{}, s.nearest(keys, i, fields), false
		}
		p.Keys, p.Declared, p.Type, p.Plain, p.Whole = keys[:i+1], i+1, f.Type, f.Plain, f.Whole
		p.Lists = p.Lists || f.Type == List
		if f.Type == JSON {
			p.Keys = keys
			return p, "", true
		}
		fields = f.Fields
	}
	return p, "", true
}

// nearest returns the field that keys may mean whose i-th is none of fields.
func (s *Source) nearest(keys []string, i int, fields []Field) string {
	name := diag.Nearest(keys[i], FieldNames(fields))
	if name == "" {
		return ""
	}
	fixed := slices.Concat(keys[:i], []string{name}, keys[i+1:])
	whole := strings.Join(fixed, ".")
	if _, further, ok := s.Resolve(whole); ok || further != "" {
		return cmp.Or(further, whole)
	}
	return strings.Join(fixed[:i+1], ".")
}

// Field returns the declared top-level field of that name, or nil.
func (s *Source) Field(name string) *Field { return Find(s.Fields, name) }

// Find returns the field of that name, or nil.
func Find(fields []Field, name string) *Field {
	i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return &fields[i]
}

// FieldNames returns the names of fields, in their order.
func FieldNames(fields []Field) []string {
	list := make([]string, len(fields))
	for i, f := range fields {
		list[i] = f.Name
	}
	return list
}

// String returns the type's name.
func (t Type) String() string {
	switch t {
	case Text:
		return "text"
	case Number:
		return "number"
	case Bool:
		return "bool"
	case Time:
		return "time"
	case Struct:
		return "struct"
	case List:
		return "list"
	case JSON:
		return "json"
	default:
		return fmt.Sprintf("type(%d)", int(t))
	}
}
