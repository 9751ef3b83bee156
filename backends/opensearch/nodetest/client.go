package nodetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Error is an answer of OpenSearch with a status of 300 or more. Type and
// Reason are those of the first root cause, and empty where the answer names
// none; Body is the whole answer.
type Error struct {
	Status       int
	Type, Reason string
	Body         []byte
}

func (e *Error) Error() string {
	if e.Type == "" {
		return fmt.Sprintf("opensearch: status %d: %.1000s", e.Status, e.Body)
	}
	return fmt.Sprintf("opensearch: status %d: %s: %s", e.Status, e.Type, e.Reason)
}

// client knows neither proxies nor redirects.
var client = &http.Client{
	Transport:     &http.Transport{MaxIdleConnsPerHost: 16},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// Do makes one request. The path begins with / and may hold a query; the body
// is nil, []byte or string as they are, or anything else as JSON.
func (s *Server) Do(ctx context.Context, method, path string, body any) (json.RawMessage, error) {
	text, err := encode(body)
	if err != nil {
		return nil, fmt.Errorf("opensearch: %s %s: %w", method, path, err)
	}
	return s.send(ctx, method, path, "application/json", text)
}

func (s *Server) send(ctx context.Context, method, path, kind string, body []byte) (json.RawMessage, error) {
	request, err := http.NewRequestWithContext(ctx, method, s.URL+path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("opensearch: %w", err)
	}
	if !strings.HasPrefix(path, "/") || request.URL.Hostname() != "127.0.0.1" {
		return nil, fmt.Errorf("opensearch: %s is not on 127.0.0.1", s.URL+path)
	}
	if len(body) > 0 {
		request.Header.Set("Content-Type", kind)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("opensearch: %w", err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("opensearch: %s %s: %w", method, path, err)
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return nil, failure(response.StatusCode, answer)
	}
	return answer, nil
}

// cause is why OpenSearch rejects something.
type cause struct {
	Type   string `json:"type"`
	Reason string `json:"reason"`
	By     *cause `json:"caused_by"`
}

// String returns the reason, and those below it.
func (c cause) String() string {
	if c.By == nil {
		return c.Reason
	}
	return c.Reason + ": " + c.By.String()
}

// failure reads the error of an answer, which may also be a bare text or none.
func failure(status int, body []byte) *Error {
	var said struct {
		Error struct {
			cause
			Root []cause `json:"root_cause"`
		} `json:"error"`
	}
	failed := &Error{Status: status, Body: body}
	if json.Unmarshal(body, &said) == nil {
		why := said.Error.cause
		if len(said.Error.Root) > 0 {
			why = said.Error.Root[0]
		}
		failed.Type, failed.Reason = why.Type, why.Reason
	}
	return failed
}

func encode(body any) ([]byte, error) {
	switch body := body.(type) {
	case nil:
		return nil, nil
	case []byte:
		return body, nil
	case string:
		return []byte(body), nil
	}
	return json.Marshal(body)
}

// indexPath is the path of an index and what follows it.
func indexPath(index, rest string) string { return "/" + url.PathEscape(index) + rest }
