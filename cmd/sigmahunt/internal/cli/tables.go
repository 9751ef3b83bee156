package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/spf13/cobra"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/athena"
	"github.com/sigmahunt/sigmahunt/backends/duckdb"
	"github.com/sigmahunt/sigmahunt/backends/opensearch"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// tablesOptions are the flags of tables.
type tablesOptions struct {
	on, source, layout string
	table              string
	locations          []string
	first              string
	accounts, regions  []string
	fromGlue           string
	iam                bool
	policy             policy
	indexOptions
}

func (a *app) tablesCommand() *cobra.Command {
	o := &tablesOptions{}
	cmd := &cobra.Command{
		Use:   "tables",
		Short: "List table layouts, or print a table's DDL, its layout or an IAM policy",
		Long: "List the table layouts that compile --layout takes. With --on and --source, print the\n" +
			"DDL of a table, or the index template of OpenSearch. With --from-glue, write the layout of\n" +
			"a table in the AWS Glue Data Catalog, for compile --layout SOURCE=FILE.yml. With\n" +
			"--from-index, write the mappings of live OpenSearch indexes, for compile --from-index.\n" +
			"With --iam, print the least IAM policy for Athena's queries, without KMS keys.",
		Example: "  sigmahunt tables --on athena --source cloudtrail --layout projection \\\n" +
			"    --location s3://my-bucket/AWSLogs/111122223333/CloudTrail/eu-west-1/\n" +
			"  sigmahunt tables --from-glue security.trail --source cloudtrail > trail.yml",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.tables(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.on, "on", "", "print the DDL of a table on athena or duckdb, or the index template on opensearch")
	f.StringVar(&o.source, "source", "", "the events that the table holds: "+strings.Join(schema.Names(), ", "))
	f.StringVar(&o.layout, "layout", "", "layout of the table (default: the first of the source)")
	f.StringVar(&o.table, "table", "", "name of the table (default: the one of AWS's documentation)")
	f.StringSliceVar(&o.locations, "location", nil, "where the events are, such as s3://bucket/AWSLogs/; several with --iam")
	f.StringVar(&o.first, "first", "", "the first day of partition projection, such as 2025-01-01")
	f.StringSliceVar(&o.accounts, "accounts", nil, "accounts of partition projection; the first is the one of --iam")
	f.StringSliceVar(&o.regions, "regions", nil, "regions of partition projection; the first is the one of --iam")
	f.StringVar(&o.fromGlue, "from-glue", "", "write the layout of DATABASE.TABLE of the Glue Data Catalog")
	o.flags(cmd)
	f.BoolVar(&o.iam, "iam", false, "print the least IAM policy for queries")
	f.StringVar(&o.policy.workgroup, "workgroup", "primary", "Athena's workgroup, for --iam")
	f.StringVar(&o.policy.database, "database", "default", "the tables' database, for --iam")
	f.StringVar(&o.policy.output, "output", "", "where Athena writes results, such as s3://bucket/results/, for --iam")
	return cmd
}

func (a *app) tables(ctx context.Context, o *tablesOptions) error {
	modes := 0
	for _, asked := range []bool{o.on != "", o.fromGlue != "", o.fromIndex != "", o.iam} {
		if asked {
			modes++
		}
	}
	if modes > 1 {
		return usage("--on, --from-glue, --from-index and --iam do not go together")
	}
	if err := o.check(); err != nil {
		return err
	}
	switch {
	case o.iam:
		return a.printPolicy(o)
	case o.fromGlue != "":
		return a.layoutFromGlue(ctx, o)
	case o.fromIndex != "":
		return a.mappings(ctx, o)
	case o.on != "":
		return a.printDDL(o)
	default:
		return a.listTables(o.source)
	}
}

var (
	// bucketPlace is a place in S3. Quotes and the signs of patterns, which S3
	// takes in keys, are in no prefix that AWS's services write.
	bucketPlace = regexp.MustCompile(`^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^'"\\*?$<>\x00-\x1f\x7f]*)?$`)
	accountID   = regexp.MustCompile(`^[0-9]{12}$`)
	regionName  = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)
)

// check holds the flags to their forms.
func (o *tablesOptions) check() error {
	switch {
	case o.source != "" && schema.ByName(o.source) == nil:
		return usage("--source takes one of %s, not %q", strings.Join(schema.Names(), ", "), o.source)
	case o.source == "" && o.layout != "":
		return usage("--layout needs --source: one of %s", strings.Join(schema.Names(), ", "))
	case o.table != "" && !athena.IsTableName(o.table):
		return usage("--table %q is no name of a table: leave the database out", o.table)
	case o.on != "" && len(o.locations) > 1:
		return usage("a table has one --location")
	}
	for _, place := range o.locations {
		if !bucketPlace.MatchString(place) {
			return usage("--location takes a place in S3 such as s3://bucket/prefix/, not %q", place)
		}
	}
	for _, id := range o.accounts {
		if !accountID.MatchString(id) {
			return usage("--accounts takes ids of twelve digits, not %q", id)
		}
	}
	for _, name := range o.regions {
		if !regionName.MatchString(name) {
			return usage("--regions takes names such as eu-west-1, not %q", name)
		}
	}
	return nil
}

