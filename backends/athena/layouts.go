package athena

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

// Choose gives a source's layout by its name, by its name and the table's own
// (NAME:TABLE), or from a layout file (PATH.yml); the default for an empty text.
// It gives nil and no error for a source that there is not.
func Choose(source, want string) (*schema.Layout, error) {
	known := schema.LayoutsOf(Layouts, source)
	if len(known) == 0 {
		return nil, nil //nolint:nilnil // the caller tells of sources
	}
	if ext := strings.ToLower(filepath.Ext(want)); ext == ".yml" || ext == ".yaml" {
		return readLayout(source, want)
	}
	layout, renamed, ok := schema.Named(known, want)
	switch {
	case !ok:
		return nil, fmt.Errorf("there is no layout %q for %s: the layouts are %s, or a file's name that ends in .yml", want, source, schema.LayoutNames(known))
	case renamed && !IsTableName(layout.Table):
		return nil, fmt.Errorf("%q is no name of a table: it is a text without dots, the database is chosen beside it", layout.Table)
	}
	return layout, nil
}

// readLayout reads a layout file. The first of what is wrong with it is the
// error.
func readLayout(source, path string) (*schema.Layout, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > yamldoc.MaxFile {
		return nil, fmt.Errorf("%s is larger than %d MiB: that is no table layout", path, yamldoc.MaxFile>>20)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	layout, diags := ReadLayout(&diag.Source{Name: path, Text: text})
	if layout == nil {
		return nil, firstOf(diags)
	}
	if layout.Source.Name != source {
		return nil, fmt.Errorf("%s is a table of %s, not of %s", path, layout.Source.Name, source)
	}
	return layout, nil
}

func firstOf(diags diag.List) error {
	first := diags[slices.IndexFunc(diags, func(d diag.Diagnostic) bool { return d.Severity == diag.Error })]
	if first.Hint == "" {
		return first
	}
	return fmt.Errorf("%w: %s", first, first.Hint)
}
