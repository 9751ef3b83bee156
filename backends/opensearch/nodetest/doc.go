// Package nodetest is a real OpenSearch for the tests that need more than the
// shape of a query.
//
// The node is the one of .ci/opensearch: one for all the packages of a test
// run, with nothing installed beyond the core: no scripts, no SQL, no Alerting.
// Tests therefore name their indices after themselves.
package nodetest
