//go:build cgo

package duckdb

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma/corpustest"
)

// Each query over an open schema runs on a table of a text column a field.
func TestQueriesOfPublicRulesRun(t *testing.T) {
	rules := corpustest.Rules(t, "../../../shared")
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var queries []backends.Query
	columns, seen := []string{"record VARCHAR", "irregular BOOLEAN", "_file BIGINT", "_index BIGINT"}, map[string]bool{}
	for _, rule := range rules {
		plan, _ := compiler.Compile(rule, schema.OpenLookup)
		if plan == nil {
			continue
		}
		compiler.Walk(plan.Where, func(p compiler.Pred) {
			for _, f := range compiler.Fields(p) {
				if key := strings.ToLower(f.Name()); !seen[key] {
					seen[key] = true
					columns = append(columns, sqlgen.Ident(f.Name()).String()+" VARCHAR")
				}
			}
		})
		query, err := backend{}.Emit(compiler.Batch{Source: plan.Source, Plans: []*compiler.Plan{plan}}, backends.Window{})
		if err != nil {
			t.Fatal(err)
		}
		queries = append(queries, query)
	}
	if _, err := db.Exec("CREATE TABLE events (" + strings.Join(columns, ", ") + ")"); err != nil {
		t.Fatal(err)
	}
	for _, q := range queries {
		if _, err := db.Exec(q.Text); err != nil {
			t.Errorf("%s: %v", q.Batch.Plans[0].Rule.Source.Name, err)
		}
	}
	if len(queries) < 3_700 {
		t.Errorf("only %d queries ran", len(queries))
	}
}
