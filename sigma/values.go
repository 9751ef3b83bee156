package sigma

import (
	"bytes"
	"encoding/csv"
	"errors"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

// MaxValuesFile bounds a list of values, in bytes.
const MaxValuesFile = 64 << 20

// ReadValues reads placeholders' values by the kind of file that its name says:
//
//	.yml, .yaml  names with a value or a list of values
//	.csv         a name heads each column; blank cells are no values
//	any other    the file's name without its extension, a value a line; blank
//	             lines and lines that begin with # are none
//
// It gives nothing where the list holds an error.
func ReadValues(src *diag.Source) (Values, diag.List) {
	var diags diag.List
	r := &valuesReader{src: src, diags: &diags, values: Values{}, at: map[string]diag.Span{}}
	switch {
	case len(src.Text) > MaxValuesFile:
		r.errorf(diag.Span{Source: src}, "split the file", "the file is larger than %d MiB", MaxValuesFile>>20)
	case !utf8.Valid(src.Text):
		r.errorf(diag.Span{Source: src}, "save the file as UTF-8", "the file is not valid UTF-8")
	default:
		r.read(strings.ToLower(path.Ext(src.Name)))
	}
	diags.Sort()
	if diags.HasErrors() {
		return nil, diags
	}
	return r.values, diags
}

// Add adds the values of others, name by name.
func (v Values) Add(others Values) {
	for name, list := range others {
		v[name] = append(slices.Clip(v[name]), list...)
	}
}

// Give gives every rule the values. A name that a rule has values of already
// gets the new ones.
func (p *Pack) Give(v Values) {
	if len(v) == 0 {
		return
	}
	for _, r := range p.Rules {
		if len(r.Values) == 0 {
			r.Values = v
			continue
		}
		all := maps.Clone(r.Values)
		maps.Copy(all, v)
		r.Values = all
	}
}

type valuesReader struct {
	src    *diag.Source
	diags  *diag.List
	values Values
	at     map[string]diag.Span // where each name stands
}

func (r *valuesReader) errorf(at diag.Span, hint, format string, args ...any) {
	r.diags.Errorf(diag.BadValues, at, hint, format, args...)
}

func (r *valuesReader) read(ext string) {
	switch ext {
	case ".yml", ".yaml":
		r.readYAML()
	case ".csv":
		r.readCSV()
	default:
		r.readLines()
	}
	if r.diags.HasErrors() { // which may be why a list is empty
		return
	}
	for name, at := range r.at {
		if len(r.values[name]) == 0 {
			r.errorf(at, "give it a value, or remove it", "the list %q is empty, so that its rules could match nothing", name)
		}
	}
}

// begin takes a name, unless it can be none or is taken.
func (r *valuesReader) begin(name string, at diag.Span) bool {
	_, taken := r.at[name]
	switch {
	case !IsPlaceholder(name):
		r.errorf(at, "use letters, digits, hyphens, underscores and dots", "no placeholder can be called %q", name)
		return false
	case taken:
		r.errorf(at, "merge the two", "the list %q appears twice", name)
		return false
	}
	r.at[name], r.values[name] = at, nil
	return true
}

func (r *valuesReader) add(name, value string) { r.values[name] = append(r.values[name], value) }

func (r *valuesReader) readYAML() {
	y := yamldoc.NewReader(r.src, r.diags)
	for _, root := range y.Documents() {
		if !y.Begin(root) {
			return
		}
		if root.Kind != yaml.MappingNode {
			r.errorf(y.Span(root), "write name: [value, value]", "a file of values is a mapping of names to lists")
			continue
		}
		for _, e := range y.Mapping(root, 1) {
			if r.begin(e.Name, y.Span(e.Key)) {
				r.yamlList(y, e)
			}
		}
	}
}

func (r *valuesReader) yamlList(y *yamldoc.Reader, e yamldoc.Entry) {
	nodes := []*yaml.Node{e.Value}
	if e.Value.Kind == yaml.SequenceNode {
		nodes = e.Value.Content
	}
	for _, n := range nodes {
		if n = y.Follow(n, 3); n == nil {
			return
		}
		if n.Kind != yaml.ScalarNode {
			r.errorf(y.Span(n), "", "a value is a text or a number")
			continue
		}
		switch v, ok := y.Scalar(n); {
		case !ok:
		case v.Kind == Null:
			r.errorf(v.At, "remove it, or write '' for an empty text", "null is no value")
		default:
			r.add(e.Name, v.Text)
		}
	}
}

func (r *valuesReader) readCSV() {
	in := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(r.src.Text, []byte("\ufeff"))))
	in.FieldsPerRecord = 0 // as many as the header has
	var header []string
	for {
		row, err := in.Read()
		if err != nil {
			r.endCSV(err)
			return
		}
		if header == nil {
			for i, name := range row {
				line, col := in.FieldPos(i)
				if !r.begin(name, r.span(line, col)) {
					return
				}
			}
			header = row
			continue
		}
		for i, cell := range row {
			if cell != "" {
				r.add(header[i], cell)
			}
		}
	}
}

// endCSV says why reading ended, unless the file did. The library counts bytes,
// not characters: only the line is told.
func (r *valuesReader) endCSV(err error) {
	var wrong *csv.ParseError
	if errors.As(err, &wrong) {
		r.errorf(r.span(wrong.Line, 1), "", "the row cannot be read: %v", wrong.Err)
		return
	}
	if len(r.at) == 0 {
		r.errorf(r.span(1, 1), "write the names of the placeholders into the first row", "the file is empty")
	}
}

func (r *valuesReader) span(line, col int) diag.Span {
	return diag.Span{Source: r.src, Line: line, Col: col, Len: 1}
}

func (r *valuesReader) readLines() {
	name := path.Base(r.src.Name)
	name = strings.TrimSuffix(name, path.Ext(name))
	if !r.begin(name, r.span(1, 1)) {
		return
	}
	for line := range strings.Lines(strings.TrimPrefix(string(r.src.Text), "\ufeff")) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			r.add(name, line)
		}
	}
}
