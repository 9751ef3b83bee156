package hunt

import "github.com/sigmahunt/sigmahunt/backends"

// Session is an opened engine.
type Session struct {
	Backend    backends.Backend
	Executor   backends.Executor
	ReadsFiles bool // one pass over files answers all queries
}
