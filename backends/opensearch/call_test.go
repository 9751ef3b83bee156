package opensearch

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
)

// script answers requests one after the other; the last answer is repeated.
func script(t *testing.T, answers ...http.HandlerFunc) (*executor, *quick, *atomic.Int64) {
	t.Helper()
	asked := &atomic.Int64{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		answers[min(int(asked.Add(1)), len(answers))-1](w, r)
	}))
	t.Cleanup(server.Close)
	x := connect(t, remote{Remote: backends.Remote{Endpoint: server.URL}})
	return x, x.client.clock.(*quick), asked
}

func saying(code int, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

func TestWhatPassesIsTriedAgain(t *testing.T) {
	fine := saying(200, `{"pit_id":"p"}`)
	gone := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	for name, test := range map[string]struct {
		answers  []http.HandlerFunc
		asked    int64
		longest  time.Duration // of the first wait
		shortest time.Duration
		want     string // in the error; empty: none
	}{
		"sound":           {[]http.HandlerFunc{fine}, 1, 0, 0, ""},
		"seven cuts":      {[]http.HandlerFunc{gone, gone, gone, gone, gone, gone, gone, fine}, 8, backoffFirst, 0, ""},
		"eight cuts":      {[]http.HandlerFunc{gone}, 8, backoffFirst, 0, "the last of 8 attempts"},
		"busy":            {[]http.HandlerFunc{saying(429, ""), saying(502, ""), saying(503, ""), saying(504, ""), fine}, 5, backoffFirst, 0, ""},
		"seconds":         {[]http.HandlerFunc{saying(503, "", "Retry-After", "7"), fine}, 2, 7*time.Second + backoffFirst, 7 * time.Second, ""},
		"a time":          {[]http.HandlerFunc{saying(429, "", "Retry-After", "Tue, 10 Mar 2026 10:00:09 GMT", "Date", "Tue, 10 Mar 2026 10:00:00 GMT"), fine}, 2, 9*time.Second + backoffFirst, 9 * time.Second, ""},
		"a time past":     {[]http.HandlerFunc{saying(429, "", "Retry-After", "Tue, 10 Mar 2026 09:00:00 GMT", "Date", "Tue, 10 Mar 2026 10:00:00 GMT"), fine}, 2, backoffFirst, 0, ""},
		"nonsense":        {[]http.HandlerFunc{saying(429, "", "Retry-After", "-1"), fine}, 2, backoffFirst, 0, ""},
		"too long a wait": {[]http.HandlerFunc{saying(429, "later", "Retry-After", "61"), fine}, 1, 0, 0, "429 Too Many Requests: later"},
		"cut in its JSON": {[]http.HandlerFunc{saying(200, `{"pit_id":"p`), fine}, 2, backoffFirst, 0, ""},
		"empty":           {[]http.HandlerFunc{saying(200, ``), fine}, 2, backoffFirst, 0, ""},
		"no JSON":         {[]http.HandlerFunc{saying(200, `<html>`), fine}, 1, 0, 0, "not as OpenSearch's are"},
		"no id":           {[]http.HandlerFunc{saying(200, `{}`), fine}, 1, 0, 0, "has no id"},
		"refused":         {[]http.HandlerFunc{saying(403, ``), fine}, 1, 0, 0, "403 Forbidden"},
		"broken":          {[]http.HandlerFunc{saying(500, `{"error":{"type":"null_pointer_exception","reason":null}}`), fine}, 1, 0, 0, "500 Internal Server Error: null_pointer_exception"},
		"elsewhere":       {[]http.HandlerFunc{saying(307, ``, "Location", "/other"), fine}, 1, 0, 0, "which is not followed"},
	} {
		t.Run(name, func(t *testing.T) {
			x, clock, asked := script(t, test.answers...)
			pit, err := x.client.open(t.Context(), "i")
			if asked.Load() != test.asked || int64(len(clock.waits)) != test.asked-1 {
				t.Errorf("asked %d times, and waited %v", asked.Load(), clock.waits)
			}
			if len(clock.waits) > 0 && (clock.waits[0] < test.shortest || clock.waits[0] > test.longest) {
				t.Errorf("waited %s", clock.waits[0])
			}
			switch {
			case test.want == "" && (err != nil || pit.ID != "p"):
				t.Errorf("got %+v, %v", pit, err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, not %s", err, test.want)
			}
		})
	}
}

func TestWaitsGrow(t *testing.T) {
	x, clock, _ := script(t, saying(503, ""))
	if _, err := x.client.open(t.Context(), "i"); err == nil {
		t.Fatal("no error")
	}
	for i, wait := range clock.waits {
		if longest := min(backoffFirst<<i, backoffLast); wait > longest {
			t.Errorf("wait %d is %s, longer than %s", i, wait, longest)
		}
	}
}

func TestAFailureNamesItsRootCause(t *testing.T) {
	long := strings.Repeat("é\x1b", 5_000)
	for body, want := range map[string]Failure{
		`{"error":{"root_cause":[{"type":"a","reason":"b"},{"type":"c","reason":"d"}],"type":"e","reason":"f"},"status":400}`: {Type: "a", Reason: "b"},
		`{"error":{"root_cause":[],"type":"e","reason":"f"}}`:                                                                 {Type: "e", Reason: "f"},
		`{"error":"no handler","status":400}`:                                                                                 {Reason: `"no handler"`},
		`{"message":"User is not authorized"}`:                                                                                {Reason: `{"message":"User is not authorized"}`},
		`<html>`:                                                                                                              {Reason: `<html>`},
		``:                                                                                                                    {},
		long:                                                                                                                  {Reason: long},
	} {
		got := newFailure(&http.Response{StatusCode: 400, Header: http.Header{}}, []byte(body))
		if want.Status = 400; *got != want {
			t.Errorf("%.80s: got %.200v", body, *got)
		}
		if text := got.Error(); len(text) > 5_000 || strings.Contains(text, "\x1b") {
			t.Errorf("%.80s: %d bytes are told: %.80q", body, len(text), text)
		}
	}
}

// TestALongPageIsRequestedInParts has a server whose records are longer than a
// page may be, unless it is of one.
func TestALongPageIsRequestedInParts(t *testing.T) {
	x, _, asked := script(t, saying(200, `{"took":1,"timed_out":false,"_shards":{"total":1,"successful":1},"hits":{"hits":[]},"x":"`+strings.Repeat("x", 1_000)+`"}`))
	r := &reading{client: x.client, size: 4, limit: 1_000}
	p, err := r.next(t.Context())
	if err != nil || p.Took != 1 || r.size != 1 || asked.Load() != 3 {
		t.Errorf("pages of %d after %d questions: %v", r.size, asked.Load(), err)
	}
}

// TestLessIsRequestedOfANodeWithoutMemory takes a tripped breaker for a page that is
// too long, until it is of one record.
func TestLessIsRequestedOfANodeWithoutMemory(t *testing.T) {
	x, _, asked := script(t, saying(429, `{"error":{"root_cause":[{"type":"circuit_breaking_exception","reason":"Data too large"}]}}`))
	r := &reading{client: x.client, size: 1_000, limit: pageBytes}
	_, err := r.next(t.Context())
	var f *Failure
	if !errors.As(err, &f) || f.Type != "circuit_breaking_exception" || r.size != 1 || asked.Load() != 10 {
		t.Errorf("pages of %d after %d questions: %v", r.size, asked.Load(), err)
	}
}

// TestAPageWithoutANextPlaceIsAnError has a server that returns the same page
// for ever.
func TestAPageWithoutANextPlaceIsAnError(t *testing.T) {
	page := `{"_shards":{"total":1,"successful":1},"hits":{"hits":[{"_source":{},"sort":[` + strconv.Itoa(1<<62) + `,1]}]}}`
	x, _, _ := script(t, saying(200, page))
	r := &reading{client: x.client, size: 1}
	pages := 0
	var err error
	for _, err = range r.pages(t.Context()) {
		pages++
	}
	if pages != 2 || err == nil || !strings.Contains(err.Error(), "the next page cannot be requested") || string(r.after) != "[4611686018427387904,1]" {
		t.Errorf("%d pages, then %v", pages, err)
	}
}
