package athena

import "github.com/sigmahunt/sigmahunt/compiler/schema"

// lakeColumns are those of an event data store. Its own columns of parameters
// are maps of text, where arrays and objects have no form that is documented, so
// eventjson, which holds the whole event, is read for them (AWS CloudTrail User
// Guide, "Supported SQL schemas for event data stores").
var lakeColumns = schema.Change(fromEvent(withTypes(schema.TableColumns(schema.CloudTrail.Fields, "", []string{
	"insightDetails", "userIdentity.invokedByDelegate", "userIdentity.credentialId",
}), map[string]schema.ColumnType{
	"eventTime": schema.Timestamp, "readOnly": schema.Boolean, "managementEvent": schema.Boolean,
	"userIdentity.sessionContext.attributes.creationDate": schema.Timestamp,
	webIdentity + ".attributes":                           schema.TextMap,
})), "userIdentity.inScopeOf.credentialsIssuedTo", func(c *schema.Column) {
	c.Name = "credentiaisissuedto" // as AWS spells it
})

// withTypes changes the types of columns by dotted names.
func withTypes(cols []schema.Column, types map[string]schema.ColumnType) []schema.Column {
	for name, t := range types {
		cols = schema.WithType(cols, name, t)
	}
	return cols
}

// fromEvent has the fields read from eventjson that are not read from columns
// of their own.
func fromEvent(cols []schema.Column) []schema.Column {
	for _, name := range []string{
		"requestParameters", "responseElements", "additionalEventData", "serviceEventDetails", "addendum",
		"vpcEndpointAccountId", "sessionCredentialFromConsole", "eventContext", "edgeDeviceDetails",
	} {
		cols = schema.Change(cols, name, func(c *schema.Column) {
			*c = schema.Column{Field: c.Field, Name: "eventjson", Inside: c.Field, Type: schema.JSONText}
		})
	}
	return cols
}
