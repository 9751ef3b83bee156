// Package duckdb is the engine of the embedded DuckDB, and writes SQL for a
// DuckDB of one's own.
//
// A query reads a table named as its source (cloudtrail, vpcflow, guardduty, route53):
//
//	scalar fields    VARCHAR, the value's text; NULL when missing or null.
//	                 Whole numbers are BIGINT.
//	other fields     VARCHAR, compact JSON text as stored; NULL when missing
//	record           VARCHAR, the whole event, compact
//	irregular        BOOLEAN, see below
//	_file, _index    BIGINT, where the event was read from
//
// In process a table function feeds that table from backends/files. DuckDB's
// JSON functions spell some numbers and escapes in another way than the log
// does, and lower() takes U+0130 for an i. A record that holds such a thing is
// irregular: its fields are NULL, the query returns it whatever the rule asks,
// and the evaluator decides it. SQL alone decides all others.
package duckdb
