package compiler

import (
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// Plan is a rule made ready for an engine: what to test on which source, and
// what to show of an event that passes.
type Plan struct {
	Rule   *sigma.Rule    // for findings and headers, never for matching
	Source *schema.Source // where the events come from
	Where  Pred           // the test
	Show   []schema.Path  // fields a person wants to see, the rule's own first

	// Residual is the plan as compiled, where this one was legalized to a
	// superset of its matches; nil when this one is exact.
	Residual *Plan
}

// Batch is several plans that one scan answers.
type Batch struct {
	Source *schema.Source // of all its plans; nil where a target reads all sources at once
	Plans  []*Plan
}
