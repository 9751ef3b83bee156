package trinotest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	// busyTries and busyWait bound how long a server that is overloaded is asked.
	busyTries = 100
	busyWait  = 100 * time.Millisecond
	// cancelWait bounds the request that ends a statement nobody waits for.
	cancelWait = 5 * time.Second
)

// answer is one page of Trino's client protocol.
type answer struct {
	NextURI string   `json:"nextUri"`
	Columns []Column `json:"columns"`
	Data    [][]any  `json:"data"`
	Stats   struct {
		PhysicalInputBytes int64 `json:"physicalInputBytes"`
		CPUMillis          int64 `json:"cpuTimeMillis"`
		ElapsedMillis      int64 `json:"elapsedTimeMillis"`
		QueuedMillis       int64 `json:"queuedTimeMillis"`
	} `json:"stats"`
	Error *struct {
		Name    string `json:"errorName"`
		Kind    string `json:"errorType"`
		Message string `json:"message"`
	} `json:"error"`
}

// run runs a statement, again while the server has no node to run it on: a node
// that was too busy to be heard of counts as none for a while.
func (s *Server) run(ctx context.Context, in Session, sql string, page func([]Column, [][]any) error) (columns []Column, stats Stats, err error) {
	for range nodeTries {
		columns, stats, err = s.follow(ctx, in, sql, page)
		var failed *Error
		if !errors.As(err, &failed) || failed.Name != "NO_NODES_AVAILABLE" {
			break
		}
		select {
		case <-ctx.Done():
			return nil, stats, ctx.Err()
		case <-time.After(nodeWait):
		}
	}
	return columns, stats, err
}

// nodeTries times nodeWait is how long a node may be away.
const (
	nodeTries = 60
	nodeWait  = 500 * time.Millisecond
)

// follow follows a statement from page to page until one names no next page.
// Leaving before that cancels the statement.
func (s *Server) follow(ctx context.Context, in Session, sql string, page func([]Column, [][]any) error) (columns []Column, stats Stats, err error) {
	next := ""
	defer func() {
		if err != nil && next != "" {
			s.cancel(ctx, in, next)
		}
	}()
	at, err := s.ask(ctx, in, http.MethodPost, s.URL+"/v1/statement", sql)
	for {
		if err != nil {
			return nil, stats, err
		}
		next, stats = at.NextURI, Stats(at.Stats)
		if at.Error != nil {
			return nil, stats, &Error{Name: at.Error.Name, Kind: at.Error.Kind, Message: at.Error.Message}
		}
		if len(at.Columns) > 0 {
			columns = at.Columns
		}
		if len(at.Data) > 0 {
			if err := page(columns, at.Data); err != nil {
				return nil, stats, err
			}
		}
		if next == "" {
			return columns, stats, nil
		}
		at, err = s.ask(ctx, in, http.MethodGet, next, "")
	}
}

// ask gets one page, again while the server says that it is overloaded.
func (s *Server) ask(ctx context.Context, in Session, method, uri, body string) (*answer, error) {
	for range busyTries {
		response, err := s.send(ctx, in, method, uri, body)
		if err != nil {
			return nil, err
		}
		if response.StatusCode != http.StatusServiceUnavailable {
			return read(response)
		}
		response.Body.Close()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(busyWait):
		}
	}
	return nil, fmt.Errorf("trino: %s %s: still overloaded after %d tries", method, uri, busyTries)
}

// send makes one request. The time zone is Athena's, whatever the machine's.
func (s *Server) send(ctx context.Context, in Session, method, uri, body string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, uri, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("X-Trino-User", "test")
	request.Header.Set("X-Trino-Time-Zone", "UTC")
	if in.Catalog != "" {
		request.Header.Set("X-Trino-Catalog", in.Catalog)
	}
	if in.Schema != "" {
		request.Header.Set("X-Trino-Schema", in.Schema)
	}
	return http.DefaultClient.Do(request)
}

// read decodes a page and closes it. Numbers keep the digits they came with.
func read(response *http.Response) (*answer, error) {
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(response.Body, 1000))
		return nil, fmt.Errorf("trino: %s: %s", response.Status, strings.TrimSpace(string(text)))
	}
	at := &answer{}
	decoder := json.NewDecoder(response.Body)
	decoder.UseNumber()
	if err := decoder.Decode(at); err != nil {
		return nil, fmt.Errorf("trino: reading an answer: %w", err)
	}
	return at, nil
}

// cancel ends the statement whose next page is uri, also when ctx is over. It
// is a courtesy: the server drops an abandoned statement by itself later.
func (s *Server) cancel(ctx context.Context, in Session, uri string) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelWait)
	defer stop()
	if response, err := s.send(ctx, in, http.MethodDelete, uri, ""); err == nil {
		response.Body.Close()
	}
}
