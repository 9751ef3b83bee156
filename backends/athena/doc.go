// Package athena writes queries for Amazon Athena, engine version 3, over the
// tables that AWS's documentation creates, and runs them. Only functions that Trino
// has had for long are used, since AWS names no version.
//
// # Layouts
//
// A layout is data: which column holds which field, how the table is partitioned
// and how its files are stored. A layout may be the user's own, in YAML.
//
// # From a plan to a query
//
// A query selects the cells that findings need (shape.go): scalars, the text of a
// JSON column, or that a struct is there. The executor makes records of them again
// (rebuild.go), so findings, residuals and attribution work as on every engine.
//
// A path through JSON is read in SQL step by step, and arrays are opened at each
// step (json.go). Texts of objects and the canonical text of numbers are computed
// only where a test could match them. lower() makes an i of U+0130, so it is hidden
// from lower() in fields that people other than AWS write.
//
// # Many rules in one statement (fused.go)
//
// Rules that need one of a few event names are placed behind a test of those names.
// Rules that may match whatever the name come first. A statement below names what
// tests share: columns in lower case, which Trino computes once for each text that a
// page of a column holds, and members of structs, since Trino reads all of a struct
// that a lambda uses. Trino also moves what holds try before the other parts of an
// AND; a whole column of JSON is therefore opened behind the names that its rule
// needs (0.5 s of a query over 1,000,000 events, 12 s otherwise).
//
// Trino compiles an expression into one JVM method of at most 64 KB, so heavy
// expressions are cut into lambdas, which are methods of their own. A batch that
// Athena still rejects as too large is halved and sent again.
//
// The evaluator decides which rules a row matched, not SQL. Labels in SQL were
// tried: the statement of SigmaHQ's 56 rules grew from 17,506 to 29,304 bytes, and
// each row that passed cost a second evaluation of every rule (1.06 s of CPU instead
// of 0.54 s, 48,067 of 100,000 events matching). A row that no rule matches is
// reported as a problem, never dropped.
//
// # Running (session.go)
//
// Each start has a token of its own, so a lost answer is found again. Throttling
// waits. Statements that end early are stopped at Athena. athenatest is an Athena
// for tests: it speaks the protocol, runs the SQL on a Trino, and fails in the ways
// that Athena does.
package athena
