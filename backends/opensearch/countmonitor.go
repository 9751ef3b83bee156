package opensearch

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// The names in the search of a bucket-level monitor.
const (
	heldGroups = "groups" // by what the index holds of the fields
	lostGroups = "lost"   // those of which it does not hold all: one bucket
	onlyThese  = "only"
	wholeTime  = "century"
)

// writeCounts gives a monitor that alerts where there is what a correlation needs
// to fire, in the time of a run and what the correlation looks back. With groups it
// is a bucket-level monitor, whose alerts are each of a group.
func writeCounts(stager backends.Stager, of *compiler.Coarse, s backends.Schedule) (backends.Query, error) {
	b := stager.(backend)
	if len(backends.LeavesAlike(of)) > 1 {
		return backends.Query{}, errors.New("its rules are of several sources, or grouped by different fields, and a monitor counts by one set of fields in one search")
	}
	source := of.Leaves[0].Plan.Source
	x := b.index(source.Name)
	instant, ok := x.instant()
	if !ok {
		return backends.Query{}, fmt.Errorf("the index holds no date of %s events", source.Name)
	}
	m := countMonitor{of: of, index: x, instant: instant}
	for _, l := range of.Leaves {
		m.rules = append(m.rules, x.clause(l.Plan.Where))
	}
	level, search, triggers, err := m.write(s)
	if err != nil {
		return backends.Query{}, err
	}
	rule := about(&of.Of.Rule.Header)
	rule["alerts_on"] = of.Words()
	text, err := encode(monitor(level, monitorName(&of.Of.Rule.Header, 0), x.layout.Table, search, triggers, []object{rule}, s))
	return backends.Query{Target: table.Name, Text: text, Table: x.layout.Table}, err
}

// countMonitor is a monitor that is being written.
type countMonitor struct {
	of      *compiler.Coarse
	index   *index
	instant string
	rules   []object // the clauses of the leaves
}

func (m *countMonitor) write(s backends.Schedule) (level string, search object, triggers []object, err error) {
	level = bucketLevel
	parts := object{"query": some(m.rules)}
	if len(m.of.Groups) > 0 {
		parts["aggregations"], triggers = m.byGroup()
	} else {
		level, triggers = queryLevel, []object{m.overall()}
		parts["aggregations"] = object{"rules": object{"filters": object{"filters": m.named()}}}
	}
	if n := clausesOf(parts["query"]); n > maxClauses {
		return level, nil, nil, fmt.Errorf("the query of %d rules has %d clauses, and OpenSearch takes %d", len(m.rules), n, maxClauses)
	}
	text, err := json.Marshal(parts)
	if err != nil {
		return level, nil, nil, fmt.Errorf("writing the monitor: %w", err)
	}
	if parts, err = rendered(text); err != nil {
		return level, nil, nil, err
	}
	search = newest(m.instant, lookBack(m.instant, s, m.of.Of.Depth()), parts["query"])
	if level == bucketLevel {
		search["size"] = 0
		delete(search, "sort")
	}
	search["aggregations"] = parts["aggregations"]
	// Of a bucket-level monitor Alerting puts the conditions into the search.
	return level, search, triggers, fits(object{"search": search, "triggers": triggers})
}

// named are the clauses of the leaves by the names of their counts.
func (m *countMonitor) named() object {
	out := object{}
	for i, clause := range m.rules {
		out[bucket(strconv.Itoa(i))] = clause
	}
	return out
}

// byGroup counts by group, and what no group can be told of.
func (m *countMonitor) byGroup() (aggregations object, triggers []object) {
	sources, lost := m.index.groupSources(m.of.Leaves[0].Group)
	size := max(maxBuckets/(1+len(m.rules)), 1)
	held, trigger := m.counted(heldGroups, object{"size": size, "sources": sources}, nil)
	aggregations, triggers = object{heldGroups: held}, []object{trigger}
	if lost != nil {
		// All of the time is one bucket of a histogram. Alerting reads composites
		// page by page each for itself; of others it would take the alerts of each
		// page for new ones.
		century := object{wholeTime: object{"date_histogram": object{"field": m.instant, "fixed_interval": "36500d"}}}
		all, trigger := m.counted(lostGroups, object{"size": 1, "sources": []object{century}}, lost)
		aggregations[lostGroups], triggers = all, append(triggers, trigger)
	}
	return aggregations, triggers
}

