package opensearch

import (
	"embed"
	"encoding/json"
)

// mappings hold the mapping of each layout whose indexes a shipper makes, as GET
// INDEX/_mapping returns it: what OpenSearch or the shipper's own template makes of
// the source's fields. Dynamic mapping goes by the first value that an index
// meets, so apiVersion, which some services write as a date, is omitted.
//
//go:embed layouts/*.json
var mappings embed.FS

// MappingFile returns the mapping that a layout's indexes usually have, nil where
// the program's template makes them, and for layouts that it does not ship.
func MappingFile(layout string) json.RawMessage {
	text, err := mappings.ReadFile("layouts/" + layout + ".json")
	if err != nil {
		return nil
	}
	return text
}

// beside is what documents hold beside the record's fields.
type beside struct {
	original string   // dotted path of the record's own text; empty: none
	members  []string // of the document, which are the shipper's
}

// besides are those of the layouts whose shippers add something that matters.
var besides = map[string]beside{
	"cwl": {original: "@message", members: []string{"@id", "@timestamp", "@message", "@owner", "@log_group", "@log_stream"}},
	"ecs": {original: "event.original"},
}
