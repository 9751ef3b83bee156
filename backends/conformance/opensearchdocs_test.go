package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// documentOf returns the document in which the shipper of a layout stores a record
// of CloudTrail.
func documentOf(l *schema.Layout, rec []byte) ([]byte, error) {
	switch l.Name {
	case "template", "flat", "parameters", "security-analytics":
		return rec, nil
	case "cwl":
		return cwlDocument(rec)
	}
	var event map[string]any
	d := json.NewDecoder(bytes.NewReader(rec))
	d.UseNumber()
	if err := d.Decode(&event); err != nil {
		return nil, err
	}
	switch l.Name {
	case "ecs":
		return asText(ecsDocument(event))
	case "ocsf":
		return asText(ocsfDocument(event))
	default:
		return nil, fmt.Errorf("nobody ships documents of the layout %s", l.Name)
	}
}

// cwlDocument adds what the subscription's function does, in place of what the
// record has of those names. It reads the record and writes it again; here its
// members stay as stored.
func cwlDocument(rec []byte) ([]byte, error) {
	r, err := record.Parse(rec)
	if err != nil {
		return nil, err
	}
	doc := []byte{'{'}
	for _, m := range r.Members {
		if !strings.HasPrefix(m.Name(), "@") {
			doc = append(append(append(append(append(doc, '"'), m.Key...), `":`...), m.Value.Raw...), ',')
		}
	}
	doc = append(doc, `"@id":"37","@timestamp":"2026-03-10T01:05:00.000Z","@owner":"111122223333","@log_group":"trail","@log_stream":"s","@message":`...)
	return append(record.AppendQuoted(doc, string(rec)), '}'), nil
}

func asText(doc map[string]any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(doc)
	return bytes.TrimSpace(b.Bytes()), err
}

