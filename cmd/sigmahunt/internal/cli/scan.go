package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/hunt"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// scanOptions are the flags of scan.
type scanOptions struct {
	packOptions
	windowOptions
	engineOptions
	packs, events []string
	layouts       map[string]string
	on            string
	format        string
	output        string
	limit         int
	failOn        string
	keepGoing     bool
	quiet         bool
	workers       int
	source        string
	correlate     string // by what; empty: statements where there are any
}

// What --correlate takes.
const (
	byStatements = "statements"
	byRows       = "rows"
)

func (a *app) scanCommand() *cobra.Command {
	o := &scanOptions{}
	cmd := &cobra.Command{
		Use:   "scan PACK... EVENTS...",
		Short: "Run rules over local log files, or on a live engine",
		Long: "Run rules over files of CloudTrail, VPC Flow Logs, GuardDuty and Route 53 Resolver\n" +
			"queries: S3 folders as AWS writes them, .json, .json.gz, NDJSON, zstd, flow log text,\n" +
			"Parquet, or - for standard input. An argument is a pack when it names a shipped pack, a\n" +
			"rule file or a folder of rule files, and events otherwise; -r and -e state it explicitly.\n\n" +
			"--on athena and --on opensearch run the rules on a live engine instead, over a time range.",
		Example: "  sigmahunt scan aws fixtures/events/cloudtrail\n" +
			"  sigmahunt scan rules/ AWSLogs/ --format jsonl -o findings.jsonl\n" +
			"  sigmahunt scan aws --on opensearch --endpoint https://search.example.com:9200 --last 24h",
		RunE: func(cmd *cobra.Command, args []string) error {
			packs, events := split(args)
			o.packs, o.events = append(o.packs, packs...), append(o.events, events...)
			return a.scan(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringArrayVarP(&o.packs, "rules", "r", nil, "a pack, rule file or folder of rules (repeatable)")
	f.StringArrayVarP(&o.events, "events", "e", nil, "a file or folder of events, - for standard input (repeatable)")
	f.StringVar(&o.on, "on", a.engines.Names(backends.Engine.Runs)[0], "engine: "+strings.Join(a.engines.Names(backends.Engine.Runs), ", "))
	f.StringVar(&o.format, "format", "", "table, jsonl, json or csv (default: table on a terminal, else jsonl)")
	f.StringVarP(&o.output, "output", "o", "", "write findings to this file")
	f.IntVar(&o.limit, "limit", 20, "rows of one rule in a table, 0 for all")
	f.StringVar(&o.failOn, "fail-on", "", "exit with 1 when a finding has this level or a higher one")
	f.BoolVar(&o.keepGoing, "keep-going", false, "exit with 0 even if rules are wrong or unsupported, or input could not be read")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress, no summary")
	f.StringVar(&o.source, "source", "", "source of every event: "+strings.Join(schema.Names(), ", ")+" (default: recognised by content)")
	o.packOptions.flags(cmd)
	o.ruleFlag(cmd)
	o.notesFlag(cmd)
	o.windowOptions.flags(cmd)
	o.engineOptions.flags(cmd, a.engines, backends.Engine.Runs)
	f.StringVar(&o.remote.Endpoint, "endpoint", "", "the server's address, such as https://search.example.com:9200; of an AWS service: in place of AWS's")
	f.StringToStringVar(&o.layouts, "layout", nil, "table layout by source, such as cloudtrail=classic, or a layout file")
	f.StringVar(&o.correlate, "correlate", "", "how correlations run on athena: statements, one query for each correlation, or rows,\n"+
		"one query for the events of all rules, correlated by sigmahunt (default: statements)")
	f.IntVar(&o.workers, "workers", 0, "files read at the same time (default: one for each processor)")
	return cmd
}

// scan loads, compiles, runs and prints.
func (a *app) scan(ctx context.Context, o *scanOptions) (err error) {
	if err := o.check(a); err != nil {
		return err
	}
	engine, _ := a.engines.ByName(o.on)
	started := time.Now()
	window, err := o.window(started)
	if err != nil {
		return err
	}
	progress := a.newProgress(o.quiet)
	config := backends.Config{
		Paths: o.events, Stdin: a.in, Source: o.source, Workers: o.workers, Layouts: o.layouts, Progress: progress.update,
	}
	if err := o.configure(a, engine, &config); err != nil {
		return err
	}
	if engine.InspectMappings != nil {
		if err := engine.InspectMappings(ctx, &config); err != nil {
			return notOpened(err)
		}
	}
	backend, err := engine.New(config)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	if o.correlate != "" && (engine.ReadsFiles || backend.Target().Correlation != compiler.InOneQuery) {
		return usage("--correlate is for engines that make episodes themselves, which %s does not in a scan", o.on)
	}
	c, err := a.prepare(o.packs, &o.packOptions, backend.Target())
	if err != nil {
		return err
	}
	a.report(o.shown(c.Diags))
	if len(c.Plans)+len(c.Reporting()) == 0 {
		return &exitError{exitRule, errors.New("no rule is left to run")}
	}
	out, closeOut, err := a.output(o.output)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeOut()) }()
	executor, err := engine.Open(ctx, config)
	if err != nil {
		return notOpened(err)
	}
	defer func() { err = errors.Join(err, executor.Close()) }()

	found := newTally(c)
	writer := a.findingWriter(o, out, found)
	session := hunt.Session{Backend: backend, Executor: executor, ReadsFiles: engine.ReadsFiles}
	result, err := hunt.Run(ctx, c, session, window, a.huntOptions(o, session, found, writer, progress))
	progress.finish()
	stats := result.Stats
	found.count(stats)
	if err == nil {
		err = writer.Close()
	}
	if err != nil {
		return &exitError{exitEngine, err}
	}
	a.problems(stats)
	for _, failure := range result.Failures {
		a.say("sigmahunt: %s", diag.Printable(failure.Error()))
	}
	if !o.quiet {
		a.summary(c, found, stats, time.Since(started))
	}
	return o.verdict(c, found, stats, len(result.Failures))
}

// huntOptions connects a run to the flags, the output and the progress line.
func (a *app) huntOptions(o *scanOptions, s hunt.Session, found *tally, writer findingWriter, bar *progress) hunt.Options {
	options := hunt.Options{
		FromEvents: o.correlate == byRows,
		Event: func(p *compiler.Plan, f *hunt.Finding) error {
			found.event(p)
			return writer.Write(f)
		},
		Episode: func(of *compiler.CorrelationPlan, f *hunt.Finding) error {
			found.episode(of)
			return writer.Write(f)
		},
	}
	if o.format == "table" && !found.own {
		options.Keep = o.limit
	}
	if !s.ReadsFiles {
		options.Left = bar.left
	}
	if !o.quiet {
		options.LookBack = func(back time.Duration) {
			bar.say("sigmahunt: for correlations the events of their rules are read from %s before the window", back)
		}
		options.FellBack = func(of *compiler.CorrelationPlan, err error) {
			bar.say("sigmahunt: %s: made of its rules' events instead of in one statement: %s", of.Rule.At, diag.Printable(err.Error()))
		}
	}
	return options
}

// notOpened gives the exit code of an engine that could not be opened.
func notOpened(err error) error {
	if wrong := (*backends.ConfigError)(nil); errors.As(err, &wrong) {
		return &exitError{exitUsage, err}
	}
	return &exitError{exitEngine, err}
}

func (o *scanOptions) check(a *app) error {
	if names := a.engines.Names(backends.Engine.Runs); !slices.Contains(names, o.on) {
		return usage("--on takes one of %s, not %q", strings.Join(names, ", "), o.on)
	}
	if o.format == "" {
		o.format = "jsonl"
		if _, ok := terminal(a.out); ok && o.output == "" {
			o.format = "table"
		}
	}
	switch {
	case !slices.Contains(formats, o.format):
		return usage("--format takes one of %s, not %q", strings.Join(formats, ", "), o.format)
	case o.failOn != "" && !slices.Contains(sigma.Levels, o.failOn):
		return usage("--fail-on takes one of %s, not %q", strings.Join(sigma.Levels, ", "), o.failOn)
	case o.source != "" && schema.ByName(o.source) == nil:
		return usage("--source takes one of %s, not %q", strings.Join(schema.Names(), ", "), o.source)
	case o.correlate != "" && o.correlate != byStatements && o.correlate != byRows:
		return usage("--correlate takes %s or %s, not %q", byStatements, byRows, o.correlate)
	case o.limit < 0 || o.workers < 0:
		return usage("--limit and --workers cannot be negative")
	case len(o.packs) == 0:
		return usage("no rules given: name a pack (such as aws), a rule file or a folder of rules")
	}
	engine, _ := a.engines.ByName(o.on)
	switch {
	case engine.ReadsFiles && len(o.events) == 0:
		return usage("no events given: name files or folders of events, or - for standard input")
	case !engine.ReadsFiles && len(o.events) > 0:
		return usage("%s reads no files: %s is neither a pack nor a rule file", o.on, o.events[0])
	case !engine.ReadsFiles && o.from == "" && o.last == "":
		return usage("--on %s requires a time range, since it would read everything: --last 24h, or --from and --to", o.on)
	}
	return nil
}

// verdict gives the exit code of a scan that ran to its end.
func (o *scanOptions) verdict(c *compiler.Program, found *tally, stats backends.Stats, failed int) error {
	wrong := c.Missing > 0 || c.Diags.HasErrors()
	switch {
	case o.failOn != "" && found.atLeast(o.failOn) > 0:
		return &exitError{code: exitFound}
	case o.keepGoing:
		return nil
	case stats.Lost > 0 || failed > 0:
		return &exitError{code: exitEngine}
	case wrong:
		return &exitError{code: exitRule}
	default:
		return nil
	}
}

// output opens the file that -o names, or standard output.
func (a *app) output(name string) (w io.Writer, closeOut func() error, err error) {
	if name == "" || name == "-" {
		return a.out, func() error { return nil }, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, nil, &exitError{exitEngine, fmt.Errorf("opening the output: %w", err)}
	}
	return f, func() error {
		if err := f.Close(); err != nil {
			return &exitError{exitEngine, fmt.Errorf("writing the output: %w", err)}
		}
		return nil
	}, nil
}
