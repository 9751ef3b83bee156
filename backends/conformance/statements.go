package conformance

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// StatementEngine is an engine that makes episodes in one statement.
type StatementEngine interface {
	Name() string
	Target() *compiler.Target
	// Answer writes and runs the statements of correlations over a window of the
	// events of a file, and gives what each of them answers.
	Answer(ctx context.Context, report []*compiler.CorrelationPlan, legal map[*sigma.Rule]*compiler.Plan, w backends.Window, file string) ([]Answer, error)
}

// Answer is what one statement gives: episodes, or why they must be made of rows.
type Answer struct {
	Episodes []correlate.Episode
	Reason   string
}

// AnswerOf takes an executor's word for what it could not decide.
func AnswerOf(episodes []correlate.Episode, err error) (Answer, error) {
	var undecided *backends.Undecided
	if errors.As(err, &undecided) {
		return Answer{Reason: "undecided"}, nil
	}
	return Answer{Episodes: episodes}, err
}

// answersOf writes and runs the statements of correlations as the program does. One
// that is not written is answered with why; one that fails is an error.
func answersOf(ctx context.Context, b backends.Backend, x backends.Executor, report []*compiler.CorrelationPlan, legal map[*sigma.Rule]*compiler.Plan, w backends.Window) (answers []Answer, err error) {
	for _, of := range report {
		q, err := backends.EmitCorrelation(b, of, legal, w)
		if err != nil {
			answers = append(answers, Answer{Reason: err.Error()})
			continue
		}
		a, err := AnswerOf(x.RunsCorrelations().Episodes(ctx, q))
		if err != nil {
			return nil, fmt.Errorf("%w of\n%s", err, q.Text)
		}
		answers = append(answers, a)
	}
	return answers, nil
}

// RunStatements holds the statements of an engine against cases of correlations.
// A case that stands in rows has a correlation whose episodes must be made of
// rows, for a reason that holds what stands there.
func RunStatements(t *testing.T, e StatementEngine, cases []EpisodeCase, rows map[string]string) {
	t.Helper()
	byRows, groups := 0, together(t, cases, rows)
	for _, group := range groups {
		t.Run(group[0].Name, func(t *testing.T) { byRows += runGroup(t, e, group, rows) })
	}
	t.Logf("%s: %d cases of correlations by statements, over %d tables; %d cases left to rows", e.Name(), len(cases)-byRows, len(groups), byRows)
}

// runGroup runs cases over one table, or each by itself where not all of them are
// answered, and counts those that are left to rows.
func runGroup(t *testing.T, e StatementEngine, group []EpisodeCase, rows map[string]string) (byRows int) {
	if len(group) > 1 {
		if reason := joined(t, group).runStatements(t, e); reason == "" {
			return 0
		}
	}
	for _, c := range group {
		reason := c.runStatements(t, e)
		switch want, listed := reasonFor(rows, c.Name); {
		case reason == "" && listed:
			t.Errorf("%s answers %s by a statement now: take the case out of those by rows", e.Name(), c.Name)
		case reason != "" && (!listed || !strings.Contains(reason, want)):
			t.Errorf("%s makes no statement of %s, or takes it back: %s", e.Name(), c.Name, reason)
		}
		if reason != "" {
			byRows++
		}
	}
	return byRows
}

// runStatements compares the episodes of the correlations that are answered, and
// returns why others are not.
func (c EpisodeCase) runStatements(t *testing.T, e StatementEngine) (reason string) {
	found, titles, reason := c.answers(t, e)
	c.Episodes = slices.DeleteFunc(slices.Clone(c.Episodes), func(line string) bool {
		return !slices.ContainsFunc(titles, func(title string) bool { return strings.HasPrefix(line, title+" | ") })
	})
	c.Said = nil
	for _, text := range c.hold(t, found, nil) {
		t.Error(text)
	}
	return reason
}

// answers runs the statements of a case. It returns their episodes in order, the
// titles of the correlations that are answered, and why others are not.
func (c EpisodeCase) answers(t *testing.T, e StatementEngine) (found []correlate.Episode, titles []string, reason string) {
	t.Helper()
	_, report, legal, diags := c.compile(t, e.Target())
	if diags.HasErrors() {
		return nil, nil, diags.Err().Error()
	}
	file := filepath.Join(t.TempDir(), "events.json")
	if err := os.WriteFile(file, c.Events, 0o600); err != nil {
		t.Fatal(err)
	}
	answers, err := e.Answer(t.Context(), report, legal, backends.Window{}, file)
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range answers {
		if a.Reason != "" {
			reason = a.Reason
			continue
		}
		found = append(found, a.Episodes...)
		titles = append(titles, report[i].Rule.Title)
	}
	correlate.Sort(found, report)
	return found, titles, reason
}

// reasonFor gives the words of the reason for which a case is left to rows: what
// stands of the case, or of the folder that it is in.
func reasonFor(rows map[string]string, name string) (words string, listed bool) {
	if words, listed = rows[name]; !listed {
		words, listed = rows[path.Dir(name)+"/"]
	}
	return words, listed
}

// ReadReasons reads a file of cases and the reasons for which each is left to
// rows: a name, a colon and words of the reason a line, # before comments. A name
// that ends with a stroke is of all cases in the folder.
func ReadReasons(name string) (map[string]string, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	reasons := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		c, reason, ok := strings.Cut(line, ": ")
		if !ok {
			return nil, fmt.Errorf("%s: no reason in %q", name, line)
		}
		reasons[c] = reason
	}
	return reasons, nil
}
