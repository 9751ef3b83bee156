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

// flowFields are the names that a flow log's header has for the fields of its source
// (Amazon VPC User Guide, "Flow log records"); true marks those that hold integers.
var flowFields = func() map[string]bool {
	fields := map[string]bool{}
	for _, f := range schema.VPCFlow.Fields {
		fields[strings.ReplaceAll(f.Name, "_", "-")] = f.Type == schema.Number
	}
	return fields
}()

// defaultFields is the default format, version 2, that has no need of a header.
var defaultFields = strings.Fields("version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status")

// column is one field of a flow log's lines.
type column struct {
	key     string // the quoted name and its colon
	integer bool
}

// flowLog reads flow log text: a line of field names, as `account-id` or
// `${account-id}`, then a record a line; without names the default format. A
// record is JSON with underscores in its names (as Athena's tables have them),
// `-` as null and integer fields as numbers. Further lines of names, of files
// that were put together, change the format.
type flowLog struct {
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
func (f *flowLog) reset(r io.Reader, problem func(record.Problem)) {
	*f = flowLog{in: f.in, columns: f.columns, rec: f.rec, spans: f.spans, problem: problem}
	if f.in == nil {
		f.in = bufio.NewReaderSize(nil, maxLine)
	}
	f.in.Reset(r)
	f.setColumns(defaultFields)
}

// maxLine is the longest line of a flow log in bytes. Its 40 fields come to
// less than two KiB.
const maxLine = 64 << 10

func (f *flowLog) Record() *record.Record { return &f.rec }
func (f *flowLog) Err() error             { return f.err }
func (f *flowLog) Bytes() int64           { return f.read }

// Next finds the next line that is a record.
func (f *flowLog) Next() bool {
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
		case f.mayBeHeader(text) && isHeader(text):
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
func (f *flowLog) mayBeHeader(text []byte) bool {
	word, _ := cutField(text)
	_, known := flowFields[string(word)]
	return known || f.line == 1 || bytes.HasPrefix(word, []byte("${"))
}

// report tells of a problem with the current line.
func (f *flowLog) report(kind record.ProblemKind, reason string) {
	f.problem(record.Problem{
		Kind: kind, Start: f.start, Offset: f.start, Line: f.line,
		Skipped: f.read - f.start, Records: f.count, Reason: reason,
	})
}

// readLine reads a line, of which ended tells that it has its line break. Lines
// that do not fit the buffer are reported and left out.
func (f *flowLog) readLine() (line []byte, ended, ok bool) {
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

func (f *flowLog) setColumns(names []string) {
	f.columns = f.columns[:0]
	for _, name := range names {
		key := record.AppendQuoted(nil, strings.ReplaceAll(name, "-", "_"))
		f.columns = append(f.columns, column{string(key) + ":", flowFields[name]})
	}
}

// parse makes the record of a line. It fails on a wrong number of columns.
func (f *flowLog) parse(text []byte) bool {
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
		raw = appendField(raw, value, f.columns[i].integer)
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

func appendField(raw, value []byte, integer bool) []byte {
	switch {
	case len(value) == 1 && value[0] == '-':
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
func isHeader(line []byte) bool {
	known := 0
	for _, name := range headerNames(line) {
		for _, c := range []byte(name) {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				return false
			}
		}
		if _, ok := flowFields[name]; ok {
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

// isDefaultLine reports whether a line is a record of the default format.
func isDefaultLine(line []byte) bool {
	words := bytes.Fields(line)
	return len(words) == len(defaultFields) && isInteger(words[0])
}
