package athena

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// DDLOptions is what DDL is told of one's own surroundings. What is empty is a
// placeholder between < and >, or the name that AWS's documentation uses.
type DDLOptions struct {
	Table    string
	Location string    // s3://bucket/prefix, down to where the layout's own location ends
	First    time.Time // the first day of partition projection; zero: 2020-01-01
	Accounts []string  // of layouts that project accounts
	Regions  []string  // of layouts that project regions
}

// DDL gives the statement that makes a layout's table, as AWS's documentation
// has it. It is empty for a table that AWS makes itself, and for one that a
// layout file describes.
func DDL(l *schema.Layout, o DDLOptions) string {
	if l.Storage.Format == schema.Managed {
		return ""
	}
	location := cmp.Or(o.Location, l.Storage.Location)
	if !strings.HasSuffix(location, "/") {
		location += "/"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "CREATE EXTERNAL TABLE %s (\n%s\n)\n", hiveName(cmp.Or(o.Table, l.Table)), hiveColumns(l.Physical(), "  ", " "))
	if len(l.Partitions.Keys) > 0 {
		var keys []string
		for _, k := range l.Partitions.Keys {
			keys = append(keys, hiveName(k.Name)+" "+k.Type)
		}
		fmt.Fprintf(&b, "PARTITIONED BY (%s)\n", strings.Join(keys, ", "))
	}
	fmt.Fprintf(&b, "ROW FORMAT %s\n", l.Storage.RowFormat)
	if l.Storage.Input != "" {
		fmt.Fprintf(&b, "STORED AS INPUTFORMAT %s\nOUTPUTFORMAT %s\n", hiveText(l.Storage.Input), hiveText(l.Storage.Output))
	}
	fmt.Fprintf(&b, "LOCATION %s\n", hiveText(location))
	var properties []string
	for _, p := range append(slices.Clone(l.Storage.Properties), projection(l, location, o)...) {
		properties = append(properties, "  "+hiveText(p.Name)+" = "+hiveText(p.Value))
	}
	if len(properties) > 0 {
		fmt.Fprintf(&b, "TBLPROPERTIES (\n%s\n)\n", strings.Join(properties, ",\n"))
	}
	return b.String()
}

// projection gives the properties of partition projection.
func projection(l *schema.Layout, location string, o DDLOptions) []schema.Property {
	if l.Storage.Template == "" {
		return nil
	}
	list := []schema.Property{{Name: "projection.enabled", Value: "true"}}
	add := func(k schema.Key, setting, value string) {
		list = append(list, schema.Property{Name: "projection." + k.Name + "." + setting, Value: value})
	}
	first := o.First
	if first.IsZero() {
		first = time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC)
	}
	for _, k := range l.Partitions.Keys {
		switch k.Projection {
		case schema.Daily:
			add(k, "type", "date")
			add(k, "format", "yyyy/MM/dd")
			add(k, "interval", "1")
			add(k, "interval.unit", "DAYS")
			add(k, "range", first.UTC().Format("2006/01/02")+",NOW")
		case schema.Enumerated:
			add(k, "type", "enum")
			add(k, "values", values(k, o))
		case schema.Cataloged:
		}
	}
	return append(list, schema.Property{Name: "storage.location.template", Value: location + l.Storage.Template})
}

// values returns a partition column's values, the given ones where they are known.
func values(k schema.Key, o DDLOptions) string {
	var given []string
	switch {
	case strings.Contains(k.Name, "account"):
		given = o.Accounts
	case strings.Contains(k.Name, "region"):
		given = o.Regions
	}
	return cmp.Or(strings.Join(given, ","), k.Values)
}

// hiveColumns writes columns, or the members of a struct, one a line.
func hiveColumns(columns []schema.Column, indent, between string) string {
	lines := make([]string, len(columns))
	for i, c := range columns {
		lines[i] = indent + hiveName(c.Name) + between + hiveType(c, indent)
	}
	return strings.Join(lines, ",\n")
}

func hiveType(c schema.Column, indent string) string {
	members := func() string {
		return "struct<\n" + hiveColumns(c.Members, indent+"  ", ": ") + "\n" + indent + ">"
	}
	if c.Hive != "" {
		return c.Hive
	}
	switch c.Type {
	case schema.Row:
		return members()
	case schema.RowList:
		return "array<" + members() + ">"
	case schema.Integer:
		return "bigint"
	case schema.TextMap:
		return "map<string,string>"
	case schema.Timestamp:
		return "timestamp"
	case schema.Boolean:
		return "boolean"
	case schema.Varchar, schema.JSONText, schema.LowerJSON:
		return "string"
	default:
		panic(fmt.Sprintf("athena: column %s is of type %d", c.Name, c.Type))
	}
}

// hiveName puts a name into backticks where DDL wants them.
func hiveName(name string) string {
	plain := name != "" && !hiveReserved[name]
	for i, c := range name {
		if (c < 'a' || c > 'z') && (i == 0 || c != '_' && (c < '0' || c > '9')) {
			plain = false
		}
	}
	if plain {
		return name
	}
	return "`" + strings.ReplaceAll(name, "`", "``") + "`"
}

var hiveEscape = strings.NewReplacer(`\`, `\\`, `'`, `\'`, "\n", `\n`, "\r", `\r`)

func hiveText(s string) string { return "'" + hiveEscape.Replace(s) + "'" }

// hiveReserved are the words that DDL reserves, in lower case (Amazon Athena
// User Guide, "Reserved keywords").
var hiveReserved = func() map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(`
	all alter and array as authorization between bigint binary boolean both by case cashe cast char column commit conf
	constraint create cross cube current current_date current_timestamp cursor database date dayofweek decimal delete
	describe distinct div double drop else end exchange exists extended external extract false fetch float floor
	following for foreign from full function grant group grouping having if import in inner insert int integer
	intersect interval into is join lateral left less like local macro map more none not null numeric of on only or
	order out outer over partialscan partition percent preceding precision preserve primary procedure range reads
	reduce references regexp revoke right rlike rollback rollup row rows select set smallint start table tablesample
	then time timestamp to transform trigger true truncate unbounded union uniquejoin update user using
	utc_timestamp values varchar views when where window with`) {
		set[w] = true
	}
	return set
}()
