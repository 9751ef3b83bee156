package schema

// GuardDuty is a finding as GuardDuty exports it to S3 and EventBridge, with
// lower camel case names (Amazon GuardDuty API Reference, "Finding").
var GuardDuty = &Source{
	Name:   "guardduty",
	Title:  "GuardDuty",
	ID:     "id",
	Time:   "updatedAt",
	Anchor: "type",
	Show:   []string{"type", "severity", "title", "accountId", "region", "resource.resourceType", "service.count"},
	Columns: Columns{
		Who: []string{
			"resource.accessKeyDetails.userName", "resource.instanceDetails.instanceId",
			"resource.s3BucketDetails.name", "resource.resourceType",
		},
		From: []string{
			"service.action.awsApiCallAction.remoteIpDetails.ipAddressV4",
			"service.action.networkConnectionAction.remoteIpDetails.ipAddressV4",
			"service.action.dnsRequestAction.domain",
		},
		What:  []string{"type"},
		Where: []string{"region"},
	},
	Files: Files{
		Keys:     [][]string{{"schemaVersion"}, {"type", "service", "severity"}},
		Columns:  []string{"schemaVersion", "severity", "type"},
		Capitals: []string{"Type", "Service", "Severity"},
		Folder:   "GuardDuty",
	},
	Fields: []Field{
		{Name: "schemaVersion", Type: Text},
		{Name: "accountId", Type: Text},
		{Name: "region", Type: Text},
		{Name: "partition", Type: Text},
		{Name: "id", Type: Text},
		{Name: "arn", Type: Text},
		{Name: "type", Type: Text},
		{Name: "resource", Type: JSON},
		{Name: "service", Type: JSON},
		{Name: "severity", Type: Number},
		{Name: "confidence", Type: Number},
		{Name: "createdAt", Type: Time},
		{Name: "updatedAt", Type: Time},
		{Name: "title", Type: Text},
		{Name: "description", Type: Text},
		{Name: "associatedAttackSequenceArn", Type: Text},
	},
}
