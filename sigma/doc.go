// Package sigma turns text into Sigma rules with positions. It knows the Sigma
// specification (2.1) and nothing of fields' types, sources or engines.
//
// The model's base is github.com/bradleyjkemp/sigma-go: its rule metadata,
// logsource, field matchers and condition syntax tree are used as they are.
// Its loader and condition grammar are not, because they lose what a compiler
// needs: the raw text of scalars (012345678901 must stay text), the order and
// the place of every item, all but the first document of a file, and the
// difference between a misspelt identifier and one that is false. This package
// reads the YAML nodes itself, by sigma/yamldoc, and fills those types.
//
// Scalars follow the YAML 1.2 core schema, read from the raw text: only
// true/True/TRUE and false/False/FALSE are booleans, numbers are JSON numbers
// (so leading zeros make text), null/Null/NULL/~/nothing is null, and the rest,
// dates included, is text.
package sigma
