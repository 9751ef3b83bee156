package eval

import (
	"fmt"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// unanchored are detections of the kind that name no event: every event must
// be held against them.
var unanchored = []string{
	"s:\n  userIdentity.arn|re: '.+:assumed-role/aws:.+'\nf:\n  eventSource: [a.amazonaws.com, b.amazonaws.com]\ncondition: s and not f",
	"s:\n  userAgent: TruffleHog\ncondition: s",
	"s:\n  userAgent|contains: ['kali linux', 'parrot linux']\ncondition: s",
	"s:\n  userIdentity.type: Root\nf:\n  eventType: AwsServiceEvent\ncondition: s and not f",
	"s:\n  userIdentity.type: AssumedRole\n  userIdentity.sessionContext.sessionIssuer.type: Role\nf:\n  eventSource: s3.amazonaws.com\ncondition: s and not f",
	"s:\n  errorCode|contains: Unauthorized\n  sourceIPAddress|cidr: 203.0.113.0/24\ncondition: s",
}

// benchPlans gives rules as a pack has them: most name their events.
func benchPlans(t testing.TB) []*compiler.Plan {
	var plans []*compiler.Plan
	for _, d := range unanchored {
		plans = append(plans, planOf(t, schema.CloudTrail, d))
	}
	for i := range 85 {
		d := fmt.Sprintf("s:\n  eventSource: service%d.amazonaws.com\n  eventName: [Create%d, Delete%d]\nf:\n  errorCode|contains: Denied\ncondition: s and not f", i%20, i, i)
		if i%10 == 0 {
			d = "s:\n  eventSource: s3.amazonaws.com\n  eventName: GetObject\n  requestParameters|contains: secret-" + fmt.Sprint(i) + "\ncondition: s"
		}
		plans = append(plans, planOf(t, schema.CloudTrail, d))
	}
	return plans
}

// benchEvents gives events of CloudTrail's size and shape, of which one in four
// has a name that rules ask for.
func benchEvents(t testing.TB) (records []*record.Record, size int) {
	for i := range 512 {
		name := "DescribeInstances"
		if i%4 == 0 {
			name = "GetObject"
		}
		event := fmt.Sprintf(`{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROA%012d:ci-deployer","arn":"arn:aws:sts::111122223333:assumed-role/deploy/ci-deployer","accountId":"111122223333","accessKeyId":"ASIA%012d","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA%012d","arn":"arn:aws:iam::111122223333:role/deploy","accountId":"111122223333","userName":"deploy"},"attributes":{"creationDate":"2026-03-01T08:00:00Z","mfaAuthenticated":"false"}}},"eventTime":"2026-03-01T08:%02d:00Z","eventSource":"s3.amazonaws.com","eventName":"%s","awsRegion":"eu-central-1","sourceIPAddress":"198.51.100.%d","userAgent":"[aws-cli/2.15.30 Python/3.11.8 Linux/6.1.79 exe/x86_64 prompt/off command/s3.cp]","requestParameters":{"bucketName":"build-artifacts-%d","Host":"build-artifacts-%d.s3.eu-central-1.amazonaws.com","key":"releases/2026/03/01/app-%d.tar.gz"},"responseElements":null,"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","bytesTransferredOut":%d},"requestID":"REQ%013d","eventID":"%08x-0000-4000-8000-000000000000","readOnly":true,"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::build-artifacts-%d/releases"},{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::build-artifacts-%d"}],"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"111122223333","eventCategory":"Data","tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"s3.eu-central-1.amazonaws.com"}}`,
			i, i, i, i%60, name, i%255, i, i, i, i*4096, i, i, i, i)
		records = append(records, parse(t, event))
		size += len(event)
	}
	return records, size
}

func benchmarkReader(b *testing.B, plans []*compiler.Plan) {
	records, size := benchEvents(b)
	r := NewSet(plans).Reader()
	i := 0
	b.SetBytes(int64(size / len(records)))
	b.ReportAllocs()
	for b.Loop() {
		r.Match(records[i%len(records)])
		i++
	}
}

// BenchmarkPack is one event against a pack of rules.
func BenchmarkPack(b *testing.B) { benchmarkReader(b, benchPlans(b)) }

// BenchmarkKeywords is one event against a rule that reads all of it.
func BenchmarkKeywords(b *testing.B) {
	benchmarkReader(b, []*compiler.Plan{planOf(b, schema.CloudTrail, "keywords: [trufflehog]\ncondition: keywords")})
}

// BenchmarkUnindexed is one event against the same pack without the index.
func BenchmarkUnindexed(b *testing.B) {
	records, size := benchEvents(b)
	plans := benchPlans(b)
	f := newFields()
	var tests []test
	for _, p := range plans {
		tests = append(tests, f.prepare(p.Where))
	}
	var ev Event
	i := 0
	b.SetBytes(int64(size / len(records)))
	for b.Loop() {
		ev.Reset(schema.CloudTrail, records[i%len(records)])
		ev.bind(f)
		for _, t := range tests {
			t.holds(&ev)
		}
		i++
	}
}

// BenchmarkFlows is one flow log record against rules on addresses and sizes.
func BenchmarkFlows(b *testing.B) {
	var plans []*compiler.Plan
	for _, d := range []string{
		"s:\n  dstport: [22, 3389]\n  action: ACCEPT\nf:\n  srcaddr|cidr: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16]\ncondition: s and not f",
		"s:\n  bytes|gt: 1000000000\n  dstaddr|cidr: 0.0.0.0/0\ncondition: s",
		"s:\n  start|hour|lt: 5\n  action: REJECT\ncondition: s",
	} {
		plans = append(plans, planOf(b, schema.VPCFlow, d))
	}
	rec := parse(b, `{"version":2,"account_id":"111122223333","interface_id":"eni-0a1b2c3d","srcaddr":"203.0.113.7","dstaddr":"10.0.0.5","srcport":51515,"dstport":22,"protocol":6,"packets":12,"bytes":4242,"start":1773118800,"end":1773118860,"action":"ACCEPT","log_status":"OK"}`)
	r := NewSet(plans).Reader()
	b.ReportAllocs()
	for b.Loop() {
		r.Match(rec)
	}
}

// An event costs no memory once the buffers have grown.
func TestMatchingDoesNotAllocate(t *testing.T) {
	records, _ := benchEvents(t)
	plans := append(benchPlans(t), planOf(t, schema.CloudTrail, "keywords: [trufflehog]\ncondition: keywords"))
	r := NewSet(plans).Reader()
	i := 0
	if n := testing.AllocsPerRun(2000, func() {
		r.Match(records[i%len(records)])
		i++
	}); n > 0 {
		t.Errorf("%v allocations an event", n)
	}
}

// What one huge event took is given back.
func TestHugeEventIsNotKept(t *testing.T) {
	var list []byte
	for range 200_000 {
		list = append(list, `"A\u0042",`...)
	}
	r := NewSet([]*compiler.Plan{planOf(t, schema.CloudTrail, "s:\n  requestParameters.a|contains: x\ncondition: s")}).Reader()
	r.Match(parse(t, `{"requestParameters":{"a":[`+string(list)+`1]}}`))
	r.Match(parse(t, `{}`))
	if cap(r.event.found) > keepFound || cap(r.event.arena) > keepArena {
		t.Errorf("%d leaves and %d bytes are kept", cap(r.event.found), cap(r.event.arena))
	}
}
