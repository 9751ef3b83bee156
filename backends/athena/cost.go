package athena

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/athena/types"
)

// Prices count in decimal units, as Athena's own limits on bytes scanned do. AWS
// does not say which it bills; where it is the binary ones, the bill is lower.
const (
	megabyte       = 1_000_000
	terabyte       = 1_000_000_000_000
	minimumBilled  = 10 * megabyte
	defaultDollars = 5
)

// Cost is what statements took. Times are Athena's own and add up over
// statements that ran side by side.
type Cost struct {
	Statements int   // queries that ended, each attempt of a statement counted
	Reused     int   // of them, answered with an earlier result
	Scanned    int64 // bytes
	Billed     int64 // bytes
	Queued     time.Duration
	Engine     time.Duration
	Total      time.Duration
	Dollars    float64 // an estimate: that of Billed, at the price of Options
}

// cost is that of all statements so far, those stopped among them.
func (s *session) cost() Cost {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.spent
	c.Dollars = float64(c.Billed) / terabyte * s.options.Dollars
	return c
}

func (s *session) account(query *types.QueryExecution) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &s.spent
	c.Statements++
	statistics := query.Statistics
	if statistics == nil {
		statistics = &types.QueryExecutionStatistics{}
	}
	scanned := number(statistics.DataScannedInBytes)
	c.Scanned += scanned
	c.Queued += millis(statistics.QueryQueueTimeInMillis)
	c.Engine += millis(statistics.EngineExecutionTimeInMillis)
	c.Total += millis(statistics.TotalExecutionTimeInMillis)
	reused := statistics.ResultReuseInformation != nil && statistics.ResultReuseInformation.ReusedPreviousResult
	if reused {
		c.Reused++
	}
	if !reused && query.Status.State != types.QueryExecutionStateFailed {
		c.Billed += billed(scanned)
	}
}

// billed is what a query that was not free is charged for: megabytes, ten at
// least. Failed queries are free, cancelled ones are not ("Amazon Athena
// pricing").
func billed(scanned int64) int64 {
	return max(minimumBilled, (scanned+megabyte-1)/megabyte*megabyte)
}

func number(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

func millis(n *int64) time.Duration { return time.Duration(number(n)) * time.Millisecond }
