package schema

import (
	"slices"
	"strings"
)

// Athena are the tables that AWS's documentation creates for each source, the
// most common first.
var Athena = []*Layout{
	{
		Name: "projection", Title: "CloudTrail with partition projection (Amazon Athena User Guide, 2026)",
		Source: CloudTrail, Table: "cloudtrail_logs_pp", Columns: cloudTrailColumns,
		Partitions: Partitions{Scheme: SlashDay, Column: "timestamp"},
	},
	{
		Name: "classic", Title: "CloudTrail with manual partitions (Amazon Athena User Guide, 2026)",
		Source: CloudTrail, Table: "cloudtrail_logs", Columns: cloudTrailColumns,
		Partitions: Partitions{Scheme: YearMonthDay},
	},
	{
		Name: "text", Title: "VPC Flow Logs as text, partitioned by date (Amazon Athena User Guide)",
		Source: VPCFlow, Table: "vpc_flow_logs", Columns: vpcFlowColumns,
		Partitions: Partitions{Scheme: DateDay, Column: "date"}, NullText: "-",
	},
	{
		Name: "parquet", Title: "VPC Flow Logs as Parquet with hive-compatible prefixes (Amazon Athena User Guide)",
		Source: VPCFlow, Table: "vpc_flow_logs_parquet", Columns: vpcFlowColumns,
		Partitions: Partitions{Scheme: YearMonthDay}, NullText: "-",
	},
	{
		Name: "export", Title: "GuardDuty findings exported to S3 (Amazon Athena User Guide)",
		Source: GuardDuty, Table: "gd_logs", Columns: guardDutyColumns,
		Partitions: Partitions{Scheme: Unpartitioned},
	},
}

// AthenaLayouts gives a source's layouts, the default first.
func AthenaLayouts(source string) []*Layout {
	var list []*Layout
	for _, l := range Athena {
		if l.Source.Name == source {
			list = append(list, l)
		}
	}
	return list
}

// columns makes the columns of AWS's tables from declared fields: names in
// lower case, scalars as text, structs as rows, the rest as JSON text. Fields
// that the table does not have are left out by their dotted names.
func columns(fields []Field, prefix string, without []string) []Column {
	var out []Column
	for _, f := range fields {
		name := prefix + f.Name
		if slices.Contains(without, name) {
			continue
		}
		c := Column{Field: f.Name, Name: strings.ToLower(f.Name), Type: Varchar}
		switch f.Type {
		case Struct:
			c.Type, c.Members = Row, columns(f.Fields, name+".", without)
		case List:
			c.Type, c.Members = RowList, columns(f.Fields, name+".", without)
		case JSON:
			c.Type = JSONText
		case Text, Number, Bool, Time:
		}
		out = append(out, c)
	}
	return out
}

// with changes the type of the column that a dotted name leads to.
func with(cols []Column, name string, t ColumnType) []Column {
	first, rest, nested := strings.Cut(name, ".")
	for i := range cols {
		switch {
		case cols[i].Field != first:
		case nested:
			cols[i].Members = with(cols[i].Members, rest, t)
		default:
			cols[i].Type = t
		}
	}
	return cols
}

var (
	// The columns of 2026; managementEvent and what event version 1.11 added to
	// userIdentity are in no table of the documentation.
	cloudTrailColumns = with(columns(CloudTrail.Fields, "", []string{
		"managementEvent", "eventContext", "insightDetails",
		"userIdentity.invokedByDelegate", "userIdentity.identityProvider", "userIdentity.credentialId", "userIdentity.inScopeOf",
		"userIdentity.sessionContext.sourceIdentity", "userIdentity.sessionContext.ec2IssuedInVpc",
	}), "userIdentity.sessionContext.webIdFederationData.attributes", TextMap)

	// Versions 2 to 5; what came later is in no table of the documentation.
	vpcFlowColumns = integers(columns(VPCFlow.Fields, "", []string{
		"ecs_cluster_arn", "ecs_cluster_name", "ecs_container_instance_arn", "ecs_container_instance_id", "ecs_container_id",
		"ecs_second_container_id", "ecs_service_name", "ecs_task_definition_arn", "ecs_task_arn", "ecs_task_id",
		"reject_reason", "resource_id", "encryption_status",
	}))

	// Every column is text, and the OpenX SerDe writes keys in lower case.
	guardDutyColumns = with(with(columns(GuardDuty.Fields, "", []string{"confidence", "associatedAttackSequenceArn"}),
		"resource", LowerJSON), "service", LowerJSON)
)

// integers gives number fields integer columns.
func integers(cols []Column) []Column {
	for i := range cols {
		if f := VPCFlow.Field(cols[i].Field); f != nil && f.Type == Number {
			cols[i].Type = Integer
		}
	}
	return cols
}
