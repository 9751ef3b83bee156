package compiler

import (
	"slices"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// Fuse puts plans into batches of no more rules and tests than the target takes
// in one query, each over one source unless the target reads all at once. Order
// is kept.
func Fuse(plans []*Plan, t *Target) []Batch {
	if t.Sources == AllSources && len(plans) > 0 {
		return []Batch{{Plans: plans}}
	}
	limit := t.Limits.Batch
	var batches []Batch
	for _, source := range sourcesOf(plans) {
		at, tests := -1, 0
		for _, p := range plans {
			if p.Source != source {
				continue
			}
			n := 0
			if t.Limits.Tests > 0 {
				n = Tests(p.Where)
			}
			if at < 0 || limit > 0 && len(batches[at].Plans) >= limit || tests+n > t.Limits.Tests {
				at, tests = len(batches), 0
				batches = append(batches, Batch{Source: source})
			}
			tests += n
			batches[at].Plans = append(batches[at].Plans, p)
		}
	}
	return batches
}

// sourcesOf returns the sources of plans: those of the list of sources in its order,
// then others, such as the open one, as they come.
func sourcesOf(plans []*Plan) []*schema.Source {
	sources := slices.Clone(schema.Sources)
	for _, p := range plans {
		if !slices.Contains(sources, p.Source) {
			sources = append(sources, p.Source)
		}
	}
	return sources
}
