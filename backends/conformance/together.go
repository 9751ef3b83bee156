package conformance

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// together puts cases of the same rules next to each other, so that one statement
// answers them all. Those that are left to rows stand by themselves, as do those
// whose events cannot be moved in time.
func together(t testing.TB, cases []EpisodeCase, rows map[string]string) (groups [][]EpisodeCase) {
	t.Helper()
	at := map[string]int{} // by rules
	for _, c := range cases {
		_, apart := reasonFor(rows, c.Name)
		if _, _, ok := c.lasts(); apart || !ok {
			groups = append(groups, []EpisodeCase{c})
			continue
		}
		rules := string(c.Rules)
		if _, ok := at[rules]; !ok {
			at[rules] = len(groups)
			groups = append(groups, nil)
		}
		groups[at[rules]] = append(groups[at[rules]], c)
	}
	return groups
}

// clockText and idText match what joined changes in an event.
var (
	clockText = regexp.MustCompile(`"eventTime":"([0-9-]{10}T[0-9:]{8})((?:\.[0-9]+)?Z)"`)
	idText    = regexp.MustCompile(`"eventID":"`)
)

// lasts gives when the first and the last event of a case are. It is not ok where
// not each line is a CloudTrail event with one time and one id.
func (c EpisodeCase) lasts() (first, last time.Time, ok bool) {
	for line := range strings.Lines(string(c.Events)) {
		times, ids := clockText.FindAllStringSubmatch(line, -1), idText.FindAllString(line, -1)
		if len(times) != 1 || len(ids) != 1 {
			return first, last, false
		}
		at, err := time.Parse(time.RFC3339, times[0][1]+"Z")
		if err != nil {
			return first, last, false
		}
		if first.IsZero() || at.Before(first) {
			first = at
		}
		if at.After(last) {
			last = at
		}
	}
	return first, last, true
}

// joined makes one case of several: each has days of its own, so far apart that no
// correlation sees two of them, and its name before the ids of its events.
func joined(t *testing.T, group []EpisodeCase) EpisodeCase {
	t.Helper()
	all := EpisodeCase{Name: group[0].Name, Rules: group[0].Rules, anyOwn: true}
	report := all.lower(t).Reporting()
	var reach time.Duration
	for _, of := range report {
		reach = max(reach, of.LookBack())
	}
	next, _, _ := group[0].lasts()
	for _, c := range group {
		first, last, _ := c.lasts()
		days := int(next.Sub(first).Hours()/24) + 1
		prefix := strings.NewReplacer(" ", "-", "|", "-").Replace(c.Name) + ":"
		text := idText.ReplaceAllLiteralString(string(c.Events), `"eventID":"`+prefix)
		text = clockText.ReplaceAllStringFunc(text, func(field string) string {
			m := clockText.FindStringSubmatch(field)
			at, err := time.Parse(time.RFC3339, m[1]+"Z")
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprintf(`"eventTime":"%s%s"`, at.AddDate(0, 0, days).Format("2006-01-02T15:04:05"), m[2])
		})
		all.Events = append(all.Events, strings.TrimSuffix(text, "\n")+"\n"...)
		for _, line := range c.Episodes {
			all.Episodes = append(all.Episodes, prefixed(line, prefix))
		}
		next = last.AddDate(0, 0, days).Add(reach)
	}
	return all
}

// prefixed puts a prefix before the ids in a line of episodes.
func prefixed(line, prefix string) string {
	cells := strings.Split(line, " | ")
	n := len(cells)
	cells[n-3] = prefix + cells[n-3]
	ids := strings.Fields(cells[n-2])
	for i := range ids {
		ids[i] = prefix + ids[i]
	}
	cells[n-2] = strings.Join(ids, " ")
	return strings.Join(cells, " | ")
}
