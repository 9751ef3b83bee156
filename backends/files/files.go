// Package files turns paths into records. It reads what AWS writes to S3 and
// what people make of it (CloudTrail documents, GuardDuty exports, EventBridge
// envelopes, NDJSON, flow log text; plain, gzip or zstd; and Parquet), tells the format from
// the content, and gives an account of everything that it could not read.
//
// File names and contents are hostile text. Nothing here prints; problems carry
// names and reasons apart, and only names come from outside.
package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Stdin is the path that stands for standard input.
const Stdin = "-"

// File is one input.
type File struct {
	Path string // what to open; Stdin is standard input
	Name string // as the user typed it, and the way below a typed folder
	Size int64  // bytes as stored; 0 where it is not known
}

// Position is where a record was found.
type Position struct {
	File   string // the file's Name
	Number int    // the file's place in the list given to Scan
	Index  int    // the record's place in its file, from 0
	Source string // the kind of event, a schema source's name; empty when unknown
}

// Options tunes reading. The zero value is ready for use.
type Options struct {
	Workers   int         // files read at a time; 0 is GOMAXPROCS
	MaxRecord int         // bytes of the largest record; 0 is record.DefaultMaxRecord
	MaxExpand int64       // see DefaultMaxExpand
	Stdin     io.Reader   // what the path Stdin reads; nil is an empty input
	Source    string      // the source of every record; empty: told by content
	Progress  func(int64) // told of further bytes read as stored, from several goroutines
}

// DefaultMaxExpand bounds what compressed data may expand to. A file is stopped
// when it has given more bytes than this and also more than maxRatio for each
// byte read: logs shrink to a tenth or thirtieth, so only data made to expand
// does both, and a large honest file passes.
const DefaultMaxExpand = 4 << 30

const maxRatio = 100

// Stats counts what Scan has read. Problems holds the first ones in the order
// of the files, a few a file; Counts has them all.
type Stats struct {
	Files      int64            // files opened
	Events     int64            // records found
	Sources    map[string]int64 // records by source, the empty name for unknown
	Bytes      int64            // bytes after decompression
	Compressed int64            // bytes as stored
	Problems   []Problem
	Counts     map[ProblemKind]int64
}

const (
	maxFileProblems = 20
	maxProblems     = 1000
)

// add merges the account of one more file.
func (s *Stats) add(o *Stats) {
	s.Files += o.Files
	s.Events += o.Events
	s.Bytes += o.Bytes
	s.Compressed += o.Compressed
	for name, n := range o.Sources {
		s.Sources[name] += n
	}
	for kind, n := range o.Counts {
		s.Counts[kind] += n
	}
	s.Problems = append(s.Problems, o.Problems[:min(len(o.Problems), maxProblems-len(s.Problems))]...)
}

// report counts a problem and keeps it while there are few.
func (s *Stats) report(p Problem) {
	if s.Counts == nil {
		s.Counts = map[ProblemKind]int64{}
	}
	s.Counts[p.Kind]++
	if len(s.Problems) < maxFileProblems {
		s.Problems = append(s.Problems, p)
	}
}

// Lost returns the number of problems that may hide events.
func (s *Stats) Lost() int64 {
	var n int64
	for kind, count := range s.Counts {
		if kind.Loses() {
			n += count
		}
	}
	return n
}

// ProblemKind says what could not be read.
type ProblemKind uint8

// The kinds of problems.
const (
	Skipped    ProblemKind = iota + 1 // left out by its name: no log, or read already
	Empty                             // a file without content
	Unreadable                        // cannot be opened or read
	Foreign                           // the content is no log that is known here
	Damaged                           // compressed data or Parquet that is cut, corrupt or followed by other data
	Bomb                              // compressed data that expands too much
	Broken                            // a piece that is no record; the rest was read
	Oversized                         // a record larger than MaxRecord; the rest was read
	Truncated                         // the content ends inside a record
	Lost                              // broken so that the rest of the file could not be read
)

var problemNames = [...]string{
	Skipped: "skipped", Empty: "empty", Unreadable: "unreadable", Foreign: "not a log",
	Damaged: "damaged", Bomb: "expands too much", Broken: "broken record",
	Oversized: "oversized record", Truncated: "truncated", Lost: "rest lost",
}

func (k ProblemKind) String() string {
	if int(k) < len(problemNames) {
		return problemNames[k]
	}
	return fmt.Sprintf("problem %d", uint8(k))
}

// Loses reports whether events may have been missed. Those that have no place
// among the events in the first place do not.
func (k ProblemKind) Loses() bool { return k > Empty }

// Problem is something that could not be read.
type Problem struct {
	Kind    ProblemKind
	File    string // the file's Name, or a folder's
	Line    int64  // 0 where there is none, and where the file is one line
	Offset  int64  // in the uncompressed content
	Records int64  // records read from the file before it
	Reason  string // for people; holds neither names nor content
}

// reasonOf returns an error's text without the path that Go puts into it.
func reasonOf(err error) string {
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		err = path.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "no such file or folder"
	case errors.Is(err, fs.ErrPermission):
		return "no permission to read it"
	}
	return err.Error()
}
