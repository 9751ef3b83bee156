package local

import "github.com/sigmahunt/sigmahunt/compiler"

// target: the evaluator is the meaning of rules, so it says all of it.
var target = compiler.Target{
	Name:        "local",
	Title:       "the evaluator",
	Glob:        compiler.Exact,
	Regexp:      compiler.RE2,
	CIDR:        compiler.IPv4AndIPv6,
	Numbers:     compiler.Exact,
	Numerals:    compiler.ByValue,
	TimeParts:   compiler.Exact,
	JSON:        compiler.AsStored,
	StructText:  compiler.Exact,
	Presence:    compiler.NullApart,
	FieldEq:     compiler.Exact,
	Keywords:    compiler.Exact,
	Correlation: compiler.OfRows,
	Identity:    compiler.Exact,
	TimeFilter:  compiler.NoTimeFilter,
	Sources:     compiler.AllSources,
	Attribution: compiler.ByQuery,
	Limits:      compiler.Limits{},
	LeafSupport: nil,
	Clauses:     nil,
	Groups:      nil,
	Layouts:     nil,
}
