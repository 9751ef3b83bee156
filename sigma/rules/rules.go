// Package rules holds the rule packs that ship inside the program.
package rules

import (
	"embed"
	"fmt"
	"slices"

	"github.com/sigmahunt/sigmahunt/sigma"
)

//go:embed aws
var files embed.FS

// Names gives the shipped packs.
func Names() []string { return []string{"aws"} }

// Load reads a shipped pack; its files are named pack:path in diagnostics.
func Load(name string) (*sigma.Pack, error) {
	if !slices.Contains(Names(), name) {
		return nil, fmt.Errorf("no pack %q ships with this program", name)
	}
	return sigma.Load(files, name, "pack:")
}

// Files gives the packs' files, tests included, below a folder a pack.
func Files() embed.FS { return files }
