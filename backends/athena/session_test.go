package athena

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/athena/athenatest"
	"github.com/sigmahunt/sigmahunt/backends/athena/trinotest"
)

// quick waits a moment, whatever it is told, and remembers what it was told. It
// calls end, if any, at the wait number last.
type quick struct {
	last int
	end  func()

	mu    sync.Mutex
	waits []time.Duration
}

func (q *quick) Sleep(ctx context.Context, d time.Duration) error {
	q.mu.Lock()
	q.waits = append(q.waits, d)
	if len(q.waits) == q.last {
		q.end()
	}
	q.mu.Unlock()
	return backends.WallClock{}.Sleep(ctx, 50*time.Microsecond)
}

// fake is an engine that makes rows up; nil stands for no end.
type fake func(in trinotest.Session, sql string) ([][]any, trinotest.Stats, error)

func (f fake) Stream(ctx context.Context, in trinotest.Session, sql string, page func([]trinotest.Column, [][]any) error) (trinotest.Stats, error) {
	if f == nil {
		<-ctx.Done()
		return trinotest.Stats{}, ctx.Err()
	}
	rows, stats, err := f(in, sql)
	if err != nil {
		return stats, err
	}
	return stats, page([]trinotest.Column{{Name: "a", Type: "varchar"}, {Name: "b", Type: "bigint"}}, rows)
}

var columns = []string{"a", "b"}

func giving(rows [][]any) fake {
	return func(trinotest.Session, string) ([][]any, trinotest.Stats, error) { return rows, trinotest.Stats{}, nil }
}

func failing(err error) fake {
	return func(trinotest.Session, string) ([][]any, trinotest.Stats, error) { return nil, trinotest.Stats{}, err }
}

// serve starts a server and a session on it.
func serve(t *testing.T, o athenatest.Options, options Options) (*athenatest.Server, *session) {
	t.Helper()
	server := athenatest.Start(t, o)
	return server, connect(t, server.URL, options)
}

func connect(t *testing.T, url string, o Options) *session {
	t.Helper()
	credentials(t)
	o.Endpoint, o.Region = url, "eu-central-1"
	if o.Clock == nil {
		o.Clock = &quick{}
	}
	s, err := newSession(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// credentials hides what the machine has.
func credentials(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "", "AWS_REGION": "",
		"AWS_DEFAULT_REGION": "", "AWS_CONFIG_FILE": none, "AWS_SHARED_CREDENTIALS_FILE": none, "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_ATHENA": "",
	} {
		t.Setenv(name, value)
	}
}

// collect gives rows as texts, NULL as ∅.
func collect(ctx context.Context, s *session, text string) ([]string, error) {
	var out []string
	for row, err := range s.rows(ctx, text, columns) {
		if err != nil {
			return out, err
		}
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = "∅"
			if c != nil {
				cells[i] = *c
			}
		}
		out = append(out, strings.Join(cells, "|"))
	}
	return out, nil
}

