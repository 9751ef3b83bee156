package conformance

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sigmahunt/sigmahunt/backends/opensearch"
	"github.com/sigmahunt/sigmahunt/backends/opensearch/nodetest"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// shippedRecords are records, and what is left of them in the layouts that do not
// hold all: what people reason from the shippers' sources. Each is in the order in
// which the layout has its fields.
var shippedRecords = []struct{ name, record, ecs, ocsf string }{
	{
		"an identity of a role",
		`{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROA:a","arn":"arn:aws:sts::111122223333:assumed-role/r/a",` +
			`"accountId":"111122223333","accessKeyId":"ASIA","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA",` +
			`"arn":"arn:aws:iam::111122223333:role/r","accountId":"111122223333","userName":"r"},"attributes":{"creationDate":"2026-03-10T00:00:00Z",` +
			`"mfaAuthenticated":"false"}}},"eventTime":"2026-03-10T01:02:03Z","eventSource":"s3.amazonaws.com","eventName":"PutBucketPolicy",` +
			`"awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.1","userAgent":"[aws-cli/2.0]","requestParameters":{"bucketName":"b","n":1,"on":true},` +
			`"responseElements":null,"eventID":"e1","readOnly":false,"resources":[{"type":"AWS::S3::Object","ARNPrefix":"p"},` +
			`{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b"}],"eventType":"AwsApiCall","managementEvent":true,` +
			`"recipientAccountId":"111122223333","sharedEventID":"x","eventCategory":"Management"}`,
		`{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROA:a","arn":"arn:aws:sts::111122223333:assumed-role/r/a",` +
			`"accountId":"111122223333","accessKeyId":"ASIA","sessionContext":{"attributes":{"mfaAuthenticated":"false","creationDate":"2026-03-10T00:00:00Z"},` +
			`"sessionIssuer":{"type":"Role","principalId":"AROA","arn":"arn:aws:iam::111122223333:role/r","accountId":"111122223333"}}},` +
			`"eventTime":"2026-03-10T01:02:03Z","eventSource":"s3.amazonaws.com","eventName":"PutBucketPolicy","awsRegion":"eu-west-1",` +
			`"sourceIPAddress":"192.0.2.1","userAgent":"[aws-cli/2.0]","requestParameters":{"bucketName":"b","n":1,"on":true},"eventID":"e1","readOnly":false,` +
			`"resources":[{"type":"AWS::S3::Object"},{"ARN":"arn:aws:s3:::b","accountId":"111122223333","type":"AWS::S3::Bucket"}],` +
			`"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"111122223333","eventCategory":"Management"}`,
		`{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROA:a","arn":"arn:aws:sts::111122223333:assumed-role/r/a",` +
			`"accountId":"111122223333","accessKeyId":"ASIA","sessionContext":{"attributes":{"mfaAuthenticated":"false","creationDate":"2026-03-10T00:00:00Z"},` +
			`"sessionIssuer":{"arn":"arn:aws:iam::111122223333:role/r"}}},"eventTime":"2026-03-10T01:02:03Z","eventSource":"s3.amazonaws.com",` +
			`"eventName":"PutBucketPolicy","awsRegion":"eu-west-1","sourceIPAddress":"192.0.2.1","userAgent":"[aws-cli/2.0]",` +
			`"requestParameters":{"bucketName":"b","n":1,"on":true},"eventID":"e1",` +
			`"resources":[{"type":"AWS::S3::Object"},{"ARN":"arn:aws:s3:::b","accountId":"111122223333","type":"AWS::S3::Bucket"}],` +
			`"eventType":"AwsApiCall","eventCategory":"Management"}`,
	},
	{
		"an address that is a name, and an error",
		`{"userIdentity":{"type":"AWSService","invokedBy":"config.amazonaws.com","userName":"u"},"eventName":"GetBucketAcl","sourceIPAddress":"config.amazonaws.com",` +
			`"errorCode":"AccessDenied","errorMessage":"Access <Denied>","vpcEndpointId":"vpce-1","apiVersion":"2016-11-15","requestID":"q",` +
			`"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES","clientProvidedHostHeader":"h"}}`,
		`{"userIdentity":{"type":"AWSService","invokedBy":"config.amazonaws.com"},"eventName":"GetBucketAcl","sourceIPAddress":"config.amazonaws.com",` +
			`"errorCode":"AccessDenied","errorMessage":"Access <Denied>","requestID":"q","apiVersion":"2016-11-15","vpcEndpointId":"vpce-1",` +
			`"tlsDetails":{"cipherSuite":"TLS_AES","clientProvidedHostHeader":"h"}}`,
		`{"userIdentity":{"type":"AWSService","userName":"u","invokedBy":"config.amazonaws.com"},"eventName":"GetBucketAcl","sourceIPAddress":"config.amazonaws.com",` +
			`"errorCode":"AccessDenied","errorMessage":"Access <Denied>","requestID":"q","apiVersion":"2016-11-15","vpcEndpointId":"vpce-1"}`,
	},
	{
		"what is empty, and what stands twice",
		`{"eventName":"A","errorMessage":"","requestParameters":{"a":null,"b":"","c":[],"d":{"e":[null,"x"]}},"responseElements":{"f":null},` +
			`"resources":[{"ARN":"r"},{"ARN":"r"}],"additionalEventData":{"g":"h"},"serviceEventDetails":{"i":[1,[2]]},"insightDetails":{"state":"Start"}}`,
		`{"eventName":"A","requestParameters":{"d":{"e":["x"]}},"additionalEventData":{"g":"h"},"resources":[{"ARN":"r"}],` +
			`"serviceEventDetails":{"i":[1,[2]]},"insightDetails":{"state":"Start"}}`,
		`{"eventName":"A","errorMessage":"","requestParameters":{"a":null,"b":"","c":[],"d":{"e":[null,"x"]}},"responseElements":{"f":null},` +
			`"resources":[{"ARN":"r"},{"ARN":"r"}]}`,
	},
	{"nothing that they know", `{"additional":{"a":1}}`, `{}`, `{}`},
}

