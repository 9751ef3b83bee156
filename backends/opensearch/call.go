package opensearch

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	maxAttempts  = 8
	backoffFirst = 200 * time.Millisecond // the longest wait before the second attempt
	backoffLast  = 20 * time.Second       // and before any later one
	maxWait      = time.Minute            // that a server may request; a point in time must outlive it
	maxError     = 64 << 10               // bytes read of an answer that is an error
)

// request is one request. All of ours are safe to send again: a search changes
// nothing, and a point in time whose answer was lost expires.
type request struct {
	method string
	path   string // escaped
	params url.Values
	body   any   // JSON; nil: none
	limit  int64 // bytes of a good answer
}

// call makes a request until it has an answer, which it reads into the given
// value. The error is ctx's, a *Failure where OpenSearch rejected it, or what is
// wrong with the network or the answer.
func (c *client) call(ctx context.Context, r request, into any) error {
	for attempt, longest := 1, backoffFirst; ; attempt, longest = attempt+1, min(2*longest, backoffLast) {
		err := c.once(ctx, r, into)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case !transient(err):
			return err
		case attempt == maxAttempts:
			return fmt.Errorf("%w (the last of %d attempts)", err, maxAttempts)
		}
		pause := rand.N(longest) // full jitter
		if f := (*Failure)(nil); errors.As(err, &f) {
			pause += f.after
		}
		if err := c.clock.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}

// once makes a request in the time that one has.
func (c *client) once(ctx context.Context, r request, into any) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := r.http(ctx)
	if err != nil {
		return err
	}
	response, err := c.sdk.Stream(req)
	if response != nil {
		defer response.Body.Close()
	}
	if err != nil {
		return &connectionError{err}
	}
	if response.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(response.Body, maxError)) // a part of it is enough
		c.received.Add(int64(len(body)))
		return newFailure(response, body)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, r.limit+1))
	c.received.Add(int64(len(body)))
	switch {
	case err != nil:
		return &connectionError{fmt.Errorf("reading an answer: %w", err)}
	case int64(len(body)) > r.limit:
		return &Failure{Status: response.StatusCode, Type: answerTooLarge, Reason: fmt.Sprintf("the answer is longer than %d bytes", r.limit)}
	}
	return decode(body, into)
}

func (r request) http(ctx context.Context) (*http.Request, error) {
	path, err := url.PathUnescape(r.path)
	if err != nil {
		return nil, fmt.Errorf("opensearch: %w", err)
	}
	req := &http.Request{Method: r.method, URL: &url.URL{Path: path, RawPath: r.path, RawQuery: r.params.Encode()}, Header: http.Header{}}
	if r.body != nil {
		text, err := json.Marshal(r.body)
		if err != nil {
			return nil, fmt.Errorf("opensearch: writing a request: %w", err)
		}
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
		req.Header.Set("Content-Type", "application/json")
	}
	return req.WithContext(ctx), nil
}

// decode reads an answer. One that ends early is as good as a connection that
// did.
func decode(body []byte, into any) error {
	err := json.Unmarshal(body, into)
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) && syntax.Offset >= int64(len(body)) {
		return &connectionError{fmt.Errorf("an answer is cut: %w", err)}
	}
	if err != nil {
		return fmt.Errorf("opensearch: an answer is not as OpenSearch's are: %w", err)
	}
	return nil
}

// connectionError is a connection that returned no answer, or a part of it.
type connectionError struct{ error }

func (e *connectionError) Error() string { return "opensearch: " + e.error.Error() }

func (e *connectionError) Unwrap() error { return e.error }

// transient holds for errors that another attempt may not meet.
func transient(err error) bool {
	if f := (*Failure)(nil); errors.As(err, &f) {
		return f.transient()
	}
	var (
		connection  *connectionError
		certificate *tls.CertificateVerificationError
		notTLS      tls.RecordHeaderError
		network     *net.OpError
		name        *net.DNSError
	)
	switch {
	case errors.As(err, &certificate), errors.As(err, &notTLS):
		return false
	case errors.As(err, &network) && network.Op == "remote error": // the other side ended the handshake
		return false
	case errors.As(err, &name) && name.IsNotFound:
		return false
	}
	return errors.As(err, &connection)
}
