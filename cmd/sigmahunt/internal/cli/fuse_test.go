package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/sigma"
)

// narrow is an engine that takes statements of a few bytes, and gives each rule
// as many as its description has.
type narrow struct {
	backends.Backend
	target compiler.Target
}

func (n *narrow) Target() *compiler.Target { return &n.target }

func (n *narrow) Emit(batch compiler.Batch, w backends.Window) (backends.Query, error) {
	var text string
	for _, p := range batch.Plans {
		text += p.Rule.Description
	}
	if len(text) > n.target.Limits.QueryBytes {
		return backends.Query{}, backends.TooLarge("too long")
	}
	return backends.Query{Target: n.target.Name, Batch: batch, Text: text, Window: w}, nil
}

// TestFuseHalvesWhatIsTooLong holds that names count too, and that a rule that is
// too long alone leaves the others.
func TestFuseHalvesWhatIsTooLong(t *testing.T) {
	engine := &narrow{target: compiler.Target{Name: "narrow", Attribution: compiler.ByEvaluator, Limits: compiler.Limits{QueryBytes: 200}}}
	source := schema.Sources[0]
	var plans []*compiler.Plan
	for i := range 8 {
		rule := &sigma.Rule{}
		rule.Title, rule.ID, rule.Description = strings.Repeat("t", 20), fmt.Sprint("id-", i), strings.Repeat("q", 10)
		if i == 5 {
			rule.Description = strings.Repeat("q", 201)
		}
		plans = append(plans, &compiler.Plan{Rule: rule, Source: source})
	}
	var talk bytes.Buffer
	a := &app{err: &talk}
	var got []string
	for _, w := range a.fuse(plans, engine.Emit, backends.Window{}, &compileOptions{engine: backends.Engine{Language: &backends.Language{Comment: "-- "}}, backend: engine}) {
		if n := len(w.query.Text); n > 200 {
			t.Errorf("a statement of %d bytes", n)
		}
		for _, p := range w.plans {
			got = append(got, p.Rule.ID)
			if len(w.plans) > 1 && !strings.Contains(w.query.Text, "["+p.Rule.ID+"]\n") {
				t.Errorf("%s is not named in %s", p.Rule.ID, w.query.Text)
			}
		}
	}
	if strings.Join(got, " ") != "id-0 id-1 id-2 id-3 id-4 id-6 id-7" {
		t.Errorf("answered: %v", got)
	}
	if strings.Count(talk.String(), "too long") != 1 {
		t.Errorf("said: %s", talk.String())
	}
}
