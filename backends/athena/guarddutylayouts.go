package athena

import "github.com/sigmahunt/sigmahunt/compiler/schema"

var guardDutyLayouts = []*schema.Layout{{
	Name: "export", Title: "GuardDuty findings exported to S3 (Amazon Athena User Guide)",
	Source: schema.GuardDuty, Table: "gd_logs", Columns: guardDutyColumns,
	Partitions: schema.Partitions{Scheme: schema.Unpartitioned},
	Storage: schema.Storage{
		Format: openX.Format, RowFormat: openX.RowFormat, Location: "s3://<bucket>/AWSLogs/<account-id>/GuardDuty/",
		Properties: []schema.Property{{Name: "has_encrypted_data", Value: "true"}},
	},
}}

// Every column is text, and the OpenX SerDe writes keys in lower case.
var guardDutyColumns = schema.WithType(schema.WithType(schema.TableColumns(schema.GuardDuty.Fields, "", []string{"confidence", "associatedAttackSequenceArn"}),
	"resource", schema.LowerJSON), "service", schema.LowerJSON)
