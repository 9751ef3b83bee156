package hunt

import (
	"math/big"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// episode makes one of an average by user and region, opened by o1.
func episode(t *testing.T, user string) *correlate.Episode {
	t.Helper()
	base := plan(t, "cloudtrail", rule("r", "Base", "low"), "userIdentity.arn", "awsRegion")
	c := &sigma.Correlation{Kind: "value_avg", GroupBy: []sigma.Name{{Text: "user"}, {Text: "awsRegion"}}}
	c.ID, c.Title, c.Level = "c", "Much", "high"
	at := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	return &correlate.Episode{
		Of:    &compiler.CorrelationPlan{Rule: c, Inputs: []*compiler.Input{{Plan: base, Group: base.Show}}},
		Group: []string{user, "eu-west-1"}, Opening: correlate.Event{At: at, ID: "o1", Source: "cloudtrail"},
		First: at.Add(-time.Minute), Last: at.Add(1500 * time.Millisecond), IDs: []string{"o0", "o1", "o2"}, Count: 3, Value: big.NewRat(5, 2),
	}
}

func TestAnEpisodeIsAFinding(t *testing.T) {
	f := FromEpisode(episode(t, "arn:\n\"x\""))
	want := `{"fingerprint":"` + fingerprint("c", "arn:\n\"x\"", "eu-west-1", "cloudtrail", "o1") + `","rule_id":"c","rule_title":"Much","level":"high","tags":[],` +
		`"kind":"correlation","source":"cloudtrail","time":"2026-01-05T08:00:00Z","first_seen":"2026-01-05T07:59:00Z","last_seen":"2026-01-05T08:00:01.5Z",` +
		`"event_ids":["o0","o1","o2"],"event_count":3,"group":{"user":"arn:\n\"x\"","awsRegion":"eu-west-1"},"value":2.5,"event":{}}`
	if got := string(f.AppendJSON(nil)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if s := f.Summary(); s != (Summary{Who: "arn:\n\"x\"", What: "value_avg 2.500", Where: "eu-west-1"}) {
		t.Errorf("summary %+v", s)
	}
}

// The opening event names an episode; how far it has come does not.
func TestAnEpisodesFingerprintIsThatOfItsOpening(t *testing.T) {
	first := FromEpisode(episode(t, "ana"))
	longer := episode(t, "ana")
	longer.Last, longer.IDs, longer.Count, longer.Value = longer.Last.Add(time.Hour), append(longer.IDs, "o9"), 4, big.NewRat(9, 1)
	if f := FromEpisode(longer); f.Fingerprint != first.Fingerprint {
		t.Error("a longer one is another")
	}
	other := episode(t, "ana")
	other.Opening.ID = "o2"
	if f := FromEpisode(other); f.Fingerprint == first.Fingerprint {
		t.Error("one that another event opened is the same")
	}
	if f := FromEpisode(episode(t, "bo")); f.Fingerprint == first.Fingerprint {
		t.Error("one of another group is the same")
	}
}
