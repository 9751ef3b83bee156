package schema

import (
	"strings"
	"testing"
	"unicode"
)

func TestResolve(t *testing.T) {
	tests := []struct {
		name     string
		source   *Source
		field    string
		typ      Type
		declared int
		dynamic  bool
		lists    bool
	}{
		{"a top-level field", CloudTrail, "eventName", Text, 1, false, false},
		{"a field of another type", CloudTrail, "readOnly", Bool, 1, false, false},
		{"a time", CloudTrail, "eventTime", Time, 1, false, false},
		{"a struct", CloudTrail, "userIdentity", Struct, 1, false, false},
		{"a member of a struct", CloudTrail, "userIdentity.arn", Text, 2, false, false},
		{"a member four levels down", CloudTrail, "userIdentity.sessionContext.sessionIssuer.userName", Text, 4, false, false},
		{"a list", CloudTrail, "resources", List, 1, false, true},
		{"a member of a list", CloudTrail, "resources.ARN", Text, 2, false, true},
		{"a JSON field", CloudTrail, "requestParameters", JSON, 1, true, false},
		{"a path inside a JSON field", CloudTrail, "requestParameters.ipPermissions.items.0.cidr-Ip", JSON, 1, true, false},
		{"an empty key inside a JSON field", CloudTrail, "requestParameters..a", JSON, 1, true, false},
		{"a JSON field inside a struct", CloudTrail, "userIdentity.sessionContext.webIdFederationData.attributes.a.b", JSON, 4, true, false},
		{"a flow log field as tables name it", VPCFlow, "interface_id", Text, 1, false, false},
		{"a flow log field as AWS names it", VPCFlow, "interface-id", Text, 1, false, false},
		{"with several hyphens", VPCFlow, "pkt-src-aws-service", Text, 1, false, false},
		{"a number", VPCFlow, "dstport", Number, 1, false, false},
		{"a finding's path", GuardDuty, "service.action.awsApiCallAction.api", JSON, 1, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, near, ok := tt.source.Resolve(tt.field)
			if !ok || near != "" {
				t.Fatalf("not found; near is %q", near)
			}
			name := tt.field
			if tt.source == VPCFlow {
				name = strings.ReplaceAll(name, "-", "_")
			}
			if p.Name() != name || p.Source != tt.source.Name || p.Type != tt.typ || p.Declared != tt.declared || p.Dynamic() != tt.dynamic || p.Lists != tt.lists {
				t.Errorf("got %+v, dynamic %v", p, p.Dynamic())
			}
		})
	}
}

func TestResolveOfUnknownFieldsNamesTheNearest(t *testing.T) {
	tests := []struct {
		source      *Source
		field, near string
	}{
		{CloudTrail, "eventname", "eventName"},
		{CloudTrail, "EventName", "eventName"},
		{CloudTrail, "event_name", "eventName"},
		{CloudTrail, "evntName", "eventName"},
		{CloudTrail, "userAgents", "userAgent"},
		{CloudTrail, "useridentity.arn", "userIdentity.arn"},
		{CloudTrail, "userIdentity.Arn", "userIdentity.arn"},
		{CloudTrail, "userIdentity.sessioncontext.sessionIssuer.arn", "userIdentity.sessionContext.sessionIssuer.arn"},
		{CloudTrail, "resource.ARN", "resources.ARN"},
		{CloudTrail, "requestparameters.userName", "requestParameters.userName"},
		{CloudTrail, "status", ""},
		{CloudTrail, "src_ip", ""},
		{CloudTrail, "eventName.text", ""},
		{CloudTrail, "userIdentity.arn.x", ""},
		{CloudTrail, "", ""},
		{CloudTrail, ".", ""},
		{CloudTrail, "eventName.", ""},
		{CloudTrail, ".eventName", ""},
		{CloudTrail, "userIdentity..arn", ""},
		{VPCFlow, "srcAddr", "srcaddr"},
		{VPCFlow, "dst-port", "dstport"},
		{VPCFlow, "interface.id", "interface_id"},
		{CloudTrail, "useridentity.Arn", "userIdentity.arn"},
		{CloudTrail, "useridentity.SessionContext.attribute.MfaAuthenticated", "userIdentity.sessionContext.attributes.mfaAuthenticated"},
		{CloudTrail, "useridentity.password", "userIdentity"},
		{GuardDuty, "Severity", "severity"},
		{GuardDuty, "Service.Action", "service.Action"},
	}
	for _, tt := range tests {
		t.Run(tt.source.Name+" "+tt.field, func(t *testing.T) {
			_, near, ok := tt.source.Resolve(tt.field)
			if ok || near != tt.near {
				t.Errorf("got %q, %v, want %q", near, ok, tt.near)
			}
		})
	}
}

