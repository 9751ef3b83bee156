package sqlgen

import "strings"

// reserved are the words that are no names without quotes: those of Trino
// (Trino documentation, "Reserved keywords"), those of DuckDB that its
// duckdb_keywords() calls reserved or type_function, and those among the columns
// of AWS's tables that Athena reserves (Amazon Athena User Guide, "Reserved
// keywords").
var reserved = setOf(`
	all alter analyse analyze and anti any array as asc asof asymmetric at authorization between binary both by
	case cast check collate collation column columns concurrently constraint create cross cube current_catalog
	current_date current_path current_role current_schema current_time current_timestamp current_user date day
	deallocate default deferrable delete desc describe distinct do drop else end escape except exists extract
	false fetch for foreign freeze from full generated glob group grouping having hour ilike in initially inner
	insert intersect into is isnull join json_array json_exists json_object json_query json_table json_value
	lambda lateral leading left like limit listagg localtime localtimestamp map month natural normalize not
	notnull null offset on only or order outer overlaps partition pivot pivot_longer pivot_wider placing
	positional prepare primary qualify recursive references returning right rollup select semi show similar skip
	some start struct summarize symmetric table tablesample then timestamp to trailing trim true try_cast type
	uescape union unique unnest unpack unpivot user using values variadic verbose when where window with year
`)

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}
