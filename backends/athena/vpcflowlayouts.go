package athena

import (
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

const flowLogs = "s3://<bucket>/AWSLogs/<account-id>/vpcflowlogs/"

// Amazon Athena User Guide, "Create and query a table for Amazon VPC flow logs"
// and "Create tables for flow logs in Apache Parquet format"; the repository
// awslabs/aws-security-analytics-bootstrap for bootstrap. Text files are read by
// position, so a table's columns are the flow log's fields in their order.
var vpcFlowLayouts = []*schema.Layout{
	{
		Name: "text", Title: "VPC Flow Logs as text, all fields of version 5, partitioned by date (Amazon Athena User Guide)",
		Source: schema.VPCFlow, Table: "vpc_flow_logs", Columns: vpcFlowColumns,
		Partitions: schema.Partitions{Scheme: schema.DateDay, Column: "date", Keys: []schema.Key{{Name: "date", Type: "date"}}}, NullText: "-",
		Storage: stored(blanks, flowLogs+"<region>/", ""),
	},
	{
		Name: "default", Title: "VPC Flow Logs as text, the default fields of version 2, partitioned by date",
		Source: schema.VPCFlow, Table: "vpc_flow_logs", Columns: vpcFlowColumns[:14],
		Partitions: schema.Partitions{Scheme: schema.DateDay, Column: "date", Keys: []schema.Key{{Name: "date", Type: "date"}}}, NullText: "-",
		Storage: stored(blanks, flowLogs+"<region>/", ""),
	},
	{
		Name: "projection", Title: "VPC Flow Logs as text with partition projection by region and day (Amazon Athena User Guide)",
		Source: schema.VPCFlow, Table: "test_table_vpclogs", Columns: vpcFlowColumns,
		Partitions: schema.Partitions{Scheme: schema.SlashDay, Column: "day", Keys: []schema.Key{
			{Name: "region", Type: "string", Projection: schema.Enumerated, Values: "<region>,<region>"},
			{Name: "day", Type: "string", Projection: schema.Daily},
		}},
		NullText: "-", Storage: stored(blanks, flowLogs, "${region}/${day}"),
	},
	{
		Name: "parquet", Title: "VPC Flow Logs as Parquet with hive-compatible prefixes by hour (Amazon Athena User Guide)",
		Source: schema.VPCFlow, Table: "vpc_flow_logs_parquet", Columns: vpcFlowColumns,
		Partitions: schema.Partitions{Scheme: schema.YearMonthDay, Keys: keysOfText("aws-account-id", "aws-service", "aws-region", "year", "month", "day", "hour")},
		NullText:   "-",
		Storage: schema.Storage{
			Format: parquet.Format, RowFormat: parquet.RowFormat, Input: parquet.Input, Output: parquet.Output, Location: allLogs,
			Properties: []schema.Property{{Name: "EXTERNAL", Value: "true"}, {Name: "skip.header.line.count", Value: "1"}},
		},
	},
	{
		Name: "hive", Title: "VPC Flow Logs as text with hive-compatible prefixes by day",
		Source: schema.VPCFlow, Table: "vpc_flow_logs", Columns: vpcFlowColumns,
		Partitions: schema.Partitions{Scheme: schema.YearMonthDay, Keys: keysOfText("aws-account-id", "aws-service", "aws-region", "year", "month", "day")},
		NullText:   "-", Storage: stored(blanks, allLogs, ""),
	},
	{
		Name: "bootstrap", Title: "VPC Flow Logs of all accounts (AWS Security Analytics Bootstrap)",
		Source: schema.VPCFlow, Table: "vpcflow", Columns: bootstrapFlowColumns,
		Partitions: schema.Partitions{Scheme: schema.SlashDay, Column: "date_partition", Keys: bootstrapKeys}, NullText: "-",
		Storage: stored(blanks, allLogs, "${account_partition}/vpcflowlogs/${region_partition}/${date_partition}"),
	},
}

// Versions 2 to 5; what came later is in no table of the documentation.
var vpcFlowColumns = integers(schema.TableColumns(schema.VPCFlow.Fields, "", []string{
	"ecs_cluster_arn", "ecs_cluster_name", "ecs_container_instance_arn", "ecs_container_instance_id", "ecs_container_id",
	"ecs_second_container_id", "ecs_service_name", "ecs_task_definition_arn", "ecs_task_arn", "ecs_task_id",
	"reject_reason", "resource_id", "encryption_status",
}))

// integers gives number fields integer columns of the documentation's widths.
func integers(cols []schema.Column) []schema.Column {
	narrow := []string{"version", "srcport", "dstport", "tcp_flags", "traffic_path"}
	for i := range cols {
		if f := schema.VPCFlow.Field(cols[i].Field); f != nil && f.Whole {
			cols[i].Type = schema.Integer
			if slices.Contains(narrow, cols[i].Name) {
				cols[i].Hive = "int"
			}
		}
	}
	return cols
}

// bootstrapFlowColumns have names without underscores, some of them others, and
// widths of their own.
var bootstrapFlowColumns = func() []schema.Column {
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
			c.Type, c.Hive = schema.Varchar, ""
		default:
			if c.Type == schema.Integer {
				c.Hive = "int"
			}
		}
	}
	return cols
}()