func (a *app) listTables(source string) error {
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TARGET\tSOURCE\tLAYOUT\tTABLE\tTITLE")
	for _, s := range schema.Sources {
		if source != "" && source != s.Name {
			continue
		}
		for _, l := range schema.LayoutsOf(athena.Layouts, s.Name) {
			fmt.Fprintf(w, "athena\t%s\t%s\t%s\t%s\n", s.Name, l.Name, l.Table, l.Title)
		}
		fmt.Fprintf(w, "duckdb\t%s\t-\t%s\t%s, one column a field\n", s.Name, s.Name, s.Title)
		for _, l := range schema.LayoutsOf(opensearch.Layouts, s.Name) {
			fmt.Fprintf(w, "opensearch\t%s\t%s\t%s\t%s\n", s.Name, l.Name, l.Table, l.Title)
		}
	}
	return w.Flush()
}

func (a *app) printDDL(o *tablesOptions) error {
	source := schema.ByName(o.source)
	if source == nil {
		return usage("--on needs --source: one of %s", strings.Join(schema.Names(), ", "))
	}
	var text string
	switch o.on {
	case "duckdb":
		if o.layout != "" || o.table != "" || len(o.locations) > 0 {
			return usage("the table on duckdb has one layout, one name and no location")
		}
		text = duckdb.DDL(source)
	case "opensearch":
		if o.table != "" || len(o.locations) > 0 {
			return usage("an index template has no location, and names its indexes in the layout: --layout NAME:PATTERN")
		}
		layout, err := opensearch.Choose(source.Name, o.layout)
		if err != nil {
			return &exitError{exitUsage, err}
		}
		template := opensearch.Template(layout)
		if template == nil {
			return usage("there is no template for the layout %s: its shipper makes the indexes", layout.Name)
		}
		b, err := marshalIndent(template)
		if err != nil {
			return &exitError{exitInternal, err}
		}
		text = string(b)
	case "athena":
		layout, err := athena.Choose(source.Name, o.layout)
		if err != nil {
			return &exitError{exitUsage, err}
		}
		options, err := o.ddl()
		if err != nil {
			return err
		}
		if text = athena.DDL(layout, options); text == "" {
			return usage("there is no DDL for the layout %s: the table is there already, or AWS makes it", layout.Name)
		}
	default:
		return usage("--on takes athena, duckdb or opensearch, not %q", o.on)
	}
	return a.print(text)
}

func (a *app) print(text string) error {
	if _, err := io.WriteString(a.out, text); err != nil {
		return &exitError{exitEngine, err}
	}
	return nil
}

// ddl reads the flags that fill in a statement.
func (o *tablesOptions) ddl() (athena.DDLOptions, error) {
	out := athena.DDLOptions{Table: o.table, Location: strings.Join(o.locations, ""), Accounts: o.accounts, Regions: o.regions}
	if o.first == "" {
		return out, nil
	}
	day, err := time.Parse(time.DateOnly, o.first)
	if err != nil {
		return out, usage("--first takes a day such as 2025-01-01, not %q", o.first)
	}
	out.First = day
	return out, nil
}

// mappings writes how the indexes of a source are mapped, or of every source that
// has some.
func (a *app) mappings(ctx context.Context, o *tablesOptions) error {
	config := backends.Config{Layouts: map[string]string{}}
	if o.layout != "" {
		config.Layouts[o.source] = o.layout
	}
	if err := o.look(ctx, a, opensearch.Engine, &config); err != nil {
		return err
	}
	found := map[string]json.RawMessage{}
	for source, text := range config.Mappings {
		if o.source == "" || o.source == source {
			found[source] = text
		}
	}
	if len(found) == 0 {
		return &exitError{exitEngine, fmt.Errorf("the server has no index of %s: name them, such as --layout cwl:trail-*", o.source)}
	}
	return writeJSON(a.out, found)
}

// layoutFromGlue writes a layout file, and tells what still has to be put right
// by hand.
func (a *app) layoutFromGlue(ctx context.Context, o *tablesOptions) error {
	source := schema.ByName(o.source)
	database, table, ok := strings.Cut(o.fromGlue, ".")
	switch {
	case source == nil:
		return usage("--from-glue needs --source: one of %s", strings.Join(schema.Names(), ", "))
	case !ok || !athena.IsTableName(database) || !athena.IsTableName(table):
		return usage("--from-glue takes DATABASE.TABLE, not %q", o.fromGlue)
	}
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return &exitError{exitEngine, err}
	}
	text, err := athena.LayoutFromGlue(ctx, glue.NewFromConfig(cfg), source, database, table)
	if err != nil {
		return &exitError{exitEngine, err}
	}
	if err := a.print(text); err != nil {
		return err
	}
	layout, diags := athena.ReadLayout(&diag.Source{Name: o.fromGlue, Text: []byte(text)})
	a.report(diags)
	if layout == nil {
		return &exitError{exitEngine, errors.New("the layout must be completed by hand")}
	}
	return nil
}
