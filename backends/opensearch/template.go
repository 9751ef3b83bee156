package opensearch

import (
	"strings"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// The subfields of a declared field.
const (
	folded  = ".text"   // any length, lower case
	exact   = ".exact"  // any length, as stored
	number  = ".number" // of a Number
	instant = ".time"   // of a Time
	address = ".ip"     // of an Address
)

// longestTerm is the longest text that a declared field itself holds, in UTF-16
// units. Lucene takes terms of 32,766 bytes, and refuses a record with a longer
// one.
const longestTerm = 8_191

// object is a JSON object to be written.
type object = map[string]any

// Template gives the body of the index template of a layout
// (PUT _index_template/NAME); nil where a shipper makes the indexes.
func Template(l *schema.Layout) map[string]any {
	if MappingFile(l.Name) != nil {
		return nil
	}
	return object{"index_patterns": strings.Split(l.Table, ","), "template": template(l)}
}

// template is what stands in the template of a layout.
func template(l *schema.Layout) object {
	return object{
		"settings": object{"index": object{"analysis": object{"normalizer": object{
			"fold": object{"type": "custom", "filter": []string{"lowercase"}},
		}}}},
		"mappings": object{"dynamic": false, "properties": templateFields(l.Source, l.Source.Fields, l.Columns)},
	}
}

// anyField is the one field of a source of which nothing is known: a name that no
// rule can write.
const anyField = ""

func templateFields(s *schema.Source, fields []schema.Field, columns []schema.Column) object {
	out := object{}
	if s.AnyField {
		out[anyField] = templateField(s, schema.Field{Type: schema.Text}, schema.Column{})
	}
	for i, f := range fields {
		out[f.Name] = templateField(s, f, columns[i])
	}
	return out
}

func templateField(s *schema.Source, f schema.Field, c schema.Column) object {
	switch f.Type {
	case schema.Struct, schema.List:
		return object{"properties": templateFields(s, f.Fields, c.Members)}
	case schema.JSON:
		if c.Hive != "" {
			return object{"type": c.Hive}
		}
		return object{"type": "object", "enabled": false}
	case schema.Text, schema.Bool, schema.Number, schema.Time:
	}
	sub := object{
		folded[1:]: object{"type": "wildcard", "normalizer": "fold", "doc_values": false},
		exact[1:]:  object{"type": "wildcard", "doc_values": false},
	}
	if f.Type == schema.Number {
		sub[number[1:]] = object{"type": "double", "ignore_malformed": true}
	}
	if f.Address {
		sub[address[1:]] = object{"type": "ip", "ignore_malformed": true}
	}
	if f.Name == s.Time {
		sub[instant[1:]] = object{"type": "date", "format": timeFormat(s), "ignore_malformed": true}
	}
	return object{"type": "keyword", "normalizer": "fold", "ignore_above": longestTerm, "fields": sub}
}

// timeFormat names how a source writes its time.
func timeFormat(s *schema.Source) string {
	if s.TimeUnix {
		return "epoch_second"
	}
	return "strict_date_optional_time"
}
