package opensearch

import (
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/compiler/schema/schematest"
)

func indexNamed(t *testing.T, source, name string) *schema.Layout {
	t.Helper()
	for _, l := range schema.LayoutsOf(Layouts, source) {
		if l.Name == name {
			return l
		}
	}
	t.Fatalf("%s has no index layout %s", source, name)
	return nil
}

func TestIndexLayoutsAreWhole(t *testing.T) {
	for _, l := range Layouts {
		t.Run(l.Source.Name+" "+l.Name, func(t *testing.T) {
			schematest.CheckColumns(t, l.Source, l.Columns, "")
			for what, name := range map[string]string{"ID": l.Source.ID, "Time": l.Source.Time, "Anchor": l.Source.Anchor} {
				if name == "" {
					continue
				}
				if _, _, ok := l.Locate(schematest.Resolve(t, l.Source, name)); !ok {
					t.Errorf("the index has no field for the %s, %s", what, name)
				}
			}
			if l.Title == "" || l.Table == "" || l.Partitions.Scheme != schema.Unpartitioned || strings.ContainsAny(l.Name, ":/.") {
				t.Errorf("layout %+v", l)
			}
			checkPlaces(t, l)
		})
	}
}

// checkPlaces holds the fields of a layout to places of their own, none of which
// lies inside another's.
func checkPlaces(t *testing.T, l *schema.Layout) {
	t.Helper()
	seen := map[string]string{}
	var walk func(steps []schema.Column, cols []schema.Column)
	walk = func(steps []schema.Column, cols []schema.Column) {
		for _, c := range cols {
			to := append(slices.Clone(steps), c)
			if c.Type == schema.Row || c.Type == schema.RowList {
				walk(to, c.Members)
				continue
			}
			path := strings.Join(schema.Place(to), ".")
			if other, taken := seen[path]; taken {
				t.Errorf("%s and %s are both %s", other, c.Field, path)
			}
			seen[path] = c.Field
		}
	}
	walk(nil, l.Columns)
	for path := range seen {
		for other := range seen {
			if strings.HasPrefix(other, path+".") {
				t.Errorf("%s lies inside %s", other, path)
			}
		}
	}
}

func TestIndexLayoutsBySource(t *testing.T) {
	for source, want := range map[string]string{
		"cloudtrail": "template flat parameters cwl security-analytics ecs ocsf", "vpcflow": "template", "guardduty": "template parameters", "route53": "template", "none": "",
	} {
		var names []string
		for _, l := range schema.LayoutsOf(Layouts, source) {
			names = append(names, l.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: got %q, want %q", source, got, want)
		}
	}
	for _, s := range schema.Sources {
		if l := indexNamed(t, s.Name, "template"); l.Table != s.Name+"-*" {
			t.Errorf("the template's indexes of %s are %s", s.Name, l.Table)
		}
	}
}

// TestIndexPaths holds the paths of fields against those that the shippers'
// sources give.
func TestIndexPaths(t *testing.T) {
	tests := []struct{ layout, field, want string }{ // empty where the layout does not have it
		{"cwl", "eventName", "eventName"},
		{"cwl", "userIdentity.sessionContext.sessionIssuer.userName", "userIdentity.sessionContext.sessionIssuer.userName"},
		{"parameters", "requestParameters.a.b", "requestParameters a.b"},
		{"cwl", "requestParameters.userName", "requestParameters userName"},
		{"security-analytics", "resources.ARN", "resources.ARN"},
		{"ecs", "eventName", "event.action"},
		{"ecs", "eventTime", "@timestamp"},
		{"ecs", "userIdentity.arn", "aws.cloudtrail.user_identity.arn"},
		{"ecs", "userIdentity.principalId", "user.id"},
		{"ecs", "userIdentity.userName", ""},
		{"ecs", "userIdentity.sessionContext.sessionIssuer.arn", "aws.cloudtrail.user_identity.session_context.session_issuer.arn"},
		{"ecs", "userIdentity.sessionContext.sessionIssuer.userName", ""},
		{"ecs", "userIdentity", ""}, // its members lie apart
		{"ecs", "requestParameters.policy.a", "aws.cloudtrail.flattened.request_parameters policy.a"},
		{"ecs", "resources.ARN", "aws.cloudtrail.resources.arn"},
		{"ecs", "tlsDetails.tlsVersion", ""},
		{"ecs", "tlsDetails.clientProvidedHostHeader", "tls.client.server_name"},
		{"ecs", "sharedEventID", ""},
		{"ocsf", "eventTime", "time"},
		{"ocsf", "eventName", "api.operation"},
		{"ocsf", "userIdentity.accountId", "actor.user.account.uid"},
		{"ocsf", "resources.accountId", "resources.account.uid"},
		{"ocsf", "requestParameters.userName", "api.request.data userName"},
		{"ocsf", "readOnly", ""},
	}
	for _, tt := range tests {
		l := indexNamed(t, "cloudtrail", tt.layout)
		steps, rest, _ := l.Locate(schematest.Resolve(t, l.Source, tt.field))
		got := strings.TrimSpace(strings.Join(schema.Place(steps), ".") + " " + strings.Join(rest, "."))
		if got != tt.want {
			t.Errorf("%s of %s: got %q, want %q", tt.field, tt.layout, got, tt.want)
		}
	}
}

// The time of OCSF's documents is not that of Security Lake's table, whose
// columns they share.
func TestDocumentsOfOCSFLeaveTheTableAsItIs(t *testing.T) {
	at := slices.IndexFunc(schema.OCSFCloudTrail, func(c schema.Column) bool { return c.Field == "eventTime" })
	if at < 0 || schema.OCSFCloudTrail[at].Name != "time_dt" {
		t.Errorf("column %d of %+v", at, schema.OCSFCloudTrail)
	}
}

func TestOwnNamesAreTheSourcesFields(t *testing.T) {
	var check func(fields []schema.Field, cols []schema.Column)
	check = func(fields []schema.Field, cols []schema.Column) {
		if len(fields) != len(cols) {
			t.Fatalf("%d fields, %d columns", len(fields), len(cols))
		}
		for i, f := range fields {
			if c := cols[i]; c.Field != f.Name || c.Name != f.Name || len(c.In) > 0 {
				t.Errorf("column %+v of %s", c, f.Name)
			}
			check(f.Fields, cols[i].Members)
		}
	}
	for _, s := range schema.Sources {
		check(s.Fields, indexNamed(t, s.Name, "template").Columns)
	}
}
