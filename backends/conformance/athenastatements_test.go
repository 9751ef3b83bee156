package conformance

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/athena"
	"github.com/sigmahunt/sigmahunt/backends/sqlgen/episodes"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate/correlatetest"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/fixtures"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

// Answer runs the statements of correlations as the program does.
func (e *throughSDK) Answer(ctx context.Context, report []*compiler.CorrelationPlan, legal map[*sigma.Rule]*compiler.Plan, w backends.Window, file string) (answers []Answer, err error) {
	config := e.config
	name, _, drop, err := e.load(ctx, file, compiler.SourceNames(report...)...)
	if err != nil {
		return nil, err
	}
	config.Settings = &athena.Settings{Database: name}
	defer func() { err = errors.Join(err, drop()) }()
	x, err := athena.Engine.Open(ctx, config)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, x.Close()) }()
	return answersOf(ctx, e.backend, x, report, legal, w)
}

// onShelf runs statements on Trino itself, which waits for no answers, over one
// table in which the events of each call are a file.
type onShelf struct {
	*held
	files int
}

func newOnShelf(t *testing.T, layout, name string) *onShelf {
	t.Helper()
	s := newShelfOf(t, schema.CloudTrail, layout, name)
	h, err := s.hold(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return &onShelf{held: h}
}

func (s *onShelf) Name() string { return "trino " + s.layout.Name }

func (s *onShelf) Target() *compiler.Target { return s.backend.Target() }

func (s *onShelf) Answer(ctx context.Context, report []*compiler.CorrelationPlan, legal map[*sigma.Rule]*compiler.Plan, w backends.Window, file string) (answers []Answer, err error) {
	events, err := readEach(file, s.layout.Source.Name)
	if err != nil {
		return nil, err
	}
	var lines bytes.Buffer
	for _, raw := range events {
		lines.Write(stored(raw, s.layout))
	}
	s.files++
	name := fmt.Sprintf("/%s/%s/%d.json", s.in.Schema, s.table, s.files)
	if err := os.WriteFile(s.server.Files+name, lines.Bytes(), 0o644); err != nil {
		return nil, err
	}
	over := *s.held
	over.table = fmt.Sprintf(`(SELECT * FROM %s WHERE "$path" = 'local://%s')`, s.table, name)
	for _, source := range compiler.SourceNames(report...) {
		if source == s.layout.Source.Name {
			continue
		}
		other, err := s.holdAs(ctx, s.Target().Layouts[source], nil)
		if err != nil {
			return nil, err
		}
		if _, err := writeEach(file, other.layout, filepath.Join(s.server.Files, s.in.Schema, other.table)); err != nil {
			return nil, err
		}
		over.also = append(over.also, other)
	}
	for _, of := range report {
		a, err := AnswerOf(over.episodes(ctx, of, legal, w))
		var refused *refusal
		switch {
		case errors.As(err, &refused):
			a.Reason = refused.Error()
		case err != nil:
			return nil, err
		}
		answers = append(answers, a)
	}
	return answers, nil
}

// refusal is that no statement of a correlation can be written.
type refusal struct{ error }

func TestTrinoStatementsGiveTheEpisodesThatPeopleWroteDown(t *testing.T) {
	cases, err := LoadEpisodes(fixtures.Conformance, "conformance")
	if err != nil {
		t.Fatal(err)
	}
	reasons, err := ReadReasons("testdata/rows/athena.txt")
	if err != nil {
		t.Fatal(err)
	}
	RunStatements(t, newOnShelf(t, "", "wrotedown"), cases, reasons)
}

func TestAthenaStatementsAgreeWithThePacksTimedTests(t *testing.T) {
	e := newThroughSDK(t)
	for _, pack := range rules.Names() {
		cases, err := PackEpisodes(rules.Files(), pack)
		if err != nil {
			t.Fatal(err)
		}
		RunStatements(t, e, cases, nil)
	}
}

var statementPairs = flag.Int("statements", 2000, "random correlations with events that are answered by statements")

// setsAtOnce is how many sets of events each statement on Trino, which takes a
// second to plan it, is tried on.
const setsAtOnce = 40

func TestTrinoStatementsAgreeWithTheEvaluatorOnRandomCorrelations(t *testing.T) {
	const shares = 2 // Trino plans each statement in one thread
	for share := range shares {
		t.Run(strconv.Itoa(share), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(*seed, uint64(31+share)))
			randomTrinoStatements(t, r, "statements"+strconv.Itoa(share), *statementPairs/shares, correlatetest.NewOfSets)
		})
	}
}

