package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// compileOptions are the flags of compile.
type compileOptions struct {
	packOptions
	windowOptions
	scheduleOptions
	indexOptions
	packs     []string
	target    string
	engine    backends.Engine // that target names
	format    string
	backend   backends.Backend
	form      backends.Format // of the engine, where format names one
	when      backends.Schedule
	dir       string
	layouts   map[string]string
	exact     bool
	fuse      bool
	template  string
	extension string // of files made by a template; empty: told by its name
}

func (a *app) compileCommand() *cobra.Command {
	o := &compileOptions{}
	cmd := &cobra.Command{
		Use:   "compile PACK... -t TARGET",
		Short: "Write rules as queries, one for each rule or fused",
		Long: "Write one query for each rule, or with --fuse the fewest that answer all rules: to\n" +
			"standard output, or with -o to one file for each query.\n" +
			"--from and --to, or --last, limit the time of the events and the partitions that are read.\n" +
			"\n" +
			"OpenSearch has formats for other programs: dsl, the body of _search; ndjson, for\n" +
			"_msearch; monitor, for the Alerting plugin. A monitor reads the events of --every, up to\n" +
			"--delay ago. Each run starts where the one before ended, so no event is read twice. An\n" +
			"event that is indexed later than --delay is never read, and neither are the events of\n" +
			"runs that did not happen. A monitor has no correlations.\n" +
			"\n" +
			"A template is Go's text/template with the functions of sprig that depend on nothing but\n" +
			"their arguments, and functions that quote: sqlString, sqlName, comment, jsonString,\n" +
			"yamlString, hclString, jinja. Its fields are .Query, .Target, .Source, .Table, .Exact,\n" +
			".File, .Title, .Rules and, for a query of one rule, .Rule.",
		Example: "  sigmahunt compile aws -t athena --from 2026-03-10 --to 2026-03-11 -o queries/\n" +
			"  sigmahunt compile aws -t opensearch --format monitor --every 5m --delay 15m -o monitors/\n" +
			"  sigmahunt compile aws -t athena --last 24h --template fixtures/templates/view.sql.tmpl",
		RunE: func(cmd *cobra.Command, args []string) error {
			o.packs = args
			return a.compile(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&o.target, "target", "t", "", "target: "+strings.Join(a.engines.Names(backends.Engine.Writes), ", "))
	f.StringVar(&o.format, "format", formatQuery, "query, json, or "+strings.Join(allFormats(a.engines), "; "))
	f.StringVarP(&o.dir, "output", "o", "", "write one file for each query into this folder")
	f.StringToStringVar(&o.layouts, "layout", nil, "table layout by source, such as cloudtrail=classic, cloudtrail=classic:TABLE or cloudtrail=FILE.yml")
	o.packOptions.flags(cmd)
	o.windowOptions.flags(cmd)
	o.scheduleOptions.flags(cmd)
	o.indexOptions.flags(cmd, a.engines)
	o.schemaFlag(cmd)
	o.ruleFlag(cmd)
	o.notesFlag(cmd)
	f.BoolVar(&o.fuse, "fuse", false, "write the fewest queries that answer all rules")
	f.StringVar(&o.template, "template", "", "a text/template file, executed for each query (see fixtures/templates)")
	f.StringVar(&o.extension, "extension", "", "extension of the files of a template (default: from its name, x.tf.tmpl writes .tf)")
	f.BoolVar(&o.exact, "exact", false, "write only exact queries; rules whose query would be a superset are reported, and the exit code is 2")
	return cmd
}

// writeRules writes the queries of plans.
type writeRules func(plans []*compiler.Plan, emit backends.Emit, w backends.Window, o *compileOptions) []written

func (a *app) compile(ctx context.Context, o *compileOptions) error {
	window, err := o.window(time.Now())
	if err != nil {
		return err
	}
	if err := o.check(a, window); err != nil {
		return err
	}
	if o.when, err = o.schedule(); err != nil {
		return err
	}
	config := backends.Config{Layouts: o.layouts}
	if err := o.inspect(ctx, a, o.engine, &config); err != nil {
		return err
	}
	if o.backend, err = o.engine.New(config); err != nil {
		return &exitError{exitUsage, err}
	}
	backend := o.backend
	c, err := a.prepare(o.packs, &o.packOptions, backend.Target())
	if err != nil {
		return err
	}
	a.report(o.shown(c.Diags))
	write := writeRules(a.emit)
	if o.fuse {
		write = a.fuse
	}
	staged, others := a.stages(c, backend, window, o)
	emit := o.form.In(backend.Emit, o.when)
	written := slices.Concat(write(c.Plans, emit, window, o), a.correlations(c, others, emit, window, o, write), staged)
	made := answeredBy(c, written)
	if window == (backends.Window{}) && !o.form.Scheduled && o.schema != schemaOpen && backend.Target().TimeFilter == compiler.TimePredicate && len(written) > 0 {
		a.say("sigmahunt: no --from and --to: the queries read every event")
	}
	if o.format == formatJSON {
		for i := range written {
			for _, p := range written[i].plans {
				written[i].reasons = append(written[i].reasons, whySuperset(p, backend.Target())...)
			}
		}
	}
	a.tellSupersets(written, o)
	if err := a.writeQueries(written, o); err != nil {
		return err
	}
	if o.dir != "" {
		a.say("%d queries in %s; %d rules unsupported", len(written), o.dir, c.Expected()-made)
	}
	if made < c.Expected() || c.Diags.HasErrors() {
		return &exitError{code: exitRule}
	}
	return nil
}

// bases gives the rules whose queries are written for some correlations alone, and
// says what those still ask for.
func (a *app) bases(c *compiler.Program, list []*compiler.CorrelationPlan, o *compileOptions) []*compiler.Plan {
	wanted := map[*sigma.Rule]bool{}
	for _, of := range list {
		for _, p := range of.Bases() {
			wanted[p.Rule] = true
		}
		switch {
		case o.exact:
			a.say("sigmahunt: %s: rejected by --exact: the rows of the queries of its rules must still be correlated", of.Rule.At)
			continue
		case o.form.Scheduled:
			a.say("sigmahunt: %s: unsupported: a %s runs one query, and cannot correlate the rows of several rules", of.Rule.At, o.format)
			continue
		case undated(of):
			a.say("sigmahunt: %s: note: the queries are those of its rules, whose rows are still to be correlated: no field is known that dates them", of.Rule.At)
			continue
		}
		a.say("sigmahunt: %s: note: the queries are those of its rules, of silent ones from %s before the time that is looked at; sigmahunt scan correlates their rows", of.Rule.At, compiler.LookBack(list))
	}
	if o.exact || o.form.Scheduled {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(c.Bases), func(p *compiler.Plan) bool { return !wanted[p.Rule] })
}

// answeredBy counts the rules with a query, and the correlations that have one or
// whose rows the queries of their rules give.
func answeredBy(c *compiler.Program, list []written) int {
	have, bases := map[*sigma.Rule]bool{}, 0
	for _, w := range list {
		if w.of != nil {
			continue
		}
		for _, p := range w.plans {
			have[p.Rule] = true
			if p.Rule.Base {
				bases++
			}
		}
	}
	n := len(have) - bases
	statements := answeredByStatements(list)
	for _, of := range c.Correlations {
		if statements[of] {
			n++
			continue
		}
		if (c.Target.Correlation != compiler.InOneQuery || undated(of)) && !slices.ContainsFunc(of.Bases(), func(p *compiler.Plan) bool { return !have[p.Rule] }) {
			n++
		}
	}
	return n
}

// check holds the flags to each other, and looks up what they name.
func (o *compileOptions) check(a *app, window backends.Window) error {
	var ok bool
	if o.engine, ok = a.engines.ByName(o.target); !ok || !o.engine.Writes() {
		return usage("-t takes one of %s, not %q", strings.Join(a.engines.Names(backends.Engine.Writes), ", "), o.target)
	}
	if o.form, ok = o.engine.Format(o.format); !ok && o.format != formatQuery && o.format != formatJSON {
		names := append([]string{formatQuery, formatJSON}, ownFormats(o.engine)...)
		return usage("--format takes one of %s with -t %s, not %q", strings.Join(names, ", "), o.target, o.format)
	}
	if err := o.scheduleOptions.check(o.format, o.form, window, o.exact); err != nil {
		return err
	}
	switch {
	case o.format != formatQuery && o.template != "":
		return usage("--format and --template do not go together: jsonString in a template writes JSON")
	case o.extension != "" && (o.template == "" || o.dir == ""):
		return usage("--extension is for the files of --template and -o")
	case o.extension != "" && !extensions.MatchString(o.extension):
		return usage("--extension takes letters, digits and dots such as .sql, not %q", o.extension)
	case o.schema == schemaOpen && o.form.Scheduled:
		return usage("--schema open knows no field that dates an event, which --format %s needs", o.format)
	case o.schema == schemaOpen && window != (backends.Window{}):
		return usage("--schema open knows no field that dates an event: leave out --from, --to and --last")
	case len(o.packs) == 0:
		return usage("no rules given: name a pack (such as aws), a rule file or a folder of rules")
	default:
		return nil
	}
}

// written is a query and the rules that it answers, or the correlation.
type written struct {
	plans []*compiler.Plan
	query backends.Query
	of    *compiler.CorrelationPlan // nil of rules

	stages  bool      // the query is both stages of the correlation
	reasons diag.List // why it is a superset, for --format json
}

// exact reports whether the query returns no more than its rules ask for.
func (w *written) exact() bool {
	return !w.stages && !slices.ContainsFunc(w.plans, func(p *compiler.Plan) bool { return p.Residual != nil })
}

// emit writes each plan's query.
func (a *app) emit(plans []*compiler.Plan, emit backends.Emit, w backends.Window, o *compileOptions) []written {
	var out []written
	for _, p := range plans {
		if a.tooWide(p, o) {
			continue
		}
		q, err := emit(compiler.Batch{Source: p.Source, Plans: []*compiler.Plan{p}}, w)
		if err != nil {
			a.say("sigmahunt: %s: %v", p.Rule.At, err)
			continue
		}
		out = append(out, written{plans: []*compiler.Plan{p}, query: q})
	}
	return out
}

// tellSupersets says how many queries return more than their rules ask for, unless
// whoever runs them was asked about it (--superset).
func (a *app) tellSupersets(list []written, o *compileOptions) {
	n := 0
	for _, w := range list {
		if w.of == nil && !w.exact() {
			n++
		}
	}
	if n == 0 || o.form.Scheduled {
		return
	}
	hint := " (--notes shows where and why)"
	if o.notes {
		hint = ""
	}
	a.say("sigmahunt: note: %d of %d queries return extra events; sigmahunt scan filters them%s", n, len(list), hint)
}

// tooWide reports whether a plan, which is only a superset, is refused, and says
// so and why.
func (a *app) tooWide(p *compiler.Plan, o *compileOptions) bool {
	switch {
	case p.Residual == nil:
		return false
	case o.exact:
		a.say("sigmahunt: %s: rejected by --exact: the query would return extra events", p.Rule.At)
	case o.form.Scheduled && !o.superset:
		a.say("sigmahunt: %s: not written: the query returns extra events, and a %s has nothing to filter them (--superset writes it)", p.Rule.At, o.format)
	default:
		return false
	}
	if !o.notes { // they are said already
		a.report(whySuperset(p, o.backend.Target()))
	}
	return true
}

// whySuperset lists the conditions for which a legal plan is a superset of its rule.
func whySuperset(p *compiler.Plan, t *compiler.Target) diag.List {
	if p.Residual == nil {
		return nil
	}
	_, diags := compiler.Legalize(p.Residual, t)
	return slices.DeleteFunc(diags, func(d diag.Diagnostic) bool { return d.Code != diag.Superset })
}
