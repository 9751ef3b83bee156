package athena

import "github.com/sigmahunt/sigmahunt/compiler/schema"

const queryLogs = "s3://<bucket>/AWSLogs/<account-id>/vpcdnsquerylogs/"

// Amazon Athena User Guide, "Create the table for resolver query logs" and "Use
// partition projection" there.
var route53Layouts = []*schema.Layout{
	{
		Name: "projection", Title: "Route 53 Resolver query logs with partition projection by VPC and day (Amazon Athena User Guide)",
		Source: schema.Route53, Table: "r53_rlogs", Columns: route53Columns,
		Partitions: schema.Partitions{Scheme: schema.SlashDay, Column: "date", Keys: []schema.Key{
			{Name: "date", Type: "string", Projection: schema.Daily},
			{Name: "vpc", Type: "string", Projection: schema.Enumerated, Values: "<vpc-id>,<vpc-id>"},
		}},
		Storage: schema.Storage{
			Format: openX.Format, RowFormat: openX.RowFormat,
			Input: "org.apache.hadoop.mapred.TextInputFormat", Output: ignoreKeyText,
			Location: queryLogs, Template: "${vpc}/${date}/",
		},
	},
	{
		Name: "unpartitioned", Title: "Route 53 Resolver query logs of one VPC without partitions (Amazon Athena User Guide)",
		Source: schema.Route53, Table: "r53_rlogs", Columns: route53Columns,
		Partitions: schema.Partitions{Scheme: schema.Unpartitioned},
		Storage:    stored(openX, queryLogs+"<vpc-id>/", ""),
	},
}

// The table of the documentation does not have the network interface of an endpoint.
var route53Columns = schema.Change(schema.TableColumns(schema.Route53.Fields, "", []string{"srcids.resolver_network_interface"}),
	"srcport", func(c *schema.Column) { c.Type, c.Hive = schema.Integer, "int" })