func TestTrinoStatementsAgreeWithTheEvaluatorOverSeveralSources(t *testing.T) {
	r := rand.New(rand.NewPCG(*seed, 33))
	randomTrinoStatements(t, r, "sources", *statementPairs/10, correlatetest.NewOfSources)
}

func randomTrinoStatements(t *testing.T, r *rand.Rand, name string, pairs int, next func(testing.TB, *rand.Rand, int) *correlatetest.Trial) {
	s := newShelf(t, name)
	done, episodes := 0, 0
	for done < pairs {
		tr := next(t, r, setsAtOnce)
		w := randomWindow(r)
		want, legal := correlated(t, tr, w), legalAll(t, tr, s.backend.Target())
		by := deliveredBy(tr)
		h, err := s.hold(t.Context(), by[schema.CloudTrail])
		if err != nil {
			t.Fatal(err)
		}
		findings, err := s.holdAs(t.Context(), s.backend.Target().Layouts[schema.GuardDuty.Name], by[schema.GuardDuty])
		if err != nil {
			t.Fatal(err)
		}
		h.also = []*held{findings}
		for _, of := range tr.Ready {
			found, err := h.episodes(t.Context(), of, legal, w)
			if err != nil {
				t.Fatalf("%v of %s in\n%s", err, of.Rule.Title, tr.Text)
			}
			if text := differ(tr, of, linesOf(found), want[of]); text != "" {
				t.Fatal(text)
			}
			done += setsAtOnce
			episodes += len(found)
		}
		if err := errors.Join(h.drop(t.Context()), findings.drop(t.Context())); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d pairs of a correlation and a set of events agree: %d episodes", done, episodes)
}

// deliveredBy are the delivered events of each source.
func deliveredBy(tr *correlatetest.Trial) map[*schema.Source][]*record.Record {
	of, by := map[*record.Record]*schema.Source{}, map[*schema.Source][]*record.Record{}
	for i := range tr.Raw {
		of[&tr.Raw[i]] = tr.Sources[i]
	}
	for _, rec := range delivered(tr) {
		by[of[rec]] = append(by[of[rec]], rec)
	}
	return by
}

// partitionTest is that of the default layout; the shelf's tables have none.
var partitionTest = regexp.MustCompile(`"timestamp" BETWEEN '[0-9/]+' AND '[0-9/]+'\s+AND `)

// episodes runs the statement of a correlation over the table.
func (h *held) episodes(ctx context.Context, of *compiler.CorrelationPlan, legal map[*sigma.Rule]*compiler.Plan, w backends.Window) (found []correlate.Episode, err error) {
	q, err := backends.EmitCorrelation(h.backend, of, legal, w)
	if err != nil {
		return nil, &refusal{err}
	}
	text := q.Text
	for _, in := range append([]*held{h}, h.also...) {
		text = strings.ReplaceAll(text, "FROM "+in.layout.Table+"\n", "FROM "+in.table+"\n")
	}
	text = partitionTest.ReplaceAllString(text, "")
	result, err := h.server.Query(ctx, h.in, text)
	if err != nil {
		return nil, fmt.Errorf("%w in\n%s", err, text)
	}
	for _, row := range result.Rows {
		cells := make([]*string, len(row))
		for i, v := range row {
			if v != nil {
				text := fmt.Sprint(v)
				cells[i] = &text
			}
		}
		e, err := episodes.Read(of, cells)
		if err != nil {
			return nil, err
		}
		found = append(found, e)
	}
	return found, nil
}
