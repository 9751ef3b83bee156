package files

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/fixtures/gen/trail"
)

// trailDocument gives a CloudTrail document of about size bytes, and the number
// of its records.
func trailDocument(size int) ([]byte, int) {
	b := bytes.NewBufferString(`{"Records":[`)
	rnd := rand.New(rand.NewPCG(1, 2))
	n := 0
	for ; b.Len() < size; n++ {
		if n > 0 {
			b.WriteByte(',')
		}
		random := func(n int) string {
			text := make([]byte, n)
			for i := range text {
				text[i] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"[rnd.IntN(64)]
			}
			return string(text)
		}
		host := []string{"build-artifacts", "audit-trail", "web-assets", "backups"}[rnd.IntN(4)]
		fmt.Fprintf(b, `{"eventVersion":"1.09","userIdentity":{"type":"AssumedRole","principalId":"AROA%012X:ci-deployer","arn":"arn:aws:sts::111122223333:assumed-role/deploy/ci-deployer","accountId":"111122223333","accessKeyId":"ASIA%s","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA%012X","arn":"arn:aws:iam::111122223333:role/deploy","accountId":"111122223333","userName":"deploy"},"attributes":{"creationDate":"2026-03-01T08:00:00Z","mfaAuthenticated":"false"}}},"eventTime":"2026-03-01T08:%02d:%02dZ","eventSource":"s3.amazonaws.com","eventName":"%s","awsRegion":"eu-central-1","sourceIPAddress":"198.51.100.%d","userAgent":"[aws-cli/2.15.30 Python/3.11.8 Linux/6.1.79 exe/x86_64 prompt/off command/s3.cp]","requestParameters":{"bucketName":"%s","Host":"%s.s3.eu-central-1.amazonaws.com","key":"releases/2026/03/01/app-%x.tar.gz"},"responseElements":null,"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"%s","bytesTransferredOut":%d},"requestID":"%s","eventID":"%08x-%04x-4000-8000-%012x","readOnly":true,"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::%s/releases"},{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::%s"}],"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"111122223333","eventCategory":"Data","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"%s.s3.eu-central-1.amazonaws.com"}}`,
			n%7, random(16), n%7, n/60%60, n%60, []string{"GetObject", "PutObject", "HeadObject", "ListBucket"}[rnd.IntN(4)], rnd.IntN(255), host, host, rnd.Uint32(),
			random(76), rnd.IntN(1e6), random(16), rnd.Uint32(), rnd.IntN(1<<16), rnd.Uint64N(1<<48), host, host, host)
	}
	b.WriteString("]}")
	return b.Bytes(), n
}

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(data)
	w.Close()
	return b.Bytes()
}

// benchmarkScan reads 100 MB of CloudTrail in so many gzip files with so many
// workers, and gives the ratio of its speed to that of decompressing the same
// files alone with as many workers.
func benchmarkScan(b *testing.B, files, workers int) {
	document, n := trailDocument(100 << 20 / files)
	packed := gzipped(document)
	dir := b.TempDir()
	for i := range files {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%03d.json.gz", i)), packed, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	list, _ := Find([]string{dir})
	total := int64(len(document) * files)
	alone := gunzipSpeed(b, list, workers)
	b.SetBytes(total)
	b.ReportAllocs()
	for b.Loop() {
		stats, err := Scan(context.Background(), list, Options{Workers: workers}, counting, func(int) error { return nil })
		if err != nil || stats.Events != int64(n*files) || stats.Bytes != total {
			b.Fatal(err, stats)
		}
	}
	own := float64(total) * float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(own/alone, "x-gunzip")
	b.ReportMetric(own/1e6/float64(workers), "MB/s/worker")
}

func counting() func(*record.Record, Position) (int, bool) {
	return func(r *record.Record, _ Position) (int, bool) { return 0, r.Lookup("eventName").Kind == record.Absent }
}

// gunzipSpeed gives the bytes a second of decompressing files in goroutines.
func gunzipSpeed(b *testing.B, list []File, workers int) float64 {
	start, bytes := time.Now(), int64(0)
	for time.Since(start) < time.Second {
		work, sizes := make(chan File, len(list)), make(chan int64)
		for _, f := range list {
			work <- f
		}
		close(work)
		for range workers {
			go func() {
				size := int64(0)
				var z gzip.Reader
				buf := make([]byte, 256<<10)
				for f := range work {
					file, err := os.Open(f.Path)
					if err != nil {
						b.Error(err)
						continue
					}
					if err := z.Reset(file); err != nil {
						b.Error(err)
					}
					n, _ := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{&z}, buf)
					size += n
					file.Close()
				}
				sizes <- size
			}()
		}
		for range workers {
			bytes += <-sizes
		}
	}
	return float64(bytes) / time.Since(start).Seconds()
}

func BenchmarkScan(b *testing.B) {
	for _, c := range []struct{ files, workers int }{{20, 1}, {20, 2}, {1, 2}} {
		b.Run(fmt.Sprintf("files=%d/workers=%d", c.files, c.workers), func(b *testing.B) { benchmarkScan(b, c.files, c.workers) })
	}
}

// BenchmarkParquet reads the same CloudTrail events from Parquet and from
// .json.gz with one worker, and gives the ratio of the speeds.
func BenchmarkParquet(b *testing.B) {
	const events = 100_000
	lists := map[trail.Format][]File{}
	for _, format := range []trail.Format{trail.JSON, trail.Parquet} {
		dir := b.TempDir()
		if err := trail.WriteDir(dir, trail.Options{Events: events, Format: format}); err != nil {
			b.Fatal(err)
		}
		lists[format], _ = Find([]string{dir})
	}
	scan := func(list []File) {
		stats, err := Scan(context.Background(), list, Options{Workers: 1}, counting, func(int) error { return nil })
		if err != nil || stats.Events != events || len(stats.Problems) > 0 {
			b.Fatal(err, stats)
		}
	}
	start := time.Now()
	for range 3 {
		scan(lists[trail.JSON])
	}
	text := 3 * events / time.Since(start).Seconds()
	b.ReportAllocs()
	for b.Loop() {
		scan(lists[trail.Parquet])
	}
	rows := float64(events*b.N) / b.Elapsed().Seconds()
	b.ReportMetric(rows, "rows/s")
	b.ReportMetric(rows/text, "x-json.gz")
}
