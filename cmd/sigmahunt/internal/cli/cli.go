// Package cli is the program's command line: flags, streams, exit codes and the
// wiring of rules, compiler, engines and output.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// The exit codes. Zero means that the program did what it was asked, findings
// included.
const (
	exitFound    = 1 // checks failed, or findings at or above --fail-on
	exitRule     = 2 // a rule is wrong
	exitUsage    = 3 // the command line or configuration is wrong
	exitEngine   = 4 // an engine, a file or the network failed
	exitInternal = 5 // a bug
)

// exitError ends the program with a code. A nil err has been reported already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

func usage(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// app is the program's surroundings, handed to every command.
type app struct {
	in       io.Reader
	out, err io.Writer
	color    string // auto, always, never
	engines  backends.Engines
}

// Main runs the program with its engines and returns its exit code.
func Main(engines backends.Engines, args []string, in io.Reader, out, errs io.Writer) (code int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	a := &app{in: in, out: out, err: errs, engines: engines}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	var exit *exitError
	if !errors.As(err, &exit) {
		exit = &exitError{exitUsage, err}
	}
	if exit.err != nil {
		fmt.Fprintf(errs, "sigmahunt: %s\n", diag.Printable(exit.err.Error()))
	}
	return exit.code
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "sigmahunt",
		Short: "Sigma rules as the queries that AWS teams run",
		Long: "sigmahunt turns Sigma rules into Athena and DuckDB queries, and runs them over\n" +
			"files of CloudTrail, VPC Flow Logs, GuardDuty and Route 53 Resolver queries.",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.PersistentFlags().StringVar(&a.color, "color", "auto", "colour in tables and messages: auto, always, never")
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		switch a.color {
		case "auto", "always", "never":
			return nil
		default:
			return usage("--color takes auto, always or never, not %q", a.color)
		}
	}
	root.AddCommand(a.scanCommand(), a.compileCommand(), a.checkCommand(), a.explainCommand(),
		a.targetsCommand(), a.tablesCommand(), a.rulesCommand(), a.versionCommand())
	return root
}

// terminal gives the width of a stream that is a terminal.
func terminal(stream any) (width int, ok bool) {
	f, isFile := stream.(*os.File)
	if !isFile || !term.IsTerminal(int(f.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width <= 0 {
		width = 80
	}
	return width, true
}

// colored reports whether a stream gets colour: on a terminal, unless NO_COLOR
// or --color says otherwise.
func (a *app) colored(stream any) bool {
	switch a.color {
	case "always":
		return true
	case "never":
		return false
	}
	_, isTerminal := terminal(stream)
	return isTerminal && os.Getenv("NO_COLOR") == ""
}

// report writes diagnostics to standard error.
func (a *app) report(list diag.List) {
	if len(list) == 0 {
		return
	}
	style := diag.Style{}
	if a.colored(a.err) {
		style = diagStyle
	}
	if err := diag.Render(a.err, list, style); err != nil {
		fmt.Fprintf(a.err, "sigmahunt: writing diagnostics: %v\n", err)
	}
}

// say writes one line of talk to standard error.
func (a *app) say(format string, args ...any) {
	fmt.Fprintf(a.err, format+"\n", args...)
}
