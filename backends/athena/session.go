package athena

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	sdk "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/smithy-go/logging"

	"github.com/sigmahunt/sigmahunt/backends"
)

// Options are how statements run.
type Options struct {
	backends.Remote
	Settings

	// Run sets the statements of one run apart from those of any other. A run
	// that is started again under its name finds the queries it had started.
	// Empty: each session is a run of its own, since a query found again
	// would give results as old as it is.
	Run string

	Clock backends.Sleeper // nil: the wall's
}

// maxReuse is the oldest result that Athena hands out again (Amazon Athena API
// Reference, "ResultReuseByAgeConfiguration").
const maxReuse = 10_080 * time.Minute

// session runs statements at Athena. Its methods may be called from any
// goroutine.
type session struct {
	client  *sdk.Client
	options Options
	resumes bool // Options.Run was given: queries may be older than the session
	tracker *backends.Tracker

	mu     sync.Mutex
	spent  Cost
	starts map[string]int // by text, how often it was started
}

// newSession finds region and credentials, and asks nothing of Athena.
// Credentials are had here, since a request without them would be taken for a
// broken network and sent again.
func newSession(ctx context.Context, o Options) (*session, error) {
	if o.Reuse < 0 || o.Reuse > maxReuse {
		return nil, fmt.Errorf("athena: results are reused for up to 7 days, not %s", o.Reuse)
	}
	if o.Clock == nil {
		o.Clock = backends.WallClock{}
	}
	if o.Dollars == 0 {
		o.Dollars = defaultDollars
	}
	resumes := o.Run != ""
	if !resumes {
		o.Run = rand.Text()
	}
	c, err := config.LoadDefaultConfig(ctx, config.WithRegion(o.Region), config.WithSharedConfigProfile(o.Profile))
	if err != nil {
		return nil, fmt.Errorf("athena: reading the AWS configuration: %w", err)
	}
	if c.Region == "" {
		return nil, errors.New("athena: there is no AWS region: name one, or set it in the profile or in AWS_REGION")
	}
	if _, err := c.Credentials.Retrieve(ctx); err != nil {
		return nil, fmt.Errorf("athena: there are no AWS credentials: %w", err)
	}
	client := sdk.NewFromConfig(c, func(co *sdk.Options) {
		co.Retryer = aws.NopRetryer{} // see call
		co.Logger = logging.Nop{}     // it would write to standard error of what call tries again
		co.HTTPClient = endingBodies{co.HTTPClient}
		if o.Endpoint != "" {
			co.BaseEndpoint = &o.Endpoint
		}
	})
	return &session{client: client, options: o, resumes: resumes, starts: map[string]int{}}, nil
}

// rows runs a statement and yields its rows in order, each once, as cells of
// text; nil is NULL. The header must be want. An error ends the sequence: ctx's,
// or a *Failure where Athena ended or refused the statement; rows before it are
// valid. A query that is still running when ctx ends is stopped.
func (s *session) rows(ctx context.Context, text string, want []string) iter.Seq2[[]*string, error] {
	return func(yield func([]*string, error) bool) {
		id, err := s.complete(ctx, text)
		if err != nil {
			yield(nil, err)
			return
		}
		for row, err := range s.results(ctx, id, want) {
			if !yield(row, err) {
				return
			}
		}
	}
}

// next numbers the starts of a text.
func (s *session) next(text string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.starts[text]++
	return s.starts[text]
}

// token names one start of a statement. Athena gives the query that it has
// where it knows the token, so a start whose answer was lost can be sent again
// (Amazon Athena API Reference, "StartQueryExecution"). All parameters of the
// request are in it: a token that comes back with others is refused.
func (s *session) token(text string, number int) string {
	o := s.options
	h := sha256.New()
	for _, part := range []string{o.Run, text, o.Workgroup, o.Catalog, o.Database, o.Output, o.Reuse.String(), strconv.Itoa(number)} {
		fmt.Fprintf(h, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))
}
