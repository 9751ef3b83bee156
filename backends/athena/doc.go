// Package athena writes queries for Amazon Athena, engine version 3, over the
// tables that AWS's documentation creates. Only functions that Trino has had
// for long are used, since AWS names no version.
//
// A column of JSON text is opened through arrays, one level at each step of a
// path. Text is folded by lower(), which takes U+0130 for an i.
package athena
