package schema

import "strings"

// Sources are the kinds of events there are.
var Sources = []*Source{CloudTrail, VPCFlow, GuardDuty}

// spellings are the names under which rules ask for a service.
var spellings = map[string]*Source{
	"cloudtrail":    CloudTrail,
	"vpcflow":       VPCFlow,
	"vpcflowlogs":   VPCFlow,
	"vpc_flow":      VPCFlow,
	"vpc_flow_logs": VPCFlow,
	"vpc-flow-logs": VPCFlow,
	"flowlogs":      VPCFlow,
	"guardduty":     GuardDuty,
}

// Lookup finds the source of a rule's logsource; nil where there is none.
type Lookup func(product, service, category string) *Source

// ForLogsource gives the source that a rule's logsource names, or nil. The
// product must be aws; a category narrows what AWS's sources do not, so it names
// none.
func ForLogsource(product, service, category string) *Source {
	if !strings.EqualFold(product, "aws") || category != "" {
		return nil
	}
	return spellings[strings.ToLower(service)]
}

// ByName gives the source of that name, or nil.
func ByName(name string) *Source {
	for _, s := range Sources {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// Names gives the sources' names.
func Names() []string {
	list := make([]string, len(Sources))
	for i, s := range Sources {
		list[i] = s.Name
	}
	return list
}

// Paths gives every declared field by the name a rule uses, in order. A JSON
// field stands for all that may be below it.
func (s *Source) Paths() []Path {
	var paths []Path
	var walk func(prefix []string, fields []Field, lists bool)
	walk = func(prefix []string, fields []Field, lists bool) {
		for _, f := range fields {
			keys := append(prefix[:len(prefix):len(prefix)], f.Name)
			inList := lists || f.Type == List
			paths = append(paths, Path{Source: s.Name, Keys: keys, Declared: len(keys), Type: f.Type, Lists: inList})
			walk(keys, f.Fields, inList)
		}
	}
	walk(nil, s.Fields, false)
	return paths
}
