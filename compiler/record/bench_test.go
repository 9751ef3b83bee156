package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

// sampleEvents gives n events of the size and shape that CloudTrail writes.
func sampleEvents(n int) [][]byte {
	events := make([][]byte, n)
	for i := range events {
		events[i] = fmt.Appendf(nil, `{"eventVersion":"1.09","userIdentity":{"type":"AssumedRole","principalId":"AROA%012d:ci-deployer","arn":"arn:aws:sts::111122223333:assumed-role/deploy/ci-deployer","accountId":"111122223333","accessKeyId":"ASIA%012d","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA%012d","arn":"arn:aws:iam::111122223333:role/deploy","accountId":"111122223333","userName":"deploy"},"attributes":{"creationDate":"2026-03-01T08:00:00Z","mfaAuthenticated":"false"}}},"eventTime":"2026-03-01T08:%02d:%02dZ","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-central-1","sourceIPAddress":"198.51.100.%d","userAgent":"[aws-cli/2.15.30 Python/3.11.8 Linux/6.1.79 exe/x86_64 prompt/off command/s3.cp]","requestParameters":{"bucketName":"build-artifacts-%d","Host":"build-artifacts-%d.s3.eu-central-1.amazonaws.com","key":"releases/2026/03/01/app-%d.tar.gz"},"responseElements":null,"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","bytesTransferredOut":%d},"requestID":"REQ%013d","eventID":"%08x-0000-4000-8000-000000000000","readOnly":true,"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::build-artifacts-%d/releases"},{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::build-artifacts-%d"}],"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"111122223333","eventCategory":"Data","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"s3.eu-central-1.amazonaws.com"}}`,
			i, i, i, i/60%60, i%60, i%255, i, i, i, i*4096, i, i, i, i)
	}
	return events
}

// sampleFile gives a CloudTrail document of about size bytes, and the number of
// its records.
func sampleFile(size int) ([]byte, int) {
	events := sampleEvents(500)
	b := bytes.NewBufferString(`{"Records":[`)
	n := 0
	for ; b.Len() < size; n++ {
		if n > 0 {
			b.WriteByte(',')
		}
		b.Write(events[n%len(events)])
	}
	b.WriteString("]}")
	return b.Bytes(), n
}

// BenchmarkParse reads events one by one and gives the ratio of its speed to
// that of encoding/json.Valid, measured on the same events.
func BenchmarkParse(b *testing.B) {
	events := sampleEvents(500)
	size := 0
	for _, e := range events {
		size += len(e)
	}
	start := time.Now()
	rounds := 0
	for ; time.Since(start) < 300*time.Millisecond; rounds++ {
		for _, e := range events {
			if !json.Valid(e) {
				b.Fatal("the sample is no JSON")
			}
		}
	}
	peer := float64(size*rounds) / time.Since(start).Seconds()
	b.SetBytes(int64(size))
	b.ReportAllocs()
	var r Record
	for b.Loop() {
		for _, e := range events {
			if err := ParseInto(&r, e); err != nil {
				b.Fatal(err)
			}
		}
	}
	own := float64(size) * float64(b.N) / b.Elapsed().Seconds()
	b.ReportMetric(own/peer, "x-json.Valid")
}

// BenchmarkScanner splits CloudTrail documents, as AWS writes them and
// pretty-printed.
func BenchmarkScanner(b *testing.B) {
	data, n := sampleFile(16 << 20)
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, data, "", "    "); err != nil {
		b.Fatal(err)
	}
	for name, input := range map[string][]byte{"stored": data, "pretty": pretty.Bytes()} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(input)))
			b.ReportAllocs()
			s := NewScanner(nil, ScanOptions{})
			for b.Loop() {
				s.Reset(bytes.NewReader(input), ScanOptions{})
				for s.Next() {
				}
				if s.Count() != int64(n) {
					b.Fatalf("%d records, want %d", s.Count(), n)
				}
			}
		})
	}
}

// BenchmarkLeaves reads five fields of an event, three of them nested.
func BenchmarkLeaves(b *testing.B) {
	r, err := Parse(sampleEvents(1)[0])
	if err != nil {
		b.Fatal(err)
	}
	paths := [][]string{
		{"eventName"}, {"eventSource"}, {"userIdentity", "sessionContext", "sessionIssuer", "userName"},
		{"requestParameters", "key"}, {"resources", "type"},
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, path := range paths {
			r.Leaves(path, func(v Value) bool { return v.Kind == Null })
		}
	}
}
