package schema

import (
	"slices"
	"strings"
)

// Sources are the kinds of events there are. Only a test adds one.
var Sources = []*Source{CloudTrail, VPCFlow, GuardDuty, Route53}

// Lookup finds the source of a rule's logsource; nil where there is none.
type Lookup func(product, service, category string) *Source

// ForLogsource returns the source that a rule's logsource names, or nil. The product
// must be aws, and a category must be one of the source's own.
func ForLogsource(product, service, category string) *Source {
	if !strings.EqualFold(product, "aws") {
		return nil
	}
	for _, s := range Sources {
		named := service == "" && category != "" || s.isService(service)
		if named && (category == "" || contains(s.Categories, category)) {
			return s
		}
	}
	return nil
}

func (s *Source) isService(name string) bool {
	return strings.EqualFold(s.Name, name) || contains(s.Services, name)
}

func contains(list []string, name string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, name) })
}

// ByName returns the source of that name, or nil.
func ByName(name string) *Source {
	for _, s := range Sources {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// Names returns the sources' names.
func Names() []string {
	list := make([]string, len(Sources))
	for i, s := range Sources {
		list[i] = s.Name
	}
	return list
}

// Paths returns every declared field by the name that a rule uses, in order. A JSON
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
