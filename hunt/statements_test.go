package hunt

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// correlating is a remote engine that answers statements of correlations, with an
// episode of d3 or with an error.
type correlating struct {
	*remote
	refuses, fails error
	windows        []string
}

func (c *correlating) WritesCorrelations() backends.CorrelationWriter {
	return backends.CorrelationWriter{Statement: c.statement}
}

func (c *correlating) RunsCorrelations() backends.CorrelationRunner {
	return backends.CorrelationRunner{Episodes: c.episodes}
}

func (c *correlating) statement(of *compiler.CorrelationPlan, _ map[*sigma.Rule]*compiler.Plan, w backends.Window) (backends.CorrelationQuery, error) {
	return backends.CorrelationQuery{Of: of, Window: w}, c.refuses
}

func (c *correlating) episodes(_ context.Context, q backends.CorrelationQuery) ([]correlate.Episode, error) {
	c.windows = append(c.windows, q.Window.Start.Format("15:04")+"-"+q.Window.End.Format("15:04"))
	if c.fails != nil {
		return nil, c.fails
	}
	e := correlate.Episode{Of: q.Of, First: on(9, 5), Last: on(9, 5), IDs: []string{"d3"}, Count: 1, Value: big.NewRat(1, 1)}
	e.Opening.At, e.Opening.ID, e.Opening.Source = on(9, 5), "d3", "cloudtrail"
	return []correlate.Episode{e}, nil
}

// often fires with each denied call, so that rows of the morning give an episode
// of d3 too.
var often = strings.NewReplacer("timespan: 10m", "timespan: 6m", "gte: 2", "gte: 1").Replace(correlatedPack)

func TestAStatementOfACorrelationStandsForItsRulesRows(t *testing.T) {
	for _, test := range []struct {
		name               string
		refuses, fails     error
		asked, found, said string
		statements         int
	}{
		{name: "answered", asked: "Created 09:00-10:00", found: "Often d3", statements: 1},
		{name: "undecided", fails: fmt.Errorf("athena: %w", &backends.Undecided{Events: 2}),
			asked: "Created 09:00-10:00, Denied 08:48-10:00", found: "Often d3", statements: 1,
			said: "athena: 2 events that SQL cannot read"},
		{name: "failed", fails: errors.New("too large"), asked: "Created 09:00-10:00, Denied 08:48-10:00", found: "Often d3", statements: 1, said: "too large"},
		{name: "not written", refuses: errors.New("too long"), asked: "Created 09:00-10:00, Denied 08:48-10:00", found: "Often d3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, r := remoteOf(t, often, "", compiler.InOneQuery)
			x := &correlating{remote: r, refuses: test.refuses, fails: test.fails}
			said := ""
			run, k := scanned(t, c, x, x, func(_ *compiler.CorrelationPlan, err error) { said += err.Error() })
			if got := strings.Join(r.asked, ", "); got != test.asked {
				t.Errorf("asked %s, want %s", got, test.asked)
			}
			if got := strings.Join(k.found, ", "); got != test.found || len(run.Failures) > 0 {
				t.Errorf("found %s, want %s; failed %v", got, test.found, run.Failures)
			}
			if len(x.windows) != test.statements || test.statements > 0 && x.windows[0] != "09:00-10:00" {
				t.Errorf("statements over %v", x.windows)
			}
			if !strings.Contains(said, test.said) || test.said == "" && said != "" {
				t.Errorf("said %q, want %q", said, test.said)
			}
		})
	}
}
