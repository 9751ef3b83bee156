// Package compiler turns rules into plans, and plans into plans that an engine
// can say. It knows sources and targets, no engine and no SDK.
//
// The phases, each a function of the one before:
//
//	Compile    resolve fields, expand modifiers and selectors, lower to Pred
//	simplify   flatten, fold constants
//	Legalize   hold a plan against a Target: rewrite it or say why not
//	Fuse       many plans over one source into batches within a target's limits
//
// Pred is two-valued: over a missing or null field every leaf but Null is
// false, so Not over it is true. Engines with SQL's NULL guard the operand of
// NOT, and nothing else, because AND and OR are monotone.
package compiler
