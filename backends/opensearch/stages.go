package opensearch

import (
	"encoding/json"
	"fmt"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
)

// Placeholders in the second stage for what the first finds.
const (
	placeFrom = "${from}"
	placeTo   = "${to}"
)

func placeGroup(i int) string { return "${" + groupSource(i) + "}" }

// emitStages writes a correlation as one JSON object, with the searches of both
// stages and how the one leads to the other.
func (b backend) emitStages(of *compiler.Prefilter, w backends.Window) (backends.Query, error) {
	counts, err := b.emitCounts(of, w)
	if err != nil {
		return backends.Query{}, err
	}
	q := backends.Query{Target: table.Name, Table: counts[0].Table, Window: w}
	var first, second []object
	for _, c := range counts {
		first = append(first, object{"index": c.Table, "rules": rulesOf(of, c.Leaves), "search": json.RawMessage(c.Text)})
		text, err := b.events(of, c.Leaves, w)
		if err != nil {
			return backends.Query{}, err
		}
		second = append(second, object{"index": c.Table, "rules": rulesOf(of, c.Leaves), "search": json.RawMessage(text)})
	}
	rule := of.Of.Rule
	q.Text, err = encode(object{
		"correlation": object{"title": rule.Title, "ref": rule.Ref(), "type": rule.Kind, "timespan": rule.Timespan.String()},
		"stages": []object{
			{"purpose": "candidates", "what": whatCounts(of), "keep": of.Words(), "searches": first},
			{"purpose": "events", "what": whatEvents(of), "searches": second},
			{"purpose": "episodes", "what": "sigmahunt scan --on opensearch runs both and decides from the events alone"},
		},
	})
	return q, err
}

func rulesOf(of *compiler.Prefilter, leaves []int) (refs []string) {
	for _, l := range leaves {
		refs = append(refs, of.Leaves[l].Plan.Rule.Ref())
	}
	return refs
}

// whatCounts describes how the buckets of the first stage are read.
func whatCounts(of *compiler.Prefilter) string {
	cells := "over all time"
	if of.Cell > 0 {
		cells = fmt.Sprintf("and %s bucket of %s, from epoch 0", cellSource, of.Cell)
	}
	text := "Counts events by group " + cells + "; request the next page with after: the after_key of the last. "
	if of.Cell > 0 {
		return text + "A bucket and the one before it, of one group, are taken together: it is kept where both together hold what keep states."
	}
	return text + "A group is kept where it holds what keep states."
}

// whatEvents explains the placeholders of the second stage.
func whatEvents(of *compiler.Prefilter) string {
	text := "Fetches the events of what is kept."
	if of.Cell > 0 {
		text += fmt.Sprintf(" %s is the beginning of the bucket before a kept one and %s the end of the kept one, in seconds of epoch.", placeFrom, placeTo)
	}
	for i := range of.Groups {
		text += fmt.Sprintf(" %s is the key's %s; where that is null, ask for must_not exists of its field instead.", placeGroup(i), groupSource(i))
	}
	return text
}

// events writes the search of the second stage for some leaves.
func (b backend) events(of *compiler.Prefilter, leaves []int, w backends.Window) (string, error) {
	group := of.Leaves[leaves[0]].Group
	batch := compiler.Batch{Source: of.Leaves[leaves[0]].Plan.Source}
	for _, l := range leaves {
		batch.Plans = append(batch.Plans, of.Leaves[l].Plan)
	}
	x := b.index(batch.Source.Name)
	var open []object
	if of.Cell > 0 {
		instant, _ := x.instant()
		open = append(open, object{"range": object{instant: object{"gte": placeFrom, "lt": placeTo, "format": "epoch_second"}}})
	}
	for i, p := range group {
		v, _ := x.grouping(p)
		open = append(open, object{"terms": object{v.name: []string{placeGroup(i)}}})
	}
	q, err := b.emit(batch, w, open)
	return q.Text, err
}
