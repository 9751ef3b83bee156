package sqlgen

import (
	"strings"

	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/diag"
)

// Header gives the comment over the query of a rule or a correlation: what it finds, and what it is
// known by. Each line is a comment of its own, so that no text of the rule can
// end it.
func Header(r *sigma.Header) string {
	var b strings.Builder
	line := func(name, text string) {
		if text != "" {
			b.WriteString("-- " + name + diag.Printable(text) + "\n")
		}
	}
	line("", r.Title)
	line("id: ", r.ID)
	line("level: ", r.Level)
	line("technique: ", strings.Join(r.Techniques(), ", "))
	return b.String()
}
