package conformance

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
)

// doubtful are events, beside a plain one, which a statement that adds numbers up
// leaves to the evaluator.
var doubtful = map[string]string{
	"deliveries that differ in the group":     `{"eventID":"e0","eventTime":"2026-01-05T08:00:00Z","eventName":"GetObject","awsRegion":"other","requestParameters":{"n":1}}`,
	"deliveries that differ in the number":    `{"eventID":"e0","eventTime":"2026-01-05T08:00:00Z","eventName":"GetObject","awsRegion":"here","requestParameters":{"n":2}}`,
	"deliveries one of which has no number":   `{"eventID":"e0","eventTime":"2026-01-05T08:00:00Z","eventName":"GetObject","awsRegion":"here"}`,
	"no id":                                   `{"eventTime":"2026-01-05T08:00:30Z","eventName":"GetObject","awsRegion":"here","requestParameters":{"n":1}}`,
	"an id of no text":                        `{"eventID":"","eventTime":"2026-01-05T08:00:30Z","eventName":"GetObject","awsRegion":"here","requestParameters":{"n":1}}`,
	"a time that cannot be read":              `{"eventID":"e1","eventTime":"2026-01-05 08:00","eventName":"GetObject","awsRegion":"here","requestParameters":{"n":1}}`,
	"a day that there is not":                 `{"eventID":"e1","eventTime":"2026-02-30T08:00:00Z","eventName":"GetObject","awsRegion":"here","requestParameters":{"n":1}}`,
	"a second that there is not":              `{"eventID":"e1","eventTime":"2026-01-05T08:00:60Z","eventName":"GetObject","awsRegion":"here","requestParameters":{"n":1}}`,
	"a time that nanoseconds do not reach":    `{"eventID":"e1","eventTime":"0001-01-05T08:00:00Z","eventName":"GetObject","awsRegion":"here","requestParameters":{"n":1}}`,
	"a text of a number with too many digits": `{"eventID":"e1","eventTime":"2026-01-05T08:00:30Z","eventName":"GetObject","awsRegion":"here","requestParameters":{"n":"1.0000000001"}}`,
	"a number with too many digits":           `{"eventID":"e1","eventTime":"2026-01-05T08:00:30Z","eventName":"GetObject","awsRegion":"here","requestParameters":{"n":0.12345678901234567}}`,
	"a text of a number that is too large":    `{"eventID":"e1","eventTime":"2026-01-05T08:00:30Z","eventName":"GetObject","awsRegion":"here","requestParameters":{"n":"1e30"}}`,
}

const addedUp = `title: Read
name: read
logsource: {product: aws, service: cloudtrail}
detection: {s: {eventName: GetObject}, condition: s}
---
title: Sum
correlation: {type: value_sum, rules: read, group-by: awsRegion, timespan: 5m, condition: {gte: 1, field: requestParameters.n}}
`

const plainEvent = `{"eventID":"e0","eventTime":"2026-01-05T08:00:00Z","eventName":"GetObject","awsRegion":"here","requestParameters":{"n":1}}`

// withinBounds are events that look alike but are decided.
var withinBounds = map[string]string{
	"deliveries that are the same":        plainEvent,
	"one without a group":                 `{"eventID":"e1","eventTime":"2026-01-05T08:00:30Z","eventName":"GetObject","requestParameters":{"n":1}}`,
	"a fraction of a second and +00:00":   `{"eventID":"e1","eventTime":"2026-01-05T08:00:30.123456789012+00:00","eventName":"GetObject","awsRegion":"here","requestParameters":{"n":"007.50"}}`,
	"a text of a number with an exponent": `{"eventID":"e1","eventTime":"2026-01-05T08:00:30Z","eventName":"GetObject","awsRegion":"here","requestParameters":{"n":["1.5E-3", "-2e+2", "x"]}}`,
}

// longEpisode is 1,100 events of one episode, of which 1,000 ids are told.
func longEpisode() EpisodeCase {
	c := EpisodeCase{Name: "long", Rules: []byte(addedUp)}
	at := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	for i := range 1100 {
		c.Events = fmt.Appendf(c.Events, `{"eventID":"e%04d","eventTime":%q,"eventName":"GetObject","awsRegion":"here","requestParameters":{"n":0.1}}`+"\n", (i*7)%1100, at.Add(time.Duration(i/3)*time.Second).Format(time.RFC3339))
	}
	return c
}

// eachDoubt runs statements over each of the events, and over the long episode.
func eachDoubt(t *testing.T, run func(t *testing.T, c EpisodeCase) (Answer, []string)) {
	for name, event := range doubtful {
		t.Run(name, func(t *testing.T) {
			a, _ := run(t, EpisodeCase{Name: name, Rules: []byte(addedUp), Events: []byte(plainEvent + "\n" + event + "\n")})
			if a.Reason != "undecided" {
				t.Errorf("episodes %q, and no word of what is not decided", linesOf(a.Episodes))
			}
		})
	}
	cases := []EpisodeCase{longEpisode()}
	for name, event := range withinBounds {
		cases = append(cases, EpisodeCase{Name: name, Rules: []byte(addedUp), Events: []byte(plainEvent + "\n" + event + "\n")})
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			a, want := run(t, c)
			if got := linesOf(a.Episodes); len(want) != 1 || !slices.Equal(got, want) {
				t.Errorf("%s\ngot\n%s\nwant\n%s", a.Reason, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

func TestTrinoStatementsSayWhatTheyDoNotDecide(t *testing.T) {
	s := newShelf(t, "undecided")
	eachDoubt(t, func(t *testing.T, c EpisodeCase) (Answer, []string) {
		_, report, legal, diags := c.compile(t, s.backend.Target())

		if diags.HasErrors() {
			t.Fatal(diags.Err())
		}
		h, err := s.hold(t.Context(), c.records(t))
		if err != nil {
			t.Fatal(err)
		}
		a, err := AnswerOf(h.episodes(t.Context(), report[0], legal, backends.Window{}))
		if err != nil {
			t.Fatal(err)
		}
		if a.Reason != "" {
			return a, nil
		}
		return a, linesOf(c.evaluatedEpisodes(t, report)[report[0]])
	})
}

// Athena's error for what was not decided says how much that is.
func TestAnUndecidedStatementIsAnErrorOfItsOwn(t *testing.T) {
	a, err := AnswerOf(nil, fmt.Errorf("athena: %w", &backends.Undecided{Events: 3}))
	if err != nil || a.Reason != "undecided" {
		t.Errorf("%v, %v", a, err)
	}
	if _, err := AnswerOf(nil, errors.New("throttled")); err == nil {
		t.Error("another error was lost")
	}
}
