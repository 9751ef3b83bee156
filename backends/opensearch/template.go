package opensearch

import (
	_ "embed"
	"slices"
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
// units. Lucene takes terms of 32,766 bytes, and rejects a record with a longer
// one.
const longestTerm = 8_191

// object is a JSON object to be written.
type object = map[string]any

// Template returns the body of the index template of a layout
// (PUT _index_template/NAME); nil where a shipper makes the indexes.
func Template(l *schema.Layout) map[string]any {
	if MappingFile(l.Name) != nil {
		return nil
	}
	return object{"index_patterns": strings.Split(l.Table, ","), "template": template(l)}
}

// template is the content of the template of a layout.
func template(l *schema.Layout) object {
	settings := object{"analysis": object{
		"char_filter": object{"dotted": dottedFilter},
		"normalizer":  object{"fold": object{"type": "custom", "char_filter": []string{"dotted"}, "filter": []string{"lowercase"}}},
	}}
	mappings := object{"dynamic": false, "properties": templateFields(l.Source, l.Source.Fields, l.Columns)}
	if slices.ContainsFunc(l.Columns, func(c schema.Column) bool { return c.Hive == byPath }) {
		settings["mapping"] = object{"total_fields": object{"limit": maxFields}}
		mappings = object{"dynamic": false, "disable_objects": true, "properties": dotted(mappings["properties"].(object))}
	}
	return object{"settings": object{"index": settings}, "mappings": mappings}
}

// maxFields leaves room for as many parameters again as are known.
const maxFields = 5_000

// known are the parameters of AWS's API, and members of GuardDuty's findings (Amazon
// GuardDuty API Reference, "Resource" and "Service"), that are indexed by path, sorted:
// those that rules of the pack read, and others that detections are about.
//
//go:embed parameters.txt
var known string

// parameters maps the known ones inside a field of JSON.
func parameters(s *schema.Source, name string) object {
	out := object{}
	for path := range strings.Lines(known) {
		if below, ok := strings.CutPrefix(strings.TrimSuffix(path, "\n"), name+"."); ok {
			out[below] = templateField(s, schema.Field{Type: schema.Text}, schema.Column{})
		}
	}
	return out
}

// dotted returns the fields of a mapping by their whole paths, as an index without
// objects has them: a path may then be a text and lead to others as well.
func dotted(properties object) object {
	out := object{}
	for name, p := range properties {
		below, ok := p.(object)["properties"].(object)
		if !ok {
			out[name] = p
			continue
		}
		for path, p := range dotted(below) {
			out[name+"."+path] = p
		}
	}
	return out
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
		switch c.Hive {
		case "":
			return object{"type": "object", "enabled": false}
		case byPath:
			return object{"properties": parameters(s, f.Name)}
		default:
			return object{"type": c.Hive}
		}
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
