package ruletest

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// Timed is a test of a correlation: events at times of their own, and the
// episodes that must be found. In a test file:
//
//	timed:
//	    - name: three failures, then a success
//	      event: {eventSource: signin.amazonaws.com, eventName: ConsoleLogin}
//	      events:
//	          - {at: 0s, errorMessage: Failed authentication}
//	          - {at: 1m30s, errorMessage: Failed authentication}
//	      episodes:
//	          - {opens: 2, events: [1, 2], group: [], value: 2}
//
// What stands in event is lent to each of the events; what one says itself is
// stronger. Events are called by their numbers, from 1; their id and time are
// those of the rule's source. A filter, as Sigma writes one but without a title,
// is an allowlist that the test is run with:
//
//	filter: {logsource: {product: aws}, filter: {rules: any, us: {...}, condition: not us}}
type Timed struct {
	Name     string
	Filter   []byte // a file of a Sigma filter; nil: none
	Events   []TimedEvent
	Episodes []Episode
	Line     int // in the test file
}

// TimedEvent is an event without its time and id.
type TimedEvent struct {
	At    time.Duration // after the start
	Event []byte        // a JSON object
}

// Episode is what a correlation must find.
type Episode struct {
	Opens  int      `yaml:"opens"`
	Events []int    `yaml:"events"`
	Group  []string `yaml:"group"`
	Value  string   `yaml:"value"`
}

// LoadTimed reads the timed tests of a test file.
func LoadTimed(fsys fs.FS, name string) ([]Timed, error) {
	file, err := readFile(fsys, name)
	if err != nil {
		return nil, err
	}
	var tests []Timed
	for i := range file.Timed {
		t, err := readTimed(&file.Timed[i])
		if err != nil {
			return nil, fmt.Errorf("%s:%w", name, err)
		}
		tests = append(tests, t)
	}
	return tests, nil
}

// readTimed reads one test. Its errors begin with the line.
func readTimed(n *yaml.Node) (Timed, error) {
	var form struct {
		Name     string      `yaml:"name"`
		Filter   yaml.Node   `yaml:"filter"`
		Event    yaml.Node   `yaml:"event"`
		Events   []yaml.Node `yaml:"events"`
		Episodes []Episode   `yaml:"episodes"`
	}
	if n.Kind != yaml.MappingNode {
		return Timed{}, errorAt(n, "a timed test is a mapping of name, filter, event, events and episodes")
	}
	for i := 0; i < len(n.Content); i += 2 {
		if key := n.Content[i]; !slices.Contains([]string{"name", "filter", "event", "events", "episodes"}, key.Value) {
			return Timed{}, errorAt(key, "a timed test has no key %q", key.Value)
		}
	}
	if err := n.Decode(&form); err != nil {
		return Timed{}, errorAt(n, "%v", err)
	}
	if form.Name == "" || len(form.Events) == 0 {
		return Timed{}, errorAt(n, "a timed test needs a name and events")
	}
	t := Timed{Name: form.Name, Episodes: form.Episodes, Line: n.Line}
	var err error
	if t.Filter, err = filterFile(t.Name, &form.Filter); err != nil {
		return Timed{}, err
	}
	for i := range form.Events {
		e, err := timedEvent(&form.Event, &form.Events[i])
		if err != nil {
			return Timed{}, err
		}
		t.Events = append(t.Events, e)
	}
	for _, e := range t.Episodes {
		for _, number := range append([]int{e.Opens}, e.Events...) {
			if number < 1 || number > len(t.Events) {
				return Timed{}, errorAt(n, "%s: there is no event %d", t.Name, number)
			}
		}
	}
	return t, nil
}

// filterFile makes a file of the filter of a test, named after that; nil where it
// has none.
func filterFile(name string, n *yaml.Node) ([]byte, error) {
	switch n.Kind {
	case 0:
		return nil, nil
	case yaml.MappingNode:
		var title yaml.Node
		title.SetString("allowlist of " + name)
		file := &yaml.Node{Kind: yaml.MappingNode, Content: append([]*yaml.Node{{Kind: yaml.ScalarNode, Value: "title"}, &title}, n.Content...)}
		return yaml.Marshal(file)
	default:
		return nil, errorAt(n, "a filter is a mapping of logsource and filter")
	}
}

// timedEvent joins an event with what all events of a test share.
func timedEvent(shared, own *yaml.Node) (TimedEvent, error) {
	if own.Kind != yaml.MappingNode || shared.Kind != 0 && shared.Kind != yaml.MappingNode {
		return TimedEvent{}, errorAt(own, "an event is a mapping")
	}
	var e TimedEvent
	have := map[string]bool{}
	joined := &yaml.Node{Kind: yaml.MappingNode, Line: own.Line}
	err := errorAt(own, "an event needs a time such as at: 29m59s")
	for i := 0; i+1 < len(own.Content); i += 2 {
		key, value := own.Content[i], own.Content[i+1]
		have[key.Value] = true
		if key.Value != "at" {
			joined.Content = append(joined.Content, key, value)
			continue
		}
		var bad error
		if e.At, bad = time.ParseDuration(value.Value); bad == nil && e.At >= 0 {
			err = nil
		}
	}
	if err != nil {
		return e, err
	}
	for i := 0; i+1 < len(shared.Content); i += 2 {
		if key := shared.Content[i]; !have[key.Value] {
			joined.Content = append(joined.Content, key, shared.Content[i+1])
		}
	}
	e.Event, err = appendJSON(nil, joined, 0)
	return e, err
}

// Record gives the event as a source writes it, with an id and a time. A source
// without an id knows the event by its text.
func (e TimedEvent) Record(s *schema.Source, id string, start time.Time) []byte {
	var own []byte
	if s.ID != "" {
		own = append(record.AppendQuoted(append(record.AppendQuoted(own, s.ID), ':'), id), ',')
	}
	own = append(record.AppendQuoted(own, s.Time), ':')
	if at := start.Add(e.At); s.TimeUnix {
		own = strconv.AppendInt(own, at.Unix(), 10)
	} else {
		own = record.AppendQuoted(own, at.UTC().Format(time.RFC3339Nano))
	}
	rest := bytes.TrimPrefix(e.Event, []byte("{"))
	if len(rest) > 1 {
		own = append(own, ',')
	}
	return slices.Concat([]byte("{"), own, rest)
}

// readFile reads a test file's nodes.
func readFile(fsys fs.FS, name string) (*testFile, error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("reading rule tests: %w", err)
	}
	var file testFile
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &file, nil
}

// testFile is a file of tests of both kinds.
type testFile struct {
	Tests []yaml.Node `yaml:"tests"`
	Timed []yaml.Node `yaml:"timed"`
}
