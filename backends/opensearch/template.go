package opensearch

import "github.com/sigmahunt/sigmahunt/compiler/schema"

// The subfields of a declared field.
const (
	folded  = ".text"   // any length, lower case
	exact   = ".exact"  // any length, as stored
	number  = ".number" // of a Number
	instant = ".time"   // of a Time
)

// longestTerm is the longest text that a declared field itself holds, in UTF-16
// units. Lucene takes terms of 32,766 bytes, and refuses a record with a longer
// one.
const longestTerm = 8_191

// object is a JSON object to be written.
type object = map[string]any

// Template gives the body of the index template for a source
// (PUT _index_template/NAME).
func Template(s *schema.Source) map[string]any {
	return object{
		"index_patterns": []string{Indexes(s)},
		"template": object{
			"settings": object{"index": object{"analysis": object{"normalizer": object{
				"fold": object{"type": "custom", "filter": []string{"lowercase"}},
			}}}},
			"mappings": object{"dynamic": false, "properties": properties(s, s.Fields)},
		},
	}
}

// Indexes gives the pattern of the names of a source's indexes.
func Indexes(s *schema.Source) string { return s.Name + "-*" }

func properties(s *schema.Source, fields []schema.Field) object {
	out := object{}
	for _, f := range fields {
		out[f.Name] = property(s, f)
	}
	return out
}

func property(s *schema.Source, f schema.Field) object {
	switch f.Type {
	case schema.Struct, schema.List:
		return object{"properties": properties(s, f.Fields)}
	case schema.JSON:
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
