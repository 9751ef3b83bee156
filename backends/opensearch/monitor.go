package opensearch

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/sigma"
)

const (
	maxTriggers = 10     // of a monitor
	maxTemplate = 65_535 // bytes (script.max_size_in_bytes): Alerting runs a search as a template
	samples     = 10     // hits that a message of the monitor can show
	maxTitle    = 100    // code points of a title in a monitor's name
)

// writeMonitor returns the body of POST _plugins/_alerting/monitors: a query-level
// monitor with one trigger a rule. It has no actions: where an alert goes is
// for whoever installs it.
func writeMonitor(q backends.Query, s backends.Schedule) (string, error) {
	plans := q.Batch.Plans
	if len(plans) > maxTriggers {
		return "", backends.TooLarge("a monitor has at most %d triggers, one a rule", maxTriggers)
	}
	search, err := monitorSearch(q, s)
	if err != nil {
		return "", err
	}
	var rules []object
	for _, p := range plans {
		a := about(&p.Rule.Header)
		a["exact"] = p.Residual == nil
		rules = append(rules, a)
	}
	name := monitorName(&plans[0].Rule.Header, len(plans)-1)
	if slices.ContainsFunc(plans, func(p *compiler.Plan) bool { return p.Residual != nil }) {
		name += " (" + supersetMark + ")"
	}
	period := object{"interval": int(s.Every / time.Minute), "unit": "MINUTES"}
	return encode(object{
		"type":         "monitor",
		"monitor_type": "query_level_monitor",
		"name":         name,
		"enabled":      true,
		"schedule":     object{"period": period},
		"inputs":       []object{{"search": object{"indices": strings.Split(q.Table, ","), "query": search}}},
		"triggers":     triggers(plans),
		// Dashboards shows a monitor by the first two.
		"ui_metadata": object{
			"schedule": object{"frequency": "interval", "period": period},
			"search":   object{"searchType": "query"},
			"sigma":    rules,
		},
	})
}

// monitorSearch returns the search of one run, which is a Mustache template. Of
// several rules each is counted too.
func monitorSearch(q backends.Query, s backends.Schedule) (object, error) {
	body, err := rendered([]byte(q.Text))
	if err != nil {
		return nil, err
	}
	if q.Time == "" {
		return nil, fmt.Errorf("the index holds no date of %s events", q.Batch.Source.Name)
	}
	query := body["query"]
	search := object{
		"size":  samples,
		"query": object{"bool": object{"filter": []any{lookBack(q.Time, s), query}}},
		"sort":  []object{{q.Time: object{"order": "desc", "unmapped_type": "date"}}},
	}
	if n := len(q.Batch.Plans); n > 1 {
		rules := object{}
		collectNamed(query, rules)
		if len(rules) != n {
			return nil, errors.New("the query does not name each rule")
		}
		search["aggregations"] = object{"rules": object{"filters": object{"filters": rules}}}
	}
	return search, fits(search)
}

// lookBack bounds the events of one run. The period of a run ends where that of
// the next begins, on the schedule and not by the clock; half-open windows of
// its length hold each event once.
func lookBack(field string, s backends.Schedule) object {
	before := func(d time.Duration) string {
		if d == 0 {
			return "{{period_end}}"
		}
		return fmt.Sprintf("{{period_end}}||-%dm", int(d/time.Minute))
	}
	return object{"range": object{field: object{
		"gte": before(s.Every + s.Delay), "lt": before(s.Delay), "format": "epoch_millis",
	}}}
}

// rendered reads a JSON object as a template that renders as it.
func rendered(text []byte) (object, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var body object
	if err := d.Decode(&body); err != nil {
		return nil, fmt.Errorf("reading the query: %w", err)
	}
	return verbatim(body).(object), nil
}

// verbatim returns JSON whose texts render as those of the given one. Alerting
// renders a search anew at each run, after it has read it and written it again:
// escapes of JSON are gone by then.
func verbatim(v any) any {
	switch v := v.(type) {
	case string:
		return verbatimText(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = verbatim(v[i])
		}
		return out
	case object:
		out := object{}
		for key, value := range v {
			out[verbatimText(key)] = verbatim(value)
		}
		return out
	default:
		return v
	}
}

