package backends

import (
	"strings"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler"
)

// Format is a form, besides the bare text, that an engine's queries can be
// written in for others to run.
type Format struct {
	Name      string
	Extension string // of its files, such as .ndjson

	// Scheduled forms run by themselves, over windows that follow their
	// schedule, and nobody finishes the rows that they find.
	Scheduled bool

	// Stages reports that it holds both stages of a correlation.
	Stages bool

	// Write returns a query in the form. The schedule is zero where the form has
	// none. An error states why the form does not hold the query.
	Write func(Query, Schedule) (string, error)

	// Join makes one text of several.
	Join func([]string) string
}

// In returns an emitter whose queries are in the form. A query that the form does not
// hold is an error.
func (f Format) In(emit Emit, s Schedule) Emit {
	if f.Write == nil {
		return emit
	}
	return func(batch compiler.Batch, w Window) (Query, error) {
		q, err := emit(batch, w)
		if err == nil {
			q.Text, err = f.Write(q, s)
		}
		return q, err
	}
}

// Schedule is when something runs. Each run reads the events of a window
// that is as long as the time between runs, and that ends a delay before the
// run, so that late events are there.
type Schedule struct{ Every, Delay time.Duration } // whole minutes; Every is positive

// Paragraphs separates texts by empty lines.
func Paragraphs(texts []string) string { return strings.Join(texts, "\n") }
