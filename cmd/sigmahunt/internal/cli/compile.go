package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/all"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// compileOptions are the flags of compile.
type compileOptions struct {
	packOptions
	windowOptions
	packs    []string
	target   string
	format   string
	dir      string
	layouts  map[string]string
	exact    bool
	fuse     bool
	template string
}

func (a *app) compileCommand() *cobra.Command {
	o := &compileOptions{}
	cmd := &cobra.Command{
		Use:   "compile PACK... -t TARGET",
		Short: "Write rules as queries, one a rule or fused",
		Long: "Write one query a rule, or with --fuse the fewest that answer all: to standard output,\n" +
			"or to one file a query with -o.\n" +
			"--from and --to bound the events' time and the partitions that are read.",
		Example: "  sigmahunt compile aws -t athena --from 2026-03-10 --to 2026-03-11 -o queries/",
		RunE: func(_ *cobra.Command, args []string) error {
			o.packs = args
			return a.compile(o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.target, "target", "t", "", "target: "+strings.Join(writers(), ", "))
	f.StringVar(&o.format, "format", "query", "query or json")
	f.StringVarP(&o.dir, "output", "o", "", "write one file a rule into this folder")
	f.StringToStringVar(&o.layouts, "layout", nil, "table layout by source, such as cloudtrail=classic, cloudtrail=classic:TABLE or cloudtrail=FILE.yml")
	o.packOptions.flags(cmd)
	o.windowOptions.flags(cmd)
	o.schemaFlag(cmd)
	f.BoolVar(&o.fuse, "fuse", false, "write all rules in the fewest statements")
	f.StringVar(&o.template, "template", "", "a text/template file, executed for each query (see fixtures/templates)")
	f.BoolVar(&o.exact, "exact", false, "refuse what the target can only say as a superset")
	return cmd
}

// writers are the engines that write query text.
func writers() []string {
	var names []string
	for _, e := range all.Engines {
		if e.Writes {
			names = append(names, e.Name)
		}
	}
	return names
}

func (a *app) compile(o *compileOptions) error {
	window, err := o.window(time.Now())
	if err != nil {
		return err
	}
	engine, ok := all.ByName(o.target)
	switch {
	case !ok || !engine.Writes:
		return usage("-t takes one of %s, not %q", strings.Join(writers(), ", "), o.target)
	case o.format != "query" && o.format != "json":
		return usage("--format takes query or json, not %q", o.format)
	case o.schema == schemaOpen && window != (backends.Window{}):
		return usage("--schema open knows no field that dates an event: leave out --from, --to and --last")
	case len(o.packs) == 0:
		return usage("no rules given: name a pack (such as aws), a rule file or a folder of rules")
	}
	backend, err := engine.New(backends.Config{Layouts: o.layouts})
	if err != nil {
		return &exitError{exitUsage, err}
	}
	c, err := a.prepare(o.packs, &o.packOptions, backend.Target())
	if err != nil {
		return err
	}
	a.report(worth(c.diags))
	write := a.emit
	if o.fuse {
		write = a.fuse
	}
	written := write(c.plans, backend, window, o)
	answered := 0
	for _, w := range written {
		answered += len(w.plans)
	}
	if window == (backends.Window{}) && o.schema != schemaOpen && backend.Target().TimeFilter == compiler.TimePredicate && len(written) > 0 {
		a.say("sigmahunt: no --from and --to: the queries read every event there is")
	}
	if err := a.writeQueries(written, o); err != nil {
		return err
	}
	if o.dir != "" {
		a.say("%d queries in %s; %d rules refused", len(written), o.dir, c.wanted()-answered)
	}
	if answered < c.wanted() || c.diags.HasErrors() {
		return &exitError{code: exitRule}
	}
	return nil
}

// written is a query and the rules that it answers.
type written struct {
	plans []*compiler.Plan
	query backends.Query
}

// exact reports whether the query returns no more than its rules ask for.
func (w *written) exact() bool {
	return !slices.ContainsFunc(w.plans, func(p *compiler.Plan) bool { return p.Residual != nil })
}

// emit writes each plan's query.
func (a *app) emit(plans []*compiler.Plan, b backends.Backend, w backends.Window, o *compileOptions) []written {
	var out []written
	for _, p := range plans {
		if a.tooWide(p, o) {
			continue
		}
		q, err := b.Emit(compiler.Batch{Source: p.Source, Plans: []*compiler.Plan{p}}, w)
		if err != nil {
			a.say("sigmahunt: %s: %v", p.Rule.At, err)
			continue
		}
		out = append(out, written{[]*compiler.Plan{p}, q})
	}
	return out
}

// tooWide reports whether --exact refuses a plan, which is then only a superset,
// and says so.
func (a *app) tooWide(p *compiler.Plan, o *compileOptions) bool {
	if !o.exact || p.Residual == nil {
		return false
	}
	a.say("sigmahunt: %s: refused by --exact: the query would return more rows than the rule asks for", p.Rule.At)
	return true
}

// queryJSON is one query of compile --format json.
type queryJSON struct {
	RuleIDs []string   `json:"rule_ids"`
	Title   string     `json:"title"`
	Target  string     `json:"target"`
	Source  string     `json:"source"`
	Query   string     `json:"query"`
	Exact   bool       `json:"exact"`
	Bytes   int        `json:"bytes"`
	Table   string     `json:"table,omitempty"`
	Rules   []ruleJSON `json:"rules"` // what they say of themselves, in the order of rule_ids
}

func (a *app) writeQueries(list []written, o *compileOptions) error {
	files, err := o.render(list)
	if err != nil {
		return err
	}
	if o.dir != "" {
		return writeFiles(files, o.dir)
	}
	if o.format == "json" && o.template == "" {
		all := []queryJSON{}
		for _, w := range list {
			all = append(all, w.json())
		}
		return writeJSON(a.out, all)
	}
	for i, f := range files {
		if i > 0 {
			fmt.Fprintln(a.out)
		}
		if _, err := io.WriteString(a.out, f.text); err != nil {
			return &exitError{exitEngine, err}
		}
	}
	return nil
}

func (w *written) json() queryJSON {
	j := queryJSON{
		Target: w.query.Target, Source: w.query.Batch.Source.Name, Query: w.query.Text, Exact: w.exact(),
		Bytes: len(w.query.Text), Table: w.query.Table,
	}
	var titles []string
	for _, p := range w.plans {
		j.RuleIDs, titles = append(j.RuleIDs, p.Rule.Ref()), append(titles, p.Rule.Title)
		j.Rules = append(j.Rules, metadata(p.Rule))
	}
	j.Title = strings.Join(titles, "; ")
	return j
}

// outputFile is a file to be written.
type outputFile struct{ name, text string }

// render makes a file of each query, with a template where there is one. Names
// come from rule files and may be hostile, so only harmless characters of them
// are used, and none is taken twice.
func (o *compileOptions) render(list []written) ([]outputFile, error) {
	var t *template.Template
	if o.template != "" {
		var err error
		if t, err = readTemplate(o.template); err != nil {
			return nil, err
		}
	}
	var files []outputFile
	taken := map[string]bool{}
	for i := range list {
		w := &list[i]
		var name string
		if len(w.plans) == 1 {
			name = fileName(w.plans[0].Rule, taken)
		} else {
			name = unused("fused-"+w.query.Batch.Source.Name, taken)
		}
		ext, text := ".sql", w.query.Text
		switch {
		case t != nil:
			var err error
			if text, err = execute(t, w, name); err != nil {
				return nil, err
			}
			ext = extension(o.template)
		case o.format == "json":
			b, err := marshal(w.json())
			if err != nil {
				return nil, &exitError{exitInternal, err}
			}
			ext, text = ".json", string(b)+"\n"
		}
		files = append(files, outputFile{name + ext, text})
	}
	return files, nil
}

func writeFiles(files []outputFile, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return &exitError{exitEngine, err}
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.name), []byte(f.text), 0o644); err != nil {
			return &exitError{exitEngine, err}
		}
	}
	return nil
}

