package opensearch

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// answerTooLarge is the Type of a Failure that we make ourselves, of an answer
// that is longer than we take.
const answerTooLarge = "answer_too_large"

// maxReason is how much of a reason is shown, in bytes.
const maxReason = 1_000

// Failure is a request that OpenSearch, or a proxy in front of it, rejected. Its
// message is fit for a terminal.
type Failure struct {
	Status       int    // of HTTP
	Type, Reason string // of the first root cause; empty where none is known

	after time.Duration // that the server requests to wait
}

func (f *Failure) Error() string {
	text := "opensearch: " + strconv.Itoa(f.Status)
	if words := http.StatusText(f.Status); words != "" {
		text += " " + words
	}
	if f.redirects() {
		text += ", which is not followed: give the address of OpenSearch itself"
	}
	if f.Type != "" {
		text += ": " + f.Type
	}
	if f.Reason != "" {
		text += ": " + f.Reason[:min(len(f.Reason), maxReason)]
	}
	return diag.Printable(text)
}

func (f *Failure) redirects() bool { return f.Status >= 300 && f.Status < 400 }

// transient holds where OpenSearch, or a proxy in front of it, is busy or away
// for a while that is worth waiting for.
func (f *Failure) transient() bool {
	switch f.Status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return f.after <= maxWait && !f.tooLarge()
	default:
		return false
	}
}

// tooLarge holds where fewer records at once may do: the page is longer than we
// take, than the memory of a node, or than the index's max_result_window, which
// alone has no type of its own.
func (f *Failure) tooLarge() bool {
	return f.Type == answerTooLarge || f.Type == "circuit_breaking_exception" || f.Type == "too_many_buckets_exception" || f.Status == http.StatusRequestEntityTooLarge ||
		f.Type == "illegal_argument_exception" && strings.Contains(f.Reason, "max_result_window")
}

// expired holds where a point in time is no more.
func (f *Failure) expired() bool { return f.Type == "search_context_missing_exception" }

// noIndex holds where a pattern matches no index.
func (f *Failure) noIndex() bool { return f.Type == "index_not_found_exception" }

// cause is why OpenSearch rejects something.
type cause struct {
	Type   string `json:"type"`
	Reason string `json:"reason"`
}

func (c cause) String() string { return fmt.Sprintf("%s: %.*s", c.Type, maxReason, c.Reason) }

// newFailure reads the error of an answer, which may also be a bare text, cut, or
// of another server.
func newFailure(response *http.Response, body []byte) *Failure {
	f := &Failure{Status: response.StatusCode, after: retryAfter(response.Header)}
	var answer struct {
		Error json.RawMessage `json:"error"`
	}
	var whole struct {
		cause
		Root []cause `json:"root_cause"`
	}
	switch {
	case json.Unmarshal(body, &answer) != nil || answer.Error == nil:
		f.Reason = string(body)
	case json.Unmarshal(answer.Error, &whole) != nil:
		f.Reason = string(answer.Error)
	case len(whole.Root) > 0:
		f.Type, f.Reason = whole.Root[0].Type, whole.Root[0].Reason
	default:
		f.Type, f.Reason = whole.Type, whole.Reason
	}
	return f
}

// retryAfter reads the wait that a server requests: seconds, or a time by the
// server's own clock (RFC 9110, 10.2.3).
func retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return 0
	}
	return max(0, until.Sub(now))
}
