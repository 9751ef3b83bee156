package athena

import (
	"io"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/athena"

	"github.com/sigmahunt/sigmahunt/backends/athena/athenatest"
)

// late reads on in a body that the SDK has closed, as net/http does where the
// answer is faster than its own goroutine. It gives what that reading gave.
type late struct {
	aws.HTTPClient
	t *testing.T
}

func (c late) Do(r *http.Request) (*http.Response, error) {
	body := r.Body
	answer, err := c.HTTPClient.Do(r)
	_ = body.Close() // as the SDK does
	if _, err := io.Copy(io.Discard, body); err != nil {
		c.t.Errorf("%s: the end of the body is an error: %v", r.Header.Get("X-Amz-Target"), err)
	}
	return answer, err
}

func TestTheEndOfAClosedBodyIsNoError(t *testing.T) {
	_, s := serve(t, athenatest.Options{Trino: giving([][]any{{"x", 1}})}, Options{})
	o := s.client.Options()
	bodies, ok := o.HTTPClient.(endingBodies)
	if !ok {
		t.Fatalf("the session's client is a %T", o.HTTPClient)
	}
	o.HTTPClient = endingBodies{late{bodies.HTTPClient, t}}
	s.client = sdk.New(o)
	if got := must(t, s, "SELECT 1"); len(got) != 1 {
		t.Errorf("got %q", got)
	}
}
