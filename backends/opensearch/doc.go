// Package opensearch writes query DSL for OpenSearch and runs it. It never writes
// query_string: that has a language of its own inside a text.
//
// What a leaf can be asked as depends on how an index holds its field, so every
// leaf is said by the index's mapping: exactly, as a superset that the evaluator
// finishes, or not at all. The mapping is that of the template which Template
// gives, the one that a shipper makes (MappingFile), or the live one
// (Engine.Look).
//
// The template takes every CloudTrail record as AWS delivers it. What no schema
// declares (requestParameters and the like) is an object in one record and a text
// in another, which no mapping takes but one that does not index it or, from
// OpenSearch 3.8 on, one without objects, in which a path may be a text and lead to
// others as well: the layout parameters maps those paths that are known. A declared field is indexed folded for equality, up to the length that
// Lucene takes as one term, and folded for patterns and as stored for everything
// else, of any length, as the type wildcard, which holds candidates against the
// stored record.
package opensearch
