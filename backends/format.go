package backends

import (
	"strings"
	"time"
)

// Format is a form, besides the bare text, that an engine's queries can be
// written in for others to run.
type Format struct {
	Name      string
	Extension string // of its files, such as .ndjson

	// Scheduled forms run by themselves, over windows that follow their
	// schedule, and nobody finishes the rows that they find.
	Scheduled bool

	// Stages tells that it holds both stages of a correlation.
	Stages bool

	// Write gives a query in the form. The schedule is zero where the form has
	// none. An error says that the form does not hold the query.
	Write func(Query, Schedule) (string, error)

	// Join makes one text of several.
	Join func([]string) string
}

// Schedule says when something runs. Each run looks at the events of a window
// that is as long as the time between runs, and that ends a delay before the
// run, so that late events are there.
type Schedule struct{ Every, Delay time.Duration } // whole minutes; Every is positive

// Format gives the engine's form of that name.
func (e Engine) Format(name string) (Format, bool) {
	for _, f := range e.Formats {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// Paragraphs parts texts by empty lines.
func Paragraphs(texts []string) string { return strings.Join(texts, "\n") }