// TestALayoutHoldsOfARecordWhatItsShipperStores takes records there and back.
func TestALayoutHoldsOfARecordWhatItsShipperStores(t *testing.T) {
	for _, l := range schema.LayoutsOf(opensearch.Layouts, schema.CloudTrail.Name) {
		for _, r := range shippedRecords {
			want := map[string]string{"ecs": r.ecs, "ocsf": r.ocsf}[l.Name]
			if want == "" {
				want = r.record
			}
			doc, err := documentOf(l, []byte(r.record))
			if err != nil {
				t.Fatal(err)
			}
			got, err := opensearch.RecordOf(l, doc)
			if err != nil || string(got) != want {
				t.Errorf("%s, %s: %v\n%s\n%s", l.Name, r.name, err, cmp.Diff(want, string(got)), doc)
			}
		}
	}
}

// Parameters whose text is too long for Elastic's pipeline are not in its
// documents.
func TestLongParametersAreNotInDocumentsOfECS(t *testing.T) {
	i := slices.IndexFunc(opensearch.Layouts, func(l *schema.Layout) bool { return l.Name == "ecs" })
	for length, want := range map[int]bool{longestFlattened - 1: true, longestFlattened: false} {
		value := strings.Repeat("x", length-len("{a=}"))
		doc, err := documentOf(opensearch.Layouts[i], fmt.Appendf(nil, `{"requestParameters":{"a":%q}}`, value))
		if err != nil {
			t.Fatal(err)
		}
		got, err := opensearch.RecordOf(opensearch.Layouts[i], doc)
		if err != nil || strings.Contains(string(got), value) != want {
			t.Errorf("a text of %d: %.80s, %v", length, got, err)
		}
	}
}

// shippedLayouts are those whose indexes the program does not make.
func shippedLayouts() []*schema.Layout {
	own := func(l *schema.Layout) bool { return opensearch.MappingFile(l.Name) == nil }
	return slices.DeleteFunc(schema.LayoutsOf(opensearch.Layouts, schema.CloudTrail.Name), own)
}

// TestIndexesOfTheShippedMappingsTakeTheDocuments has a node store them: none is
// refused, and what it gives back is the record still.
func TestIndexesOfTheShippedMappingsTakeTheDocuments(t *testing.T) {
	server := nodetest.Start(t)
	for _, l := range shippedLayouts() {
		t.Run(l.Name, func(t *testing.T) {
			var ids []string
			var docs [][]byte
			for i, r := range shippedRecords {
				doc, err := documentOf(l, []byte(r.record))
				if err != nil {
					t.Fatal(err)
				}
				ids, docs = append(ids, strconv.Itoa(i)), append(docs, doc)
			}
			index := fmt.Sprintf("shipped-%s-%d", l.Name, os.Getpid())
			server.Index(t, index, map[string]any{
				"settings": map[string]any{"number_of_replicas": 0}, "mappings": opensearch.MappingFile(l.Name),
			})
			refused, err := server.Bulk(t.Context(), index, ids, docs)
			if err != nil || len(refused) > 0 {
				t.Fatalf("the index refuses %v, %v", refused, err)
			}
			for i, id := range ids {
				answer, err := server.Do(t.Context(), "GET", "/"+index+"/_source/"+id, nil)
				if err != nil {
					t.Fatal(err)
				}
				want, _ := opensearch.RecordOf(l, docs[i])
				if got, err := opensearch.RecordOf(l, answer); err != nil || string(got) != string(want) {
					t.Errorf("got  %s, %v\nwant %s", got, err, want)
				}
			}
			if l.Name == "security-analytics" {
				found, err := server.IDs(t.Context(), index, map[string]any{"match": map[string]any{"aws.cloudtrail.event_name": "GetBucketAcl"}})
				if err != nil || !slices.Equal(found, []string{"1"}) {
					t.Errorf("the alias finds %v, %v", found, err)
				}
			}
		})
	}
}

// The mapping that a node gives of an index is spelled as the shipped file is:
// that is what a user's own is read from.
func TestShippedMappingsAreSpelledAsANodeSpellsThem(t *testing.T) {
	server := nodetest.Start(t)
	for _, l := range shippedLayouts() {
		index := fmt.Sprintf("spelled-%s-%d", l.Name, os.Getpid())
		server.Index(t, index, map[string]any{
			"settings": map[string]any{"number_of_replicas": 0}, "mappings": opensearch.MappingFile(l.Name),
		})
		answer, err := server.Do(t.Context(), "GET", "/"+index+"/_mapping", nil)
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]struct{ Mappings struct{ Properties any } }
		var want struct{ Properties any }
		if err := json.Unmarshal(answer, &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(opensearch.MappingFile(l.Name), &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.Properties, got[index].Mappings.Properties); diff != "" {
			t.Errorf("%s:\n%s", l.Name, diff)
		}
	}
}
