package athena

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// GlueTables is what of Glue is asked for a table (AWS Glue Web API Reference,
// "GetTable").
type GlueTables interface {
	GetTable(context.Context, *glue.GetTableInput, ...func(*glue.Options)) (*glue.GetTableOutput, error)
}

// LayoutFromGlue writes the layout file of a table of the Glue Data Catalog.
// Columns belong to the fields that are called like them but for case and
// underscores; what no field is called, or no field can be read from, stands in
// comments with the reason.
func LayoutFromGlue(ctx context.Context, api GlueTables, source *schema.Source, database, table string) (string, error) {
	answer, err := api.GetTable(ctx, &glue.GetTableInput{DatabaseName: aws.String(database), Name: aws.String(table)})
	if err != nil {
		return "", fmt.Errorf("asking Glue for %s.%s: %w", database, table, err)
	}
	if answer.Table == nil || answer.Table.StorageDescriptor == nil {
		return "", fmt.Errorf("glue knows no columns of %s.%s", database, table)
	}
	g := &glueLayout{source: source, table: answer.Table, taken: map[string]bool{}}
	if serde := answer.Table.StorageDescriptor.SerdeInfo; serde != nil {
		g.lower = strings.Contains(aws.ToString(serde.SerializationLibrary), "openx")
	}
	g.line(0, "# %s.%s, as the Glue Data Catalog has it.", inComment(database), inComment(table))
	g.line(0, "source: %s", source.Name)
	g.line(0, "table: %s", scalar(table))
	g.line(0, "columns:")
	for _, list := range [][]types.Column{answer.Table.StorageDescriptor.Columns, answer.Table.PartitionKeys} {
		for _, c := range list {
			g.column(aws.ToString(c.Name), aws.ToString(c.Type))
		}
	}
	g.partitions()
	if null := source.Files.Null; null != "" {
		g.line(0, "null_text: %s", scalar(null))
	}
	return g.text.String(), nil
}

// glueLayout is a layout file in the making.
type glueLayout struct {
	source *schema.Source
	table  *types.Table
	lower  bool            // JSON has its keys in lower case
	taken  map[string]bool // fields that have a column
	text   strings.Builder
}

func (g *glueLayout) line(depth int, format string, args ...any) {
	fmt.Fprintf(&g.text, strings.Repeat("  ", depth)+format+"\n", args...)
}

// leave tells in a comment why a column is left out.
func (g *glueLayout) leave(depth int, name, typ, why string) {
	g.line(depth, "# %s (%s): %s", inComment(name), inComment(typ), why)
}

// column writes a column of the table, unless it is a partition column that
// only the scheme knows.
func (g *glueLayout) column(name, typ string) {
	field := similar(g.source.Fields, name)
	if field == nil {
		if !g.isKey(name) {
			g.leave(1, name, typ, "no field of "+g.source.Name+" is called so")
		}
		return
	}
	kind, err := parseHive(typ)
	if err != nil {
		g.leave(1, name, typ, "the type cannot be read")
		return
	}
	g.member(1, "", field, name, kind)
}

func (g *glueLayout) isKey(name string) bool {
	for _, k := range g.table.PartitionKeys {
		if aws.ToString(k.Name) == name {
			return true
		}
	}
	return false
}

// member writes a column, or a member of a struct, and what is below it.
func (g *glueLayout) member(depth int, prefix string, f *schema.Field, name string, kind hiveKind) {
	whole := prefix + f.Name
	typ, members := g.columnType(f, kind)
	switch {
	case g.taken[whole]:
		g.leave(depth, name, kind.name, f.Name+" has a column already")
		return
	case strings.Contains(name, "."):
		g.leave(depth, name, kind.name, "a name with a point cannot be written in a layout")
		return
	case typ == schema.TextMap && whole != webIdentityAttributes:
		g.leave(depth, name, kind.name, "a map of text cannot hold the arrays and objects of "+f.Name)
		return
	case !canHold(typ, g.source, f) || members != nil && !g.anyKnown(f, members):
		g.leave(depth, name, kind.name, "a column of this type cannot hold "+f.Name)
		return
	}
	g.taken[whole] = true
	if members == nil && typ == schema.UsualType(f) {
		g.line(depth, "%s: %s", f.Name, scalar(name))
		return
	}
	if members == nil {
		g.line(depth, "%s: {column: %s, type: %s}", f.Name, scalar(name), typeWord(typ))
		return
	}
	g.line(depth, "%s:", f.Name)
	g.line(depth+1, "column: %s", scalar(name))
	g.line(depth+1, "members:")
	for _, m := range members {
		if below := similar(f.Fields, m.name); below != nil {
			g.member(depth+2, whole+".", below, m.name, m.typ)
		} else {
			g.leave(depth+2, m.name, m.typ.name, "no field of "+f.Name+" is called so")
		}
	}
}

const webIdentityAttributes = "userIdentity.sessionContext.webIdFederationData.attributes"

// anyKnown reports whether a struct has a member that is a field's.
func (g *glueLayout) anyKnown(f *schema.Field, members []hiveMember) bool {
	for _, m := range members {
		if similar(f.Fields, m.name) != nil {
			return true
		}
	}
	return false
}

// columnType gives how a type of Hive stores a field, and the members of a
// struct or of a list of structs; zero for a type that no field is read from.
func (g *glueLayout) columnType(f *schema.Field, kind hiveKind) (schema.ColumnType, []hiveMember) {
	switch kind.name {
	case "string", "varchar", "char":
		if f.Type != schema.Struct && f.Type != schema.List && f.Type != schema.JSON {
			return schema.Varchar, nil
		}
		if g.lower {
			return schema.LowerJSON, nil
		}
		return schema.JSONText, nil
	case "tinyint", "smallint", "int", "integer", "bigint":
		return schema.Integer, nil
	case "timestamp":
		return schema.Timestamp, nil
	case "boolean":
		return schema.Boolean, nil
	case "struct":
		return schema.Row, kind.members
	case "array":
		if len(kind.of) == 1 && kind.of[0].name == "struct" {
			return schema.RowList, kind.of[0].members
		}
	case "map":
		if len(kind.of) == 2 && kind.of[0].name == "string" && kind.of[1].name == "string" {
			return schema.TextMap, nil
		}
	}
	return 0, nil
}

// similar finds the field that a column is called like.
func similar(fields []schema.Field, column string) *schema.Field {
	plain := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }
	for i := range fields {
		if plain(fields[i].Name) == plain(column) {
			return &fields[i]
		}
	}
	return nil
}

var plainScalar = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// scalar writes a text of YAML.
func scalar(s string) string {
	switch s {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n":
	default:
		if plainScalar.MatchString(s) {
			return s
		}
	}
	quoted, err := json.Marshal(s)
	if err != nil { // a text can always be written
		panic("athena: " + err.Error())
	}
	return string(quoted)
}

// inComment makes a text harmless in a line of comment.
func inComment(s string) string {
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "…"
	}
	return diag.Printable(s)
}
