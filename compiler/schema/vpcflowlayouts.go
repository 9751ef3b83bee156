package schema

import (
	"slices"
	"strings"
)

const flowLogs = "s3://<bucket>/AWSLogs/<account-id>/vpcflowlogs/"

// Amazon Athena User Guide, "Create and query a table for Amazon VPC flow logs"
// and "Create tables for flow logs in Apache Parquet format"; the repository
// awslabs/aws-security-analytics-bootstrap for bootstrap. Text files are read by
// position, so a table's columns are the flow log's fields in their order.
var vpcFlowLayouts = []*Layout{
	{
		Name: "text", Title: "VPC Flow Logs as text, all fields of version 5, partitioned by date (Amazon Athena User Guide)",
		Source: VPCFlow, Table: "vpc_flow_logs", Columns: vpcFlowColumns,
		Partitions: Partitions{Scheme: DateDay, Column: "date", Keys: []Key{{Name: "date", Type: "date"}}}, NullText: "-",
		Storage: blanks.at(flowLogs+"<region>/", ""),
	},
	{
		Name: "default", Title: "VPC Flow Logs as text, the default fields of version 2, partitioned by date",
		Source: VPCFlow, Table: "vpc_flow_logs", Columns: vpcFlowColumns[:14],
		Partitions: Partitions{Scheme: DateDay, Column: "date", Keys: []Key{{Name: "date", Type: "date"}}}, NullText: "-",
		Storage: blanks.at(flowLogs+"<region>/", ""),
	},
	{
		Name: "projection", Title: "VPC Flow Logs as text with partition projection by region and day (Amazon Athena User Guide)",
		Source: VPCFlow, Table: "test_table_vpclogs", Columns: vpcFlowColumns,
		Partitions: Partitions{Scheme: SlashDay, Column: "day", Keys: []Key{
			{Name: "region", Type: "string", Projection: Enumerated, Values: "<region>,<region>"},
			{Name: "day", Type: "string", Projection: Daily},
		}},
		NullText: "-", Storage: blanks.at(flowLogs, "${region}/${day}"),
	},
	{
		Name: "parquet", Title: "VPC Flow Logs as Parquet with hive-compatible prefixes by hour (Amazon Athena User Guide)",
		Source: VPCFlow, Table: "vpc_flow_logs_parquet", Columns: vpcFlowColumns,
		Partitions: Partitions{Scheme: YearMonthDay, Keys: keys("aws-account-id", "aws-service", "aws-region", "year", "month", "day", "hour")},
		NullText:   "-",
		Storage: Storage{
			Format: parquet.Format, RowFormat: parquet.RowFormat, Input: parquet.Input, Output: parquet.Output, Location: allLogs,
			Properties: []Property{{"EXTERNAL", "true"}, {"skip.header.line.count", "1"}},
		},
	},
	{
		Name: "hive", Title: "VPC Flow Logs as text with hive-compatible prefixes by day",
		Source: VPCFlow, Table: "vpc_flow_logs", Columns: vpcFlowColumns,
		Partitions: Partitions{Scheme: YearMonthDay, Keys: keys("aws-account-id", "aws-service", "aws-region", "year", "month", "day")},
		NullText:   "-", Storage: blanks.at(allLogs, ""),
	},
	{
		Name: "bootstrap", Title: "VPC Flow Logs of all accounts (AWS Security Analytics Bootstrap)",
		Source: VPCFlow, Table: "vpcflow", Columns: bootstrapFlowColumns,
		Partitions: Partitions{Scheme: SlashDay, Column: "date_partition", Keys: bootstrapKeys}, NullText: "-",
		Storage: blanks.at(allLogs, "${account_partition}/vpcflowlogs/${region_partition}/${date_partition}"),
	},
}

// Versions 2 to 5; what came later is in no table of the documentation.
var vpcFlowColumns = integers(columns(VPCFlow.Fields, "", []string{
	"ecs_cluster_arn", "ecs_cluster_name", "ecs_container_instance_arn", "ecs_container_instance_id", "ecs_container_id",
	"ecs_second_container_id", "ecs_service_name", "ecs_task_definition_arn", "ecs_task_arn", "ecs_task_id",
	"reject_reason", "resource_id", "encryption_status",
}))

// integers gives number fields integer columns of the documentation's widths.
func integers(cols []Column) []Column {
	narrow := []string{"version", "srcport", "dstport", "tcp_flags", "traffic_path"}
	for i := range cols {
		if f := VPCFlow.Field(cols[i].Field); f != nil && f.Type == Number {
			cols[i].Type = Integer
			if slices.Contains(narrow, cols[i].Name) {
				cols[i].Hive = "int"
			}
		}
	}
	return cols
}

// bootstrapFlowColumns have names without underscores, some of them others, and
// widths of their own.
var bootstrapFlowColumns = func() []Column {
	names := map[string]string{
		"account_id": "account", "srcaddr": "sourceaddress", "dstaddr": "destinationaddress", "srcport": "sourceport",
		"dstport": "destinationport", "packets": "numpackets", "bytes": "numbytes", "start": "starttime", "end": "endtime",
	}
	cols := slices.Clone(vpcFlowColumns)
	for i := range cols {
		c := &cols[i]
		c.Name = strings.ReplaceAll(c.Name, "_", "")
		if other := names[c.Field]; other != "" {
			c.Name = other
		}
		switch c.Field {
		case "bytes":
			c.Hive = ""
		case "tcp_flags":
			c.Hive = "smallint"
		case "traffic_path":
			c.Type, c.Hive = Varchar, ""
		default:
			if c.Type == Integer {
				c.Hive = "int"
			}
		}
	}
	return cols
}()
