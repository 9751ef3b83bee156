package conformance

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/eval"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate"
	"github.com/sigmahunt/sigmahunt/compiler/eval/correlate/correlatetest"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

const (
	stagedPairs = 500 // correlations in two stages with events, each held against the evaluator
	plainPairs  = 150 // those without a first stage
	trialsADay  = 60  // that are loaded at once, each on a day of its own
)

// stagedTrial is a made-up pack whose groups stand in fields that an index can
// group by, with events of one day.
type stagedTrial struct {
	EpisodeCase
	from    time.Time
	records []record.Record
}

// newStagedTrial moves a made-up trial to a day. Values that differ in case alone
// are one to the index. Where the values of a field are counted, or some are too long
// for the index, it holds one, as the schema says.
func newStagedTrial(t *testing.T, r *rand.Rand, day int, short bool) stagedTrial {
	t.Helper()
	made := correlatetest.New(t, r)
	out := stagedTrial{from: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC).AddDate(0, 0, day)}
	out.Rules = []byte(strings.NewReplacer("requestParameters.g", "userAgent", "requestParameters.h", "errorMessage").Replace(made.Text))
	counted := strings.Contains(made.Text, "field: requestParameters.g")
	for _, e := range made.Events {
		doc := map[string]any{"eventID": e.ID, "eventTime": e.At.AddDate(0, 0, day).Format(time.RFC3339Nano), "eventName": strings.Join(e.Rules, " ")}
		params := map[string]any{}
		for name, leaves := range e.Texts {
			switch name {
			case "requestParameters.g":
				if leaves = cased(r, leaves); short {
					leaves[0] = strings.Repeat(leaves[0], shortTerm+len(leaves)-1) // too long, where there were several
				}
				if counted || short {
					leaves = leaves[:1]
				}
				doc["userAgent"] = leaves
			case "requestParameters.h":
				doc["errorMessage"] = cased(r, leaves)
			default:
				params[strings.TrimPrefix(name, "requestParameters.")] = leaves
			}
		}
		doc["requestParameters"] = params
		raw, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		rec, err := record.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		out.records = append(out.records, rec)
	}
	return out
}

func cased(r *rand.Rand, leaves []string) []string {
	out := slices.Clone(leaves)
	for i := range out {
		if r.IntN(4) == 0 {
			out[i] = strings.ToUpper(out[i])
		}
	}
	return out
}

// evaluated returns the episodes that the evaluator makes of all events of a range.
func (tr stagedTrial) evaluated(of *compiler.CorrelationPlan, w backends.Window) ([]correlate.Episode, []correlate.Problem) {
	collector := correlate.NewCollector([]*compiler.CorrelationPlan{of}, correlate.Limits{})
	for i := range tr.records {
		if !w.Holds(&tr.records[i], schema.CloudTrail) {
			continue
		}
		for _, p := range of.Bases() {
			var ev eval.Event
			ev.Reset(p.Source, &tr.records[i])
			if eval.Compile(p).Match(&ev) {
				collector.Add(p.Source, &tr.records[i], p.Rule)
			}
		}
	}
	return collector.Episodes()
}

// shortTerm is the longest text that a keyword of the tests holds.
const shortTerm = 3

func TestTwoStagesAgreeWithTheEvaluatorOnRandomCorrelations(t *testing.T) {
	t.Run("template", func(t *testing.T) {
		e := newOnOpenSearch(t)
		agreeInStages(t, e, e.stages(t), false)
	})
	t.Run("short keyword", func(t *testing.T) {
		e := newNode(t)
		for _, name := range schema.Names() {
			body := indexBody(schema.ByName(name))
			if name == schema.CloudTrail.Name {
				body["mappings"].(map[string]any)["properties"].(map[string]any)["userAgent"] = map[string]any{
					"type": "text", "fields": map[string]any{"keyword": map[string]any{"type": "keyword", "ignore_above": shortTerm}},
				}
			}
			e.server.Index(t, e.index(schema.ByName(name)), body)
		}
		agreeInStages(t, e, e.stages(t), true)
	})
}

// agreeInStages holds two stages over an index against the evaluator.
func agreeInStages(t *testing.T, e *onOpenSearch, s *inStages, short bool) {
	t.Helper()
	r := rand.New(rand.NewPCG(*seed, 11))
	staged, plain, found := 0, 0, map[string]int{}
	for staged < stagedPairs {
		trials := make([]stagedTrial, trialsADay)
		var docs [][]byte
		for day := range trials {
			trials[day] = newStagedTrial(t, r, day, short)
			for _, rec := range trials[day].records {
				docs = append(docs, rec.Raw)
			}
		}
		ids, err := e.load(t.Context(), schema.CloudTrail, docs)
		if err != nil {
			t.Fatal(err)
		}
		for _, tr := range trials {
			_, report, legal, diags := tr.compile(t, s.backend.Target())

			if diags.HasErrors() {
				t.Fatal(diags.Err())
			}
			w := backends.Window{Start: tr.from.Add(time.Duration(r.IntN(200)) * time.Second), End: tr.from.Add(time.Duration(400+r.IntN(201)) * time.Second)}
			for _, of := range report {
				if compiler.NewPrefilter(of, legal, s.backend.Target()) != nil {
					staged++
				} else if plain++; plain > plainPairs {
					continue
				}
				wide := w.Reaching(of.LookBack())
				whole, _ := tr.evaluated(of, wide)
				got, problems, _, err := s.run(t.Context(), of, legal, wide)
				if err != nil || len(problems) > 0 {
					t.Fatal(problems, err)
				}
				want := opening(whole, w)
				found[of.Rule.Kind] += len(want)
				if got := opening(got, w); !slices.Equal(got, want) {
					t.Fatalf("%s\n%s over %v\n%s\ngot\n%s\nwant\n%s", tr.Rules, of.Rule.Title, w, docs, strings.Join(got, "\n"), strings.Join(want, "\n"))
				}
			}
		}
		if err := (throughExecutor{e}).remove(t.Context(), schema.CloudTrail, ids); err != nil {
			t.Fatal(err)
		}
	}
	for _, kind := range []string{"event_count", "value_count", "temporal", "temporal_ordered"} {
		if found[kind] < stagedPairs/100 {
			t.Errorf("only %d episodes of %s", found[kind], kind)
		}
	}
	t.Logf("%d correlations with events agree in two stages, and %d by their rows; episodes by kind: %v; %d events fetched", staged, min(plain, plainPairs), found, s.fetched.rows)
}

// opening shows the episodes that open in a window.
func opening(list []correlate.Episode, w backends.Window) (out []string) {
	for _, e := range list {
		if w.Contains(e.Opening.At) {
			out = append(out, fmt.Sprintf("%s %q %s %s %s %v %s", e.Of.Rule.Title, e.Group, e.Opening.ID, e.First, e.Last, e.IDs, e.Value.RatString()))
		}
	}
	slices.Sort(out)
	return out
}
