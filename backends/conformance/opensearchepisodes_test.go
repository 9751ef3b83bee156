package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/opensearch"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/fixtures"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

// throughExecutor runs queries as the program does: its executor reads what they
// find page by page. Each run has an index of its own.
type throughExecutor struct {
	*onOpenSearch
	made int // indexes so far
}

// store puts events into an index, which drop takes away, and gives how the
// program is told of it.
func (e *throughExecutor) store(ctx context.Context, layout *schema.Layout, events [][]byte) (c backends.Config, drop func() error, err error) {
	e.made++
	prefix := fmt.Sprintf("%s-episodes-%d-%d", layout.Source.Name, os.Getpid(), e.made)
	path := "/" + prefix + "-1"
	if _, err := e.server.Do(ctx, http.MethodPut, path, indexBody(layout.Source)); err != nil {
		return c, nil, err
	}
	drop = func() error {
		_, err := e.server.Do(context.WithoutCancel(ctx), http.MethodDelete, path, nil)
		return err
	}
	ids := make([]string, len(events))
	for i := range ids {
		ids[i] = fmt.Sprint(i)
	}
	refused, err := e.server.Bulk(ctx, prefix+"-1", ids, events)
	if err == nil && len(refused) > 0 {
		err = fmt.Errorf("the index refuses records: %v", refused)
	}
	return backends.Config{
		Layouts: map[string]string{layout.Source.Name: layout.Name + ":" + prefix + "-*"},
		Remote:  backends.Remote{Endpoint: e.server.URL},
	}, drop, err
}

func (e *throughExecutor) Match(ctx context.Context, plan *compiler.Plan, file string) (rows []backends.Row, finished int64, err error) {
	events, err := readEach(file, plan.Source.Name)
	if err != nil {
		return nil, 0, err
	}
	layout := schema.OpenSearchLayouts(plan.Source.Name)[0]
	config, drop, err := e.store(ctx, layout, events)
	if drop != nil {
		defer func() { err = errors.Join(err, drop()) }()
	}
	if err != nil {
		return nil, 0, err
	}
	if rows, finished, err = match(ctx, opensearch.Engine, config, plan); err != nil {
		return nil, 0, err
	}
	return rows, finished, inOrder(rows, events, layout)
}

func TestOpenSearchGivesTheEpisodesThatPeopleWroteDown(t *testing.T) {
	cases, err := LoadEpisodes(fixtures.Conformance, "conformance")
	if err != nil {
		t.Fatal(err)
	}
	gaps, err := ReadGaps("testdata/gaps/opensearch.txt")
	if err != nil {
		t.Fatal(err)
	}
	RunEpisodes(t, &throughExecutor{onOpenSearch: newNode(t)}, cases, gaps)
}

func TestOpenSearchAgreesWithThePacksTimedTests(t *testing.T) {
	e := &throughExecutor{onOpenSearch: newNode(t)}
	for _, pack := range rules.Names() {
		cases, err := PackEpisodes(rules.Files(), pack)
		if err != nil {
			t.Fatal(err)
		}
		RunEpisodes(t, e, cases, nil)
	}
}
