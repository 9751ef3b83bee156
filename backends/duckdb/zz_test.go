//go:build cgo

package duckdb

import (
	"context"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"os"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends/files"
)

func TestZZ(t *testing.T) {
	dir := os.Getenv("ZZDIR")
	list, _ := files.Find([]string{dir})
	ctx, conn, _ := testConn(t, list)
	for _, text := range []string{
		"SELECT count(*) FROM cloudtrail", "SELECT count(*) FILTER (irregular) FROM cloudtrail",
		"SELECT max(eventName), max(userAgent), max(eventSource) FROM cloudtrail",
		"SELECT max(_index) FROM cloudtrail WHERE length(record) > 1 AND eventName = 'x'",
		"SELECT count(*) FROM cloudtrail WHERE lower(eventName) = 'consolelogin' AND requestParameters ->> '$.key' = 'x'",
	} {
		for range 3 {
			start := time.Now()
			got := query(t, ctx, conn, text)
			t.Log(text, got, int(100000/time.Since(start).Seconds()), "events/s")
		}
	}
}

func TestZScan(t *testing.T) {
	list, _ := files.Find([]string{os.Getenv("ZZDIR")})
	for range 3 {
		start := time.Now()
		s, _ := files.Scan(context.Background(), list, files.Options{}, func() func(*record.Record, files.Position) (struct{}, bool) {
			return func(r *record.Record, _ files.Position) (struct{}, bool) { return struct{}{}, false }
		}, func(struct{}) error { return nil })
		t.Log("scan", s.Events, int(100000/time.Since(start).Seconds()), "events/s")
	}
}
