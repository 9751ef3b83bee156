package athena

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/sigmahunt/sigmahunt/backends/athena/athenatest"
	"github.com/sigmahunt/sigmahunt/backends/athena/trinotest"
)

func TestFailuresAreClassified(t *testing.T) {
	for _, c := range []struct {
		reason string
		typ    int32
		want   failureKind
	}{
		{"COMPILER_ERROR: Compiler failed", 200, compilerLimit},
		{"QUERY_EXCEEDED_COMPILER_LIMIT: Query exceeded maximum filters.", 200, compilerLimit},
		{"GENERIC_INTERNAL_ERROR: io.airlift.bytecode.MethodTooLargeException", 200, compilerLimit},
		{"Query contains too many filters", 1000, compilerLimit},
		{"QUERY_HAS_TOO_MANY_STAGES: Number of stages in the query (200) exceeds the allowed maximum (150)", 1000, compilerLimit},
		{"SYNTAX_ERROR: line 1:1: statement is too large (stack overflow while parsing)", 1006, compilerLimit},
		{"SYNTAX_ERROR: line 1:8: Column 'too many filters' cannot be resolved", 1006, wrongStatement},
		{"TABLE_NOT_FOUND: line 1:15: Table 'x' does not exist", 1110, wrongStatement},
		{"mismatched input 'FORM'", 1006, wrongStatement},
		{"Query exhausted resources at this scale factor", 3, resources},
		{"EXCEEDED_TIME_LIMIT: Query exceeded the maximum run time", 1000, resources},
		{"Query timeout", 206, resources},
		{"Access Denied (Service: Amazon S3; Status Code: 403)", 1500, access},
		{"PERMISSION_DENIED: no", 1000, access},
		{"Please reduce your request rate", 1403, throttled},
		{"Rate exceeded", 1404, throttled},
		{"HIVE_BAD_DATA: Field ends too early", 1001, otherFailure},
		{"", 100, otherFailure},
	} {
		q := &types.QueryExecution{Status: &types.QueryExecutionStatus{
			State: "FAILED", StateChangeReason: &c.reason, AthenaError: &types.AthenaError{ErrorType: &c.typ},
		}}
		if f := failureOf(q); f.Kind != c.want || f.TooLarge() != (c.want == compilerLimit) {
			t.Errorf("%q: got %s, not %s", c.reason, f.Kind, c.want)
		}
	}
}

func TestACancelledQueryTellsByWhat(t *testing.T) {
	for reason, want := range map[string]failureKind{
		"Query cancelled by user": cancelled,
		"":                        cancelled,
		"Query cancelled! : Bytes scanned limit was exceeded": resources,
	} {
		q := &types.QueryExecution{Status: &types.QueryExecutionStatus{State: "CANCELLED", StateChangeReason: &reason}}
		if f := failureOf(q); f.Kind != want || f.Type != -1 {
			t.Errorf("%q: got %+v", reason, f)
		}
	}
}

func TestFailuresOfTheEngineComeThrough(t *testing.T) {
	server, s := serve(t, athenatest.Options{Trino: failing(&trinotest.Error{Name: "COLUMN_NOT_FOUND", Kind: "USER_ERROR", Message: "line 1:8: Column 'x' cannot be resolved"})}, Options{})
	_, err := collect(t.Context(), s, "SELECT x")
	var f *Failure
	if !errors.As(err, &f) || f.Kind != wrongStatement || f.Category != 2 || f.State != "FAILED" || f.ID == "" || f.TooLarge() || server.Started() != 1 {
		t.Errorf("got %+v", f)
	}
	if want := "athena: query " + f.ID + " failed: COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved"; err.Error() != want {
		t.Errorf("got %q", err)
	}
	_, s = serve(t, athenatest.Options{Trino: failing(&trinotest.Error{Name: "QUERY_EXCEEDED_COMPILER_LIMIT", Kind: "INTERNAL_ERROR", Message: "Query exceeded maximum filters."})}, Options{})
	if _, err = collect(t.Context(), s, "SELECT x"); !errors.As(err, &f) || !f.TooLarge() {
		t.Errorf("got %v", err)
	}
}

func TestARefusedStartIsAFailure(t *testing.T) {
	server, s := serve(t, athenatest.Options{Trino: giving(nil)}, Options{})
	_, err := collect(t.Context(), s, "SELECT '"+strings.Repeat("x", maxQuery)+"'")
	var f *Failure
	if !errors.As(err, &f) || !f.TooLarge() || f.State != "REFUSED" || server.Calls("StartQueryExecution") != 1 {
		t.Errorf("got %v", err)
	}
}
