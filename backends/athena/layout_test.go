package athena

import (
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/compiler/schema/schematest"
)

func layoutNamed(t *testing.T, source, name string) *schema.Layout {
	t.Helper()
	for _, l := range schema.LayoutsOf(Layouts, source) {
		if l.Name == name {
			return l
		}
	}
	t.Fatalf("%s has no layout %s", source, name)
	return nil
}

func TestLocate(t *testing.T) {
	cloudTrail, flow, findings := schema.LayoutsOf(Layouts, "cloudtrail")[0], schema.LayoutsOf(Layouts, "vpcflow")[0], schema.LayoutsOf(Layouts, "guardduty")[0]
	old, lake, ocsf := layoutNamed(t, "cloudtrail", "classic2023"), layoutNamed(t, "cloudtrail", "lake"), layoutNamed(t, "cloudtrail", "security-lake")
	tests := []struct {
		name        string
		layout      *schema.Layout
		field       string
		steps, rest string // dots between; steps empty where the table does not have it
	}{
		{"a column", cloudTrail, "eventName", "eventname", ""},
		{"a member of a struct", cloudTrail, "userIdentity.arn", "useridentity.arn", ""},
		{"a member further down", cloudTrail, "userIdentity.sessionContext.sessionIssuer.userName", "useridentity.sessioncontext.sessionissuer.username", ""},
		{"a whole struct", cloudTrail, "userIdentity", "useridentity", ""},
		{"a member of a list", cloudTrail, "resources.ARN", "resources.arn", ""},
		{"a JSON column", cloudTrail, "requestParameters", "requestparameters", ""},
		{"keys inside a JSON column", cloudTrail, "requestParameters.userName.a", "requestparameters", "userName.a"},
		{"keys inside a map", cloudTrail, "userIdentity.sessionContext.webIdFederationData.attributes.a.b",
			"useridentity.sessioncontext.webidfederationdata.attributes", "a.b"},
		{"a field that the table does not have", cloudTrail, "managementEvent", "", ""},
		{"a member that the table does not have", cloudTrail, "userIdentity.inScopeOf.sourceArn", "", ""},
		{"a JSON field that the table does not have", cloudTrail, "eventContext.a", "", ""},
		{"a flow log's column", flow, "dstport", "dstport", ""},
		{"a flow log's later field", flow, "reject_reason", "", ""},
		{"a finding's column", findings, "severity", "severity", ""},
		{"a map that no rule can ask for", old, "userIdentity.sessionContext.webIdFederationData.federatedProvider", "", ""},
		{"beside it", old, "userIdentity.sessionContext.ec2RoleDelivery", "useridentity.sessioncontext.ec2roledelivery", ""},
		{"a field of the whole event's JSON", lake, "requestParameters.userName", "eventjson", "requestParameters.userName"},
		{"a struct of the whole event's JSON", lake, "addendum.reason", "eventjson", "addendum.reason"},
		{"a member in structs that the source has not", ocsf, "userIdentity.accountId", "actor.user.account.uid", ""},
		{"a member without structs that the source has", ocsf, "userIdentity.sessionContext.attributes.mfaAuthenticated", "actor.session.is_mfa", ""},
		{"a struct that the table has not", ocsf, "userIdentity.sessionContext.attributes", "", ""},
		{"JSON inside structs", ocsf, "requestParameters.userName", "api.request.data", "userName"},
		{"a field that OCSF does not map", ocsf, "readOnly", "", ""},
		{"keys that the table has in lower case", findings, "service.action.actionType", "service", "action.actionType"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			steps, rest, ok := tt.layout.Locate(schematest.Resolve(t, tt.layout.Source, tt.field))
			if got := strings.Join(schema.Place(steps), "."); got != tt.steps || strings.Join(rest, ".") != tt.rest || ok != (tt.steps != "") {
				t.Errorf("got %q, %q, %v, want %q, %q", got, rest, ok, tt.steps, tt.rest)
			}
		})
	}
}

// A path below a text column, which no source declares, has no place in it.
func TestLocateGoesNoFurtherThanTheColumns(t *testing.T) {
	l := &schema.Layout{Source: schema.CloudTrail, Columns: []schema.Column{{Field: "a", Name: "a", Type: schema.Varchar}}}
	if _, _, ok := l.Locate(schema.Path{Keys: []string{"a", "b"}}); ok {
		t.Error("a key below a text column is located")
	}
	if steps, rest, ok := l.Locate(schema.Path{}); len(steps) != 0 || len(rest) != 0 || !ok {
		t.Error("the path of no key is the event itself")
	}
}

func TestColumnTypes(t *testing.T) {
	tests := []struct {
		layout, field string
		want          schema.ColumnType
	}{
		{"projection", "eventName", schema.Varchar},
		{"projection", "readOnly", schema.Varchar},
		{"projection", "userIdentity", schema.Row},
		{"projection", "resources", schema.RowList},
		{"projection", "responseElements", schema.JSONText},
		{"classic", "userIdentity.sessionContext.webIdFederationData.attributes", schema.TextMap},
		{"text", "srcaddr", schema.Varchar},
		{"text", "dstport", schema.Integer},
		{"parquet", "start", schema.Integer},
		{"export", "resource", schema.LowerJSON},
		{"export", "service", schema.LowerJSON},
		{"export", "severity", schema.Varchar},
		{"security-lake", "eventTime", schema.Timestamp},
		{"lake", "managementEvent", schema.Boolean},
	}
	for _, tt := range tests {
		i := slices.IndexFunc(Layouts, func(l *schema.Layout) bool { return l.Name == tt.layout })
		if i < 0 {
			t.Fatalf("no layout %s", tt.layout)
		}
		steps, _, ok := Layouts[i].Locate(schematest.Resolve(t, Layouts[i].Source, tt.field))
		if !ok || steps[len(steps)-1].Type != tt.want {
			t.Errorf("%s of %s: %+v", tt.field, tt.layout, steps)
		}
	}
}
