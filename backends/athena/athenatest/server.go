// Package athenatest is an Athena for tests: a server that speaks its protocol,
// runs the statements on a Trino, and fails as often as it is told to.
package athenatest

import (
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Options says what the server runs on and how badly it behaves.
type Options struct {
	Trino   Runner
	Catalog string // Trino's, which stands for AwsDataCatalog; empty: hive
	Faults  Faults
	Page    int     // the most rows of a page, the header counted; 0: 1000
	SoFar   []int64 // bytes that a query is told to have scanned while it runs, one look after the other
	Seed    uint64  // of the faults
}

// Server is an Athena on 127.0.0.1. It refuses requests that are not signed, and
// takes any signature.
type Server struct {
	URL string

	options Options
	base    context.Context
	running sync.WaitGroup

	mu      sync.Mutex
	random  *rand.Rand
	queries map[string]*query // by id
	tokens  map[string]*query // by ClientRequestToken
	calls   map[string]int    // by operation, those refused by a fault among them
}

// Start starts a server that ends with the test, and its statements with it.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	if o.Page == 0 {
		o.Page = maxPage
	}
	if o.Catalog == "" {
		o.Catalog = "hive"
	}
	base, cancel := context.WithCancel(context.Background())
	s := &Server{
		options: o, base: base, random: rand.New(rand.NewPCG(o.Seed, 1)),
		queries: map[string]*query{}, tokens: map[string]*query{}, calls: map[string]int{},
	}
	server := httptest.NewServer(s)
	s.URL = server.URL
	t.Cleanup(func() {
		cancel()
		server.Close()
		s.running.Wait()
	})
	return s
}

// Running counts the queries of which nobody was told that they ended.
func (s *Server) Running() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, q := range s.queries {
		if !q.told {
			n++
		}
	}
	return n
}

// Started counts the queries; a start with a token seen before is none.
func (s *Server) Started() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.queries)
}

// Calls counts the requests for an operation, such as GetQueryResults.
func (s *Server) Calls(operation string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[operation]
}

// operations are those of the protocol that are served.
var operations = map[string]func(*Server, []byte) (any, *refusal){
	"StartQueryExecution": decoded((*Server).start),
	"GetQueryExecution":   decoded((*Server).look),
	"StopQueryExecution":  decoded((*Server).stop),
	"GetQueryResults":     decoded((*Server).results),
}

// decoded reads an operation's request.
func decoded[In any](serve func(*Server, In) (any, *refusal)) func(*Server, []byte) (any, *refusal) {
	return func(s *Server, body []byte) (any, *refusal) {
		var in In
		if err := json.Unmarshal(body, &in); err != nil {
			return nil, &refusal{kind: "SerializationException", message: err.Error()}
		}
		return serve(s, in)
	}
}

// refusal is an answer that is an error.
type refusal struct {
	status        int // 0: 400
	kind, message string
}

// ServeHTTP answers one request in the protocol AWS JSON 1.1.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	operation, _ := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "AmazonAthena.")
	f := s.faults(operation)
	if f.cut == beforeWork {
		panic(http.ErrAbortHandler)
	}
	answer, refused := s.answer(r, operation, body, f)
	status := http.StatusOK
	if refused != nil {
		status = refused.status
		if status == 0 {
			status = http.StatusBadRequest
		}
		w.Header().Set("X-Amzn-Errortype", refused.kind)
		answer = map[string]string{"__type": refused.kind, "Message": refused.message}
	}
	text, err := json.Marshal(answer)
	if err != nil {
		panic(err) // answers are of this package's types
	}
	send(w, status, text, f)
}

func (s *Server) answer(r *http.Request, operation string, body []byte, f fault) (any, *refusal) {
	signature := r.Header.Get("Authorization")
	serve, known := operations[operation]
	switch {
	case !strings.HasPrefix(signature, "AWS4-HMAC-SHA256 ") || !strings.Contains(signature, "Signature=") || r.Header.Get("X-Amz-Date") == "":
		return nil, &refusal{status: http.StatusForbidden, kind: "MissingAuthenticationTokenException", message: "Missing Authentication Token"}
	case !known || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-amz-json-1.1":
		return nil, &refusal{kind: "UnknownOperationException", message: r.Method + " " + operation}
	case f.throttle != "":
		return nil, &refusal{kind: f.throttle, message: "Rate exceeded"}
	default:
		return serve(s, body)
	}
}
