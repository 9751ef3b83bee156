package opensearch

import (
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// Layouts are the indexes that the known shippers fill, and first for each source
// those of this program's own template. Only a test adds one. A column's Name is a key of the
// document and In are the objects around it, so a field's path in the index is
// the names of Place with dots between.
var Layouts = []*schema.Layout{
	searchIndex(schema.CloudTrail, "template", "CloudTrail records as this program's index template takes them", "cloudtrail-*", own(schema.CloudTrail)),
	// A flat_object refuses a record with a text of more than 32,766 bytes in it.
	searchIndex(schema.CloudTrail, "flat", "the same, with what lies inside JSON indexed; a long text there rejects the record", "cloudtrail-*", inside(own(schema.CloudTrail), "flat_object")),
	// Nothing is refused: no object is expected anywhere.
	searchIndex(schema.CloudTrail, "parameters", "the same, with known parameters inside JSON indexed; OpenSearch 3.8 or newer", "cloudtrail-*", inside(own(schema.CloudTrail), byPath)),
	// The event stands at the top level beside @id, @timestamp, @message, @owner,
	// @log_group and @log_stream; @message is its text (the function
	// LogsToElasticsearch; Amazon CloudWatch Logs User Guide, "Streaming
	// CloudWatch Logs data to Amazon OpenSearch Service").
	searchIndex(schema.CloudTrail, "cwl", "CloudTrail by a CloudWatch Logs subscription", "cwl-*", own(schema.CloudTrail)),
	// Records as they are, and aliases of theirs (the repository
	// opensearch-project/security-analytics, OSMapping/cloudtrail_logtype.json).
	searchIndex(schema.CloudTrail, "security-analytics", "CloudTrail records with the aliases of Security Analytics", "cloudtrail", own(schema.CloudTrail)),
	searchIndex(schema.CloudTrail, "ecs", "CloudTrail in Elastic Common Schema, as Elastic's AWS integration writes it", "logs-aws.cloudtrail-*", ecsColumns),
	// The classes are API Activity, Account Change and Authentication (the
	// repository opensearch-project/opensearch-catalog, integrations/security/OCSF).
	searchIndex(schema.CloudTrail, "ocsf", "CloudTrail in OCSF 1.1, from Security Lake", "ocsf-1.1.0-6003*,ocsf-1.1.0-3001*,ocsf-1.1.0-3002*", ocsfColumns),
	searchIndex(schema.VPCFlow, "template", "flow logs as this program's index template takes them", "vpcflow-*", own(schema.VPCFlow)),
	searchIndex(schema.GuardDuty, "template", "findings as this program's index template takes them", "guardduty-*", own(schema.GuardDuty)),
	searchIndex(schema.GuardDuty, "parameters", "the same, with known paths inside JSON indexed; OpenSearch 3.8 or newer", "guardduty-*", inside(own(schema.GuardDuty), byPath)),
	searchIndex(schema.Route53, "template", "Resolver query logs as this program's index template takes them", "route53-*", own(schema.Route53)),
}

func searchIndex(s *schema.Source, name, title, indexes string, columns []schema.Column) *schema.Layout {
	return &schema.Layout{Name: name, Title: title, Source: s, Table: indexes, Columns: columns, Partitions: schema.Partitions{Scheme: schema.Unpartitioned}}
}

// own returns the columns of documents that are a source's records.
func own(s *schema.Source) []schema.Column { return ownOf(s.Fields) }

// byPath is the type of a column of JSON of which OpenSearch indexes the paths that
// are known beforehand, each as a field of its own.
const byPath = "paths"

// inside has OpenSearch index what lies inside columns of JSON, as a type of its or
// byPath.
func inside(columns []schema.Column, indexed string) []schema.Column {
	for i := range columns {
		if columns[i].Type == schema.JSONText {
			columns[i].Hive = indexed
		}
		inside(columns[i].Members, indexed)
	}
	return columns
}

func ownOf(fields []schema.Field) []schema.Column {
	var out []schema.Column
	for _, f := range fields {
		out = append(out, schema.Column{Field: f.Name, Name: f.Name, Type: schema.UsualType(&f), Members: ownOf(f.Fields)})
	}
	return out
}

// at returns the column of a field at a dotted path, of text unless with says
// otherwise.
func at(field, path string) schema.Column {
	names := strings.Split(path, ".")
	last := len(names) - 1
	return schema.Column{Field: field, In: names[:last:last], Name: names[last], Type: schema.Varchar}
}

// typed returns the column with another type.
func typed(t schema.ColumnType, c schema.Column) schema.Column {
	c.Type = t
	return c
}

// nowhere returns the column of a struct whose members lie apart.
func nowhere(field string, members ...schema.Column) schema.Column {
	return schema.Column{Field: field, Type: schema.Row, Members: members}
}

const (
	ecsEvent    = "aws.cloudtrail."
	ecsIdentity = ecsEvent + "user_identity."
	ecsSession  = ecsIdentity + "session_context."
	ecsIssuer   = ecsSession + "session_issuer."
)

// ecsColumns are the fields that the ingest pipeline of Elastic's AWS integration
// keeps one to one, but for null and what is empty, which it drops (the repository
// elastic/integrations, packages/aws/data_stream/cloudtrail). It merges both names
// of an identity into user.name, splits tlsVersion, and drops fields that it does
// not know. aws.cloudtrail.request_parameters and its like are the text of a Java
// map, not JSON; the values themselves stand in flattened, unless that text has
// 32,766 characters or more. The pipeline of Filebeat's module is older: it writes
// neither request_id nor resources, and its S3 input puts the bucket's region into
// cloud.region.
var ecsColumns = []schema.Column{
	at("eventVersion", ecsEvent+"event_version"),
	nowhere("userIdentity",
		at("type", ecsIdentity+"type"),
		at("principalId", "user.id"),
		at("arn", ecsIdentity+"arn"),
		at("accountId", "cloud.account.id"),
		at("accessKeyId", ecsIdentity+"access_key_id"),
		at("invokedBy", ecsIdentity+"invoked_by"),
		nowhere("sessionContext",
			nowhere("attributes",
				at("mfaAuthenticated", ecsSession+"mfa_authenticated"),
				typed(schema.Timestamp, at("creationDate", ecsSession+"creation_date")),
			),
			nowhere("sessionIssuer",
				at("type", ecsIssuer+"type"),
				at("principalId", ecsIssuer+"principal_id"),
				at("arn", ecsIssuer+"arn"),
				at("accountId", ecsIssuer+"account_id"),
			),
		),
	),
	typed(schema.Timestamp, at("eventTime", "@timestamp")),
	at("eventSource", "event.provider"),
	at("eventName", "event.action"),
	at("awsRegion", "cloud.region"),
	at("sourceIPAddress", "source.address"),
	at("userAgent", "user_agent.original"),
	at("errorCode", ecsEvent+"error_code"),
	at("errorMessage", ecsEvent+"error_message"),
	typed(schema.JSONText, at("requestParameters", ecsEvent+"flattened.request_parameters")),
	typed(schema.JSONText, at("responseElements", ecsEvent+"flattened.response_elements")),
	typed(schema.JSONText, at("additionalEventData", ecsEvent+"flattened.additional_eventdata")),
	at("requestID", ecsEvent+"request_id"),
	at("eventID", "event.id"),
	at("readOnly", ecsEvent+"read_only"),
	{
		Field: "resources", In: []string{"aws", "cloudtrail"}, Name: "resources", Type: schema.RowList,
		Members: []schema.Column{at("ARN", "arn"), at("accountId", "account_id"), at("type", "type")},
	},
	at("eventType", ecsEvent+"event_type"),
	at("apiVersion", ecsEvent+"api_version"),
	at("managementEvent", ecsEvent+"management_event"),
	at("recipientAccountId", ecsEvent+"recipient_account_id"),
	typed(schema.JSONText, at("serviceEventDetails", ecsEvent+"flattened.service_event_details")),
	at("vpcEndpointId", ecsEvent+"vpc_endpoint_id"),
	at("eventCategory", ecsEvent+"event_category"),
	typed(schema.JSONText, at("insightDetails", ecsEvent+"flattened.insight_details")),
	nowhere("tlsDetails",
		at("cipherSuite", "tls.cipher"),
		at("clientProvidedHostHeader", "tls.client.server_name"),
	),
}

// ocsfColumns are those of Security Lake but for the event's time, which a
// document of OCSF always has as time, in milliseconds since 1970; time_dt is
// optional.
var ocsfColumns = schema.Change(slices.Clone(schema.OCSFCloudTrail), "eventTime", func(c *schema.Column) { c.Name = "time" })
