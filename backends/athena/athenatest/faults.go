package athenatest

import (
	"net/http"
	"strconv"
	"time"
)

// Faults are the probabilities of what can go wrong.
type Faults struct {
	Throttle      float64 // a request is refused, as too many
	QueueBack     float64 // a query that runs is queued again
	FailRetryable float64 // a query fails, and Athena says that another may succeed
	FailForGood   float64 // a query fails as one that is wrong
	SlowPages     float64 // a page of results takes slowPage longer
	CutConnection float64 // a connection ends before a request is read, before its answer, or amid it
}

const slowPage = 5 * time.Millisecond

// cut is where a connection ends.
type cut int

const (
	whole cut = iota
	beforeWork
	afterWork
	amidAnswer
)

// fault is what goes wrong with one request.
type fault struct {
	throttle string // the exception, if any
	cut      cut
	slow     bool
}

// faults counts a request and draws what goes wrong with it.
func (s *Server) faults(operation string) fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[operation]++
	var f fault
	if s.draw(s.options.Faults.Throttle) {
		f.throttle = "ThrottlingException"
		if operation == "StartQueryExecution" && s.draw(0.5) {
			f.throttle = "TooManyRequestsException"
		}
	}
	if s.draw(s.options.Faults.CutConnection) {
		f.cut = beforeWork + cut(s.random.IntN(3))
	}
	f.slow = operation == "GetQueryResults" && s.draw(s.options.Faults.SlowPages)
	return f
}

// draw needs the lock.
func (s *Server) draw(probability float64) bool { return s.random.Float64() < probability }

// send writes an answer, or as much of it as the fault leaves.
func send(w http.ResponseWriter, status int, text []byte, f fault) {
	if f.slow {
		time.Sleep(slowPage)
	}
	if f.cut == afterWork {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	if f.cut == amidAnswer {
		_, _ = w.Write(text[:len(text)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(text) // a client that is gone needs no answer
}
