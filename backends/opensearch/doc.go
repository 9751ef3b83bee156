// Package opensearch writes query DSL for OpenSearch, over indexes that are made
// by the template which Template gives. It never writes query_string: that has a
// language of its own inside a text.
//
// The template takes every CloudTrail record as AWS delivers it. What no schema
// declares (requestParameters and the like) is an object in one record and a text
// in another, which no mapping of OpenSearch 3.4 takes but one that does not index
// it: predicates over it widen to a superset, and the evaluator finishes the rows.
//
// A declared field is indexed three times: folded for equality, up to the length
// that Lucene takes as one term; folded for patterns and exact for everything
// else, of any length, as the type wildcard, which holds candidates against the
// stored record.
package opensearch