// verbatimText encloses a text that would open a tag of Mustache by tags that
// change the delimiters, to some that the text does not hold, and back.
func verbatimText(s string) string {
	if !strings.Contains(s, "{{") {
		return s
	}
	mark := '%'
	for strings.Contains(s, "<"+string(mark)) {
		mark = max(mark+1, 'À')
	}
	return fmt.Sprintf("{{=<%[1]c %[1]c>=}}%[2]s<%[1]c={{ }}=%[1]c>", mark, s)
}

// collectNamed collects the clauses of a fused query by the names of rules.
func collectNamed(v any, into object) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			collectNamed(e, into)
		}
	case object:
		if clause, ok := v["bool"].(object); ok {
			name, _ := clause["_name"].(string)
			if place, err := placeOf(name); err == nil {
				into[bucket(place)] = v
				return
			}
		}
		for _, e := range v {
			collectNamed(e, into)
		}
	}
}

// bucket names the count of a rule, so that a script can write it after a dot.
func bucket(rule int) string { return "rule" + strconv.Itoa(rule) }

// condition is the Painless script for whether the i-th of n rules matched.
func condition(i, n int) string {
	if n == 1 {
		return "ctx.results[0].hits.total.value > 0"
	}
	return countOf(i) + " > 0"
}

// countOf is the count of a rule in the results of a query-level monitor.
func countOf(i int) string {
	return "ctx.results[0].aggregations.rules.buckets." + bucket(i) + ".doc_count"
}

// fits rejects a search that Alerting might take and then fail to run. Written
// by OpenSearch, clauses spell out what they leave open: some 40 bytes for each
// of our braces.
func fits(search object) error {
	text, err := json.Marshal(search)
	if err != nil {
		return fmt.Errorf("writing the monitor: %w", err)
	}
	if size := len(text) + 40*bytes.Count(text, []byte("{")); size > maxTemplate {
		return backends.TooLarge("a monitor's search of some %d bytes is longer than the %d that OpenSearch takes of a template", size, maxTemplate)
	}
	return nil
}

// triggers alert on each rule. The id of a trigger stays the same when the rule is
// compiled again, so that the alerts of a monitor that is updated stay its own.
// Alerting takes no id twice, and makes one where there is none.
func triggers(plans []*compiler.Plan) []object {
	var out []object
	taken := map[string]bool{"": true}
	for i, p := range plans {
		t := object{
			"name":      title(&p.Rule.Header),
			"severity":  severity(p.Rule.Level),
			"condition": object{"script": object{"source": condition(i, len(plans)), "lang": "painless"}},
			"actions":   []object{},
		}
		if id := printable(p.Rule.ID); !taken[id] {
			t["id"], taken[id] = id, true
		}
		out = append(out, object{"query_level_trigger": t})
	}
	return out
}

// severity returns 1, the highest, to 5, the level of a rule without one.
func severity(level string) string {
	return strconv.Itoa(len(sigma.Levels) - max(slices.Index(sigma.Levels, level), 0))
}

// monitorName names rules by the first, with its id where it has one.
func monitorName(first *sigma.Header, more int) string {
	name := title(first)
	if more > 0 {
		name += fmt.Sprintf(" and %d more", more)
	}
	if first.ID != "" {
		name += " [" + printable(first.ID) + "]"
	}
	return name
}

// title is what people see of a rule, which may have nothing that can be seen.
func title(h *sigma.Header) string { return cmp.Or(printable(h.Title), "rule") }

// printable returns a text on one line, without what cannot be seen, and of a
// bounded length.
func printable(s string) string {
	s = strings.Join(strings.Fields(strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) {
			return c
		}
		return ' '
	}, s)), " ")
	if runes := []rune(s); len(runes) > maxTitle {
		return string(runes[:maxTitle-1]) + "…"
	}
	return s
}

// about is a rule's metadata.
func about(h *sigma.Header) object {
	out := object{"title": h.Title}
	for key, value := range map[string]string{"id": h.ID, "level": h.Level, "status": h.Status, "description": h.Description, "author": h.Author} {
		if value != "" {
			out[key] = value
		}
	}
	for key, values := range map[string][]string{"tags": h.Tags, "references": h.References, "falsepositives": h.FalsePositives} {
		if len(values) > 0 {
			out[key] = values
		}
	}
	return out
}
