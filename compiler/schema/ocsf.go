package schema

// OCSFCloudTrail are CloudTrail's fields in OCSF 1.1, as tables and indexes of OCSF
// hold them. What Security Lake puts into unmapped, or merges from several fields,
// is left out (the repository
// ocsf/examples, "mappings/markdown/AWS/v1.1.0/CloudTrail"; Amazon Security Lake
// User Guide, "Security Lake queries for AWS source version 2").
var OCSFCloudTrail = []Column{
	{Field: "eventVersion", In: []string{"metadata", "product"}, Name: "version", Type: Varchar},
	{Field: "userIdentity", Name: "actor", Type: Row, Members: []Column{
		{Field: "type", In: []string{"user"}, Name: "type", Type: Varchar},
		{Field: "principalId", In: []string{"user"}, Name: "uid_alt", Type: Varchar},
		{Field: "arn", In: []string{"user"}, Name: "uid", Type: Varchar},
		{Field: "accountId", In: []string{"user", "account"}, Name: "uid", Type: Varchar},
		{Field: "accessKeyId", In: []string{"user"}, Name: "credential_uid", Type: Varchar},
		{Field: "userName", In: []string{"user"}, Name: "name", Type: Varchar},
		{Field: "invokedBy", Name: "invoked_by", Type: Varchar},
		{Field: "sessionContext", Name: "session", Type: Row, Members: []Column{
			{Field: "attributes", Type: Row, Members: []Column{
				{Field: "mfaAuthenticated", Name: "is_mfa", Type: Boolean},
				{Field: "creationDate", Name: "created_time_dt", Type: Timestamp},
			}},
			{Field: "sessionIssuer", Type: Row, Members: []Column{{Field: "arn", Name: "issuer", Type: Varchar}}},
		}},
	}},
	{Field: "eventTime", Name: "time_dt", Type: Timestamp},
	{Field: "eventSource", In: []string{"api", "service"}, Name: "name", Type: Varchar},
	{Field: "eventName", In: []string{"api"}, Name: "operation", Type: Varchar},
	{Field: "awsRegion", In: []string{"cloud"}, Name: "region", Type: Varchar},
	{Field: "sourceIPAddress", In: []string{"src_endpoint"}, Name: "ip", Or: "domain", Type: Varchar},
	{Field: "userAgent", In: []string{"http_request"}, Name: "user_agent", Type: Varchar},
	{Field: "errorCode", In: []string{"api", "response"}, Name: "error", Type: Varchar},
	{Field: "errorMessage", In: []string{"api", "response"}, Name: "message", Type: Varchar},
	{Field: "requestParameters", In: []string{"api", "request"}, Name: "data", Type: JSONText},
	{Field: "responseElements", In: []string{"api", "response"}, Name: "data", Type: JSONText},
	{Field: "requestID", In: []string{"api", "request"}, Name: "uid", Type: Varchar},
	{Field: "eventID", In: []string{"metadata"}, Name: "uid", Type: Varchar},
	{Field: "resources", Name: "resources", Type: RowList, Members: []Column{
		{Field: "ARN", Name: "uid", Type: Varchar},
		{Field: "accountId", In: []string{"account"}, Name: "uid", Type: Varchar},
		{Field: "type", Name: "type", Type: Varchar},
	}},
	{Field: "eventType", In: []string{"metadata"}, Name: "event_code", Type: Varchar},
	{Field: "apiVersion", In: []string{"api"}, Name: "version", Type: Varchar},
	{Field: "vpcEndpointId", In: []string{"src_endpoint"}, Name: "uid", Type: Varchar},
	{Field: "eventCategory", In: []string{"metadata", "product", "feature"}, Name: "name", Type: Varchar},
}
