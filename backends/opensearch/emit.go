package opensearch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
)

// Engine is the entry in the list of engines.
var Engine = backends.Engine{Name: "opensearch", Language: &backends.Language{Extension: ".json", Formats: formats}, Tables: &tables, Settings: newSettings, InspectMappings: readMappings, New: newBackend, Open: open}

type backend struct {
	indexes map[string]*index // by source
	target  *compiler.Target
}

// Target describes what OpenSearch supports.
func (b backend) Target() *compiler.Target { return b.target }

// support reports how well the index of a leaf's source supports it.
func (b backend) support(p compiler.Pred) (compiler.Support, string) {
	for _, path := range compiler.Fields(p) {
		return b.index(path.Source).support(p)
	}
	return compiler.Exact, ""
}

// supersetMark is in the name of a query that returns more than its rule matches.
const supersetMark = "superset"

// nameOf names the clause of a plan by its place in the batch.
func nameOf(place int, p *compiler.Plan) string {
	if p.Residual != nil {
		return strconv.Itoa(place) + ": " + supersetMark
	}
	return strconv.Itoa(place)
}

// placeOf returns the place in a name.
func placeOf(name string) (int, error) {
	place, _, _ := strings.Cut(name, ":")
	return strconv.Atoi(place)
}

// WritesCorrelations returns the two stages of a correlation.
func (b backend) WritesCorrelations() backends.CorrelationWriter {
	return backends.CorrelationWriter{Stages: &backends.StageWriter{Counts: b.emitCounts, Within: b.emitWithin, Both: b.emitStages}}
}

// Emit writes the body of one search. Of several plans each is a clause that is
// named by its place in the batch: matched_queries of a hit lists those that it
// matched.
func (b backend) Emit(batch compiler.Batch, w backends.Window) (backends.Query, error) {
	return b.emit(batch, w, nil)
}

// emit writes a search for events that pass a filter besides.
func (b backend) emit(batch compiler.Batch, w backends.Window, besides []object) (backends.Query, error) {
	x := b.index(batch.Source.Name)
	filter, err := x.window(w)
	if err != nil {
		return backends.Query{}, err
	}
	filter = append(filter, besides...)
	all := object{}
	if len(batch.Plans) == 1 {
		filter = append(filter, x.clause(batch.Plans[0].Where))
		if batch.Plans[0].Residual != nil {
			all["_name"] = supersetMark + ": the query returns extra events, which sigmahunt scan filters"
		}
	} else {
		var rules []object
		for i, p := range batch.Plans {
			rules = append(rules, object{"bool": object{"_name": nameOf(i, p), "filter": []object{x.clause(p.Where)}}})
		}
		filter = append(filter, some(rules))
	}
	all["filter"] = filter
	text, err := encode(object{"query": object{"bool": all}})
	if err != nil {
		return backends.Query{}, err
	}
	if n := x.clausesOf(filter) + pageClauses; n > maxClauses {
		return backends.Query{}, backends.TooLarge("the query of %d rules has %d clauses, and OpenSearch takes %d", len(batch.Plans), n, maxClauses)
	}
	if len(text) > maxRequest {
		return backends.Query{}, backends.TooLarge("the query of %d rules is longer than the %d bytes that OpenSearch takes", len(batch.Plans), maxRequest)
	}
	q := backends.Query{Target: table.Name, Batch: batch, Text: text, Table: x.layout.Table, Window: w}
	if field, ok := x.instant(); ok {
		q.Time = field
	}
	return q, nil
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

// window bounds the time of an event: of a date, or of the text that AWS writes,
// which sorts as its time does.
func (x *index) window(w backends.Window) ([]object, error) {
	if w == (backends.Window{}) {
		return nil, nil
	}
	source := x.layout.Source
	if field, ok := x.instant(); ok {
		bounds := bounds(w, func(t time.Time) any {
			if source.TimeUnix {
				return t.Unix()
			}
			return backends.Clock(t) + "Z"
		})
		bounds["format"] = timeFormat(source)
		return []object{{"range": object{field: bounds}}}, nil
	}
	field, ok := x.written()
	if !ok {
		return nil, fmt.Errorf("the index holds neither a date nor a keyword of %s, which bounds the query", source.Time)
	}
	return []object{{"range": object{field: bounds(w, func(t time.Time) any { return backends.Clock(t) })}}}, nil
}

func bounds(w backends.Window, write func(time.Time) any) object {
	bounds := object{}
	if !w.Start.IsZero() {
		bounds["gte"] = write(w.Start)
	}
	if !w.End.IsZero() {
		bounds["lt"] = write(w.End)
	}
	return bounds
}
