//go:build cgo

package duckdb

import (
	"context"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends/files"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

func benchmarkTexts() []string {
	more := `,"userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:ci-deployer","arn":"arn:aws:sts::111122223333:assumed-role/deploy/ci-deployer","accountId":"111122223333","sessionContext":{"sessionIssuer":{"type":"Role","userName":"deploy"},"attributes":{"mfaAuthenticated":"false"}}},"requestParameters":{"bucketName":"audit-trail","key":"releases/app.tar.gz","n":12},"responseElements":null,"resources":[{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::audit-trail"}],"userAgent":"[aws-cli/2.15.30 Python/3.11.8]","readOnly":true`
	list := make([]string, 2000)
	for i := range list {
		list[i] = more
	}
	texts := make([]string, 25)
	for i := range texts {
		texts[i] = trail("GetObject", list...)
	}
	return texts
}

func BenchmarkStatement(b *testing.B) {
	list := writeFiles(b, benchmarkTexts()...)
	for name, text := range map[string]string{
		"count":  "SELECT count(*) FROM cloudtrail",
		"three":  "SELECT max(eventName), max(userAgent), max(eventSource) FROM cloudtrail",
		"json":   "SELECT count(*) FROM cloudtrail WHERE requestParameters ->> '$.key' = 'x'",
		"record": "SELECT max(_index) FROM cloudtrail WHERE length(record) > 1",
	} {
		b.Run(name, func(b *testing.B) {
			ctx, conn, _ := testConn(b, list)
			for b.Loop() {
				query(b, ctx, conn, text)
			}
			b.ReportMetric(50000*float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

func BenchmarkIrregular(b *testing.B) {
	list := writeFiles(b, benchmarkTexts()[0])
	var texts [][]byte
	_, err := files.Scan(context.Background(), list, files.Options{}, func() func(*record.Record, files.Position) (struct{}, bool) {
		return func(r *record.Record, _ files.Position) (struct{}, bool) {
			texts = append(texts, append([]byte(nil), r.Raw...))
			return struct{}{}, false
		}
	}, func(struct{}) error { return nil })
	if err != nil {
		b.Fatal(err)
	}
	rec, err := record.Parse(texts[0])
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(rec.Raw)))
	for b.Loop() {
		if irregular(schema.CloudTrail, &rec) {
			b.Fatal("a plain record is irregular")
		}
	}
}
