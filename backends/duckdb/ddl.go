package duckdb

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

var tables = backends.Tables{
	Known: func(s *schema.Source) []backends.Table {
		return []backends.Table{{Name: s.Name, Title: s.Title + ", one column per field"}}
	},
	Create: func(s *schema.Source, o backends.TableOptions) (string, error) {
		if o.Layout != "" || o.Table != "" || o.Location != "" {
			return "", errors.New("the table on DuckDB has one layout, one name and no location")
		}
		return DDL(s), nil
	},
}

// DDL returns the statement that makes the table of a source which queries read,
// for a DuckDB of one's own. The package's comment says what belongs into it.
func DDL(s *schema.Source) string {
	var lines []string
	add := func(name, typ string) {
		lines = append(lines, "  "+sqlgen.Ident(name).String()+" "+typ)
	}
	for _, f := range s.Fields {
		typ := "VARCHAR"
		if f.Whole {
			typ = "BIGINT"
		}
		add(f.Name, typ)
	}
	add("record", "VARCHAR")
	add("irregular", "BOOLEAN DEFAULT FALSE")
	add("_file", "BIGINT")
	add("_index", "BIGINT")
	return fmt.Sprintf("CREATE TABLE %s (\n%s\n);\n", sqlgen.Ident(s.Name), strings.Join(lines, ",\n"))
}
