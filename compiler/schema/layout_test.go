package schema

import (
	"slices"
	"strings"
	"testing"
)

func resolve(t *testing.T, s *Source, name string) Path {
	t.Helper()
	p, _, ok := s.Resolve(name)
	if !ok {
		t.Fatalf("%s has no %s", s.Name, name)
	}
	return p
}

func TestLocate(t *testing.T) {
	cloudTrail, flow, findings := AthenaLayouts("cloudtrail")[0], AthenaLayouts("vpcflow")[0], AthenaLayouts("guardduty")[0]
	tests := []struct {
		name        string
		layout      *Layout
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
		{"keys that the table has in lower case", findings, "service.action.actionType", "service", "action.actionType"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			steps, rest, ok := tt.layout.Locate(resolve(t, tt.layout.Source, tt.field))
			var names []string
			for _, c := range steps {
				names = append(names, c.Name)
			}
			if got := strings.Join(names, "."); got != tt.steps || strings.Join(rest, ".") != tt.rest || ok != (tt.steps != "") {
				t.Errorf("got %q, %q, %v, want %q, %q", got, rest, ok, tt.steps, tt.rest)
			}
		})
	}
}

// A path below a text column, which no source declares, has no place in it.
func TestLocateGoesNoFurtherThanTheColumns(t *testing.T) {
	l := &Layout{Source: CloudTrail, Columns: []Column{{Field: "a", Name: "a", Type: Varchar}}}
	if _, _, ok := l.Locate(Path{Keys: []string{"a", "b"}}); ok {
		t.Error("a key below a text column is located")
	}
	if steps, rest, ok := l.Locate(Path{}); len(steps) != 0 || len(rest) != 0 || !ok {
		t.Error("the path of no key is the event itself")
	}
}

func TestColumnTypes(t *testing.T) {
	tests := []struct {
		layout, field string
		want          ColumnType
	}{
		{"projection", "eventName", Varchar},
		{"projection", "readOnly", Varchar},
		{"projection", "userIdentity", Row},
		{"projection", "resources", RowList},
		{"projection", "responseElements", JSONText},
		{"classic", "userIdentity.sessionContext.webIdFederationData.attributes", TextMap},
		{"text", "srcaddr", Varchar},
		{"text", "dstport", Integer},
		{"parquet", "start", Integer},
		{"export", "resource", LowerJSON},
		{"export", "service", LowerJSON},
		{"export", "severity", Varchar},
	}
	for _, tt := range tests {
		i := slices.IndexFunc(Athena, func(l *Layout) bool { return l.Name == tt.layout })
		if i < 0 {
			t.Fatalf("no layout %s", tt.layout)
		}
		steps, _, ok := Athena[i].Locate(resolve(t, Athena[i].Source, tt.field))
		if !ok || steps[len(steps)-1].Type != tt.want {
			t.Errorf("%s of %s: %+v", tt.field, tt.layout, steps)
		}
	}
}

func TestLayoutsAreWhole(t *testing.T) {
	for _, l := range Athena {
		t.Run(l.Name, func(t *testing.T) {
			var check func(cols []Column, prefix string)
			check = func(cols []Column, prefix string) {
				seen := map[string]bool{}
				for _, c := range cols {
					name := strings.TrimPrefix(prefix+"."+c.Field, ".")
					if _, _, ok := l.Source.Resolve(name); !ok {
						t.Errorf("%s is no field of %s", name, l.Source.Name)
					}
					if c.Type == 0 || c.Name == "" || seen[c.Name] || c.Name != strings.ToLower(c.Name) {
						t.Errorf("column %+v", c)
					}
					if members := c.Type == Row || c.Type == RowList; members != (len(c.Members) > 0) {
						t.Errorf("%s has %d members", name, len(c.Members))
					}
					seen[c.Name] = true
					check(c.Members, name)
				}
			}
			check(l.Columns, "")
			for what, name := range map[string]string{"ID": l.Source.ID, "Time": l.Source.Time, "Anchor": l.Source.Anchor} {
				if name == "" {
					continue
				}
				if _, _, ok := l.Locate(resolve(t, l.Source, name)); !ok {
					t.Errorf("the table has no column for the %s, %s", what, name)
				}
			}
			if l.Title == "" || l.Table == "" || l.Partitions.Scheme == 0 {
				t.Errorf("layout %+v", l)
			}
			if one := l.Partitions.Scheme == SlashDay || l.Partitions.Scheme == DateDay; one != (l.Partitions.Column != "") {
				t.Errorf("partitions %+v", l.Partitions)
			}
		})
	}
	for _, s := range Sources {
		if len(AthenaLayouts(s.Name)) == 0 {
			t.Errorf("no layout for %s", s.Name)
		}
	}
	if AthenaLayouts("none") != nil {
		t.Error("layouts of no source")
	}
}
