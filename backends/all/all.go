// Package all is the one list of engines. Only the program and tests import it.
package all

import (
	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/athena"
	"github.com/sigmahunt/sigmahunt/backends/duckdb"
	"github.com/sigmahunt/sigmahunt/backends/local"
	"github.com/sigmahunt/sigmahunt/backends/opensearch"
)

// Engines are the engines there are, the default first.
var Engines = []backends.Engine{local.Engine, duckdb.Engine, athena.Engine, opensearch.Engine}

// ByName gives the engine of that name.
func ByName(name string) (backends.Engine, bool) {
	for _, e := range Engines {
		if e.Name == name {
			return e, true
		}
	}
	return backends.Engine{}, false
}

// Names gives the engines' names; with open, only of those that can run queries.
func Names(open bool) []string {
	var names []string
	for _, e := range Engines {
		if !open || e.Open != nil {
			names = append(names, e.Name)
		}
	}
	return names
}
