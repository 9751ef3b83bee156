package athena

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"

	"github.com/sigmahunt/sigmahunt/backends"
)

const (
	requestWithin = time.Minute            // one request; a connection may hang
	backoffFirst  = 200 * time.Millisecond // the longest wait before the second try
	backoffLast   = 20 * time.Second       // and before any later one
	maxCuts       = 8                      // tries in a row that end without a sound answer
)

// call makes a request until it has an answer. Athena's rates are shared by an
// account, so one that is throttled waits until ctx ends; a network or a service
// that is broken is given up after maxCuts tries. The error is ctx's, a *Failure
// where Athena refused, or the network's.
func call[T any](ctx context.Context, c backends.Sleeper, name string, ask func(context.Context) (T, error)) (T, error) {
	var none T
	cuts := 0
	for longest := backoffFirst; ; longest = min(2*longest, backoffLast) {
		if err := ctx.Err(); err != nil {
			return none, err
		}
		out, err := once(ctx, ask)
		if err == nil {
			return out, nil
		}
		if err := ctx.Err(); err != nil {
			return none, err
		}
		switch {
		case isThrottle(err):
			cuts = 0
		case isTransient(err) && cuts+1 < maxCuts:
			cuts++
		default:
			return none, refusal(name, err)
		}
		if err := c.Sleep(ctx, rand.N(longest)); err != nil { // full jitter
			return none, err
		}
	}
}

// once bounds the time of one request.
func once[T any](ctx context.Context, ask func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, requestWithin)
	defer cancel()
	return ask(ctx)
}

func isThrottle(err error) bool {
	return retry.ThrottleErrorCode{Codes: retry.DefaultThrottleErrorCodes}.IsErrorThrottle(err) == aws.TrueTernary
}

// isTransient holds for what the SDK would retry, and for answers that were cut
// or did not come in time, which it does not.
func isTransient(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err) == aws.TrueTernary
}

// mayHaveArrived holds for a failed request that Athena may have acted upon.
func mayHaveArrived(err error) bool {
	var answer smithy.APIError
	if errors.As(err, &answer) {
		return answer.ErrorFault() != smithy.FaultClient && !isThrottle(err)
	}
	var network *net.OpError
	return !errors.As(err, &network) || network.Op != "dial"
}
