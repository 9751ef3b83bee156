package athena

import (
	"fmt"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends/sqlgen"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// TrinoDDL gives the statement that makes a layout's table in Trino's Hive
// catalog, over a folder of files: the same columns, JSON one object a line, the
// tables that AWS makes itself as Parquet. name may have a catalog and a schema
// before points.
func TrinoDDL(l *schema.Layout, name, location string) string {
	var lines []string
	for _, c := range l.Physical() {
		lines = append(lines, "  "+sqlgen.Ident(c.Name).String()+" "+trinoType(c))
	}
	var keys []string
	for _, k := range l.Partitions.Keys {
		lines = append(lines, "  "+sqlgen.Ident(k.Name).String()+" "+trinoHive(k.Type))
		keys = append(keys, sqlgen.Str(k.Name).String())
	}
	properties := trinoFormat(l.Storage.Format)
	if len(keys) > 0 {
		properties = append(properties, "partitioned_by = ARRAY["+strings.Join(keys, ", ")+"]")
	}
	properties = append(properties, "external_location = "+sqlgen.Str(location).String())
	parts := strings.Split(name, ".")
	for i, p := range parts {
		parts[i] = sqlgen.Ident(p).String()
	}
	return fmt.Sprintf("CREATE TABLE %s (\n%s\n)\nWITH (\n  %s\n)\n", strings.Join(parts, "."),
		strings.Join(lines, ",\n"), strings.Join(properties, ",\n  "))
}

func trinoFormat(f schema.Format) []string {
	switch f {
	case schema.JSONRecords:
		return []string{"format = 'OPENX_JSON'"}
	case schema.Delimited:
		return []string{"format = 'TEXTFILE'", "textfile_field_separator = ' '", "skip_header_line_count = 1"}
	case schema.Parquet, schema.Managed:
		return []string{"format = 'PARQUET'"}
	default:
		panic(fmt.Sprintf("athena: files of format %d", f))
	}
}

// trinoType gives a column's type.
func trinoType(c schema.Column) string {
	members := func() string {
		list := make([]string, len(c.Members))
		for i, m := range c.Members {
			list[i] = sqlgen.Ident(m.Name).String() + " " + trinoType(m)
		}
		return "row(" + strings.Join(list, ", ") + ")"
	}
	switch c.Type {
	case schema.Row:
		return members()
	case schema.RowList:
		return "array(" + members() + ")"
	default:
		return trinoHive(hiveType(c, ""))
	}
}

// trinoHive gives Trino's name of a simple type of Hive.
func trinoHive(typ string) string {
	switch typ {
	case "string":
		return "varchar"
	case "int":
		return "integer"
	case "timestamp":
		return "timestamp(3)"
	case "map<string,string>":
		return "map(varchar, varchar)"
	default: // is called the same
		return typ
	}
}
