package cli

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"

	"github.com/sigmahunt/sigmahunt/hunt"
)

// formats are the ways to print findings.
var formats = []string{"table", "jsonl", "json", "csv"}

// findingWriter prints findings as they come; Close ends the output.
type findingWriter interface {
	Write(*hunt.Finding) error
	Close() error
}

func (a *app) findingWriter(o *scanOptions, w io.Writer, found *tally) findingWriter {
	switch o.format {
	case "table":
		width, _ := terminal(w)
		return &tableWriter{w: w, width: width, color: a.colored(w), limit: o.limit, found: found}
	case "csv":
		return newCSVWriter(w)
	default:
		return &jsonWriter{w: bufio.NewWriterSize(w, 1<<16), list: o.format == "json"}
	}
}

// jsonWriter prints one object a line, or one list.
type jsonWriter struct {
	w    *bufio.Writer
	list bool
	some bool
	line []byte
}

func (j *jsonWriter) Write(f *hunt.Finding) error {
	switch {
	case !j.list:
	case j.some:
		j.w.WriteString(",\n")
	default:
		j.w.WriteString("[\n")
	}
	j.some = true
	j.line = f.AppendJSON(j.line[:0])
	if !j.list {
		j.line = append(j.line, '\n')
	}
	_, err := j.w.Write(j.line)
	return err
}

func (j *jsonWriter) Close() error {
	if j.list {
		if !j.some {
			j.w.WriteString("[")
		}
		j.w.WriteString("\n]\n")
	}
	return j.w.Flush()
}

// marshal writes JSON on one line without the escapes meant for HTML.
func marshal(v any) ([]byte, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return []byte(strings.TrimSuffix(b.String(), "\n")), nil
}

// csvWriter prints one row a finding.
type csvWriter struct{ w *csv.Writer }

func newCSVWriter(w io.Writer) *csvWriter {
	c := &csvWriter{csv.NewWriter(w)}
	c.w.Write([]string{"time", "level", "rule_title", "rule_id", "who", "from", "what", "where", "source", "event_ids", "tags", "fingerprint"}) //nolint:errcheck // Close gives the first error
	return c
}

func (c *csvWriter) Write(f *hunt.Finding) error {
	s := f.Summary()
	row := []string{
		f.Time, f.Level, f.RuleTitle, f.RuleID, s.Who, s.From, s.What, s.Where,
		f.Source, strings.Join(f.EventIDs, " "), strings.Join(f.Tags, " "), f.Fingerprint,
	}
	for i, cell := range row {
		row[i] = csvCell(cell)
	}
	return c.w.Write(row)
}

// csvCell keeps a spreadsheet from reading a cell as a formula: an apostrophe
// goes before a first character that would start one (CWE-1236).
func csvCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}

func (c *csvWriter) Close() error {
	c.w.Flush()
	return c.w.Error()
}
