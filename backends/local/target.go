package local

import "github.com/sigmahunt/sigmahunt/compiler"

// target: the evaluator is the meaning of rules, so it says all of it.
var target = compiler.Target{
	Name:        "local",
	Title:       "the evaluator",
	Language:    compiler.NoLanguage,
	Nulls:       compiler.TwoValued,
	Fold:        compiler.FoldExact,
	Glob:        compiler.Exact,
	Regexp:      compiler.RE2,
	CIDR:        compiler.IPv4AndIPv6,
	Numbers:     compiler.Exact,
	Numerals:    compiler.ByValue,
	TimeParts:   compiler.Exact,
	Arrays:      compiler.AnyDepth,
	JSON:        compiler.AsStored,
	StructText:  compiler.Exact,
	Presence:    compiler.NullApart,
	FieldEq:     compiler.Exact,
	Keywords:    compiler.Exact,
	Correlation: compiler.OfRows,
	Identity:    compiler.Exact,
	TimeFilter:  compiler.NoTimeFilter,
	Partitions:  compiler.NoPartitions,
	Sources:     compiler.AllSources,
	Attribution: compiler.ByQuery,
	Limits:      compiler.Limits{},
	Says:        nil,
	Clauses:     nil,
	Groups:      nil,
	Layouts:     nil,
}
