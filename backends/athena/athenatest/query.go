package athenatest

import (
	"context"
	"errors"
	"fmt"

	"github.com/sigmahunt/sigmahunt/backends/athena/trinotest"
)

// The limits are those of the request in the Amazon Athena API Reference,
// "StartQueryExecution".
const (
	maxText  = 262_144
	minToken = 32
	maxToken = 128
)

// startRequest is what a query is started with. Its comparison decides whether
// a token came back with other parameters.
type startRequest struct {
	QueryString           string
	ClientRequestToken    string
	WorkGroup             string
	QueryExecutionContext struct{ Catalog, Database string }
	ResultConfiguration   struct{ OutputLocation string }

	ResultReuseConfiguration struct {
		ResultReuseByAgeConfiguration struct {
			Enabled         bool
			MaxAgeInMinutes int
		}
	}
}

type queryRequest struct{ QueryExecutionId string }

// query is one execution. The server's lock guards it.
type query struct {
	id      string
	request startRequest
	before  []string // states that are told before the true one
	soFar   []int64  // bytes that are told with those in which it runs
	scanned int64    // bytes told last
	told    bool     // somebody knows that it ended, or stopped it
	fate    *athenaError
	state   string // RUNNING, SUCCEEDED, FAILED or CANCELLED
	reason  string
	failure *athenaError
	result  result
	stats   trinotest.Stats
	reused  bool
	cancel  context.CancelFunc
}

type athenaError struct {
	ErrorCategory int
	ErrorType     int
	Retryable     bool
	ErrorMessage  string
}

func (q *query) ended() bool { return len(q.before) == 0 && q.state != "RUNNING" }

func (s *Server) start(in startRequest) (any, *refusal) {
	if n := len(in.QueryString); n < 1 || n > maxText {
		return nil, invalid("1 validation error detected: Value at 'queryString' failed to satisfy constraint: Member must have length less than or equal to %d", maxText)
	}
	if n := len(in.ClientRequestToken); n < minToken || n > maxToken {
		return nil, invalid("Value at 'clientRequestToken' failed to satisfy constraint: Member must have length between %d and %d", minToken, maxToken)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.tokens[in.ClientRequestToken]
	switch {
	case q == nil:
		q = s.admit(in)
	case q.request != in:
		return nil, invalid("Idempotent parameters do not match")
	}
	return map[string]string{"QueryExecutionId": q.id}, nil
}

// admit makes a query, draws its fate and sets it off.
func (s *Server) admit(in startRequest) *query {
	n := len(s.queries) + 1
	q := &query{id: fmt.Sprintf("%08x-0000-4000-8000-%012x", n, n), request: in, before: []string{"QUEUED"}, soFar: s.options.SoFar, state: "RUNNING"}
	for range q.soFar {
		q.before = append(q.before, "RUNNING")
	}
	if s.draw(s.options.Faults.QueueBack) {
		q.before = append(q.before, "RUNNING", "QUEUED", "RUNNING")
	}
	switch {
	case s.draw(s.options.Faults.FailRetryable):
		q.fate = &athenaError{ErrorCategory: 1, ErrorType: 200, Retryable: true, ErrorMessage: "GENERIC_INTERNAL_ERROR: a fault that is over soon"}
	case s.draw(s.options.Faults.FailForGood):
		q.fate = &athenaError{ErrorCategory: 2, ErrorType: 1006, ErrorMessage: "SYNTAX_ERROR: line 1:1: a fault that stays"}
	}
	ctx, cancel := context.WithCancel(s.base)
	q.cancel = cancel
	if old := s.reusable(in); old != nil {
		q.state, q.reused, q.result = "SUCCEEDED", true, old.result
		cancel()
	} else {
		s.running.Go(func() { s.run(ctx, q) })
	}
	s.queries[q.id], s.tokens[in.ClientRequestToken] = q, q
	return q
}

// reusable gives a query whose result will do, of whatever age.
func (s *Server) reusable(in startRequest) *query {
	if !in.ResultReuseConfiguration.ResultReuseByAgeConfiguration.Enabled {
		return nil
	}
	for _, q := range s.queries {
		r := q.request
		if q.state == "SUCCEEDED" && r.QueryString == in.QueryString && r.QueryExecutionContext == in.QueryExecutionContext && r.WorkGroup == in.WorkGroup {
			return q
		}
	}
	return nil
}

// run runs a query to its end, also one that is fated to fail.
func (s *Server) run(ctx context.Context, q *query) {
	defer q.cancel()
	result, stats, err := s.ask(ctx, q.request)
	s.mu.Lock()
	defer s.mu.Unlock()
	if q.state != "RUNNING" {
		return // stopped
	}
	q.stats = stats
	switch {
	case q.fate != nil:
		q.fail(*q.fate)
	case err != nil:
		q.fail(describe(err))
	default:
		q.state, q.result = "SUCCEEDED", result
	}
}

func (q *query) fail(e athenaError) {
	q.state, q.reason, q.failure = "FAILED", e.ErrorMessage, &e
}

// describe tells of an error in Athena's terms.
func describe(err error) athenaError {
	var failed *trinotest.Error
	if !errors.As(err, &failed) {
		return athenaError{ErrorCategory: 1, ErrorType: 100, ErrorMessage: err.Error()}
	}
	e := athenaError{ErrorCategory: 1, ErrorType: 200, ErrorMessage: failed.Name + ": " + failed.Message}
	switch {
	case failed.Name == "SYNTAX_ERROR":
		e.ErrorCategory, e.ErrorType = 2, 1006
	case failed.Name == "PERMISSION_DENIED":
		e.ErrorCategory, e.ErrorType = 2, 1500
	case failed.Kind == "USER_ERROR":
		e.ErrorCategory, e.ErrorType = 2, 1000
	case failed.Kind == "INSUFFICIENT_RESOURCES":
		e.ErrorType = 0
	}
	return e
}

func (s *Server) stop(in queryRequest) (any, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queries[in.QueryExecutionId]
	if q == nil {
		return nil, unknown(in.QueryExecutionId)
	}
	if !q.ended() {
		q.cancel()
		q.before, q.state, q.reason, q.failure = nil, "CANCELLED", "Query cancelled by user", nil
	}
	q.told = true
	return struct{}{}, nil
}

func unknown(id string) *refusal { return invalid("QueryExecution %s was not found", id) }

func invalid(format string, values ...any) *refusal {
	return &refusal{kind: "InvalidRequestException", message: fmt.Sprintf(format, values...)}
}