// under returns what stands at a dotted path, through objects alone; nil for nothing.
func under(object map[string]any, path string) any {
	var v any = object
	for key := range strings.SplitSeq(path, ".") {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	return v
}

// put stores a value at a dotted path, unless it is nil.
func put(object map[string]any, path string, v any) {
	if v == nil {
		return
	}
	keys := strings.Split(path, ".")
	last := len(keys) - 1
	for _, key := range keys[:last] {
		below, ok := object[key].(map[string]any)
		if !ok {
			below = map[string]any{}
			object[key] = below
		}
		object = below
	}
	object[keys[last]] = v
}

// instantAt reads a time of the record.
func instantAt(event map[string]any, path string) (time.Time, bool) {
	text, _ := under(event, path).(string)
	t, err := time.Parse(time.RFC3339Nano, text)
	return t.UTC(), err == nil
}

// ecsRenames are the fields that the pipeline of Elastic's integration renames.
var ecsRenames = map[string]string{
	"eventVersion":                        "aws.cloudtrail.event_version",
	"userIdentity.type":                   "aws.cloudtrail.user_identity.type",
	"userIdentity.principalId":            "user.id",
	"userIdentity.arn":                    "aws.cloudtrail.user_identity.arn",
	"userIdentity.accountId":              "cloud.account.id",
	"userIdentity.accessKeyId":            "aws.cloudtrail.user_identity.access_key_id",
	"userIdentity.invokedBy":              "aws.cloudtrail.user_identity.invoked_by",
	"eventSource":                         "event.provider",
	"eventCategory":                       "aws.cloudtrail.event_category",
	"awsRegion":                           "cloud.region",
	"sourceIPAddress":                     "source.address",
	"userAgent":                           "user_agent.original",
	"errorCode":                           "aws.cloudtrail.error_code",
	"errorMessage":                        "aws.cloudtrail.error_message",
	"requestID":                           "aws.cloudtrail.request_id",
	"eventID":                             "event.id",
	"eventType":                           "aws.cloudtrail.event_type",
	"apiVersion":                          "aws.cloudtrail.api_version",
	"managementEvent":                     "aws.cloudtrail.management_event",
	"readOnly":                            "aws.cloudtrail.read_only",
	"recipientAccountId":                  "aws.cloudtrail.recipient_account_id",
	"vpcEndpointId":                       "aws.cloudtrail.vpc_endpoint_id",
	"insightDetails":                      "aws.cloudtrail.flattened.insight_details",
	"tlsDetails.cipherSuite":              "tls.cipher",
	"tlsDetails.clientProvidedHostHeader": "tls.client.server_name",
	"userIdentity.sessionContext.attributes.mfaAuthenticated": "aws.cloudtrail.user_identity.session_context.mfa_authenticated",
	"userIdentity.sessionContext.sessionIssuer.type":          "aws.cloudtrail.user_identity.session_context.session_issuer.type",
	"userIdentity.sessionContext.sessionIssuer.principalId":   "aws.cloudtrail.user_identity.session_context.session_issuer.principal_id",
	"userIdentity.sessionContext.sessionIssuer.arn":           "aws.cloudtrail.user_identity.session_context.session_issuer.arn",
	"userIdentity.sessionContext.sessionIssuer.accountId":     "aws.cloudtrail.user_identity.session_context.session_issuer.account_id",
}

// ecsFlattened are the fields that it keeps as objects, and as the text that Java
// makes of them.
var ecsFlattened = map[string]string{
	"requestParameters": "request_parameters", "responseElements": "response_elements",
	"additionalEventData": "additional_eventdata", "serviceEventDetails": "service_event_details",
}

// longestFlattened is the length of that text from which on the object is left out.
const longestFlattened = 32_766

// ecsDocument is what the pipeline makes of a record whose original it does not
// keep. The document of a record without a time has none here; there it has the
// time at which the record was read.
func ecsDocument(event map[string]any) map[string]any {
	event, _ = withoutEmpty(event).(map[string]any)
	doc := map[string]any{}
	put(doc, "event.kind", "event")
	if event["eventName"] != nil {
		put(doc, "event.action", javaText(event["eventName"]))
	}
	for from, to := range ecsRenames {
		put(doc, to, under(event, from))
	}
	put(doc, "user.name", under(event, "userIdentity.sessionContext.sessionIssuer.userName"))
	put(doc, "user.name", under(event, "userIdentity.userName"))
	for from, to := range map[string]string{
		"eventTime": "@timestamp",
		"userIdentity.sessionContext.attributes.creationDate": "aws.cloudtrail.user_identity.session_context.creation_date",
	} {
		if t, ok := instantAt(event, from); ok {
			put(doc, to, t.Format("2006-01-02T15:04:05.000Z"))
		}
	}
	if address, ok := event["sourceIPAddress"].(string); ok {
		if _, err := netip.ParseAddr(address); err == nil {
			put(doc, "source.ip", address)
		}
	}
	for from, to := range ecsFlattened {
		if event[from] == nil {
			continue
		}
		text := javaText(event[from])
		put(doc, "aws.cloudtrail."+to, text)
		if len(utf16.Encode([]rune(text))) < longestFlattened {
			put(doc, "aws.cloudtrail.flattened."+to, event[from])
		}
	}
	put(doc, "aws.cloudtrail.resources", ecsResources(event["resources"]))
	put(doc, "event.outcome", "success")
	if event["errorCode"] != nil || event["errorMessage"] != nil {
		put(doc, "event.outcome", "failure")
	}
	return doc
}

// withoutEmpty returns a value without null, and without texts, objects and lists
// that are empty, nil where nothing is left.
func withoutEmpty(v any) any {
	switch v := v.(type) {
	case string:
		if v == "" {
			return nil
		}
	case map[string]any:
		kept := map[string]any{}
		for key, below := range v {
			if below = withoutEmpty(below); below != nil {
				kept[key] = below
			}
		}
		if len(kept) == 0 {
			return nil
		}
		return kept
	case []any:
		var kept []any
		for _, below := range v {
			if below = withoutEmpty(below); below != nil {
				kept = append(kept, below)
			}
		}
		if len(kept) == 0 {
			return nil
		}
		return kept
	}
	return v
}

// ecsResources renames the members of resources, each of which it keeps once.
func ecsResources(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	kept := []any{}
	seen := map[string]bool{}
	for _, e := range list {
		resource, ok := e.(map[string]any)
		if !ok {
			continue
		}
		resource = maps.Clone(resource)
		for from, to := range map[string]string{"ARN": "arn", "accountId": "account_id"} {
			if value, ok := resource[from]; ok {
				delete(resource, from)
				resource[to] = value
			}
		}
		if key := fmt.Sprint(resource["arn"], "_", resource["account_id"], "_", resource["type"]); !seen[key] {
			seen[key] = true
			kept = append(kept, resource)
		}
	}
	return kept
}

// javaText is what toString of Java gives for a value of JSON.
func javaText(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var parts []string
		for key, below := range v {
			parts = append(parts, key+"="+javaText(below))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		var parts []string
		for _, below := range v {
			parts = append(parts, javaText(below))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		return fmt.Sprint(v)
	}
}

// ocsfNames are the fields of OCSF 1.1 that Security Lake fills from one of the
// record's.
var ocsfNames = map[string]string{
	"eventVersion":             "metadata.product.version",
	"eventID":                  "metadata.uid",
	"eventType":                "metadata.event_code",
	"eventCategory":            "metadata.product.feature.name",
	"userIdentity.type":        "actor.user.type",
	"userIdentity.principalId": "actor.user.uid_alt",
	"userIdentity.arn":         "actor.user.uid",
	"userIdentity.accountId":   "actor.user.account.uid",
	"userIdentity.accessKeyId": "actor.user.credential_uid",
	"userIdentity.userName":    "actor.user.name",
	"userIdentity.invokedBy":   "actor.invoked_by",
	"userIdentity.sessionContext.sessionIssuer.arn": "actor.session.issuer",
	"eventSource":   "api.service.name",
	"eventName":     "api.operation",
	"apiVersion":    "api.version",
	"requestID":     "api.request.uid",
	"errorCode":     "api.response.error",
	"errorMessage":  "api.response.message",
	"awsRegion":     "cloud.region",
	"userAgent":     "http_request.user_agent",
	"vpcEndpointId": "src_endpoint.uid",
}

// ocsfDocument is a document of API Activity.
func ocsfDocument(event map[string]any) map[string]any {
	doc := map[string]any{"class_uid": 6003, "class_name": "API Activity"}
	put(doc, "cloud.provider", "AWS")
	put(doc, "metadata.version", "1.1.0")
	put(doc, "metadata.product.name", "CloudTrail")
	for from, to := range ocsfNames {
		put(doc, to, under(event, from))
	}
	for from, to := range map[string]string{
		"eventTime": "time", "userIdentity.sessionContext.attributes.creationDate": "actor.session.created_time_dt",
	} {
		if t, ok := instantAt(event, from); ok {
			put(doc, to, t.UnixMilli())
		}
	}
	if mfa := under(event, "userIdentity.sessionContext.attributes.mfaAuthenticated"); mfa == "true" || mfa == "false" {
		put(doc, "actor.session.is_mfa", mfa == "true")
	}
	endpoint := "src_endpoint.domain"
	if address, ok := event["sourceIPAddress"].(string); ok {
		if _, err := netip.ParseAddr(address); err == nil {
			endpoint = "src_endpoint.ip"
		}
	}
	put(doc, endpoint, event["sourceIPAddress"])
	for from, to := range map[string]string{"requestParameters": "api.request.data", "responseElements": "api.response.data"} {
		if v := event[from]; v != nil {
			put(doc, to, jsonOf(v))
		}
	}
	put(doc, "resources", ocsfResources(event["resources"]))
	return doc
}

// jsonOf writes a value that was read from JSON.
func jsonOf(v any) string {
	text, _ := asText(map[string]any{"": v})
	return string(text[len(`{"":`) : len(text)-1])
}

func ocsfResources(v any) any {
	list, ok := v.([]any)
	if !ok {
		return nil
	}
	resources := []any{}
	for _, e := range list {
		from, _ := e.(map[string]any)
		resource := map[string]any{}
		put(resource, "uid", from["ARN"])
		put(resource, "account.uid", from["accountId"])
		put(resource, "type", from["type"])
		resources = append(resources, resource)
	}
	return resources
}
