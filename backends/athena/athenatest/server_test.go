package athenatest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends/athena/trinotest"
)

// one is an engine that gives one row.
type one struct{}

func (one) Stream(_ context.Context, _ trinotest.Session, _ string, page func([]trinotest.Column, [][]any) error) (trinotest.Stats, error) {
	return trinotest.Stats{}, page([]trinotest.Column{{Name: "x", Type: "varchar"}}, [][]any{{nil}})
}

// post sends a request by hand and gives the answer's status and body.
func post(t *testing.T, s *Server, operation, body, signature string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AmazonAthena."+operation)
	r.Header.Set("X-Amz-Date", "20260310T000000Z")
	r.Header.Set("Authorization", signature)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

const signed = "AWS4-HMAC-SHA256 Credential=test, SignedHeaders=host, Signature=00"

func TestRequestsThatAreRefused(t *testing.T) {
	s := Start(t, Options{Trino: one{}})
	token := strings.Repeat("t", 32)
	for want, c := range map[string][3]string{
		"MissingAuthenticationTokenException": {"GetQueryExecution", `{}`, ""},
		"UnknownOperationException":           {"DeleteWorkGroup", `{}`, signed},
		"SerializationException":              {"GetQueryExecution", `{`, signed},
		"was not found":                       {"GetQueryResults", `{"QueryExecutionId":"x"}`, signed},
		"clientRequestToken":                  {"StartQueryExecution", `{"QueryString":"SELECT 1","ClientRequestToken":"short"}`, signed},
		"queryString":                         {"StartQueryExecution", `{"QueryString":"","ClientRequestToken":"` + token + `"}`, signed},
	} {
		if status, body := post(t, s, c[0], c[1], c[2]); status/100 != 4 || !strings.Contains(body, want) {
			t.Errorf("%s: got %d, %s", want, status, body)
		}
	}
	if s.Started() != 0 {
		t.Error("a query was started")
	}
}

func TestATokenNamesOneQuery(t *testing.T) {
	s := Start(t, Options{Trino: one{}})
	start := func(text string) (int, string) {
		return post(t, s, "StartQueryExecution", `{"QueryString":"`+text+`","ClientRequestToken":"`+strings.Repeat("t", 32)+`"}`, signed)
	}
	_, first := start("SELECT 1")
	if _, again := start("SELECT 1"); again != first || s.Started() != 1 {
		t.Errorf("got %s and %s", first, again)
	}
	if status, body := start("SELECT 2"); status != 400 || !strings.Contains(body, "Idempotent parameters do not match") {
		t.Errorf("got %d, %s", status, body)
	}
}

func TestAQueryIsQueuedThenEnds(t *testing.T) {
	s := Start(t, Options{Trino: one{}})
	_, body := post(t, s, "StartQueryExecution", `{"QueryString":"SELECT 1","ClientRequestToken":"`+strings.Repeat("t", 32)+`"}`, signed)
	if _, answer := post(t, s, "GetQueryExecution", body, signed); !strings.Contains(answer, `"State":"QUEUED"`) || s.Running() != 1 {
		t.Errorf("got %s", answer)
	}
	for s.Running() > 0 {
		post(t, s, "GetQueryExecution", body, signed)
	}
	_, answer := post(t, s, "GetQueryResults", body, signed)
	var page struct {
		ResultSet struct{ Rows []json.RawMessage }
		NextToken string
	}
	if err := json.Unmarshal([]byte(answer), &page); err != nil || len(page.ResultSet.Rows) != 2 || page.NextToken != "" {
		t.Fatalf("got %s, %v", answer, err)
	}
	if string(page.ResultSet.Rows[0]) != `{"Data":[{"VarCharValue":"x"}]}` || string(page.ResultSet.Rows[1]) != `{"Data":[{}]}` {
		t.Errorf("got %s", answer)
	}
}
