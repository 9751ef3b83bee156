package duckdb

import "github.com/sigmahunt/sigmahunt/compiler"

// maxTests bounds the memory that DuckDB plans a statement in, some 60 kB a test
// (measured: 20,000 patterns, 1.2 GB).
const maxTests = 20_000

// target: what SQL says otherwise, the table function marks as irregular.
var target = compiler.Target{
	Name:        "duckdb",
	Title:       "DuckDB",
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
	Correlation: compiler.InOneQuery,
	Identity:    compiler.Exact,
	TimeFilter:  compiler.TimePredicate,
	Sources:     compiler.OneSource,
	Attribution: compiler.ByQuery,
	Limits:      compiler.Limits{Tests: maxTests, RuleTests: maxTests},
	LeafSupport: nil,
	Clauses:     nil,
	Groups:      nil,
	Layouts:     nil,
}
