package files

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// lineKind is the text form of a source: a record a line (schema.Files.Line).
type lineKind struct {
	source   *schema.Source
	fields   map[string]bool // by the names in files; true: a whole number
	defaults []string        // without a line of names
}

// lineKinds returns the text forms of all sources.
func lineKinds() []*lineKind {
	var list []*lineKind
	for _, s := range schema.Sources {
		if s.Files.Line == nil {
			continue
		}
		k := &lineKind{source: s, fields: map[string]bool{}}
		for _, f := range s.Fields {
			k.fields[hyphened(f.Name)] = f.Whole
		}
		for _, name := range s.Files.Line {
			k.defaults = append(k.defaults, hyphened(name))
		}
		list = append(list, k)
	}
	return list
}

func hyphened(name string) string { return strings.ReplaceAll(name, "_", "-") }

// column is one field of lines.
type column struct {
	key     string // the quoted name and its colon
	integer bool
}

// lineReader reads the text form of a source: a line of field names, as `account-id` or
// `${account-id}`, then a record a line; without names the default fields. A record is
// JSON with underscores in its names (as Athena's tables have them), null for the
// source's text of null, and whole numbers as numbers. Further lines of names, of files
// that were put together, change the fields.
type lineReader struct {
	kind    *lineKind
	in      *bufio.Reader
	columns []column
	rec     record.Record
	spans   []int // of key and value in rec.Raw, four a column
	line    int64 // number of the current line
	start   int64 // where it begins
	read    int64 // where it ends
	err     error
	problem func(record.Problem)
	count   int64
}

// reset begins with a new text, and keeps the buffers.
func (f *lineReader) reset(r io.Reader, kind *lineKind, problem func(record.Problem)) {
	*f = lineReader{kind: kind, in: f.in, columns: f.columns, rec: f.rec, spans: f.spans, problem: problem}
	if f.in == nil {
		f.in = bufio.NewReaderSize(nil, maxLine)
	}
	f.in.Reset(r)
	f.setColumns(kind.defaults)
}

// maxLine is the longest line in bytes. The 40 fields of a flow log come to less than
// two KiB.
const maxLine = 64 << 10

func (f *lineReader) Record() *record.Record { return &f.rec }
func (f *lineReader) Err() error             { return f.err }
func (f *lineReader) Bytes() int64           { return f.read }

// Next finds the next line that is a record.
func (f *lineReader) Next() bool {
	for f.err == nil {
		line, ended, ok := f.readLine()
		if !ok {
			break
		}
		text := bytes.TrimSpace(line)
		if f.line == 1 {
			text = bytes.TrimPrefix(text, []byte("\uFEFF"))
		}
		switch {
		case len(text) == 0:
		case f.mayBeHeader(text) && f.kind.isHeader(text):
			f.setColumns(headerNames(text))
		case f.parse(text):
			if !ended && f.err != nil {
				return false // half a line may look like a whole one
			}
			f.count++
			return true
		default:
			f.report(record.Broken, fmt.Sprintf("expected %d columns, found %d", len(f.columns), len(bytes.Fields(text))))
		}
	}
	return false
}

// mayBeHeader is a quick look that nearly every record fails.
func (f *lineReader) mayBeHeader(text []byte) bool {
	word, _ := cutField(text)
	_, known := f.kind.fields[string(word)]
	return known || f.line == 1 || bytes.HasPrefix(word, []byte("${"))
}

// report records a problem with the current line.
func (f *lineReader) report(kind record.ProblemKind, reason string) {
	f.problem(record.Problem{
		Kind: kind, Start: f.start, Offset: f.start, Line: f.line,
		Skipped: f.read - f.start, Records: f.count, Reason: reason,
	})
}

