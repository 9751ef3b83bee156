// Package eval is the one evaluator: it says which events a plan matches, and
// every engine is held against it. It is plain: a tree of predicates over the
// leaves of a record, found when a predicate asks for them.
//
// Speed comes from what stands in front of it. A Set knows for each plan which
// values its source's anchor field must have for the plan to match, and asks
// only the plans that may; such an index can say "cannot match" and nothing
// else. Within an event each field is looked up once.
package eval
