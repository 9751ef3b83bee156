//go:build cgo

package duckdb

import (
	"database/sql"
	flags "flag"
	"fmt"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

var benchEvents = flags.Int("events", 500_000, "events that the benchmark of correlations generates")

// day fills the table with a day's events of 20,000 identities, 20 of them busy, which make 73
// different calls, 13 of which the pack's rule on discovery looks at.
const day = `INSERT INTO cloudtrail BY NAME
SELECT strftime(TIMESTAMP '2026-03-10' + to_seconds(n * 86400 // %d), '%%Y-%%m-%%dT%%H:%%M:%%SZ') AS eventTime,
  md5(n::VARCHAR) AS eventID, 'ec2.amazonaws.com' AS eventSource, 'eu-central-1' AS awsRegion, '111122223333' AS recipientAccountId,
  [%s][(1 + hash(n, 'call') %% 73)::BIGINT] AS eventName,
  '{"type":"AssumedRole","principalId":"AROAEXAMPLE:session","arn":"arn:aws:sts::111122223333:assumed-role/role-' || CASE WHEN hash(n, 'busy') %% 50 = 0 THEN hash(n, 'who') %% 20 ELSE hash(n, 'who') %% 20000 END || '/session","accountId":"111122223333","sessionContext":{"attributes":{"mfaAuthenticated":"false"}}}' AS userIdentity,
  '{"maxResults":100,"filterSet":{}}' AS requestParameters, '{}' AS record
FROM range(%d) AS r (n)`

// buckets is the query that people write in place of a window that slides: it
// misses what crosses half an hour, and tells no events.
const buckets = `SELECT json_extract_string(userIdentity, '/arn') AS arn, recipientAccountId, substr(eventTime, 1, 13) AS hour, substr(eventTime, 15, 1) < '3' AS half, count(DISTINCT eventName) AS n
FROM cloudtrail WHERE %s
GROUP BY ALL HAVING n >= 10`

// BenchmarkCorrelation counts different calls within half an hour, by the window
// that slides and by buckets, over a table of one's own.
func BenchmarkCorrelation(b *testing.B) {
	of, legal := discovery(b)
	db := filled(b, of, legal)
	q, err := backend{}.statement(of, legal, backends.Window{})
	if err != nil {
		b.Fatal(err)
	}
	test := reading{dialect: dialect{schema.CloudTrail}}.Test(legal[of.Inputs[0].Plan.Rule])
	for _, form := range []struct{ name, text string }{
		{"sliding", q.Text}, {"buckets", fmt.Sprintf(buckets, test)},
	} {
		b.Run(form.name, func(b *testing.B) {
			found := 0
			for b.Loop() {
				rows, err := db.QueryContext(b.Context(), form.text)
				if err != nil {
					b.Fatal(err)
				}
				for found = 0; rows.Next(); found++ {
				}
				if err := rows.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(found), "found")
		})
	}
}

// discovery is the pack's correlation of ten of thirteen calls in half an hour.
func discovery(b *testing.B) (*compiler.CorrelationPlan, map[*sigma.Rule]*compiler.Plan) {
	b.Helper()
	pack, err := rules.Load("aws")
	if err != nil {
		b.Fatal(err)
	}
	pack = sigma.Join(pack)
	program := compiler.NewProgram(pack, schema.ForLogsource, &target)
	for _, of := range program.Correlations {
		if of.Rule.Name == "aws_ec2_discovery_burst" {
			return of, program.Legal
		}
	}
	b.Fatal("the pack has no such correlation")
	return nil, nil
}

// filled is a database with a table of events.
func filled(b *testing.B, of *compiler.CorrelationPlan, legal map[*sigma.Rule]*compiler.Plan) *sql.DB {
	b.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1) // macros live with a connection
	calls, _ := compiler.Needed(legal[of.Inputs[0].Plan.Rule].Where, "eventName")
	if len(calls) != 13 {
		b.Fatalf("the rule looks at %d calls", len(calls))
	}
	for i := range calls {
		calls[i] = "'" + calls[i] + "'"
	}
	for i := range 60 {
		calls = append(calls, fmt.Sprintf("'GetThing%d'", i))
	}
	for _, text := range []string{DDL(schema.CloudTrail), fmt.Sprintf(day, *benchEvents, strings.Join(calls, ", "), *benchEvents)} {
		if _, err := db.ExecContext(b.Context(), text); err != nil {
			b.Fatal(err)
		}
	}
	return db
}