// device matches the names that Windows keeps for devices.
var device = regexp.MustCompile(`^(con|nul|prn|aux|com[0-9]|lpt[0-9])$`)

// fileName gives a rule's query a name from its file's, of lower-case letters,
// digits, hyphens and underscores.
func fileName(r *sigma.Rule, taken map[string]bool) string {
	base := path.Base(strings.TrimPrefix(filepath.ToSlash(r.Source.Name), "pack:"))
	base = strings.TrimSuffix(base, path.Ext(base))
	clean := strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
			return c
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		default:
			return '_'
		}
	}, base)
	if len(clean) > 100 {
		clean = clean[:100]
	}
	if clean == "" || clean[0] == '-' || device.MatchString(clean) {
		clean = "rule_" + clean
	}
	return unused(clean, taken)
}

// unused gives a name that is not taken, with a number where it must, and takes
// it.
func unused(want string, taken map[string]bool) string {
	name := want
	for i := 2; taken[name]; i++ {
		name = fmt.Sprintf("%s-%d", want, i)
	}
	taken[name] = true
	return name
}

func writeJSON(w io.Writer, v any) error {
	text, err := marshalIndent(v)
	if err == nil {
		_, err = w.Write(text)
	}
	if err != nil {
		return &exitError{exitEngine, errors.Join(errors.New("writing JSON"), err)}
	}
	return nil
}
