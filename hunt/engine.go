package hunt

import (
	"github.com/sigmahunt/sigmahunt/backends"
)

// Session is an opened engine.
type Session struct {
	Backend    backends.Backend
	Executor   backends.Executor
	ReadsFiles bool // one pass over files answers all queries
}

// The capabilities of an engine are asked for in this file alone.

// runsCorrelations returns what runs statements of correlations, if the engine has it.
func (s Session) runsCorrelations() (backends.CorrelationRunner, bool) {
	runner, ok := s.Executor.(backends.CorrelationRunner)
	return runner, ok
}

// stages returns what writes and what counts the stages of an engine whose
// correlations backends.InStages accepts.
func (s Session) stages() (backends.Stager, backends.Counting) {
	return s.Backend.(backends.Stager), s.Executor.(backends.Counting)
}