// readLine reads a line, of which ended tells that it has its line break. Lines
// that do not fit the buffer are reported and left out.
func (f *lineReader) readLine() (line []byte, ended, ok bool) {
	f.start = f.read
	long := false
	for {
		line, err := f.in.ReadSlice('\n')
		f.read += int64(len(line))
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			long = true
			continue
		case err != nil && err != io.EOF:
			f.err = err
		}
		if len(line) == 0 && err != nil && !long {
			return nil, false, false
		}
		f.line++
		if !long {
			return line, err == nil, true
		}
		f.report(record.Oversized, fmt.Sprintf("a line longer than %d bytes", maxLine))
		if err != nil {
			return nil, false, false
		}
		f.start, long = f.read, false
	}
}

func (f *lineReader) setColumns(names []string) {
	f.columns = f.columns[:0]
	for _, name := range names {
		key := record.AppendQuoted(nil, strings.ReplaceAll(name, "-", "_"))
		f.columns = append(f.columns, column{string(key) + ":", f.kind.fields[name]})
	}
}

// parse makes the record of a line. It fails on a wrong number of columns.
func (f *lineReader) parse(text []byte) bool {
	raw, spans := append(f.rec.Raw[:0], '{'), f.spans[:0]
	for i := range f.columns {
		value, rest := cutField(text)
		if len(value) == 0 {
			return false
		}
		text = rest
		if i > 0 {
			raw = append(raw, ',')
		}
		key := len(raw)
		raw = append(raw, f.columns[i].key...)
		from := len(raw)
		raw = f.appendField(raw, value, f.columns[i].integer)
		spans = append(spans, key+1, from-2, from, len(raw))
	}
	raw = append(raw, '}')
	f.rec.Raw, f.spans = raw, spans
	if len(text) > 0 {
		return false
	}
	f.rec.Members = f.rec.Members[:0]
	for ; len(spans) > 0; spans = spans[4:] {
		value := raw[spans[2]:spans[3]:spans[3]]
		f.rec.Members = append(f.rec.Members, record.Member{
			Key:   raw[spans[0]:spans[1]:spans[1]],
			Value: record.Value{Kind: fieldKind(value), Raw: value},
		})
	}
	return true
}

// cutField takes the first word of a line that is trimmed.
func cutField(text []byte) (word, rest []byte) {
	i := 0
	for i < len(text) && text[i] != ' ' {
		i++
	}
	next := i
	for next < len(text) && text[next] == ' ' {
		next++
	}
	return text[:i], text[next:]
}

func (f *lineReader) appendField(raw, value []byte, integer bool) []byte {
	switch {
	case f.kind.source.Files.Null != "" && string(value) == f.kind.source.Files.Null:
		return append(raw, "null"...)
	case integer && isInteger(value):
		return append(raw, value...)
	}
	return appendText(raw, value)
}

// isInteger reports whether text is an unsigned JSON integer.
func isInteger(text []byte) bool {
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(text) > 0 && (text[0] != '0' || len(text) == 1)
}

func fieldKind(value []byte) record.Kind {
	switch value[0] {
	case '"':
		return record.String
	case 'n':
		return record.Null
	}
	return record.Number
}

// isHeader reports whether a line holds field names: words of lower-case
// letters, digits and hyphens, of which at least two are fields that we know.
func (k *lineKind) isHeader(line []byte) bool {
	known := 0
	for _, name := range headerNames(line) {
		for _, c := range []byte(name) {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				return false
			}
		}
		if _, ok := k.fields[name]; ok {
			known++
		}
	}
	return known >= 2
}

func headerNames(line []byte) []string {
	names := strings.Fields(string(line))
	for i, name := range names {
		if inner, ok := strings.CutPrefix(name, "${"); ok {
			names[i] = strings.TrimSuffix(inner, "}")
		}
	}
	return names
}

// isRecord reports whether a line is a record of the default fields, of which the
// first is a number.
func (k *lineKind) isRecord(line []byte) bool {
	words := bytes.Fields(line)
	return len(words) == len(k.defaults) && isInteger(words[0])
}
