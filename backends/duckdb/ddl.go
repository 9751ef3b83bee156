package duckdb

import (
	"fmt"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// DDL gives the statement that makes the table of a source which queries read,
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
