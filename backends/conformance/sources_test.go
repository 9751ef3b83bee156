package conformance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/eval"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

const flowThenCall = `title: Accepted
name: accepted
logsource: {product: aws, service: vpcflow}
detection: {s: {dstport: 22, action: ACCEPT}, condition: s}
---
title: Called
name: called
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: GetCallerIdentity}, condition: s}
---
title: Got in
correlation:
    type: temporal_ordered
    rules: [accepted, called]
    group-by: from
    timespan: 10m
    aliases: {from: {accepted: srcaddr, called: sourceIPAddress}}
`

// A flow of 08:00:00 and a call from its address nine minutes later; a call before
// a flow; and a call from an address that was rejected.
const flowsAndCalls = `{"srcaddr":"192.0.2.7","dstaddr":"10.0.0.5","dstport":22,"action":"ACCEPT","start":1767600000,"end":1767600060}
{"eventID":"c1","eventTime":"2026-01-05T08:09:00Z","eventName":"GetCallerIdentity","sourceIPAddress":"192.0.2.7"}
{"eventID":"c2","eventTime":"2026-01-05T07:59:00Z","eventName":"GetCallerIdentity","sourceIPAddress":"192.0.2.8"}
{"srcaddr":"192.0.2.8","dstaddr":"10.0.0.5","dstport":22,"action":"ACCEPT","start":1767600000,"end":1767600060}
{"srcaddr":"192.0.2.9","dstaddr":"10.0.0.5","dstport":22,"action":"REJECT","start":1767600000,"end":1767600060}
{"eventID":"c3","eventTime":"2026-01-05T08:01:00Z","eventName":"GetCallerIdentity","sourceIPAddress":"192.0.2.9"}
`

// A flow has no id of its own: it is known by a hash of its record, which a table
// of Athena's does not hold.
func TestFlowsAndCallsAreCorrelatedByAddress(t *testing.T) {
	c := EpisodeCase{Name: "flow-then-call", Rules: []byte(flowThenCall), Events: []byte(flowsAndCalls), anyOwn: true}
	first, _, _ := strings.Cut(flowsAndCalls, "\n")
	rec, err := record.Parse([]byte(first))
	if err != nil {
		t.Fatal(err)
	}
	c.Episodes = []string{fmt.Sprintf(`Got in | ["192.0.2.7"] | c1 | %s c1 | 2`, eval.EventID(schema.VPCFlow, &rec))}
	for _, e := range engines() {
		t.Run(e.Name(), func(t *testing.T) { RunEpisodes(t, e, []EpisodeCase{c}, nil) })
	}
	t.Run("duckdb statement", func(t *testing.T) { RunStatements(t, newDuckStatements(t), []EpisodeCase{c}, nil) })
	t.Run("trino statement", func(t *testing.T) {
		RunStatements(t, newOnShelf(t, "", "flows"), []EpisodeCase{c}, map[string]string{c.Name: "VPC Flow Log events have no id"})
	})
}
