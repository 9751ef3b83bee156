package trinotest_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sigmahunt/sigmahunt/backends/athena/trinotest"
)

// within is a context that a statement that hangs does not outlive.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(stop)
	return ctx
}

func query(t *testing.T, s *trinotest.Server, in trinotest.Session, sql string) *trinotest.Result {
	t.Helper()
	result, err := s.Query(within(t), in, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return result
}

func TestValuesArriveAsJSONHasThem(t *testing.T) {
	s := trinotest.Start(t)
	got := query(t, s, trinotest.Session{}, `SELECT 'é' AS s, BIGINT '9007199254740993' AS n, 1.50 AS d, true AS b,
		ARRAY[1, NULL] AS a, MAP(ARRAY['k'], ARRAY['v']) AS m, CAST(ROW(1, 'x') AS row(i integer, t varchar)) AS r,
		CAST(NULL AS varchar) AS z, current_timezone() AS tz`)
	columns := []trinotest.Column{
		{"s", "varchar(1)"},
		{"n", "bigint"},
		{"d", "decimal(3, 2)"},
		{"b", "boolean"},
		{"a", "array(integer)"},
		{"m", "map(varchar(1), varchar(1))"},
		{"r", "row(i integer, t varchar)"},
		{"z", "varchar"},
		{"tz", "varchar"},
	}
	rows := [][]any{{
		"é", json.Number("9007199254740993"), "1.50", true, []any{json.Number("1"), nil},
		map[string]any{"k": "v"}, []any{json.Number("1"), "x"}, nil, "UTC",
	}}
	if diff := cmp.Diff(columns, got.Columns); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(rows, got.Rows); diff != "" {
		t.Error(diff)
	}
}

func TestNoRowsStillHaveColumns(t *testing.T) {
	s := trinotest.Start(t)
	got := query(t, s, trinotest.Session{}, `SELECT 1 AS one WHERE false`)
	want := []trinotest.Column{{"one", "integer"}}
	if diff := cmp.Diff(want, got.Columns); diff != "" || len(got.Rows) != 0 {
		t.Errorf("%d rows\n%s", len(got.Rows), diff)
	}
}

func TestAFailureIsTyped(t *testing.T) {
	s := trinotest.Start(t)
	for sql, want := range map[string][2]string{
		`SELEC 1`:                           {"SYNTAX_ERROR", "USER_ERROR"},
		`SELECT x FROM (VALUES 1)`:          {"COLUMN_NOT_FOUND", "USER_ERROR"},
		`SELECT 1 / n FROM (VALUES 0) t(n)`: {"DIVISION_BY_ZERO", "USER_ERROR"},
	} {
		_, err := s.Query(within(t), trinotest.Session{}, sql)
		var failed *trinotest.Error
		if !errors.As(err, &failed) {
			t.Errorf("%s: %v is not an *Error", sql, err)
			continue
		}
		if got := [2]string{failed.Name, failed.Kind}; got != want || failed.Message == "" {
			t.Errorf("%s: got %v %q, want %v", sql, got, failed.Message, want)
		}
	}
}

// long is a statement that gives rows at once and runs for hours, marked so
// that the list of queries tells it from the others.
const long = ` SELECT a.n FROM UNNEST(sequence(1, 10000)) a(n), UNNEST(sequence(1, 10000)) b(n), UNNEST(sequence(1, 10000)) c(n)`

// cancelled fails the test unless the marked statement ends as cancelled.
func cancelled(t *testing.T, s *trinotest.Server, mark string) {
	t.Helper()
	for range 300 {
		got := query(t, s, trinotest.Session{}, `SELECT state, error_code FROM system.runtime.queries
			WHERE query LIKE '--`+mark+`%' AND state = 'FAILED'`)
		if len(got.Rows) > 0 {
			if got.Rows[0][1] != "USER_CANCELED" {
				t.Errorf("ended as %v", got.Rows[0])
			}
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Error("the statement still runs")
}

func TestTheEndOfAContextCancels(t *testing.T) {
	s := trinotest.Start(t)
	ctx, stop := context.WithCancel(within(t))
	mark := t.Name() + time.Now().Format("150405.000000")
	_, err := s.Stream(ctx, trinotest.Session{}, "--"+mark+"\n"+long, func([]trinotest.Column, [][]any) error {
		stop()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	cancelled(t, s, mark)
}

func TestAPageThatFailsCancels(t *testing.T) {
	s := trinotest.Start(t)
	enough := errors.New("enough")
	mark := t.Name() + time.Now().Format("150405.000000")
	_, err := s.Stream(within(t), trinotest.Session{}, "--"+mark+"\n"+long, func([]trinotest.Column, [][]any) error {
		return enough
	})
	if !errors.Is(err, enough) {
		t.Fatalf("got %v", err)
	}
	cancelled(t, s, mark)
}

func TestFilesAreTables(t *testing.T) {
	s := trinotest.Start(t)
	folder, err := os.MkdirTemp(s.Files, "events")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	lines := `{"eventName":"GetObject","userIdentity":{"type":"Root"},"requestParameters":{"key":"a b"}}` + "\n" +
		`{"eventName":"PutObject"}` + "\n"
	if err := os.WriteFile(filepath.Join(folder, "1.json"), []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	name := filepath.Base(folder)
	in := trinotest.Session{Catalog: "hive", Schema: name}
	query(t, s, in, `CREATE SCHEMA `+name)
	t.Cleanup(func() { drop(t, s, in, `DROP SCHEMA `+name+` CASCADE`) })
	query(t, s, in, `CREATE TABLE events (eventname varchar, useridentity row(type varchar), requestparameters varchar)
		WITH (format = 'OPENX_JSON', external_location = 'local:///`+name+`')`)
	got := query(t, s, in, `SELECT eventname, useridentity.type, requestparameters FROM events ORDER BY 1`)
	want := [][]any{{"GetObject", "Root", `{"key":"a b"}`}, {"PutObject", nil, nil}}
	if diff := cmp.Diff(want, got.Rows); diff != "" {
		t.Error(diff)
	}
	if got.Stats.PhysicalInputBytes == 0 {
		t.Errorf("no bytes read: %+v", got.Stats)
	}
}

// drop works after the test's own context is over.
func drop(t *testing.T, s *trinotest.Server, in trinotest.Session, sql string) {
	t.Helper()
	if _, err := s.Query(context.Background(), in, sql); err != nil {
		t.Error(err)
	}
}

func TestAnOverloadedServerIsAskedAgain(t *testing.T) {
	var asked atomic.Int32
	busy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte(`{"columns":[{"name":"n","type":"integer"}],"data":[[1]],"stats":{"queuedTimeMillis":7}}`))
	}))
	defer busy.Close()
	s := &trinotest.Server{URL: busy.URL}
	got := query(t, s, trinotest.Session{}, `SELECT 1 AS n`)
	if asked.Load() != 3 || len(got.Rows) != 1 || got.Stats.QueuedMillis != 7 {
		t.Errorf("asked %d times: %+v", asked.Load(), got)
	}
}