// groupSources gives what a composite groups by, and a clause for events of which the
// index does not hold all of it: nil where there are none. These must not be a
// group of their own with null in it, which Alerting fails to read.
func (x *index) groupSources(group []schema.Path) (sources []object, lost object) {
	var present, missing []object
	for i, p := range group {
		v, _ := x.grouping(p)
		sources = append(sources, object{groupSource(i): object{"terms": object{"field": v.name}}})
		if v.longest == anyLength {
			present = append(present, exists(v.name))
			continue
		}
		present = append(present, x.there(p)...)
		missing = append(missing, none(exists(v.name)))
	}
	if missing == nil {
		return sources, nil
	}
	return sources, every(append(present, some(missing)))
}

// counted gives a composite whose buckets count each rule, of those events that
// pass a filter where there is one, and the trigger that looks at them.
func (m *countMonitor) counted(name string, composite, only object) (aggregation, trigger object) {
	aggregation = object{"composite": composite}
	at, prefix, paths := aggregation, "", object{}
	if only != nil {
		at, prefix = object{"filter": only}, onlyThese+">"
		aggregation["aggregations"] = object{onlyThese: at}
	}
	if len(m.rules) == 1 {
		paths[bucket("0")] = prefix + "_count"
	} else {
		counts := object{}
		for rule, clause := range m.named() {
			paths[rule] = prefix + rule + ">_count"
			counts[rule] = object{"filter": clause}
		}
		at["aggregations"] = counts
	}
	trigger = m.trigger(name, object{
		"parent_bucket_path": name,
		"buckets_path":       paths,
		"script":             painless(m.of.Need, func(leaf int) string { return "params." + bucket(strconv.Itoa(leaf)) }),
	})
	return aggregation, object{bucketLevel + "_trigger": trigger}
}

// overall is the trigger of a query-level monitor.
func (m *countMonitor) overall() object {
	return object{queryLevel + "_trigger": m.trigger(heldGroups, object{"script": painless(m.of.Need, countOf)})}
}

// trigger alerts on the correlation. Its id stays the same when the correlation is
// compiled again. Alerting makes the name of an aggregation of it, in a template;
// where the correlation's cannot be that, Alerting gives one.
func (m *countMonitor) trigger(of string, condition object) object {
	h := &m.of.Of.Rule.Header
	name, id := title(h), h.ID
	if of == lostGroups {
		name, id = name+", of groups that the index does not tell", id+"-"+lostGroups
	}
	t := object{"name": name, "severity": severity(h.Level), "condition": condition, "actions": []object{}}
	if h.ID != "" && plainKeys([]string{id}) && len(id) <= maxTitle && id != heldGroups && id != lostGroups {
		t["id"] = id
	}
	return t
}

// painless is the script that tells whether counts satisfy a need.
func painless(n compiler.Need, count func(leaf int) string) object {
	return object{"source": holds(n, count), "lang": "painless"}
}

func holds(n compiler.Need, count func(leaf int) string) string {
	least := strconv.FormatInt(n.AtLeast, 10)
	if n.AtLeast > math.MaxInt32 {
		least += "L"
	}
	var parts []string
	for _, leaf := range n.Events {
		parts = append(parts, count(leaf))
	}
	for _, below := range n.Of {
		parts = append(parts, holds(below, count))
	}
	switch {
	case n.Events != nil:
		return strings.Join(parts, " + ") + " >= " + least
	case len(parts) == 0:
		return "false"
	case len(parts) == 1 && n.AtLeast == 1:
		return parts[0]
	case n.AtLeast == 1:
		return "(" + strings.Join(parts, " || ") + ")"
	case n.AtLeast == int64(len(parts)):
		return "(" + strings.Join(parts, " && ") + ")"
	default:
		for i := range parts {
			parts[i] = "(" + parts[i] + " ? 1 : 0)"
		}
		return "(" + strings.Join(parts, " + ") + " >= " + least + ")"
	}
}
