package conformance

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/hunt"
	"github.com/sigmahunt/sigmahunt/sigma"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

// shared is where real events and rules may stand beside the module. They are
// not part of it.
const shared = "../../../shared"

func TestEnginesGiveTheSameFindingsOverRealEvents(t *testing.T) {
	if _, err := os.Stat(shared); errors.Is(err, fs.ErrNotExist) {
		t.Skip("no folder of real events and rules beside the module")
	}
	plans := realPlans(t)
	var first []byte
	for i, engine := range fileEngines() {
		got := findings(t, engine, plans)
		t.Logf("%s: %d plans, %d findings", engine.Name, len(plans), bytes.Count(got, []byte("\n")))
		if i == 0 {
			first = got
		}
		if !bytes.Equal(got, first) {
			t.Errorf("%s gives other findings than %s", engine.Name, fileEngines()[0].Name)
		}
	}
	if len(first) == 0 {
		t.Error("nothing was found, so nothing was compared")
	}
}

// realPlans are those of the public rules and of the pack.
func realPlans(t *testing.T) (plans []*compiler.Plan) {
	t.Helper()
	theirs, err := sigma.Load(os.DirFS(shared+"/rules/sigmahq_aws"), "rules", "")
	if err != nil {
		t.Fatal(err)
	}
	ours, err := rules.Load(rules.Names()[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range sigma.Join(theirs, ours).Rules {
		if p, _ := compiler.Compile(rule, schema.ForLogsource); p != nil {
			plans = append(plans, p)
		}
	}
	return plans
}

// findings are all that an engine finds over the real events, a line each.
func findings(t *testing.T, engine backends.Engine, plans []*compiler.Plan) (out []byte) {
	t.Helper()
	config := backends.Config{Paths: []string{shared + "/data"}, Workers: 2}
	b, err := engine.New(config)
	if err != nil {
		t.Fatal(err)
	}
	x, err := engine.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	var legal []*compiler.Plan
	for _, p := range plans {
		if q, diags := compiler.Legalize(p, b.Target()); q != nil {
			legal = append(legal, q)
		} else {
			t.Errorf("%s refuses a rule: %v", engine.Name, diags.Err())
		}
	}
	// A source at a time, so that engines which read all at once give one order.
	for _, all := range compiler.Fuse(legal, &compiler.Target{Sources: compiler.OneSource}) {
		query, err := b.Emit(all, backends.Window{})
		if err != nil {
			t.Fatal(err)
		}
		for row, err := range backends.Finish(x.Run(t.Context(), query), all) {
			if err != nil {
				t.Fatal(err)
			}
			rec, err := record.Parse(row.Event)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range row.Plans {
				f := hunt.FromEvent(all.Plans[i], &rec)
				out = append(f.AppendJSON(out), '\n')
			}
		}
	}
	return out
}
