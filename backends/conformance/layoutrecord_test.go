package conformance

import (
	"encoding/json"
	"net/netip"
	"strings"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// inColumns gives a record as the table of a layout that AWS fills holds it, in
// the columns that the layout declares.
func inColumns(raw []byte, layout *schema.Layout) []byte {
	rec, err := record.Parse(raw)
	if err != nil {
		panic(err)
	}
	row := map[string]any{}
	putColumns(row, layout.Columns, rec.Lookup, raw)
	line, err := json.Marshal(row)
	if err != nil {
		panic(err)
	}
	return append(line, '\n')
}

func putColumns(row map[string]any, columns []schema.Column, value func(string) record.Value, whole []byte) {
	for _, c := range columns {
		v := value(c.Field)
		if v.Kind == record.Absent || v.Kind == record.Null {
			continue
		}
		at := row
		for _, name := range c.In {
			if _, ok := at[name]; !ok {
				at[name] = map[string]any{}
			}
			at = at[name].(map[string]any)
		}
		name := c.Name
		if c.Or != "" {
			if _, err := netip.ParseAddr(v.Text()); err != nil {
				name = c.Or
			}
		}
		if c.Type == schema.Row {
			if name != "" {
				if _, ok := at[name]; !ok {
					at[name] = map[string]any{}
				}
				at = at[name].(map[string]any)
			}
			putColumns(at, c.Members, v.Get, whole)
		} else if cell := cellOf(c, v, whole); cell != nil {
			at[name] = cell
		}
	}
}

// cellOf gives the value of a column other than a struct.
func cellOf(c schema.Column, v record.Value, whole []byte) any {
	switch c.Type {
	case schema.Timestamp:
		at, err := time.Parse(time.RFC3339Nano, v.Text())
		if err != nil {
			return nil
		}
		return at.UTC().Format("2006-01-02 15:04:05.000")
	case schema.Boolean:
		return strings.EqualFold(v.Text(), "true")
	case schema.JSONText:
		if c.Inside != "" {
			return string(record.AppendCompact(nil, whole))
		}
		if v.Kind == record.String {
			return v.Text()
		}
		return string(record.AppendCompact(nil, v.Raw))
	case schema.RowList:
		var list []any
		for e := range v.Elements() {
			row := map[string]any{}
			putColumns(row, c.Members, e.Get, whole)
			list = append(list, row)
		}
		return list
	case schema.Varchar, schema.Integer:
		return v.Text()
	case schema.Row, schema.LowerJSON, schema.TextMap, schema.Opaque: // have values of their own, or none here
	}
	return nil
}
