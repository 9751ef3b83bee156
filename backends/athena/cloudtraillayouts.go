package athena

import (
	"slices"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

const (
	trailLogs    = "s3://<bucket>/AWSLogs/<account-id>/CloudTrail/"
	organization = "s3://<bucket>/AWSLogs/<organization-id>/"
	allLogs      = "s3://<bucket>/AWSLogs/"
)

// Amazon Athena User Guide, "Create a table for CloudTrail logs in Athena using
// manual partitioning", "... using partition projection" and "Create a table for
// an organization wide trail"; the guide of April 2023 for classic2023; the
// repository awslabs/aws-security-analytics-bootstrap for bootstrap.
var cloudTrailLayouts = []*schema.Layout{
	{
		Name: "projection", Title: "CloudTrail with partition projection (Amazon Athena User Guide, 2026)",
		Source: schema.CloudTrail, Table: "cloudtrail_logs_pp", Columns: cloudTrailColumns,
		Partitions: schema.Partitions{Scheme: schema.SlashDay, Column: "timestamp", Keys: []schema.Key{{Name: "timestamp", Type: "string", Projection: schema.Daily}}},
		Storage:    stored(hiveJSON, trailLogs+"<region>/", "${timestamp}"),
	},
	{
		Name: "classic", Title: "CloudTrail with manual partitions (Amazon Athena User Guide, 2026)",
		Source: schema.CloudTrail, Table: "cloudtrail_logs", Columns: cloudTrailColumns,
		Partitions: schema.Partitions{Scheme: schema.YearMonthDay, Keys: keysOfText("region", "year", "month", "day")},
		Storage:    stored(hiveJSON, trailLogs, ""),
	},
	{
		Name: "classic2023", Title: "CloudTrail with manual partitions and the columns of before (Amazon Athena User Guide, 2023)",
		Source: schema.CloudTrail, Table: "cloudtrail_logs", Columns: cloudTrailColumns2023,
		Partitions: schema.Partitions{Scheme: schema.YearMonthDay, Keys: keysOfText("region", "year", "month", "day")},
		Storage:    stored(hiveJSON, trailLogs, ""),
	},
	{
		Name: "organization", Title: "an organization's CloudTrail with manual partitions (Amazon Athena User Guide, 2026)",
		Source: schema.CloudTrail, Table: "cloudtrail_logs", Columns: cloudTrailColumns,
		Partitions: schema.Partitions{Scheme: schema.YearMonthDay, Keys: keysOfText("account", "region", "year", "month", "day")},
		Storage:    stored(hiveJSON, organization, ""),
	},
	{
		Name: "bootstrap", Title: "CloudTrail of all accounts (AWS Security Analytics Bootstrap)",
		Source: schema.CloudTrail, Table: "cloudtrail", Columns: bootstrapTrailColumns,
		Partitions: schema.Partitions{Scheme: schema.SlashDay, Column: "date_partition", Keys: bootstrapKeys},
		Storage: schema.Storage{
			Format: schema.JSONRecords, RowFormat: "SERDE 'com.amazon.emr.hive.serde.CloudTrailSerde'",
			Input: hiveJSON.Input, Output: hiveJSON.Output, Location: allLogs,
			Template: "${account_partition}/CloudTrail/${region_partition}/${date_partition}",
		},
	},
	{
		Name: "security-lake", Title: "CloudTrail management events in Security Lake, source version 2, OCSF 1.1 (Amazon Security Lake User Guide)",
		Source: schema.CloudTrail, Table: "amazon_security_lake_table_us_east_1_cloud_trail_mgmt_2_0", Columns: schema.OCSFCloudTrail,
		Partitions: schema.Partitions{Scheme: schema.Instant, Column: "time_dt"},
	},
	{
		Name: "lake", Title: "CloudTrail Lake's event data store; its id is the table (AWS CloudTrail User Guide)",
		Source: schema.CloudTrail, Table: "event_data_store_id", Columns: lakeColumns,
		Partitions: schema.Partitions{Scheme: schema.Instant, Column: "eventtime"},
	},
}

// bootstrapKeys are the partition columns of the bootstrap's tables. Accounts
// are one's own; regions are few here, those in use are to be listed.
var bootstrapKeys = []schema.Key{
	{Name: "date_partition", Type: "string", Projection: schema.Daily},
	{Name: "region_partition", Type: "string", Projection: schema.Enumerated, Values: "<region>,<region>"},
	{Name: "account_partition", Type: "string", Projection: schema.Enumerated, Values: "<account-id>,<account-id>"},
}

// later are the fields that no table of the documentation has: managementEvent
// and what event versions up to 1.11 added.
var later = []string{
	"managementEvent", "eventContext", "insightDetails",
	"userIdentity.invokedByDelegate", "userIdentity.identityProvider", "userIdentity.credentialId", "userIdentity.inScopeOf",
	"userIdentity.sessionContext.sourceIdentity", "userIdentity.sessionContext.ec2IssuedInVpc",
}

const webIdentity = "userIdentity.sessionContext.webIdFederationData"

var (
	cloudTrailColumns = schema.WithType(schema.TableColumns(schema.CloudTrail.Fields, "", later), webIdentity+".attributes", schema.TextMap)

	// In 2023 webidfederationdata was a map of text, which cannot hold its
	// attributes, so no rule can ask for it.
	cloudTrailColumns2023 = schema.Change(schema.TableColumns(schema.CloudTrail.Fields, "", slices.Concat(later, after2023)), webIdentity, func(c *schema.Column) {
		*c = schema.Column{Field: c.Field, Name: c.Name, Type: schema.Opaque, Hive: "map<string,string>"}
	})

	bootstrapTrailColumns = schema.TableColumns(schema.CloudTrail.Fields, "", slices.Concat(later, after2023, []string{
		"tlsDetails", webIdentity, "userIdentity.sessionContext.ec2RoleDelivery",
	}))

	after2023 = []string{
		"userIdentity.onBehalfOf", "vpcEndpointAccountId", "eventCategory", "addendum", "sessionCredentialFromConsole", "edgeDeviceDetails",
	}
)
