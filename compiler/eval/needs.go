package eval

import (
	"cmp"
	"slices"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// need is a necessary condition: some leaf of the field has one of the folded
// texts. Without texts no event matches.
type need struct {
	field schema.Path
	texts []string
}

// needsOf gives what is known to be needed for a predicate, one need a field,
// that of the anchor first.
func needsOf(p compiler.Pred, anchor schema.Path) []need {
	fields := []schema.Path{anchor}
	compiler.Walk(p, func(q compiler.Pred) {
		if in, ok := q.(compiler.In); ok {
			fields = append(fields, in.Field)
		}
	})
	var needs []need
	seen := map[string]bool{}
	for _, f := range fields {
		name := f.Name()
		if seen[name] {
			continue
		}
		seen[name] = true
		if texts, known := compiler.Needed(p, name); known {
			needs = append(needs, need{f, texts})
		}
	}
	return needs
}

// choose takes for each plan the need under which it is indexed, nil where it
// has none: the anchor's, else that of the field which most plans without the
// anchor's share, so that few fields are looked up an event.
func choose(plans []*compiler.Plan) []*need {
	source := plans[0].Source
	anchor, _, _ := source.Resolve(source.Anchor)
	all := make([][]need, len(plans))
	wanted := map[string]int{}
	for i, p := range plans {
		all[i] = needsOf(p.Where, anchor)
		if anchored(all[i], source) {
			all[i] = all[i][:1]
			continue
		}
		for _, n := range all[i] {
			wanted[n.field.Name()]++
		}
	}
	chosen := make([]*need, len(plans))
	for i, needs := range all {
		if len(needs) == 0 {
			continue
		}
		best := slices.MinFunc(needs, func(a, b need) int {
			return cmp.Or(
				cmp.Compare(wanted[b.field.Name()], wanted[a.field.Name()]),
				cmp.Compare(len(a.texts), len(b.texts)),
			)
		})
		chosen[i] = &best
	}
	return chosen
}

func anchored(needs []need, source *schema.Source) bool {
	return len(needs) > 0 && needs[0].field.Name() == source.Anchor
}
