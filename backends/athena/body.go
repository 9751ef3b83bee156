package athena

import (
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// endingBodies hides from net/http that the SDK's request bodies write
// themselves. The SDK closes a body as soon as the answer begins, and one that
// is closed tells its end by WriteTo as an error: where net/http had not looked
// for the end yet, it closes the connection and the answer is lost
// (aws-sdk-go-v2, issues 1825 and 2737). By Read the end is an end.
type endingBodies struct{ aws.HTTPClient }

func (c endingBodies) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return c.HTTPClient.Do(r)
}
