// Package backends defines what an engine is to the rest of the program: a
// backend that writes queries for legal plans, and an executor that runs them
// and returns rows. Each engine lives in a folder of its own.
package backends

import (
	"context"
	"io"
	"iter"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler"
)

// Query is what an engine runs: text, and nothing that still has to be decided.
type Query struct {
	Target string         // the target's name
	Batch  compiler.Batch // the legal plans it answers, in the order rows refer to; empty of a correlation, which no executor runs
	Text   string         // the statement; empty for an engine that evaluates plans
	Table  string         // the table it reads, as the text names it
	Time   string         // the table's date of an event; empty where it has none, or the text alone knows it
	Window Window

	// Keep bounds the rows of one plan from one file; matches beyond it are
	// only counted, in Stats.Matches. Zero keeps all.
	Keep int
}

// Row is an event that an engine returned.
type Row struct {
	Event []byte // the record as stored; aliases nothing
	Plans []int  // which of the batch's plans it matched, ascending
	Where Origin
}

// Origin is the place a record was read from.
type Origin struct {
	File   string // as a person names it; empty where the engine has no files
	Number int    // the file's place among the files read
	Index  int64  // 0-based number of the record in the file
}

// Problem is input that could not be read. What is around it was.
type Problem struct {
	File    string
	Where   string // line, record or offset; may be empty
	Message string
}

// Stats is what the runs of an executor cost and found so far.
type Stats struct {
	Files      int64                    // files read
	Events     int64                    // records looked at
	Unknown    int64                    // of them, of no source that is known
	Bytes      int64                    // uncompressed bytes looked at
	Compressed int64                    // bytes as stored
	Skipped    map[string]int64         // files skipped, by reason
	Matches    map[*compiler.Plan]int64 // rows by plan, those not kept included
	Problems   []Problem                // the first thousand
	Lost       int64                    // problems in all
	Finished   int64                    // rows that the evaluator decided, not the engine
	Statements int64                    // that a remote engine was sent
	Queued     time.Duration            // that they waited for the engine
	Engine     time.Duration            // that the engine worked on them
	Dollars    float64                  // that they cost by the list price
}

// maxProblems is how many problems are told one by one.
const maxProblems = 1_000

// AddProblem counts a problem, and keeps it if it is among the first thousand.
func (s *Stats) AddProblem(p Problem) {
	s.Lost++
	if len(s.Problems) < maxProblems {
		s.Problems = append(s.Problems, p)
	}
}

// Backend writes queries.
type Backend interface {
	// Target describes what the engine supports.
	Target() *compiler.Target
	// Emit writes the query for a batch of legal plans over a window. The error is a
	// *TooLargeError where fewer plans may fit.
	Emit(compiler.Batch, Window) (Query, error)
	// WritesCorrelations returns how the engine's queries correlate.
	WritesCorrelations() CorrelationWriter
}

// Executor runs queries.
type Executor interface {
	// Run yields the matching rows in a stable order: by file, then by record,
	// where the engine reads files. An error ends the sequence; rows before it
	// are valid. Input that cannot be read is no error, but a problem in Stats.
	Run(context.Context, Query) iter.Seq2[Row, error]
	// RunsCorrelations returns what runs the queries of a CorrelationWriter.
	RunsCorrelations() CorrelationRunner
	// Stats returns the cost of all runs so far.
	Stats() Stats
	Close() error
}

// Config is what an engine needs to know of its surroundings.
type Config struct {
	Layouts  map[string]string // names of table layouts by source; empty: the target's first
	Mappings map[string][]byte // how live indexes hold a source, as Engine.InspectMappings read it; nil: as their layout describes
	Paths    []string          // files and folders of events, for engines that read files
	Stdin    io.Reader         // what the path - stands for
	Source   string            // the source of every record read; empty: recognised by its content
	Workers  int               // 0: as many as there are processors
	Remote   Remote            // where a remote engine runs
	Settings Settings          // what Engine.Settings returned, checked; nil: the defaults
	Progress func(Progress)    // called now and then, from any goroutine; may be nil
}

// Remote is where a remote engine runs queries. What is empty is as the engine's
// own configuration has it.
type Remote struct {
	Region, Profile string // of AWS
	Endpoint        string // the server's address; of an AWS service: in place of AWS's
}

// Progress is how far an engine is: one that reads files with their events, a remote
// one with the statements that it was given. What the engine does not report is 0.
type Progress struct {
	Done, Total int64 // stored bytes read, and in all; Total is 0 when unknown
	Events      int64 // records looked at
	Statements  int64 // that the engine is done with; their rows may be still to come
	Rows        int64 // of answers that have come, buckets of counts among them
}

// ConfigError is a Config that an engine cannot be opened with.
type ConfigError struct{ Err error }

func (e *ConfigError) Error() string { return e.Err.Error() }

// Unwrap returns what is wrong.
func (e *ConfigError) Unwrap() error { return e.Err }
