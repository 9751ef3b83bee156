package compiler

import "github.com/sigmahunt/sigmahunt/compiler/schema"

// Fuse puts plans into batches of no more rules than the target takes in one
// query, each over one source unless the target reads all at once. Order is
// kept.
func Fuse(plans []*Plan, t *Target) []Batch {
	if t.Sources == AllSources && len(plans) > 0 {
		return []Batch{{Plans: plans}}
	}
	limit := t.Limits.Batch
	if t.Attribution == OneRule {
		limit = 1
	}
	var batches []Batch
	for _, source := range schema.Sources {
		at := -1
		for _, p := range plans {
			if p.Source != source {
				continue
			}
			if at < 0 || limit > 0 && len(batches[at].Plans) >= limit {
				at = len(batches)
				batches = append(batches, Batch{Source: source})
			}
			batches[at].Plans = append(batches[at].Plans, p)
		}
	}
	return batches
}
