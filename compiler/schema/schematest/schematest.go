// Package schematest checks the layouts of sources in tests.
package schematest

import (
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// Resolve returns the path of a field that the source must have.
func Resolve(t *testing.T, s *schema.Source, name string) schema.Path {
	t.Helper()
	p, _, ok := s.Resolve(name)
	if !ok {
		t.Fatalf("%s has no %s", s.Name, name)
	}
	return p
}

// CheckColumns fails the test unless each column holds a field of the source, and
// each field has one column at most.
func CheckColumns(t *testing.T, s *schema.Source, cols []schema.Column, prefix string) {
	t.Helper()
	seen := map[string]bool{}
	for _, c := range cols {
		name := strings.TrimPrefix(prefix+"."+c.Field, ".")
		if _, _, ok := s.Resolve(name); !ok || seen[c.Field] {
			t.Errorf("%s is no field of %s, or has two columns", name, s.Name)
		}
		if members := c.Type == schema.Row || c.Type == schema.RowList; members != (len(c.Members) > 0) {
			t.Errorf("%s has %d members", name, len(c.Members))
		}
		if c.Type == 0 || c.Name == "" && c.Type != schema.Row || c.Or != "" && c.Type != schema.Varchar || c.Inside != "" && c.Type != schema.JSONText {
			t.Errorf("column %+v", c)
		}
		if narrow := c.Type == schema.Opaque; narrow != (strings.HasPrefix(c.Hive, "map<")) {
			t.Errorf("column %+v", c)
		}
		seen[c.Field] = true
		CheckColumns(t, s, c.Members, name)
	}
}
