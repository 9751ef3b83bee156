// Package trinotest runs statements on a real Trino, the engine Athena is
// built on, for the tests that need more than the shape of the SQL.
//
// The server is the one of .ci/trino: one for all the packages of a test run,
// with the catalogs memory and hive. Tests that create tables therefore name
// them after themselves, and put files in folders of their own below
// Server.Files.
package trinotest
