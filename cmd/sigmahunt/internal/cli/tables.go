package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
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
	workgroup          string
	database, output   string
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
	f.StringVar(&o.on, "on", "", "print what creates the table, DDL or an index template, on "+strings.Join(a.engines.Names(hasTables), ", "))
	f.StringVar(&o.source, "source", "", "the events that the table holds: "+strings.Join(schema.Names(), ", "))
	f.StringVar(&o.layout, "layout", "", "layout of the table (default: the first of the source)")
	f.StringVar(&o.table, "table", "", "name of the table (default: the one of AWS's documentation)")
	f.StringSliceVar(&o.locations, "location", nil, "where the events are, such as s3://bucket/AWSLogs/; several with --iam")
	f.StringVar(&o.first, "first", "", "the first day of partition projection, such as 2025-01-01")
	f.StringSliceVar(&o.accounts, "accounts", nil, "accounts of partition projection; the first is the one of --iam")
	f.StringSliceVar(&o.regions, "regions", nil, "regions of partition projection; the first is the one of --iam")
	f.StringVar(&o.fromGlue, "from-glue", "", "write the layout of DATABASE.TABLE of the Glue Data Catalog")
	o.flags(cmd, a.engines)
	f.BoolVar(&o.iam, "iam", false, "print the least IAM policy for queries")
	f.StringVar(&o.workgroup, "workgroup", "primary", "Athena's workgroup, for --iam")
	f.StringVar(&o.database, "database", "default", "the tables' database, for --iam")
	f.StringVar(&o.output, "output", "", "where Athena writes results, such as s3://bucket/results/, for --iam")
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

// check validates the flags.
func (o *tablesOptions) check() error {
	switch {
	case o.source != "" && schema.ByName(o.source) == nil:
		return usage("--source takes one of %s, not %q", strings.Join(schema.Names(), ", "), o.source)
	case o.source == "" && o.layout != "":
		return usage("--layout needs --source: one of %s", strings.Join(schema.Names(), ", "))
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
		for _, e := range a.engines {
			if e.Tables == nil {
				continue
			}
			for _, t := range e.Tables.Known(s) {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", e.Name, s.Name, cmp.Or(t.Layout, "-"), t.Name, t.Title)
			}
		}
	}
	return w.Flush()
}

// hasTables reports whether an engine writes what creates a table.
func hasTables(e backends.Engine) bool { return e.Tables != nil && e.Tables.Create != nil }

// withTables returns the engine that has a capability of tables, of those there is one.
func (a *app) withTables(has func(*backends.Tables) bool) (backends.Engine, bool) {
	for _, e := range a.engines {
		if e.Tables != nil && has(e.Tables) {
			return e, true
		}
	}
	return backends.Engine{}, false
}

func (a *app) printDDL(o *tablesOptions) error {
	source := schema.ByName(o.source)
	engine, ok := a.engines.ByName(o.on)
	switch {
	case source == nil:
		return usage("--on needs --source: one of %s", strings.Join(schema.Names(), ", "))
	case !ok || !hasTables(engine):
		return usage("--on takes one of %s, not %q", strings.Join(a.engines.Names(hasTables), ", "), o.on)
	}
	first, err := o.firstDay()
	if err != nil {
		return err
	}
	text, err := engine.Tables.Create(source, backends.TableOptions{
		Layout: o.layout, Table: o.table, Location: strings.Join(o.locations, ""), First: first, Accounts: o.accounts, Regions: o.regions,
	})
	if err != nil {
		return &exitError{exitUsage, err}
	}
	return a.print(text)
}

// printPolicy prints the least IAM policy under which queries run.
func (a *app) printPolicy(o *tablesOptions) error {
	engine, ok := a.withTables(func(t *backends.Tables) bool { return t.Policy != nil })
	switch {
	case !ok:
		return usage("no engine has an IAM policy")
	case o.output != "" && !bucketPlace.MatchString(o.output):
		return usage("--output takes a place in S3 such as s3://bucket/results/, not %q", o.output)
	}
	text, err := engine.Tables.Policy(backends.PolicyOptions{
		Source: o.source, Layout: o.layout, Table: o.table, Database: o.database, Workgroup: o.workgroup, Output: o.output,
		Locations: o.locations, Accounts: o.accounts, Regions: o.regions,
	})
	if err != nil {
		return &exitError{exitUsage, err}
	}
	return a.print(text)
}

func (a *app) print(text string) error {
	if _, err := io.WriteString(a.out, text); err != nil {
		return &exitError{exitEngine, err}
	}
	return nil
}

// firstDay reads --first; nothing is the zero time.
func (o *tablesOptions) firstDay() (time.Time, error) {
	if o.first == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, o.first)
	if err != nil {
		return time.Time{}, usage("--first takes a day such as 2025-01-01, not %q", o.first)
	}
	return day, nil
}

// mappings writes how the indexes of a source are mapped, or of every source that
// has some.
func (a *app) mappings(ctx context.Context, o *tablesOptions) error {
	config := backends.Config{Layouts: map[string]string{}}
	if o.layout != "" {
		config.Layouts[o.source] = o.layout
	}
	engine, _ := a.engines.ByName(a.engines.Names(inspects)[0])
	if err := o.inspect(ctx, a, engine, &config); err != nil {
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

// layoutFromGlue writes a layout file, and reports what must be completed by hand.
func (a *app) layoutFromGlue(ctx context.Context, o *tablesOptions) error {
	source := schema.ByName(o.source)
	database, table, ok := strings.Cut(o.fromGlue, ".")
	engine, has := a.withTables(func(t *backends.Tables) bool { return t.FromCatalog != nil })
	switch {
	case source == nil:
		return usage("--from-glue needs --source: one of %s", strings.Join(schema.Names(), ", "))
	case !ok:
		return usage("--from-glue takes DATABASE.TABLE, not %q", o.fromGlue)
	case !has:
		return usage("no engine reads a catalog")
	}
	text, diags, err := engine.Tables.FromCatalog(ctx, source, database, table)
	if err != nil {
		return notOpened(err)
	}
	if err := a.print(text); err != nil {
		return err
	}
	a.report(diags)
	if diags.HasErrors() {
		return &exitError{exitEngine, errors.New("the layout must be completed by hand")}
	}
	return nil
}
