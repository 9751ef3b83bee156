// Package all is the one list of engines. Only the program and tests import it.
package all

import (
	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/athena"
	"github.com/sigmahunt/sigmahunt/backends/duckdb"
	"github.com/sigmahunt/sigmahunt/backends/local"
	"github.com/sigmahunt/sigmahunt/backends/opensearch"
)

// Engines are the engines of the program, the default first.
var Engines = backends.Engines{local.Engine, duckdb.Engine, athena.Engine, opensearch.Engine}
