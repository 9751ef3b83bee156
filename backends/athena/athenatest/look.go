package athenatest

// status is a QueryExecutionStatus of the Amazon Athena API Reference.
type status struct {
	State             string
	StateChangeReason string       `json:",omitempty"`
	AthenaError       *athenaError `json:",omitempty"`
}

// statistics is a QueryExecutionStatistics.
type statistics struct {
	DataScannedInBytes          int64
	EngineExecutionTimeInMillis int64
	QueryQueueTimeInMillis      int64
	TotalExecutionTimeInMillis  int64
	ResultReuseInformation      struct{ ReusedPreviousResult bool }
}

// look tells the state of a query: QUEUED first, then the true one.
func (s *Server) look(in queryRequest) (any, *refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.queries[in.QueryExecutionId]
	if q == nil {
		return nil, unknown(in.QueryExecutionId)
	}
	q.told = q.told || q.ended()
	at := status{State: q.state, StateChangeReason: q.reason, AthenaError: q.failure}
	if len(q.before) > 0 {
		at = status{State: q.before[0]}
		q.before = q.before[1:]
	}
	switch {
	case at.State == "RUNNING" && len(q.soFar) > 0:
		q.scanned, q.soFar = q.soFar[0], q.soFar[1:]
	case at.State != "RUNNING" && at.State != "QUEUED":
		q.scanned = q.stats.PhysicalInputBytes
	}
	spent := statistics{
		DataScannedInBytes:          q.scanned,
		EngineExecutionTimeInMillis: q.stats.ElapsedMillis,
		QueryQueueTimeInMillis:      q.stats.QueuedMillis,
		TotalExecutionTimeInMillis:  q.stats.ElapsedMillis + q.stats.QueuedMillis,
	}
	spent.ResultReuseInformation.ReusedPreviousResult = q.reused
	return map[string]any{"QueryExecution": map[string]any{
		"QueryExecutionId": q.id, "Query": q.request.QueryString, "Status": at, "Statistics": spent,
	}}, nil
}
