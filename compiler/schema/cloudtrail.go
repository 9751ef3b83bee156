package schema

// CloudTrail is the record of AWS CloudTrail, event version 1.11 (AWS CloudTrail
// User Guide, "CloudTrail record contents").
var CloudTrail = &Source{
	Name:   "cloudtrail",
	Title:  "CloudTrail",
	ID:     "eventID",
	Time:   "eventTime",
	Anchor: "eventName",
	Show: []string{
		"eventName", "eventSource", "userIdentity.type", "userIdentity.arn", "sourceIPAddress", "userAgent",
		"awsRegion", "recipientAccountId", "errorCode", "requestParameters",
	},
	Columns: Columns{
		Who:   []string{"userIdentity.arn", "userIdentity.userName", "userIdentity.invokedBy", "userIdentity.principalId", "userIdentity.type"},
		From:  []string{"sourceIPAddress"},
		What:  []string{"eventName"},
		Where: []string{"awsRegion"},
	},
	Files: Files{
		Keys:    [][]string{{"eventVersion"}, {"eventSource"}, {"eventName"}}, // exports may lack some
		Columns: []string{"eventName", "eventSource"},
		Folder:  "CloudTrail",
		// AWS CloudTrail User Guide, "Finding your CloudTrail log files". Network activity
		// events are CloudTrail events and are read.
		NoEvents: map[string]string{
			"CloudTrail-Digest":     "CloudTrail digests hold no events",
			"CloudTrail-Insight":    "CloudTrail insights are not API events",
			"CloudTrail-Aggregated": "aggregated events are not single events",
		},
	},
	Fields: []Field{
		{Name: "eventVersion", Type: Text, Plain: true},
		{Name: "userIdentity", Type: Struct, Fields: userIdentity},
		{Name: "eventTime", Type: Time},
		{Name: "eventSource", Type: Text, Plain: true},
		{Name: "eventName", Type: Text, Plain: true},
		{Name: "awsRegion", Type: Text, Plain: true},
		{Name: "sourceIPAddress", Type: Text, Address: true},
		{Name: "userAgent", Type: Text},
		{Name: "errorCode", Type: Text},
		{Name: "errorMessage", Type: Text},
		{Name: "requestParameters", Type: JSON},
		{Name: "responseElements", Type: JSON},
		{Name: "additionalEventData", Type: JSON},
		{Name: "requestID", Type: Text, Plain: true},
		{Name: "eventID", Type: Text, Plain: true},
		{Name: "readOnly", Type: Bool},
		{Name: "resources", Type: List, Fields: []Field{
			{Name: "ARN", Type: Text}, {Name: "accountId", Type: Text}, {Name: "type", Type: Text},
		}},
		{Name: "eventType", Type: Text, Plain: true},
		{Name: "apiVersion", Type: Text},
		{Name: "managementEvent", Type: Bool},
		{Name: "recipientAccountId", Type: Text, Plain: true},
		{Name: "serviceEventDetails", Type: JSON},
		{Name: "sharedEventID", Type: Text},
		{Name: "vpcEndpointId", Type: Text},
		{Name: "vpcEndpointAccountId", Type: Text, Plain: true},
		{Name: "eventCategory", Type: Text, Plain: true},
		{Name: "addendum", Type: Struct, Fields: []Field{
			{Name: "reason", Type: Text}, {Name: "updatedFields", Type: Text},
			{Name: "originalRequestID", Type: Text}, {Name: "originalEventID", Type: Text},
		}},
		{Name: "sessionCredentialFromConsole", Type: Text},
		{Name: "eventContext", Type: JSON},
		{Name: "edgeDeviceDetails", Type: JSON},
		{Name: "insightDetails", Type: JSON},
		{Name: "tlsDetails", Type: Struct, Fields: []Field{
			{Name: "tlsVersion", Type: Text}, {Name: "cipherSuite", Type: Text}, {Name: "clientProvidedHostHeader", Type: Text},
		}},
	},
}

// userIdentity is the identity element (AWS CloudTrail User Guide, "CloudTrail
// userIdentity element").
var userIdentity = []Field{
	{Name: "type", Type: Text, Plain: true},
	{Name: "principalId", Type: Text},
	{Name: "arn", Type: Text},
	{Name: "accountId", Type: Text},
	{Name: "accessKeyId", Type: Text},
	{Name: "userName", Type: Text},
	{Name: "invokedBy", Type: Text},
	{Name: "invokedByDelegate", Type: Struct, Fields: []Field{{Name: "accountId", Type: Text}}},
	{Name: "identityProvider", Type: Text},
	{Name: "credentialId", Type: Text},
	{Name: "onBehalfOf", Type: Struct, Fields: []Field{
		{Name: "userId", Type: Text}, {Name: "identityStoreArn", Type: Text},
	}},
	{Name: "inScopeOf", Type: Struct, Fields: []Field{
		{Name: "sourceArn", Type: Text}, {Name: "sourceAccount", Type: Text},
		{Name: "issuerType", Type: Text}, {Name: "credentialsIssuedTo", Type: Text},
	}},
	{Name: "sessionContext", Type: Struct, Fields: []Field{
		{Name: "attributes", Type: Struct, Fields: []Field{
			{Name: "mfaAuthenticated", Type: Text}, {Name: "creationDate", Type: Text},
		}},
		{Name: "sessionIssuer", Type: Struct, Fields: []Field{
			{Name: "type", Type: Text, Plain: true}, {Name: "principalId", Type: Text}, {Name: "arn", Type: Text},
			{Name: "accountId", Type: Text}, {Name: "userName", Type: Text},
		}},
		{Name: "sourceIdentity", Type: Text},
		{Name: "ec2RoleDelivery", Type: Text},
		{Name: "ec2IssuedInVpc", Type: Text},
		{Name: "webIdFederationData", Type: Struct, Fields: []Field{
			{Name: "federatedProvider", Type: Text}, {Name: "attributes", Type: JSON},
		}},
	}},
}
