package athena

import (
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// maxQuery is the longest statement that Athena takes, in bytes (Amazon Athena
// User Guide, "Service Quotas").
const maxQuery = 262_144

// What one statement may hold. Trino 476 plans 1,000 rules of two tests each in
// 2.5 s and fails at 2,000; the executor halves a batch that Athena refuses.
const (
	maxRules = 300
	maxTests = 1_500
)

// newTarget says what Athena can say over the given tables.
func newTarget(layouts map[string]*schema.Layout) *compiler.Target {
	return &compiler.Target{
		Name:        "athena",
		Title:       "Athena",
		Glob:        compiler.Exact,
		Regexp:      compiler.Joni,
		CIDR:        compiler.IPv4AndIPv6,
		Numbers:     compiler.Exact,
		Numerals:    compiler.BySpelling,
		TimeParts:   compiler.Exact,
		JSON:        compiler.Respelled,
		StructText:  compiler.Unsupported,
		Presence:    compiler.NullApartInJSON,
		FieldEq:     compiler.Exact,
		Keywords:    compiler.Unsupported,
		Correlation: compiler.InOneQuery,
		Identity:    compiler.Unsupported,
		TimeFilter:  compiler.TimePredicate,
		Sources:     compiler.OneSource,
		Attribution: compiler.ByEvaluator,
		Limits:      compiler.Limits{QueryBytes: maxQuery, Batch: maxRules, Tests: maxTests},
		LeafSupport: nil,
		Clauses:     nil,
		Groups:      nil,
		Layouts:     layouts,
	}
}
