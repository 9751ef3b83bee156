package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// readBack gives the records as the table holds them: the columns' texts, JSON
// where a column is of JSON and holds some. No query can tell more of an event.
func (h *held) readBack(ctx context.Context) ([]*record.Record, error) {
	columns := []string{h.id()}
	for _, c := range h.layout.Columns {
		x := sqlgen.Ident(c.Name).String()
		if c.Type == schema.Row || c.Type == schema.RowList {
			x = "json_format(CAST(" + x + " AS json))"
		}
		columns = append(columns, x)
	}
	answer, err := h.server.Query(ctx, h.in, "SELECT "+strings.Join(columns, ", ")+" FROM "+h.table)
	if err != nil {
		return nil, err
	}
	records := make([]*record.Record, len(h.records))
	for _, row := range answer.Rows {
		at, err := h.place(row[0])
		if err != nil {
			return nil, err
		}
		raw, err := h.rebuilt(row[1:])
		if err != nil {
			return nil, err
		}
		rec, err := record.Parse(raw)
		if err != nil {
			return nil, fmt.Errorf("%w: %s", err, raw)
		}
		records[at] = &rec
	}
	return records, nil
}

// rebuilt gives the record of a row; NULL is absent.
func (h *held) rebuilt(row []any) ([]byte, error) {
	out := []byte{'{'}
	for i, c := range h.layout.Columns {
		if row[i] == nil {
			continue
		}
		text := fmt.Sprint(row[i])
		inJSON := c.Type == schema.JSONText || c.Type == schema.LowerJSON
		if inJSON && text == "null" || h.layout.NullText != "" && text == h.layout.NullText { // of a text, which is read as JSON
			continue
		}
		value := []byte(text)
		switch {
		case c.Type == schema.Integer:
		case c.Type == schema.Row || c.Type == schema.RowList:
			var members any
			if err := json.Unmarshal(value, &members); err != nil {
				return nil, err
			}
			value = asJSON(respelled(members, c.Members))
		case !inJSON || !json.Valid(value):
			value = asJSON(text)
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, asJSON(c.Field)...), ':'), value...)
	}
	return append(out, '}'), nil
}

// respelled gives members the source's names, and leaves out what is null.
func respelled(v any, members []schema.Column) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, value := range v {
			at := slices.IndexFunc(members, func(c schema.Column) bool { return c.Name == key })
			switch {
			case value == nil:
			case at < 0: // of a map, which has no members
				out[key] = value
			default:
				out[members[at].Field] = respelled(value, members[at].Members)
			}
		}
		return out
	case []any:
		for i := range v {
			v[i] = respelled(v[i], members)
		}
	}
	return v
}

func asJSON(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // texts and what json itself has read
	}
	return bytes.TrimSpace(b.Bytes())
}
