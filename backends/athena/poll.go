package athena

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
)

const (
	pollFirst   = 100 * time.Millisecond
	pollLast    = 5 * time.Second
	maxAttempts = 3                // queries for one statement, where Athena says that another may succeed
	maxStale    = 10               // queries of a statement that were stopped before this run found them
	stopWithin  = 10 * time.Second // the requests that end a query nobody waits for
)

// complete runs a statement to its success and gives the query's id. No row of
// it was read, so a query that failed is replaced by a new one where that may
// help. No query is running when it fails.
func (s *session) complete(ctx context.Context, text string) (string, error) {
	for attempt, stale := 1, 0; ; {
		id, err := s.start(ctx, text, s.next(text))
		if err != nil {
			return "", err
		}
		query, looks, err := s.wait(ctx, id)
		if err != nil {
			s.stop(ctx, id)
			return "", err
		}
		if s.resumes && looks == 1 && query.Status.State == types.QueryExecutionStateCancelled && stale < maxStale {
			stale++ // stopped when this run was started before, see Options.Run
			continue
		}
		s.account(query)
		if query.Status.State == types.QueryExecutionStateSucceeded {
			return id, nil
		}
		failure := failureOf(query)
		if attempt++; !failure.Retryable || failure.TooLarge() || attempt > maxAttempts {
			return "", failure
		}
		if err := s.options.Clock.Sleep(ctx, jitter(pollLast)); err != nil {
			return "", err
		}
	}
}

// start starts a query and gives its id. Where the answer was lost and nobody
// waits any more, the query is looked up by its token and stopped.
func (s *session) start(ctx context.Context, text string, number int) (string, error) {
	in := s.request(text, number)
	lost := false
	out, err := call(ctx, s.options.Clock, "StartQueryExecution", func(ctx context.Context) (*sdk.StartQueryExecutionOutput, error) {
		out, err := s.client.StartQueryExecution(ctx, in)
		lost = lost || err != nil && mayHaveArrived(err)
		return out, err
	})
	if err != nil {
		if answer := (*Failure)(nil); lost && !errors.As(err, &answer) {
			s.abandon(ctx, in)
		}
		return "", err
	}
	if out.QueryExecutionId == nil {
		return "", errors.New("athena: StartQueryExecution gave no id")
	}
	return *out.QueryExecutionId, nil
}

func (s *session) request(text string, number int) *sdk.StartQueryExecutionInput {
	o, token := s.options, s.token(text, number)
	in := &sdk.StartQueryExecutionInput{QueryString: &text, ClientRequestToken: &token, WorkGroup: known(o.Workgroup)}
	if o.Catalog != "" || o.Database != "" {
		in.QueryExecutionContext = &types.QueryExecutionContext{Catalog: known(o.Catalog), Database: known(o.Database)}
	}
	if o.Output != "" {
		in.ResultConfiguration = &types.ResultConfiguration{OutputLocation: &o.Output}
	}
	if o.Reuse > 0 {
		minutes := int32((o.Reuse + time.Minute - 1) / time.Minute)
		in.ResultReuseConfiguration = &types.ResultReuseConfiguration{
			ResultReuseByAgeConfiguration: &types.ResultReuseByAgeConfiguration{Enabled: true, MaxAgeInMinutes: &minutes},
		}
	}
	return in
}

func known(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// wait looks at a query until it has ended, tracks what it scans meanwhile, and
// tells how often it looked. A query that runs may be queued again, but no end is
// undone (Amazon Athena API Reference, "QueryExecutionStatus").
func (s *session) wait(ctx context.Context, id string) (query *types.QueryExecution, looks int, err error) {
	scanned := int64(0)
	for pause := pollFirst; ; pause = min(2*pause, pollLast) {
		query, err = s.look(ctx, id)
		if err != nil {
			return nil, looks, err
		}
		looks++
		if st := query.Statistics; st != nil {
			s.tracker.Scanned(number(st.DataScannedInBytes) - scanned)
			scanned = number(st.DataScannedInBytes)
		}
		switch query.Status.State {
		case types.QueryExecutionStateSucceeded, types.QueryExecutionStateFailed, types.QueryExecutionStateCancelled:
			return query, looks, nil
		case types.QueryExecutionStateQueued, types.QueryExecutionStateRunning:
		default:
			return nil, looks, fmt.Errorf("athena: query %s is in a state that is not known: %q", id, query.Status.State)
		}
		if err := s.options.Clock.Sleep(ctx, jitter(pause)); err != nil {
			return nil, looks, err
		}
	}
}

// jitter gives between half of d and d, so that queries which are started
// together are not looked at together.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2) }

func (s *session) look(ctx context.Context, id string) (*types.QueryExecution, error) {
	out, err := call(ctx, s.options.Clock, "GetQueryExecution", func(ctx context.Context) (*sdk.GetQueryExecutionOutput, error) {
		return s.client.GetQueryExecution(ctx, &sdk.GetQueryExecutionInput{QueryExecutionId: &id})
	})
	if err != nil {
		return nil, err
	}
	if out.QueryExecution == nil || out.QueryExecution.Status == nil {
		return nil, fmt.Errorf("athena: GetQueryExecution told no state of query %s", id)
	}
	return out.QueryExecution, nil
}

// abandon stops the query of a start whose answer was lost. If the start never
// arrived, this one starts the query only to stop it, which is cheaper than a
// query that nobody reads.
func (s *session) abandon(ctx context.Context, in *sdk.StartQueryExecutionInput) {
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	out, err := call(bounded, s.options.Clock, "StartQueryExecution", func(ctx context.Context) (*sdk.StartQueryExecutionOutput, error) {
		return s.client.StartQueryExecution(ctx, in)
	})
	if err == nil && out.QueryExecutionId != nil {
		s.stop(ctx, *out.QueryExecutionId)
	}
}

// stop ends a query, also when ctx is over, and accounts for what it scanned
// up to then. A query that cannot be stopped ends at Athena's time limit: there
// is nothing that a caller could do, so there is no error.
func (s *session) stop(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
	defer cancel()
	_, _ = call(ctx, s.options.Clock, "StopQueryExecution", func(ctx context.Context) (*sdk.StopQueryExecutionOutput, error) {
		return s.client.StopQueryExecution(ctx, &sdk.StopQueryExecutionInput{QueryExecutionId: &id})
	})
	if query, err := s.look(ctx, id); err == nil {
		s.account(query)
	}
}
