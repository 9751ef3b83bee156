package schema

var guardDutyLayouts = []*Layout{{
	Name: "export", Title: "GuardDuty findings exported to S3 (Amazon Athena User Guide)",
	Source: GuardDuty, Table: "gd_logs", Columns: guardDutyColumns,
	Partitions: Partitions{Scheme: Unpartitioned},
	Storage: Storage{
		Format: openX.Format, RowFormat: openX.RowFormat, Location: "s3://<bucket>/AWSLogs/<account-id>/GuardDuty/",
		Properties: []Property{{"has_encrypted_data", "true"}},
	},
}}

// Every column is text, and the OpenX SerDe writes keys in lower case.
var guardDutyColumns = with(with(columns(GuardDuty.Fields, "", []string{"confidence", "associatedAttackSequenceArn"}),
	"resource", LowerJSON), "service", LowerJSON)
