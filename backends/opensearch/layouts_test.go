package opensearch

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

func layoutNamed(t testing.TB, name string) *schema.Layout {
	t.Helper()
	list := schema.LayoutsOf(Layouts, "cloudtrail")
	i := slices.IndexFunc(list, func(l *schema.Layout) bool { return l.Name == name })
	if i < 0 {
		t.Fatalf("no layout %s", name)
	}
	return list[i]
}

// mapped is a field of a mapping.
type mapped struct {
	Type, Path string
	Properties map[string]mapped
}

func (m mapped) at(path string) mapped {
	for name := range strings.SplitSeq(path, ".") {
		m = m.Properties[name]
	}
	return m
}

// TestEveryFieldOfALayoutIsMapped holds mappings and layouts against each other:
// a field of the source is a field of the index, and an alias names one.
func TestEveryFieldOfALayoutIsMapped(t *testing.T) {
	for _, l := range Layouts {
		text := MappingFile(l.Name)
		if own := slices.Contains([]string{"template", "flat", "parameters"}, l.Name); own != (text == nil) {
			t.Errorf("%s: the mapping is %.20s", l.Name, text)
		}
		if text == nil {
			continue
		}
		var root mapped
		if err := json.Unmarshal(text, &root); err != nil {
			t.Fatalf("%s: %v", l.Name, err)
		}
		var columns func(steps []schema.Column, list []schema.Column)
		columns = func(steps []schema.Column, list []schema.Column) {
			for _, c := range list {
				to := append(slices.Clone(steps), c)
				if len(c.Members) > 0 {
					columns(to, c.Members)
					continue
				}
				path := strings.Join(schema.Place(to), ".")
				if path == "apiVersion" { // a date in one index, a text in another
					continue
				}
				if f := root.at(path); f.Type == "" || f.Type == "alias" || c.Type == schema.Timestamp && f.Type != "date" {
					t.Errorf("%s: %s is mapped as %q", l.Name, path, f.Type)
				}
				if c.Or != "" {
					to[len(to)-1].Name = c.Or
					if path := strings.Join(schema.Place(to), "."); root.at(path).Type == "" {
						t.Errorf("%s: %s is not mapped", l.Name, path)
					}
				}
			}
		}
		columns(nil, l.Columns)
		checkAliases(t, root, root)
	}
	if MappingFile("none") != nil {
		t.Error("a mapping of no layout")
	}
}

func checkAliases(t *testing.T, root, below mapped) {
	t.Helper()
	for name, f := range below.Properties {
		if target := root.at(f.Path); f.Type == "alias" && (target.Type == "" || target.Type == "object" || target.Type == "alias") {
			t.Errorf("the alias %s leads to %s, which is %q", name, f.Path, target.Type)
		}
		checkAliases(t, root, f)
	}
}

func TestSecurityAnalyticsHasAliases(t *testing.T) {
	var root mapped
	if err := json.Unmarshal(MappingFile("security-analytics"), &root); err != nil {
		t.Fatal(err)
	}
	for alias, path := range map[string]string{"aws.cloudtrail.event_name": "eventName", "timestamp": "eventTime"} {
		if f := root.at(alias); f.Type != "alias" || f.Path != path {
			t.Errorf("%s: %+v", alias, f)
		}
	}
}

// TestKnownPathsAreFieldsOfTheirOwn holds the list of paths to what is inside fields of
// JSON, in the order of paths and each of them once.
func TestKnownPathsAreFieldsOfTheirOwn(t *testing.T) {
	sources, mapped := []*schema.Source{schema.CloudTrail, schema.GuardDuty}, object{}
	for _, source := range sources {
		l, err := Choose(source.Name, "parameters")
		if err != nil {
			t.Fatal(err)
		}
		maps.Copy(mapped, template(l)["mappings"].(object)["properties"].(object))
	}
	paths := strings.Split(strings.TrimSuffix(known, "\n"), "\n")
	if !slices.IsSorted(paths) || len(slices.Compact(slices.Clone(paths))) != len(paths) {
		t.Error("the paths are not in order")
	}
	for _, path := range paths {
		inJSON := slices.ContainsFunc(sources, func(s *schema.Source) bool {
			p, _, ok := s.Resolve(path)
			return ok && p.Dynamic()
		})
		if !inJSON {
			t.Errorf("%q is not inside a field of JSON", path)
		}
	}
	of := []string{"eventName", "userIdentity.sessionContext.sessionIssuer.arn", "requestParameters.policyArn", "severity", "service.archived"}
	for _, path := range slices.Concat(paths, of) {
		if mapped[path] == nil {
			t.Errorf("%s is not mapped", path)
		}
	}
	for path, p := range mapped {
		if p.(object)["type"] != "keyword" {
			t.Errorf("%s is mapped as %v", path, p)
		}
	}
}
