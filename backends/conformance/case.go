// Package conformance is the one suite that every engine must pass: cases of a
// rule, events and the events that must match, written by people from the
// Sigma specification and never from a program's output.
package conformance

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"golang.org/x/tools/txtar"

	"github.com/sigmahunt/sigmahunt/compiler/ruletest"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// Case is one behaviour: a rule, events, and which of them match.
type Case struct {
	Name    string   // area/behaviour
	Rule    []byte   // one rule, and the filters and actions that go with it
	Values  []Values // of the rule's placeholders
	Pipe    []byte   // the pipeline that the rule goes through
	Events  []byte   // NDJSON, or flow log text; events.log holds events without an id
	Want    []string // the matching events in their order: ids, or 1-based places
	ByPlace bool     // Want holds places
	Errors  string   // what a rule that must be refused is refused for; then there are no events
}

// Values is a file of placeholders' values.
type Values struct {
	Name string
	Text []byte
}

// Load reads the cases below a folder: <root>/<area>/<behaviour>.txtar. Those with
// episodes are LoadEpisodes's.
func Load(fsys fs.FS, root string) ([]Case, error) {
	var cases []Case
	err := fs.WalkDir(fsys, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) != ".txtar" {
			return err
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil || hasEpisodes(text) {
			return err
		}
		c, err := parse(strings.TrimSuffix(strings.TrimPrefix(name, root+"/"), ".txtar"), text)
		cases = append(cases, c)
		return err
	})
	return cases, err
}

func parse(name string, text []byte) (Case, error) {
	c := Case{Name: name}
	have := map[string]bool{}
	for _, f := range txtar.Parse(text).Files {
		have[f.Name] = true
		switch f.Name {
		case "rule.yml":
			c.Rule = f.Data
		case "pipeline.yml":
			c.Pipe = f.Data
		case "events.jsonl":
			c.Events = f.Data
		case "events.log":
			c.Events, c.ByPlace = f.Data, true
		case "want":
			c.Want = strings.Fields(string(f.Data))
		case "error":
			c.Errors = strings.TrimSpace(string(f.Data))
		default:
			stem, ok := strings.CutPrefix(f.Name, "values/")
			if !ok {
				return c, fmt.Errorf("%s: no section %q is known", name, f.Name)
			}
			c.Values = append(c.Values, Values{stem, f.Data})
		}
	}
	runs := have["rule.yml"] && have["want"] && len(c.Events) > 0
	refused := have["rule.yml"] && c.Errors != ""
	if runs == refused {
		return c, fmt.Errorf("%s: a case holds a rule, and either events with want, or error", name)
	}
	return c, nil
}

// PackCases makes a case of the tests beside each rule of a pack.
func PackCases(fsys fs.FS, root string) ([]Case, error) {
	var cases []Case
	err := fs.WalkDir(fsys, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !sigma.IsRuleFile(name) {
			return err
		}
		rule, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		tests, err := ruletest.Load(fsys, ruletest.FileFor(name))
		if err != nil {
			return err
		}
		if len(tests) > 0 { // a correlation has timed tests, see PackEpisodes
			cases = append(cases, packCase(name, rule, tests))
		}
		return nil
	})
	return cases, err
}

func packCase(name string, rule []byte, tests []ruletest.Case) Case {
	c := Case{Name: name, Rule: rule, ByPlace: true}
	var events bytes.Buffer
	for i, t := range tests {
		events.Write(t.Event)
		events.WriteByte('\n')
		if t.Match {
			c.Want = append(c.Want, strconv.Itoa(i+1))
		}
	}
	c.Events = events.Bytes()
	return c
}
