package opensearch

import (
	"github.com/sigmahunt/sigmahunt/compiler"
)

// What one request may hold. Lucene counts the clauses of a whole query
// (indices.query.bool.max_clause_count), as clausesOf does.
const (
	maxClauses  = 1_024
	pageClauses = 1               // of them, for the time in which a page is looked for
	ruleClauses = maxClauses - 24 // of them, which leaves some for the time of the events and for candidates
	maxRules    = 100
	maxTests    = 300
	maxSpelled  = 300 // expressions of one leaf
)

// maxRequest is the longest body of a request, in bytes
// (http.max_content_length).
const maxRequest = 100 << 20

// table is what OpenSearch supports over any index. What a certain index supports
// depends on its mapping.
var table = &compiler.Target{
	Name:        "opensearch",
	Title:       "OpenSearch",
	Glob:        compiler.Exact,
	Regexp:      compiler.Lucene,
	CIDR:        compiler.IPv4AndIPv6,
	Numbers:     compiler.ExactDeclared,
	Numerals:    compiler.BySpelling,
	TimeParts:   compiler.Omitted,
	JSON:        compiler.AsMapped,
	StructText:  compiler.Omitted,
	Presence:    compiler.EmptyIsAbsent,
	FieldEq:     compiler.Omitted,
	Keywords:    compiler.Omitted,
	Correlation: compiler.InTwoStages,
	Identity:    compiler.Unsupported,
	TimeFilter:  compiler.TimePredicate,
	Sources:     compiler.OneSource,
	Attribution: compiler.ByQuery,
	Limits:      compiler.Limits{QueryBytes: maxRequest, Batch: maxRules, Tests: maxTests, Clauses: ruleClauses, RuleTests: maxTests},
	LeafSupport: nil,
	Clauses:     nil,
	Groups:      nil,
	Layouts:     nil,
}
