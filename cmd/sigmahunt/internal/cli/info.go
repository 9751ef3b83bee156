package cli

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

func marshalIndent(v any) ([]byte, error) {
	compact, err := marshal(v)
	if err != nil {
		return nil, err
	}
	var tree json.RawMessage = compact
	text, err := json.MarshalIndent(tree, "", "  ")
	return append(text, '\n'), err
}

func (a *app) targetsCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "targets",
		Short: "Compare what the targets support",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
			var tables [][]compiler.Row
			head := []string{"row"}
			for _, e := range a.engines {
				b, err := e.New(backends.Config{})
				if err != nil {
					return &exitError{exitEngine, err}
				}
				tables = append(tables, b.Target().Rows())
				head = append(head, e.Name)
			}
			fmt.Fprintln(w, strings.Join(append(head, "what it is"), "\t"))
			for i, row := range tables[0] {
				cells := []string{row.Name}
				for _, t := range tables {
					cells = append(cells, t[i].Value)
				}
				fmt.Fprintln(w, strings.Join(append(cells, row.Meaning), "\t"))
			}
			return w.Flush()
		},
	}
}

func (a *app) rulesCommand() *cobra.Command {
	var fields string
	cmd := &cobra.Command{
		Use:   "rules [PACK...]",
		Short: "List the rules of a pack, or the fields of a source",
		RunE: func(_ *cobra.Command, args []string) error {
			if fields != "" {
				return a.listFields(fields)
			}
			if len(args) == 0 {
				args = rules.Names()
			}
			return a.listRules(args)
		},
	}
	cmd.Flags().StringVar(&fields, "fields", "", "list the fields of a source: "+strings.Join(schema.Names(), ", "))
	return cmd
}

func (a *app) listRules(args []string) error {
	pack, err := loadPacks(args)
	if err != nil {
		return err
	}
	a.report(worth(pack.Diags))
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "LEVEL\tSOURCE\tTITLE\tTECHNIQUES\tID")
	line := func(h *sigma.Header, source string) {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", diag.Printable(h.Level), diag.Printable(source),
			diag.Printable(h.Title), diag.Printable(strings.Join(h.Techniques(), " ")), diag.Printable(h.ID))
	}
	for _, r := range pack.Rules {
		if !r.Base {
			line(&r.Header, r.Logsource.Service)
		}
	}
	for _, c := range pack.Correlations {
		if !c.Base {
			line(&c.Header, "correlation")
		}
	}
	return w.Flush()
}

func (a *app) listFields(name string) error {
	source := schema.ByName(name)
	if source == nil {
		return usage("--fields takes one of %s, not %q", strings.Join(schema.Names(), ", "), name)
	}
	w := tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
	for _, p := range source.Paths() {
		fmt.Fprintf(w, "%s\t%s\n", p.Name(), p.Type)
	}
	return w.Flush()
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			version := "devel"
			if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
				version = info.Main.Version
			}
			_, err := fmt.Fprintf(a.out, "sigmahunt %s %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
