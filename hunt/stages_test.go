package hunt

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// stagedRemote is a remote that counts too.
type stagedRemote struct {
	*remote
	failsToCount bool
}

func (r *stagedRemote) WritesCorrelations() backends.CorrelationWriter {
	return backends.CorrelationWriter{Stages: &backends.StageWriter{Counts: r.emitCounts, Within: r.emitWithin}}
}

func (r *stagedRemote) RunsCorrelations() backends.CorrelationRunner {
	return backends.CorrelationRunner{Count: r.count}
}

func (r *stagedRemote) emitCounts(of *compiler.Prefilter, w backends.Window) ([]backends.CountQuery, error) {
	r.asked = append(r.asked, "count "+w.Start.Format("15:04")+"-"+w.End.Format("15:04"))
	return []backends.CountQuery{{Of: of, Leaves: []int{0}, Window: w}}, nil
}

func (r *stagedRemote) emitWithin(batch compiler.Batch, _ backends.Window, in backends.Within) (backends.Query, error) {
	if len(in.Any) != 1 || len(in.Any[0].Ranges) != 1 {
		return backends.Query{}, fmt.Errorf("candidates %v", in.Any)
	}
	return backends.Query{Batch: batch, Window: backends.Window{Start: in.Any[0].Ranges[0].From, End: in.Any[0].Ranges[0].To}}, nil
}

// count counts the denied calls by cells.
func (r *stagedRemote) count(_ context.Context, q backends.CountQuery) iter.Seq2[compiler.Count, error] {
	return func(yield func(compiler.Count, error) bool) {
		for _, at := range r.events {
			n := compiler.Count{Cell: at.Unix() / int64(q.Of.Cell/time.Second), Dated: true, N: 1}
			if q.Window.Contains(at) && !yield(n, nil) {
				return
			}
		}
		if r.failsToCount {
			yield(compiler.Count{}, errors.New("a shard is away"))
		}
	}
}

// stagedScan scans from 9 to 10 o'clock; denied calls are at 8:50, 9:25 and 9:29.
func stagedScan(t *testing.T, text string, failsToCount bool) (*stagedRemote, Result, *kept) {
	t.Helper()
	plain, _, _ := remoteScan(t, text, "")
	r := &stagedRemote{remote: plain, failsToCount: failsToCount}
	r.asked = nil
	r.events = map[string]time.Time{}
	for id, minute := range map[string]int{"d1": -10, "d2": 25, "d3": 29} {
		r.events[id] = on(9, minute)
	}
	r.target.Correlation = compiler.InTwoStages
	r.target.Groups = func(p schema.Path) bool { return p.Name() == schema.CloudTrail.Time }
	c := packOf(text, &r.target)
	run, k := scanned(t, c, r, r, nil)
	return r, run, k
}

// Silent rules are counted from twice the timespan before the window, and their
// events fetched from the cells that hold two.
func TestSilentRulesAreAskedForCandidatesAlone(t *testing.T) {
	r, run, k := stagedScan(t, correlatedPack, false)
	if got := strings.Join(r.asked, ", "); got != "Created 09:00-10:00, count 08:40-10:00, Denied 09:10-09:30" {
		t.Errorf("asked %s", got)
	}
	if got := strings.Join(k.found, ", "); got != "Often d2 d3" || len(run.Failures) > 0 {
		t.Errorf("found %s, failed %v", got, run.Failures)
	}
}

func TestNothingIsFetchedWithoutCandidates(t *testing.T) {
	r, run, k := stagedScan(t, strings.Replace(correlatedPack, "gte: 2", "gte: 3", 1), false)
	if got := strings.Join(r.asked, ", "); got != "Created 09:00-10:00, count 08:40-10:00" || len(k.found)+len(run.Failures) > 0 {
		t.Errorf("asked %s, found %v, failed %v", got, k.found, run.Failures)
	}
}

// Rules that report are read anyway, so nothing is counted of them; nor where any
// event may make the correlation fire.
func TestRowsThatAreReadAnywayAreNotCounted(t *testing.T) {
	for _, text := range []string{
		strings.Replace(correlatedPack, "timespan: 10m", "timespan: 10m, generate: true", 1),
		strings.Replace(correlatedPack, "gte: 2", "lte: 2", 1),
	} {
		r, run, _ := stagedScan(t, text, false)
		if got := strings.Join(r.asked, ", "); !strings.Contains(got, "Denied 08:40-10:00") || strings.Contains(got, "count") || len(run.Failures) > 0 {
			t.Errorf("asked %s, failed %v", got, run.Failures)
		}
	}
}

// A count that ends with an error is said, and what it counted so far is not used.
func TestACorrelationThatCannotBeCountedIsSaid(t *testing.T) {
	_, run, k := stagedScan(t, correlatedPack+"---\ntitle: Rare\ncorrelation: {type: event_count, rules: denied, timespan: 4m, condition: {lte: 1}}\n", true)
	if got := fmt.Sprint(run.Failures); got != "[pack.yml:11:8: it was not run, since its events could not be had: a shard is away]" {
		t.Errorf("failed %s", got)
	}
	if got := strings.Join(k.found, ", "); got != "Rare d2, Rare d3" {
		t.Errorf("found %s", got)
	}
}
