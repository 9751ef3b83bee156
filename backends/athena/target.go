package athena

import (
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// maxQuery is the longest statement that Athena takes, in bytes (Amazon Athena
// User Guide, "Service Quotas").
const maxQuery = 262_144

// newTarget says what Athena can say over the given tables.
func newTarget(layouts map[string]*schema.Layout) *compiler.Target {
	return &compiler.Target{
		Name:        "athena",
		Title:       "Athena",
		Language:    compiler.TrinoSQL,
		Nulls:       compiler.ThreeValued,
		Fold:        compiler.FoldAlmost,
		Glob:        compiler.Exact,
		Regexp:      compiler.Joni,
		CIDR:        compiler.IPv4AndIPv6,
		Numbers:     compiler.Exact,
		TimeParts:   compiler.Exact,
		Arrays:      compiler.OneDeep,
		ObjectText:  compiler.Exact,
		StructText:  compiler.Refused,
		Presence:    compiler.NullIsAbsent,
		FieldEq:     compiler.Exact,
		Keywords:    compiler.Refused,
		Correlation: compiler.Refused,
		TimeFilter:  compiler.TimePredicate,
		Partitions:  compiler.ByLayout,
		Sources:     compiler.OneSource,
		Attribution: compiler.OneRule,
		Limits:      compiler.Limits{QueryBytes: maxQuery, Batch: 1},
		Layouts:     layouts,
	}
}
