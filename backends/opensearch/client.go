package opensearch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/opensearch-project/opensearch-go/v4/opensearchtransport"
	"github.com/opensearch-project/opensearch-go/v4/signer"
	"github.com/opensearch-project/opensearch-go/v4/signer/awsv2"

	"github.com/sigmahunt/sigmahunt/backends"
)

const (
	defaultTimeout = 2 * time.Minute
	maxTimeout     = time.Hour
)

// remote is which server requests go to, and how.
type remote struct {
	backends.Remote
	Settings
}

func remoteOf(c backends.Config) remote { return remote{c.Remote, settingsOf(c)} }

// client sends requests to one OpenSearch.
type client struct {
	sdk     *opensearchtransport.Client
	timeout time.Duration // for one request
	clock   backends.Sleeper

	received atomic.Int64 // bytes of answers
}

// newClient makes a client, and sends no request. What is wrong with r
// is a *backends.ConfigError.
func newClient(ctx context.Context, r remote, clock backends.Sleeper) (*client, error) {
	address, err := endpoint(r.Endpoint)
	if err != nil {
		return nil, misconfigured(err)
	}
	c := &client{timeout: r.Timeout, clock: clock}
	if c.timeout == 0 {
		c.timeout = defaultTimeout
	}
	transport, err := newTransport(r)
	switch {
	case err != nil:
		return nil, misconfigured(err)
	case c.timeout < time.Second || c.timeout > maxTimeout:
		return nil, misconfigured(fmt.Errorf("a request takes between 1 s and %s, not %s", maxTimeout, c.timeout))
	case (r.User == "") != (r.Password == ""):
		return nil, misconfigured(errors.New("there is a user without a password, or a password without a user"))
	case r.User != "" && r.SigV4 != "":
		return nil, misconfigured(errors.New("requests carry a user and a password, or an AWS signature, not both"))
	}
	var signs signer.Signer
	if r.SigV4 != "" {
		if signs, err = newSigner(ctx, r); err != nil {
			return nil, err
		}
	}
	c.sdk, err = opensearchtransport.New(opensearchtransport.Config{
		URLs: []*url.URL{address}, Username: r.User, Password: r.Password, Signer: signs, Transport: transport,
		DisableRetry:      true,                                // see call
		NodeStatsInterval: -1,                                  // it would request the node's state every few seconds
		HealthCheck:       opensearchtransport.NoOpHealthCheck, // and whether it is there
	})
	if err != nil {
		return nil, misconfigured(err)
	}
	return c, nil
}

func misconfigured(err error) error {
	return &backends.ConfigError{Err: fmt.Errorf("opensearch: %w", err)}
}

// endpoint checks an address. Errors do not repeat it: it may hold a password.
func endpoint(text string) (*url.URL, error) {
	if text == "" {
		return nil, errors.New("there is no endpoint: give the server's address, such as https://search.example.com:9200")
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("the endpoint is no address: write https://HOST:PORT, with a path where the server is below one")
	case u.User != nil:
		return nil, errors.New("the endpoint holds a user or a password: they are read from the environment")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("the endpoint has a query or a fragment: an address ends with its path")
	}
	return u, nil
}

// newTransport is that of the standard library, but for whom it trusts. A
// transport follows no redirects.
func newTransport(r remote) (*http.Transport, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone() // with the environment's proxy
	transport.TLSClientConfig = &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: r.Insecure, // as the user requested, who was warned
	}
	if len(r.CA) == 0 {
		return transport, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("reading the system's certificates: %w", err)
	}
	if !pool.AppendCertsFromPEM(r.CA) {
		return nil, errors.New("there is no certificate in the file of certificates")
	}
	transport.TLSClientConfig.RootCAs = pool
	return transport, nil
}

// newSigner finds region and credentials. Credentials are had here, since a
// request without them would be taken for a broken network and sent again.
func newSigner(ctx context.Context, r remote) (signer.Signer, error) {
	c, err := config.LoadDefaultConfig(ctx, config.WithRegion(r.Region), config.WithSharedConfigProfile(r.Profile))
	if err != nil {
		return nil, misconfigured(fmt.Errorf("reading the AWS configuration: %w", err))
	}
	if c.Region == "" {
		return nil, misconfigured(errors.New("there is no AWS region: name one, or set it in the profile or in AWS_REGION"))
	}
	if _, err := c.Credentials.Retrieve(ctx); err != nil {
		return nil, fmt.Errorf("opensearch: there are no AWS credentials: %w", err)
	}
	return awsv2.NewSignerWithService(c, r.SigV4)
}

// Close ends the connections.
func (c *client) Close() {
	_ = c.sdk.Close() // which returns no error
}
