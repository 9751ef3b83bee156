package backends

import (
	"context"
	"time"

	"github.com/spf13/pflag"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// Engine is what an engine can do: one entry of the program's list of engines. A
// capability that is nil is one that it lacks. How it correlates is known once it
// is configured: see Backend.WritesCorrelations and Executor.RunsCorrelations.
type Engine struct {
	Name       string
	ReadsFiles bool            // it reads the files of Config.Paths, all of them in one pass
	Language   *Language       // what its queries are written in
	Tables     *Tables         // the tables that its queries read
	Settings   func() Settings // what it alone must know

	// InspectMappings reads how a live engine holds the sources, into Config.Mappings.
	InspectMappings func(context.Context, *Config) error

	New  func(Config) (Backend, error)                   // never nil
	Open func(context.Context, Config) (Executor, error) // runs queries
}

// Language is a query language, and the forms in which queries are written to files.
type Language struct {
	Extension string   // of a file with a query, such as .sql
	Comment   string   // the start of a comment line; empty: the language has none
	Formats   []Format // forms besides the bare query
}

// Settings are the flags that one engine alone has, with their values.
type Settings interface {
	// Flags declares the flags.
	Flags(*pflag.FlagSet)
	// Check validates the values and completes them from the environment, which
	// getenv reads. Warnings are for the person who runs the program. An error
	// names the flag.
	Check(getenv func(string) string) (warnings []string, err error)
}

// Tables is what an engine knows of the tables that its queries read.
type Tables struct {
	// Known returns the tables of a source, the default first.
	Known func(*schema.Source) []Table
	// Create writes what creates a table: DDL, or the template of an index.
	Create func(*schema.Source, TableOptions) (string, error)
	// Policy writes the least IAM policy under which queries run.
	Policy func(PolicyOptions) (string, error)
	// FromCatalog writes the layout file of a table that a live catalog describes,
	// with what of it must be completed by hand.
	FromCatalog func(ctx context.Context, source *schema.Source, database, table string) (string, diag.List, error)
}

// Table is one table of a source.
type Table struct {
	Layout string // as in --layout NAME; empty: the engine has one layout
	Name   string
	Title  string // for people
}

// TableOptions describe a table of one's own. What is empty is as the engine's
// documentation has it.
type TableOptions struct {
	Layout   string
	Table    string
	Location string    // such as s3://bucket/prefix/
	First    time.Time // the first day of partition projection
	Accounts []string  // of layouts that project accounts
	Regions  []string  // of layouts that project regions
}

// PolicyOptions describe the account for which an IAM policy is written.
type PolicyOptions struct {
	Source    string // empty: all sources
	Layout    string
	Table     string
	Database  string
	Workgroup string
	Output    string   // where results are written, such as s3://bucket/results/
	Locations []string // of the events
	Accounts  []string // the first is the policy's
	Regions   []string // the first is the policy's
}

// Engines is a list of engines, the default first.
type Engines []Engine

// ByName returns the engine of that name.
func (list Engines) ByName(name string) (Engine, bool) {
	for _, e := range list {
		if e.Name == name {
			return e, true
		}
	}
	return Engine{}, false
}

// Names returns the names of the engines that have a capability; all for nil.
func (list Engines) Names(has func(Engine) bool) []string {
	var names []string
	for _, e := range list {
		if has == nil || has(e) {
			names = append(names, e.Name)
		}
	}
	return names
}

// Writes reports whether the engine has a query language.
func (e Engine) Writes() bool { return e.Language != nil }

// Runs reports whether the engine runs queries.
func (e Engine) Runs() bool { return e.Open != nil }

// Format returns the form of that name in which the engine's queries can be written.
func (e Engine) Format(name string) (Format, bool) {
	if e.Language != nil {
		for _, f := range e.Language.Formats {
			if f.Name == name {
				return f, true
			}
		}
	}
	return Format{}, false
}
