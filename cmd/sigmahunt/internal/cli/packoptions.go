package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
	"github.com/sigmahunt/sigmahunt/sigma/pipeline"
	"github.com/sigmahunt/sigmahunt/sigma/yamldoc"
)

// packOptions are the flags of every command that reads rules.
type packOptions struct {
	pipelines  []string
	valueFiles []string
	assigned   []string // NAME=VALUE
	rules      []string // --rule: ids, names, titles or files of the documents to keep
	schema     string   // a key of lookups
	notes      bool     // show notes too
}

func (o *packOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&o.pipelines, "pipeline", nil, "a pySigma processing pipeline to apply to the rules (repeatable)")
	f.StringArrayVar(&o.valueFiles, "values", nil, "values of placeholders: a YAML, CSV or text file (repeatable)")
	f.StringArrayVar(&o.assigned, "value", nil, "a placeholder's value as NAME=VALUE (repeatable)")
	o.schema = schemaAWS
}

// The schemas that rules can be held against.
const (
	schemaAWS  = "aws"
	schemaOpen = "open"
)

// schemaFlag is for the commands that need no events.
func (o *packOptions) schemaFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.schema, "schema", schemaAWS, "aws, or open: every field of every log source is a text column")
}

// ruleFlag is for the commands that can run a part of a pack.
func (o *packOptions) ruleFlag(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&o.rules, "rule", nil, "only this rule or correlation: its id, name, title or file (repeatable)")
}

// notesFlag is for the commands that hold rules against a target.
func (o *packOptions) notesFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.notes, "notes", false, "also show notes: where and why a query returns extra events, or a target reads a value differently")
}

// shown keeps of what is to be said of rules what a person is to see.
func (o *packOptions) shown(list diag.List) diag.List {
	if o.notes {
		return list
	}
	return worth(list)
}

func (o *packOptions) lookup() (schema.Lookup, error) {
	switch o.schema {
	case schemaAWS:
		return schema.ForLogsource, nil
	case schemaOpen:
		return schema.OpenLookup, nil
	default:
		return nil, usage("--schema takes %s or %s, not %q", schemaAWS, schemaOpen, o.schema)
	}
}

// load reads every pack, applies the pipelines to its rules, sets the values of
// placeholders, and selects the rules that the flags name. Values of flags
// override those of pipelines.
func (a *app) load(args []string, o *packOptions) (*sigma.Pack, error) {
	pack, err := loadPacks(args)
	if err != nil {
		return nil, err
	}
	pipelines, err := a.readPipelines(o)
	if err != nil {
		return nil, err
	}
	if len(pipelines) > 0 {
		pack = pipeline.Apply(pack, pipelines)
	}
	values, err := a.placeholders(o)
	if err != nil {
		return nil, err
	}
	pack.Give(values)
	part, err := pack.Select(o.rules)
	if err != nil {
		a.report(worth(pack.Diags)) // the name may be that of a wrong document
		return nil, usage("%v", err)
	}
	return part, nil
}

func (a *app) readPipelines(o *packOptions) ([]*pipeline.Pipeline, error) {
	var list []*pipeline.Pipeline
	for _, name := range o.pipelines {
		src, err := readSource(name, yamldoc.MaxFile)
		if err != nil {
			return nil, err
		}
		p, diags := pipeline.Parse(src)
		a.report(worth(diags))
		if p == nil {
			return nil, &exitError{code: exitUsage}
		}
		list = append(list, p)
	}
	return list, nil
}

// placeholders reads --values and --value. A name's values add up.
func (a *app) placeholders(o *packOptions) (sigma.Values, error) {
	all := sigma.Values{}
	for _, name := range o.valueFiles {
		src, err := readSource(name, sigma.MaxValuesFile)
		if err != nil {
			return nil, err
		}
		values, diags := sigma.ReadValues(src)
		a.report(worth(diags))
		if diags.HasErrors() {
			return nil, &exitError{code: exitUsage}
		}
		all.Add(values)
	}
	for _, text := range o.assigned {
		name, value, ok := strings.Cut(text, "=")
		if !ok || !sigma.IsPlaceholder(name) {
			return nil, usage("--value takes NAME=VALUE, not %q", text)
		}
		all.Add(sigma.Values{name: {value}})
	}
	return all, nil
}

// readSource reads a file that the command line names, never more than a byte
// beyond a limit.
func readSource(name string, limit int64) (*diag.Source, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, &exitError{exitEngine, fmt.Errorf("reading %s: %w", name, err)}
	}
	return &diag.Source{Name: filepath.ToSlash(name), Text: text}, nil
}
