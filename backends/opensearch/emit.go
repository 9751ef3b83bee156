package opensearch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// Engine is the entry in the list of engines. Its queries are written; nothing
// runs them yet.
var Engine = backends.Engine{Name: "opensearch", Writes: true, Extension: ".json", New: newBackend}

type backend struct{}

// newBackend takes no layouts: there is one template a source.
func newBackend(c backends.Config) (backends.Backend, error) {
	for source, name := range c.Layouts {
		return nil, fmt.Errorf("there is no layout %q for %s: an index is made by the template", name, source)
	}
	return backend{}, nil
}

// Target says what OpenSearch can say.
func (backend) Target() *compiler.Target { return target }

// Emit writes the body of one search. Of several plans each is a clause with a
// name of its own, which is the plan's place in the batch: a hit tells by
// matched_queries which it matched.
func (backend) Emit(batch compiler.Batch, w backends.Window) (backends.Query, error) {
	filter := window(batch.Source, w)
	if len(batch.Plans) == 1 {
		filter = append(filter, clause(batch.Plans[0].Where))
	} else {
		var rules []object
		for i, p := range batch.Plans {
			rules = append(rules, object{"bool": object{"_name": strconv.Itoa(i), "filter": []object{clause(p.Where)}}})
		}
		filter = append(filter, some(rules))
	}
	text, err := encode(object{"query": object{"bool": object{"filter": filter}}})
	if err != nil {
		return backends.Query{}, err
	}
	if len(text) > maxRequest {
		return backends.Query{}, fmt.Errorf("the query of %d rules is longer than the %d bytes that OpenSearch takes", len(batch.Plans), maxRequest)
	}
	return backends.Query{Target: target.Name, Batch: batch, Text: text, Table: Indexes(batch.Source), Window: w}, nil
}

func encode(body object) (string, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(body); err != nil {
		return "", fmt.Errorf("writing the query: %w", err)
	}
	return text.String(), nil
}

// window bounds the time of an event.
func window(s *schema.Source, w backends.Window) []object {
	if w == (backends.Window{}) {
		return nil
	}
	bounds := object{"format": timeFormat(s)}
	write := func(t interface{ Unix() int64 }, clock string) any {
		if s.TimeUnix {
			return t.Unix()
		}
		return clock + "Z"
	}
	if !w.Start.IsZero() {
		bounds["gte"] = write(w.Start, backends.Clock(w.Start))
	}
	if !w.End.IsZero() {
		bounds["lt"] = write(w.End, backends.Clock(w.End))
	}
	return []object{{"range": object{s.Time + instant: bounds}}}
}
