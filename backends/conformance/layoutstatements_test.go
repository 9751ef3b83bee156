package conformance

import (
	"testing"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/fixtures"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

// Layouts that hold the columns of another in the same way, but for partitions, are
// left out: no statement of these tests is for a window.
func TestTrinoStatementsOverEveryLayout(t *testing.T) {
	cases, err := LoadEpisodes(fixtures.Conformance, "conformance")
	if err != nil {
		t.Fatal(err)
	}
	for _, pack := range rules.Names() {
		timed, err := PackEpisodes(rules.Files(), pack)
		if err != nil {
			t.Fatal(err)
		}
		cases = append(cases, timed...)
	}
	all := schema.AthenaLayouts("cloudtrail")
	for _, layout := range all {
		t.Run(layout.Name, func(t *testing.T) {
			rows, err := ReadReasons("testdata/rows/athena-" + layout.Name + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			RunStatements(t, newOnShelf(t, layout.Name, "on_"+layout.Name), cases, rows)
		})
	}
}
