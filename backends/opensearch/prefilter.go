package opensearch

import (
	"fmt"
	"strconv"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// groups reports whether a composite aggregation can count by a field so that
// every event which has it counts for its value; of a source's time, whether there
// is a date.
func (b backend) groups(p schema.Path) bool {
	x := b.index(p.Source)
	if p.Name() == x.layout.Source.Time {
		_, ok := x.instant()
		return ok
	}
	_, ok := x.grouping(p)
	return ok
}

// grouping returns the view of a field by which events are counted: a keyword that
// Lucene holds by document. One in lower case joins values, which only fetches
// more events. Texts that it does not hold for their length are one value; of
// lists, which may hold others besides, that would lose the event for them.
// Inside JSON a number is not spelled as the evaluator does.
func (x *index) grouping(p schema.Path) (best view, ok bool) {
	if p.Dynamic() || p.Type != schema.Text {
		return view{}, false
	}
	several := p.Lists || x.layout.Source.AnyField
	for _, v := range x.field(p).views {
		usable := v.kind == term && v.docValues && (v.longest == anyLength || !several)
		if better := v.longest > best.longest || v.longest == best.longest && best.folded && !v.folded; usable && (!ok || better) {
			best, ok = v, true
		}
	}
	return best, ok
}

// maxBuckets is how many buckets one answer has; OpenSearch takes 65,535
// (search.max_buckets).
const maxBuckets = 10_000

// The names in a search that counts.
const (
	countedCells = "cells"
	countedRules = "rules"
	cellSource   = "cell"
)

func groupSource(i int) string { return "group" + strconv.Itoa(i) }

// emitCounts writes a search for each set of rules whose events are grouped by the
// same fields: a composite aggregation, which returns every group and cell, page by
// page. Of several rules each is counted in it.
func (b backend) emitCounts(of *compiler.Prefilter, w backends.Window) ([]backends.CountQuery, error) {
	var out []backends.CountQuery
	for _, leaves := range backends.LeavesAlike(of) {
		body, err := b.counts(of, leaves, w)
		if err != nil {
			return nil, err
		}
		text, err := encode(body)
		if err != nil {
			return nil, err
		}
		if n := b.index(of.Leaves[leaves[0]].Plan.Source.Name).clausesOf(body["query"]); n > maxClauses {
			return nil, fmt.Errorf("the query that counts %d rules has %d clauses, and OpenSearch takes %d", len(leaves), n, maxClauses)
		}
		table := b.index(of.Leaves[leaves[0]].Plan.Source.Name).layout.Table
		out = append(out, backends.CountQuery{Of: of, Leaves: leaves, Text: text, Table: table, Window: w})
	}
	return out, nil
}

func (b backend) counts(of *compiler.Prefilter, leaves []int, w backends.Window) (object, error) {
	first := of.Leaves[leaves[0]]
	x := b.index(first.Plan.Source.Name)
	filter, err := x.window(w)
	if err != nil {
		return nil, err
	}
	var sources []object
	for i, p := range first.Group {
		v, _ := x.grouping(p)
		terms := object{"field": v.name}
		if v.longest != anyLength {
			terms["missing_bucket"] = true
			filter = append(filter, x.there(p)...)
		}
		sources = append(sources, object{groupSource(i): object{"terms": terms}})
	}
	if of.Cell > 0 {
		instant, _ := x.instant()
		sources = append(sources, object{cellSource: object{"date_histogram": object{
			"field": instant, "fixed_interval": fmt.Sprintf("%ds", of.Cell/time.Second), "missing_bucket": true,
		}}})
	}
	rules, named := []object{}, object{}
	for i, l := range leaves {
		rules = append(rules, x.clause(of.Leaves[l].Plan.Where))
		named[strconv.Itoa(i)] = rules[i]
	}
	cells := object{"composite": object{"size": maxBuckets, "sources": sources}}
	if len(leaves) > 1 {
		cells["composite"].(object)["size"] = max(maxBuckets/(1+len(leaves)), 1)
		cells["aggs"] = object{countedRules: object{"filters": object{"filters": named}}}
	}
	return object{
		"size": 0, "track_total_hits": false,
		"query": object{"bool": object{"filter": append(filter, some(rules))}},
		"aggs":  object{countedCells: cells},
	}, nil
}

// there excludes events without a field, where the index can distinguish them from
// events whose value it does not hold.
func (x *index) there(p schema.Path) []object {
	f := x.field(p)
	if f.presence != compiler.Exact {
		return nil
	}
	var list []object
	for _, name := range f.present {
		list = append(list, exists(name))
	}
	return []object{some(list)}
}

// emitWithin writes the search of a batch for events in candidates alone.
func (b backend) emitWithin(batch compiler.Batch, w backends.Window, in backends.Within) (backends.Query, error) {
	x := b.index(batch.Source.Name)
	var either []object
	for _, c := range in.Any {
		filter, err := x.candidate(in.Group, c)
		if err != nil {
			return backends.Query{}, err
		}
		if len(filter) == 0 {
			return b.emit(batch, w, nil)
		}
		either = append(either, every(filter))
	}
	return b.emit(batch, w, []object{some(either)})
}

// candidate bounds events to a candidate; to nothing where that bounds nothing.
func (x *index) candidate(group []schema.Path, c compiler.Candidate) ([]object, error) {
	var filter, ranges []object
	for _, r := range c.Ranges {
		bounds, err := x.window(backends.Window{Start: r.From, End: r.To})
		if err != nil {
			return nil, err
		}
		ranges = append(ranges, bounds...)
	}
	if len(ranges) > 0 {
		filter = append(filter, some(ranges))
	}
	for i, values := range c.Values {
		if len(values) > 0 {
			v, _ := x.grouping(group[i])
			filter = append(filter, some(v.anyOf(values)))
		}
	}
	return filter, nil
}

// anyOf finds values of a view; nil stands for those that it does not hold.
func (v view) anyOf(values []*string) []object {
	var texts []string
	var list []object
	for _, value := range values {
		if value == nil {
			list = append(list, none(exists(v.name)))
			continue
		}
		texts = append(texts, *value)
	}
	return append(list, terms(v.name, texts)...)
}
