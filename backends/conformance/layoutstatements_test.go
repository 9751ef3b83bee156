package conformance

import (
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/athena"
	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/fixtures"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

// Every written case and every timed test of the packs, over the tables of every
// layout of CloudTrail. Where the statement and the columns that it reads are those
// of the default layout, on which other tests run all, it is not run again.
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

	layouts := schema.LayoutsOf(athena.Layouts, "cloudtrail")
	for _, layout := range layouts[1:] {
		t.Run(layout.Name, func(t *testing.T) {
			t.Parallel()
			rows, name := map[string]string{}, "testdata/rows/athena-"+layout.Name+".txt"
			if exists(name) {
				var err error
				if rows, err = ReadReasons(name); err != nil {
					t.Fatal(err)
				}
			}
			var others []EpisodeCase
			for _, group := range together(t, cases, rows) {
				if !slices.Equal(reads(t, group[0], layout), reads(t, group[0], layouts[0])) {
					others = append(others, group...)
				}
			}
			t.Logf("%d of %d cases have the statements of %s over the same columns", len(cases)-len(others), len(cases), layouts[0].Name)
			if len(others) > 0 {
				RunStatements(t, newOnShelf(t, layout.Name, "on_"+strings.ReplaceAll(layout.Name, "-", "_")), others, rows)
			}
		})
	}
}

// reads gives the statements of a case over a layout, or why there is none, with
// the columns of the table that each can read.
func reads(t *testing.T, c EpisodeCase, layout *schema.Layout) (texts []string) {
	t.Helper()
	b, err := athena.Engine.New(backends.Config{Layouts: map[string]string{layout.Source.Name: layout.Name}})
	if err != nil {
		t.Fatal(err)
	}
	_, report, legal, diags := c.compile(t, b.Target())

	if diags.HasErrors() {
		return []string{diags.Err().Error()}
	}
	for _, of := range report {
		q, err := backends.EmitCorrelation(b, of, legal, backends.Window{})
		if err != nil {
			texts = append(texts, err.Error())
			continue
		}
		text := strings.ReplaceAll(q.Text, "FROM "+sqlgen.Ident(layout.Table).String()+"\n", "FROM t\n")
		named := *layout
		named.Table, named.Columns = "t", namedIn(text, layout.Physical())
		texts = append(texts, text+unpartitioned(&named, ""))
	}
	return texts
}

// namedIn gives the columns, and of structs the members, whose names stand
// somewhere in a text.
func namedIn(text string, columns []schema.Column) (named []schema.Column) {
	for _, c := range columns {
		if strings.Contains(text, c.Name) {
			c.Members = namedIn(text, c.Members)
			named = append(named, c)
		}
	}
	return named
}
