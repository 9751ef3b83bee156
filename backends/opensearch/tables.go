package opensearch

import (
	"fmt"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

var tables = backends.Tables{Known: tablesOf, Create: create}

// tablesOf lists the layouts of a source's indexes.
func tablesOf(s *schema.Source) []backends.Table {
	var list []backends.Table
	for _, l := range schema.LayoutsOf(Layouts, s.Name) {
		list = append(list, backends.Table{Layout: l.Name, Name: l.Table, Title: l.Title})
	}
	return list
}

// create writes the index template of a layout.
func create(s *schema.Source, o backends.TableOptions) (string, error) {
	if o.Table != "" || o.Location != "" {
		return "", fmt.Errorf("an index template has no --table and no --location: the layout names its indexes, --layout NAME:PATTERN")
	}
	layout, err := Choose(s.Name, o.Layout)
	if err != nil {
		return "", err
	}
	template := Template(layout)
	if template == nil {
		return "", fmt.Errorf("the layout %s has no template: its shipper makes the indexes", layout.Name)
	}
	return encode(template)
}