func TestEveryFieldOfEverySourceResolvesToItself(t *testing.T) {
	for _, s := range Sources {
		paths := s.Paths()
		if len(paths) < 15 {
			t.Errorf("%s has %d paths", s.Name, len(paths))
		}
		seen := map[string]bool{}
		for _, want := range paths {
			got, _, ok := s.Resolve(want.Name())
			if !ok || got.Name() != want.Name() || got.Type != want.Type || got.Declared != want.Declared || got.Lists != want.Lists || got.Source != want.Source {
				t.Errorf("%s: %+v resolves to %+v, %v", s.Name, want, got, ok)
			}
			if seen[want.Name()] {
				t.Errorf("%s declares %s twice", s.Name, want.Name())
			}
			seen[want.Name()] = true
			if strings.HasPrefix(want.Type.String(), "type(") {
				t.Errorf("%s: %s has no type", s.Name, want.Name())
			}
		}
	}
}

func TestEveryPathThatASourceNamesResolves(t *testing.T) {
	for _, s := range Sources {
		names := map[string][]string{"Show": s.Show, "Who": s.Columns.Who, "From": s.Columns.From, "What": s.Columns.What, "Where": s.Columns.Where}
		for what, list := range names {
			if len(list) == 0 {
				t.Errorf("%s: %s is empty", s.Name, what)
			}
			for _, name := range list {
				if _, _, ok := s.Resolve(name); !ok {
					t.Errorf("%s: %s names %q, which it has not", s.Name, what, name)
				}
			}
		}
		for what, name := range map[string]string{"Time": s.Time, "Anchor": s.Anchor} {
			if s.Field(name) == nil {
				t.Errorf("%s: %s names %q, which is no field of it", s.Name, what, name)
			}
		}
		if s.ID != "" && s.Field(s.ID) == nil {
			t.Errorf("%s: ID names %q, which is no field of it", s.Name, s.ID)
		}
		if want := map[bool]Type{true: Number, false: Time}[s.TimeUnix]; s.Field(s.Time).Type != want {
			t.Errorf("%s: the time is a %s, want a %s", s.Name, s.Field(s.Time).Type, want)
		}
		if s.Title == "" || s.Name != strings.ToLower(s.Name) {
			t.Errorf("source %q, %q", s.Name, s.Title)
		}
	}
}

func TestLogsourcesNameSources(t *testing.T) {
	tests := []struct {
		product, service, category string
		want                       *Source
	}{
		{"aws", "cloudtrail", "", CloudTrail},
		{"AWS", "CloudTrail", "", CloudTrail},
		{"aws", "vpcflow", "", VPCFlow},
		{"aws", "vpc-flow-logs", "", VPCFlow},
		{"aws", "vpc_flow_logs", "", VPCFlow},
		{"aws", "guardduty", "", GuardDuty},
		{"aws", "route53", "", Route53},
		{"aws", "Route53Resolver", "", Route53},
		{"aws", "dns", "", Route53},
		{"aws", "", "dns", Route53},
		{"aws", "route53", "dns", Route53},
		{"aws", "cloudtrail", "dns", nil},
		{"", "dns", "", nil},
		{"", "", "dns", nil},
		{"aws", "", "", nil},
		{"aws", "waf", "", nil},
		{"", "cloudtrail", "", nil},
		{"windows", "security", "", nil},
		{"azure", "cloudtrail", "", nil},
		{"aws", "cloudtrail", "process_creation", nil},
	}
	for _, tt := range tests {
		if got := ForLogsource(tt.product, tt.service, tt.category); got != tt.want {
			t.Errorf("%q, %q, %q: got %v", tt.product, tt.service, tt.category, got)
		}
	}
	for _, name := range Names() {
		if s := ByName(name); s == nil || s.Name != name || ForLogsource("aws", name, "") != s {
			t.Errorf("the source %s is not found by its name", name)
		}
	}
	if ByName("none") != nil {
		t.Error("a source of no such name is given")
	}
}

func TestTypesHaveNames(t *testing.T) {
	seen := map[string]bool{}
	for v := Text; v <= JSON; v++ {
		seen[v.String()] = true
	}
	if len(seen) != int(JSON) || seen["type(1)"] || Type(0).String() != "type(0)" {
		t.Errorf("names %v", seen)
	}
}

func TestNoFieldNameNeedsQuotingInARule(t *testing.T) {
	for _, s := range Sources {
		for _, p := range s.Paths() {
			if i := strings.IndexFunc(p.Name(), func(r rune) bool { return r != '_' && r != '.' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }); i >= 0 {
				t.Errorf("%s: %q", s.Name, p.Name())
			}
		}
	}
}
