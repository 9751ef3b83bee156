package opensearch

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends/opensearch/nodetest"
)

// double stands in front of a node and spoils what goes by.
type double struct {
	*httptest.Server
	node string
	// spoil may answer a request in place of the node, whose answer it is given.
	spoil func(w http.ResponseWriter, r *http.Request, answer []byte) (done bool)

	mu   sync.Mutex
	pits []string // that the caller knows of
}

func newDouble(t *testing.T, s *nodetest.Server, spoil func(http.ResponseWriter, *http.Request, []byte) bool) *double {
	t.Helper()
	d := &double{node: s.URL, spoil: spoil}
	d.Server = httptest.NewServer(d)
	t.Cleanup(d.Close)
	return d
}

// pass lets everything through.
func pass(http.ResponseWriter, *http.Request, []byte) bool { return false }

func (d *double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller went away
	}
	forward, err := http.NewRequestWithContext(r.Context(), r.Method, d.node+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	forward.Header = r.Header.Clone()
	forward.Header.Del("Accept-Encoding") // answers are read here
	response, err := http.DefaultTransport.RoundTrip(forward)
	if err != nil {
		return
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return
	}
	if d.spoil(w, r, answer) {
		return
	}
	if strings.HasSuffix(r.URL.Path, "/_search/point_in_time") && r.Method == http.MethodPost {
		var pit pointInTime
		if json.Unmarshal(answer, &pit) == nil && pit.ID != "" {
			d.mu.Lock()
			d.pits = append(d.pits, pit.ID)
			d.mu.Unlock()
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(response.StatusCode)
	_, _ = w.Write(answer)
}

// left returns the points in time that the caller left open.
func (d *double) left(t *testing.T) []string {
	t.Helper()
	answer, err := (&nodetest.Server{URL: d.node}).Do(t.Context(), http.MethodGet, "/_search/point_in_time/_all", nil)
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Pits []pointInTime `json:"pits"`
	}
	if err := json.Unmarshal(answer, &all); err != nil {
		t.Fatal(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	var left []string
	for _, p := range all.Pits {
		if slices.Contains(d.pits, p.ID) {
			left = append(left, p.ID)
		}
	}
	return left
}

// mishap is one way to spoil an answer. Lasting ones are refusals that no other
// attempt changes; partial ones lose records and say so.
type mishap struct {
	name             string
	lasting, partial bool
	spoil            func(w http.ResponseWriter, r *http.Request, answer []byte)
}

// mishaps are all ways.
var mishaps = []mishap{
	{name: "busy", spoil: status(http.StatusTooManyRequests, `{"error":{"root_cause":[{"type":"rejected_execution_exception","reason":"busy"}]},"status":429}`)},
	{name: "busy for a while", spoil: func(w http.ResponseWriter, r *http.Request, answer []byte) {
		w.Header().Set("Retry-After", "2")
		status(http.StatusTooManyRequests, "")(w, r, answer)
	}},
	{name: "away", spoil: status(http.StatusServiceUnavailable, "<html>Service Unavailable</html>")},
	{name: "bad gateway", spoil: status(http.StatusBadGateway, "")},
	{name: "cut", spoil: func(http.ResponseWriter, *http.Request, []byte) { panic(http.ErrAbortHandler) }},
	{name: "cut within", spoil: func(w http.ResponseWriter, _ *http.Request, answer []byte) {
		w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
		_, _ = w.Write(answer[:len(answer)/2])
		panic(http.ErrAbortHandler)
	}},
	{name: "truncated", spoil: func(w http.ResponseWriter, _ *http.Request, answer []byte) { _, _ = w.Write(answer[:len(answer)*2/3]) }},
	{name: "slow", spoil: func(_ http.ResponseWriter, r *http.Request, _ []byte) { <-r.Context().Done() }},
	{name: "shard failed", partial: true, spoil: lame},
	{name: "ran out of time", partial: true, spoil: func(w http.ResponseWriter, _ *http.Request, answer []byte) {
		_, _ = w.Write(bytes.Replace(answer, []byte(`"timed_out":false`), []byte(`"timed_out":true`), 1))
	}},
	{name: "redirect", lasting: true, spoil: func(w http.ResponseWriter, r *http.Request, answer []byte) {
		w.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
		status(http.StatusFound, "")(w, r, answer)
	}},
	{name: "expired", lasting: true, spoil: status(http.StatusNotFound, `{"error":{"root_cause":[{"type":"search_context_missing_exception","reason":"No search context found for id [1]"}],`+
		`"type":"search_phase_execution_exception","reason":"all shards failed"},"status":404}`)},
	{name: "long error", lasting: true, spoil: status(http.StatusBadRequest, strings.Repeat("<p>no\x1b[31m</p>\n", 200_000))},
	{name: "forbidden", lasting: true, spoil: status(http.StatusForbidden, `{"error":"not yours"}`)},
	{name: "another server", lasting: true, spoil: status(http.StatusOK, "<html>please log in</html>")},
	{name: "another answer", lasting: true, spoil: status(http.StatusOK, "{}")},
}

func status(code int, body string) func(http.ResponseWriter, *http.Request, []byte) {
	return func(w http.ResponseWriter, _ *http.Request, _ []byte) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// lame drops the records at odd places of a page, as of a shard that failed.
func lame(w http.ResponseWriter, _ *http.Request, answer []byte) {
	var p map[string]any
	if err := json.Unmarshal(answer, &p); err != nil {
		panic(err)
	}
	if hits, ok := p["hits"].(map[string]any); ok {
		var kept []any
		for i, h := range hits["hits"].([]any) {
			if i%2 == 0 {
				kept = append(kept, h)
			}
		}
		hits["hits"] = append([]any{}, kept...)
	}
	p["_shards"] = map[string]any{"total": 2, "successful": 1, "failed": 1, "failures": []any{
		map[string]any{"shard": 1, "index": "i", "reason": map[string]any{"type": "node_disconnected_exception", "reason": "gone"}},
	}}
	text, err := json.Marshal(p)
	if err != nil {
		panic(err)
	}
	_, _ = w.Write(text)
}

// dice spoils one answer in some. The end of a point in time is only delayed.
type dice struct {
	mu     sync.Mutex
	rand   *rand.Rand
	oneIn  int
	struck []mishap
}

func (d *dice) spoil(w http.ResponseWriter, r *http.Request, answer []byte) bool {
	d.mu.Lock()
	var struck *mishap
	if d.rand.IntN(d.oneIn) == 0 {
		f := mishaps[d.rand.IntN(len(mishaps))]
		opens := r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "point_in_time")
		passes := !f.lasting && !f.partial
		ends := r.Method == http.MethodDelete
		if passes || !ends && (!opens || f.name != "expired") {
			struck = &f
			d.struck = append(d.struck, f)
		}
	}
	d.mu.Unlock()
	if struck != nil {
		struck.spoil(w, r, answer)
	}
	return struck != nil
}

// has reports whether a mishap of some kind has struck.
func (d *dice) has(kind func(mishap) bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.ContainsFunc(d.struck, kind)
}

// soon is the time that requests of these tests have.
const soon = time.Second
