package conformance

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/duckdb"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate/correlatetest"
	"github.com/sigmahunt/sigmahunt/fixtures"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

// duckStatements runs the statements of correlations in process.
type duckStatements struct{ backend backends.Backend }

func newDuckStatements(t testing.TB) duckStatements {
	t.Helper()
	if !duckdb.Available {
		t.Skip("no DuckDB: the tests were built with CGO_ENABLED=0")
	}
	b, err := duckdb.Engine.New(backends.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return duckStatements{b}
}

func (duckStatements) Name() string { return duckdb.Engine.Name }

func (d duckStatements) Target() *compiler.Target { return d.backend.Target() }

func (d duckStatements) Answer(ctx context.Context, report []*compiler.CorrelationPlan, legal map[*sigma.Rule]*compiler.Plan, w backends.Window, file string) (answers []Answer, err error) {
	x, err := duckdb.Engine.Open(ctx, backends.Config{Paths: []string{file}, Workers: 1})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, x.Close()) }()
	return answersOf(ctx, d.backend, x, report, legal, w)
}

func TestDuckDBStatementsGiveTheEpisodesThatPeopleWroteDown(t *testing.T) {
	cases, err := LoadEpisodes(fixtures.Conformance, "conformance")
	if err != nil {
		t.Fatal(err)
	}
	reasons, err := ReadReasons("testdata/rows/duckdb.txt")
	if err != nil {
		t.Fatal(err)
	}
	RunStatements(t, newDuckStatements(t), cases, reasons)
}

func TestDuckDBStatementsAgreeWithThePacksTimedTests(t *testing.T) {
	for _, pack := range rules.Names() {
		cases, err := PackEpisodes(rules.Files(), pack)
		if err != nil {
			t.Fatal(err)
		}
		RunStatements(t, newDuckStatements(t), cases, nil)
	}
}

// statementShares is in how many parts random correlations are tried at a time.
const statementShares = 4

func TestDuckDBStatementsAgreeWithTheEvaluatorOnRandomCorrelations(t *testing.T) {
	for share := range statementShares {
		t.Run(strconv.Itoa(share), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(*seed, uint64(21+share)))
			randomDuckStatements(t, r, *statementPairs/statementShares, func(sets int) *correlatetest.Trial {
				if sets == 1 {
					return correlatetest.New(t, r)
				}
				return correlatetest.NewOfSets(t, r, sets)
			})
		})
	}
}

func TestDuckDBStatementsAgreeWithTheEvaluatorOverSeveralSources(t *testing.T) {
	r := rand.New(rand.NewPCG(*seed, 27))
	randomDuckStatements(t, r, *statementPairs/4, func(sets int) *correlatetest.Trial { return correlatetest.NewOfSources(t, r, sets) })
}

// randomDuckStatements tries statements by turns on one set of events and on
// several: it takes DuckDB 20 ms to make ready for one, whatever it is tried on,
// but those of several sets group by the set.
func randomDuckStatements(t *testing.T, r *rand.Rand, pairs int, next func(sets int) *correlatetest.Trial) {
	d := newDuckStatements(t)
	done, statements, episodes := 0, 0, 0
	for sets := 1; done < pairs; sets = 9 - sets {
		tr := next(sets)
		w := randomWindow(r)
		want := correlated(t, tr, w)
		file := filepath.Join(t.TempDir(), "events.json")
		if err := os.WriteFile(file, ndjson(tr), 0o600); err != nil {
			t.Fatal(err)
		}
		answers, err := d.Answer(t.Context(), tr.Ready, legalAll(t, tr, d.Target()), w, file)
		if err != nil {
			t.Fatalf("%v of\n%s", err, tr.Text)
		}
		for i, a := range answers {
			done, statements = done+sets, statements+1
			if a.Reason != "" {
				t.Fatalf("%s in\n%s", a.Reason, tr.Text)
			}
			if text := differ(tr, tr.Ready[i], linesOf(a.Episodes), want[tr.Ready[i]]); text != "" {
				t.Fatal(text)
			}
			episodes += len(a.Episodes)
		}
	}
	t.Logf("%d pairs of a correlation and a set of events agree, by %d statements: %d episodes", done, statements, episodes)
}

func TestDuckDBStatementsKeepHostileTextsWhereTheyStand(t *testing.T) {
	d, c := newDuckStatements(t), hostileCase(t)
	_, report, legal, diags := c.compile(t, d.Target())

	if diags.HasErrors() {
		t.Fatal(diags.Err())
	}
	// U+0130 makes a record irregular, and one that is makes all undecided.
	var lines []byte
	for line := range strings.Lines(string(c.Events)) {
		if !strings.Contains(line, "\u0130") {
			lines = append(lines, line...)
		}
	}
	c.Events = lines
	file := filepath.Join(t.TempDir(), "events.json")
	if err := os.WriteFile(file, c.Events, 0o600); err != nil {
		t.Fatal(err)
	}
	answers, err := d.Answer(t.Context(), report, legal, backends.Window{}, file)
	if err != nil {
		t.Fatal(err)
	}
	want := c.evaluatedEpisodes(t, report)
	for i, of := range report {
		if got, want := linesOf(answers[i].Episodes), linesOf(want[of]); len(want) < 10 || !slices.Equal(got, want) {
			t.Errorf("%q %s\ngot\n%s\nwant\n%s", of.Rule.Title, answers[i].Reason, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestDuckDBStatementsSayWhatTheyDoNotDecide(t *testing.T) {
	d := newDuckStatements(t)
	eachDoubt(t, func(t *testing.T, c EpisodeCase) (Answer, []string) {
		_, report, legal, diags := c.compile(t, d.Target())

		if diags.HasErrors() {
			t.Fatal(diags.Err())
		}
		file := filepath.Join(t.TempDir(), "events.json")
		if err := os.WriteFile(file, c.Events, 0o600); err != nil {
			t.Fatal(err)
		}
		answers, err := d.Answer(t.Context(), report, legal, backends.Window{}, file)
		if err != nil {
			t.Fatal(err)
		}
		if answers[0].Reason != "" {
			return answers[0], nil
		}
		return answers[0], linesOf(c.evaluatedEpisodes(t, report)[report[0]])
	})
}
