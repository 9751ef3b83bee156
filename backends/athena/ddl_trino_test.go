package athena

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/athena/trinotest"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

// allOfTrail asks for what layouts hold in different ways, and answers with it.
const allOfTrail = `    s:
        eventName: CreateUser
        resources.ARN: a
        resources.accountId: '1'
        userIdentity.accountId: '1'
        userIdentity.sessionContext.attributes.mfaAuthenticated: 'true'
        requestParameters.userName: x
    other:
        responseElements: null
        sourceIPAddress|cidr: 10.0.0.0/8
        eventTime|day: 3
    condition: s or not other
fields: [resources, responseElements, userIdentity.sessionContext.attributes.creationDate]
`

// TestTrinoTakesTheTablesOfAllLayouts makes each layout's table over an empty
// folder, selects from it, and has the queries checked of the shipped rules that
// it can answer.
func TestTrinoTakesTheTablesOfAllLayouts(t *testing.T) {
	server := trinotest.Start(t)
	in := trinotest.Session{Catalog: "hive", Schema: "layouts_" + strconv.Itoa(os.Getpid())}
	query := func(t *testing.T, sql string) {
		t.Helper()
		if _, err := server.Query(t.Context(), in, sql); err != nil {
			t.Fatalf("%v in\n%s", err, sql)
		}
	}
	query(t, "CREATE SCHEMA "+in.Schema)
	t.Cleanup(func() {
		if _, err := server.Query(context.WithoutCancel(t.Context()), in, "DROP SCHEMA "+in.Schema+" CASCADE"); err != nil {
			t.Error(err)
		}
	})
	for _, l := range Layouts {
		t.Run(l.Source.Name+"-"+l.Name, func(t *testing.T) {
			folder := in.Schema + "_" + l.Source.Name + "_" + strings.ReplaceAll(l.Name, "-", "_")
			if err := os.MkdirAll(filepath.Join(server.Files, folder), 0o777); err != nil {
				t.Fatal(err)
			}
			defer os.RemoveAll(filepath.Join(server.Files, folder))
			query(t, TrinoDDL(l, l.Table, "local:///"+folder))
			defer query(t, "DROP TABLE "+l.Table)
			query(t, "SELECT * FROM "+l.Table)
			for _, text := range packQueries(t, l) {
				query(t, "EXPLAIN (TYPE VALIDATE) "+text)
			}
			if l.Source == schema.CloudTrail {
				query(t, emit(t, "cloudtrail", allOfTrail, map[string]string{"cloudtrail": l.Name}, window("2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z")))
			}
		})
	}
}

// packQueries gives the queries of the shipped rules that a table can answer.
func packQueries(t *testing.T, l *schema.Layout) []string {
	t.Helper()
	pack, err := rules.Load("aws")
	if err != nil {
		t.Fatal(err)
	}
	b, err := newBackend(backends.Config{Layouts: map[string]string{l.Source.Name: l.Name}})
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, rule := range pack.Rules {
		plan, _ := compiler.Compile(rule, schema.ForLogsource)
		if plan == nil || plan.Source != l.Source {
			continue
		}
		legal, _ := compiler.Legalize(plan, b.Target())
		if legal == nil {
			continue
		}
		q, err := b.Emit(compiler.Batch{Source: plan.Source, Plans: []*compiler.Plan{legal}}, window("2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z"))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, q.Text)
	}
	return texts
}