func must(t *testing.T, s *session, text string) []string {
	t.Helper()
	rows, err := collect(t.Context(), s, text)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestRowsComeInOrderAcrossPages(t *testing.T) {
	var rows [][]any
	var want []string
	for i := range 2500 {
		text := hostile[i%len(hostile)]
		if i%7 == 0 {
			rows, want = append(rows, []any{nil, i}), append(want, fmt.Sprintf("∅|%d", i))
			continue
		}
		rows, want = append(rows, []any{text, i}), append(want, fmt.Sprintf("%s|%d", text, i))
	}
	for _, page := range []int{1, 2, 999, 1000, 0} {
		if page == 1 || page == 2 {
			rows, want := rows[:50], want[:50]
			_, s := serve(t, athenatest.Options{Trino: giving(rows), Page: page}, Options{})
			if got := must(t, s, "SELECT 1"); !slices.Equal(got, want) {
				t.Errorf("pages of %d: got %d rows", page, len(got))
			}
			continue
		}
		server, s := serve(t, athenatest.Options{Trino: giving(rows), Page: page}, Options{})
		if got := must(t, s, "-- a title\nSELECT 1"); !slices.Equal(got, want) {
			t.Errorf("pages of %d: got %d rows", page, len(got))
		}
		if n := server.Calls("GetQueryResults"); n != 3 {
			t.Errorf("pages of %d: %d requests", page, n)
		}
	}
}

func TestAnEmptyResultHasAHeader(t *testing.T) {
	server, s := serve(t, athenatest.Options{Trino: giving(nil)}, Options{})
	if got := must(t, s, "SELECT 1"); len(got) > 0 {
		t.Errorf("got %v", got)
	}
	_, err := collect(t.Context(), s, "SHOW TABLES")
	if err == nil || !strings.Contains(err.Error(), "without a header") {
		t.Errorf("got %v", err)
	}
	for _, want := range [][]string{{"a"}, {"b", "a"}, {"a", "b", "c"}, nil} {
		for row, err := range s.rows(t.Context(), "SELECT 1", want) {
			if row != nil || err == nil || !strings.Contains(err.Error(), `the columns ["a" "b"]`) {
				t.Errorf("%v: got %v, %v", want, row, err)
			}
		}
	}
	if server.Running() != 0 {
		t.Error("a query is left running")
	}
}

func TestAnEarlyEndAsksForNoMorePages(t *testing.T) {
	server, s := serve(t, athenatest.Options{Trino: giving([][]any{{"x", 1}, {"y", 2}, {"z", 3}}), Page: 2}, Options{})
	for _, err := range s.rows(t.Context(), "SELECT 1", columns) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if n := server.Calls("GetQueryResults"); n != 1 || server.Running() != 0 {
		t.Errorf("%d pages, %d running", n, server.Running())
	}
}

func TestWhereStatementsRun(t *testing.T) {
	var at trinotest.Session
	note := fake(func(in trinotest.Session, _ string) ([][]any, trinotest.Stats, error) {
		at = in
		return nil, trinotest.Stats{}, nil
	})
	server, s := serve(t, athenatest.Options{Trino: note}, Options{Settings: Settings{Workgroup: "hunts", Catalog: "AwsDataCatalog", Database: "security", Output: "s3://bucket/results/"}})
	must(t, s, "SELECT 1;\n")
	if at != (trinotest.Session{Catalog: "hive", Schema: "security"}) {
		t.Errorf("got %+v", at)
	}
	must(t, connect(t, server.URL, Options{Settings: Settings{Catalog: "memory"}}), "SELECT 1")
	if at != (trinotest.Session{Catalog: "memory"}) {
		t.Errorf("got %+v", at)
	}
}

func TestTheSurroundingsAreCheckedFirst(t *testing.T) {
	credentials(t)
	for want, o := range map[string]Options{
		"no AWS region": {},
		"up to 7 days":  {Remote: backends.Remote{Region: "eu-central-1"}, Settings: Settings{Reuse: 8 * 24 * time.Hour}},
		"profile":       {Remote: backends.Remote{Region: "eu-central-1", Profile: "absent"}},
	} {
		if _, err := newSession(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	if _, err := newSession(t.Context(), Options{Remote: backends.Remote{Region: "eu-central-1"}}); err == nil || !strings.Contains(err.Error(), "no AWS credentials") {
		t.Errorf("got %v", err)
	}
}

func TestANetworkThatIsGoneIsGivenUp(t *testing.T) {
	clock := &quick{}
	s := connect(t, "http://127.0.0.1:1", Options{Clock: clock})
	_, err := collect(t.Context(), s, "SELECT 1")
	var failure *Failure
	if err == nil || errors.As(err, &failure) || len(clock.waits) != maxCuts-1 {
		t.Errorf("got %v after %d waits", err, len(clock.waits))
	}
}
