package athena

import (
	"slices"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// Layouts are the tables that AWS's documentation creates for each source, the
// most common first. Only a test adds one.
var Layouts = slices.Concat(cloudTrailLayouts, vpcFlowLayouts, guardDutyLayouts, route53Layouts)

// keysOfText returns partition columns of text.
func keysOfText(names ...string) []schema.Key {
	list := make([]schema.Key, len(names))
	for i, n := range names {
		list[i] = schema.Key{Name: n, Type: "string"}
	}
	return list
}

// The storages that AWS's documentation declares.
var (
	hiveJSON = schema.Storage{
		Format: schema.JSONRecords, RowFormat: "SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'",
		Input: "com.amazon.emr.cloudtrail.CloudTrailInputFormat", Output: ignoreKeyText,
	}
	blanks = schema.Storage{
		Format: schema.Delimited, RowFormat: "DELIMITED FIELDS TERMINATED BY ' '",
		Properties: []schema.Property{{Name: "skip.header.line.count", Value: "1"}},
	}
	parquet = schema.Storage{
		Format: schema.Parquet, RowFormat: "SERDE 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe'",
		Input:  "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
		Output: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
	}
	openX = schema.Storage{Format: schema.JSONRecords, RowFormat: "SERDE 'org.openx.data.jsonserde.JsonSerDe'"}
)

const ignoreKeyText = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"

// stored returns the storage at a place, with a template of partition projection.
func stored(s schema.Storage, location, template string) schema.Storage {
	s.Location, s.Template = location, template
	return s
}
