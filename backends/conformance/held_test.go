package conformance

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/athena"
	"github.com/sigmahunt/sigmahunt/backends/athena/trinotest"
	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// shelf is a schema of the test Trino for tables of CloudTrail events.
type shelf struct {
	server  *trinotest.Server
	in      trinotest.Session
	backend backends.Backend
	layout  *schema.Layout
	tables  atomic.Int64 // made so far
}

func newShelf(t *testing.T, name string) *shelf {
	t.Helper()
	return newShelfOf(t, schema.CloudTrail, "", name)
}

// newShelfOf makes one for tables of a source in a layout; the empty name is the
// default's.
func newShelfOf(t *testing.T, source *schema.Source, layout, name string) *shelf {
	t.Helper()
	config := backends.Config{}
	if layout != "" {
		config.Layouts = map[string]string{source.Name: layout}
	}
	server := trinotest.Start(t)
	b, err := athena.Engine.New(config)
	if err != nil {
		t.Fatal(err)
	}
	name = fmt.Sprintf("%s_%d", name, os.Getpid())
	s := &shelf{server: server, in: trinotest.Session{Catalog: "hive", Schema: name}, backend: b}
	s.layout = b.Target().Layouts[source.Name]
	if _, err := server.Query(t.Context(), s.in, "CREATE SCHEMA "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := server.Query(context.WithoutCancel(t.Context()), s.in, "DROP SCHEMA "+name+" CASCADE"); err != nil {
			t.Error(err)
		}
		os.RemoveAll(filepath.Join(server.Files, name))
	})
	return s
}

// held is a table of records, each with an id of its own.
type held struct {
	*shelf
	layout  *schema.Layout
	table   string
	records []*record.Record
	also    []*held // of other sources
}

// hold makes a table of records, all in one file.
func (s *shelf) hold(ctx context.Context, records []*record.Record) (*held, error) {
	return s.holdAs(ctx, s.layout, records)
}

// holdAs makes one of another layout, or of another source.
func (s *shelf) holdAs(ctx context.Context, layout *schema.Layout, records []*record.Record) (*held, error) {
	h := &held{shelf: s, layout: layout, table: "t" + strconv.FormatInt(s.tables.Add(1), 10), records: records}
	folder := s.in.Schema + "/" + h.table
	if err := os.MkdirAll(filepath.Join(s.server.Files, folder), 0o755); err != nil {
		return nil, err
	}
	var lines bytes.Buffer
	for _, rec := range records {
		appendStored(&lines, rec.Raw, layout)
	}
	if err := os.WriteFile(filepath.Join(s.server.Files, folder, "events.json"), lines.Bytes(), 0o644); err != nil {
		return nil, err
	}
	l := *layout
	l.Table = h.table
	if _, err := s.server.Query(ctx, s.in, unpartitioned(&l, "local:///"+folder)); err != nil {
		return nil, err
	}
	return h, nil
}

// place gives the place of the record with an id.
func (h *held) place(id any) (int, error) {
	for i, rec := range h.records {
		if v := rec.Lookup(markOf(h.layout.Source)); v.Text() == id {
			return i, nil
		}
	}
	return 0, fmt.Errorf("no record has the id %v", id)
}

// id is the column of the records' ids.
func (h *held) id() string {
	i := slices.IndexFunc(h.layout.Columns, func(c schema.Column) bool { return c.Field == markOf(h.layout.Source) })
	return sqlgen.Ident(h.layout.Columns[i].Name).String()
}

// drop needs no end of the test, where many tables would lie about.
func (h *held) drop(ctx context.Context) error {
	_, err := h.server.Query(ctx, h.in, "DROP TABLE "+h.table)
	return err
}

// verdicts tells for each legal plan which records its query would return. Each
// plan's test is a column of one statement, so that no plan hides another.
func (h *held) verdicts(ctx context.Context, plans []*compiler.Plan) (table, error) {
	columns := []string{h.id()}
	for _, p := range plans {
		query, err := h.backend.Emit(compiler.Batch{Source: p.Source, Plans: []*compiler.Plan{p}}, backends.Window{})
		if err != nil {
			return nil, err
		}
		_, test, ok := strings.Cut(query.Text, "\nFROM "+sqlgen.Ident(h.layout.Table).String()+"\nWHERE ")
		if !ok {
			return nil, fmt.Errorf("no test in %s", query.Text)
		}
		columns = append(columns, "coalesce(("+test+"), false)")
	}
	text := "SELECT " + strings.Join(columns, ",\n") + "\nFROM " + h.table
	answer, err := h.server.Query(ctx, h.in, text)
	if err != nil {
		return nil, err
	}
	if len(answer.Rows) != len(h.records) {
		return nil, fmt.Errorf("%d of %d records were read", len(answer.Rows), len(h.records))
	}
	result := newTable(len(plans), len(h.records))
	for _, row := range answer.Rows {
		at, err := h.place(row[0])
		if err != nil {
			return nil, err
		}
		for i := range plans {
			result[i][at] = row[i+1].(bool)
		}
	}
	return result, nil
}
