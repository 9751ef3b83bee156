package files

import (
	"fmt"

	"github.com/sigmahunt/sigmahunt/backends"
)

// Account adds what a scan read, and could not read, to an engine's stats.
func Account(to *backends.Stats, s Stats) {
	to.Files += s.Files
	to.Events += s.Events
	to.Bytes += s.Bytes
	to.Compressed += s.Compressed
	to.Unknown += s.Sources[""]
	kept := map[ProblemKind]int64{}
	for _, p := range s.Problems {
		kept[p.Kind]++
	}
	AccountProblems(to, s.Problems)
	for kind, n := range s.Counts {
		if kind.Loses() {
			to.Lost += n - kept[kind]
		}
	}
}

// AccountProblems adds problems to an engine's stats: what may hide events as
// problems, what was only skipped by its reason.
func AccountProblems(to *backends.Stats, problems []Problem) {
	for _, p := range problems {
		if !p.Kind.Loses() {
			if to.Skipped == nil {
				to.Skipped = map[string]int64{}
			}
			to.Skipped[p.Reason]++
			continue
		}
		to.AddProblem(backends.Problem{File: p.File, Where: p.where(), Message: p.message()})
	}
}

// where names the place of a problem in its file, as closely as it is known.
func (p *Problem) where() string {
	switch {
	case p.Line > 0:
		return fmt.Sprintf("line %d", p.Line)
	case p.Offset > 0:
		return fmt.Sprintf("byte %d", p.Offset)
	default:
		return ""
	}
}

func (p *Problem) message() string {
	text := p.Kind.String() + ": " + p.Reason
	if p.Records > 0 {
		text += fmt.Sprintf(" (%d records read before it)", p.Records)
	}
	return text
}
