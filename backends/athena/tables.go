package athena

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/glue"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

var tables = backends.Tables{Known: tablesOf, Create: create, Policy: writePolicy, FromCatalog: fromGlue}

// tablesOf lists the table layouts of a source.
func tablesOf(s *schema.Source) []backends.Table {
	var list []backends.Table
	for _, l := range schema.LayoutsOf(Layouts, s.Name) {
		list = append(list, backends.Table{Layout: l.Name, Name: l.Table, Title: l.Title})
	}
	return list
}

// create writes the DDL of a layout's table.
func create(s *schema.Source, o backends.TableOptions) (string, error) {
	if o.Table != "" && !IsTableName(o.Table) {
		return "", fmt.Errorf("--table %q is not the name of a table: write it without the database", o.Table)
	}
	layout, err := Choose(s.Name, o.Layout)
	if err != nil {
		return "", err
	}
	text := DDL(layout, DDLOptions{Table: o.Table, Location: o.Location, First: o.First, Accounts: o.Accounts, Regions: o.Regions})
	if text == "" {
		return "", fmt.Errorf("the layout %s has no DDL: the table exists already, or AWS makes it", layout.Name)
	}
	return text, nil
}

// fromGlue writes the layout of a table that the AWS Glue Data Catalog describes.
func fromGlue(ctx context.Context, source *schema.Source, database, table string) (string, diag.List, error) {
	if !IsTableName(database) || !IsTableName(table) {
		return "", nil, &backends.ConfigError{Err: fmt.Errorf("%q is not DATABASE.TABLE", database+"."+table)}
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return "", nil, err
	}
	text, err := LayoutFromGlue(ctx, glue.NewFromConfig(cfg), source, database, table)
	if err != nil {
		return "", nil, err
	}
	_, diags := ReadLayout(&diag.Source{Name: database + "." + table, Text: []byte(text)})
	return text, diags, nil
}
