package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/backends/opensearch"
	"github.com/sigmahunt/sigmahunt/compiler"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
	"github.com/sigmahunt/sigmahunt/fixtures"
	"github.com/sigmahunt/sigmahunt/sigma/rules"
)

// throughExecutor runs queries as the program does: its executor reads what they
// find, page by page, from indexes that a pattern names. Each run sees its own
// events alone.
type throughExecutor struct{ *onOpenSearch }

func (e throughExecutor) Match(ctx context.Context, plan *compiler.Plan, file string) (rows []backends.Row, finished int64, err error) {
	events, err := readEach(file, plan.Source.Name)
	if err != nil {
		return nil, 0, err
	}
	ids, err := e.load(ctx, plan.Source, events)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, e.remove(ctx, plan.Source, ids)) }()
	layout := schema.LayoutsOf(opensearch.Layouts, plan.Source.Name)[0]
	config := backends.Config{
		Layouts: map[string]string{plan.Source.Name: fmt.Sprintf("%s:%s-*-%d", layout.Name, plan.Source.Name, os.Getpid())},
		Remote:  backends.Remote{Endpoint: e.server.URL},
	}
	if rows, finished, err = match(ctx, opensearch.Engine, config, plan); err != nil {
		return nil, 0, err
	}
	return rows, finished, inOrder(rows, events, layout)
}

// remove takes events out of a source's index, in which they are found until the
// next ones are loaded.
func (e throughExecutor) remove(ctx context.Context, source *schema.Source, ids []string) error {
	var body strings.Builder
	for _, id := range ids {
		fmt.Fprintf(&body, "{\"delete\":{\"_id\":%q}}\n", id)
	}
	_, err := e.server.Do(context.WithoutCancel(ctx), http.MethodPost, "/"+e.index(source)+"/_bulk", body.String())
	return err
}

func TestOpenSearchReturnsTheExpectedEpisodes(t *testing.T) {
	cases, err := LoadEpisodes(fixtures.Conformance, "conformance")
	if err != nil {
		t.Fatal(err)
	}
	gaps, err := ReadGaps("testdata/gaps/opensearch.txt")
	if err != nil {
		t.Fatal(err)
	}
	RunEpisodes(t, throughExecutor{newOnOpenSearch(t)}, cases, gaps)
}

func TestOpenSearchAgreesWithThePacksTimedTests(t *testing.T) {
	e := throughExecutor{newOnOpenSearch(t)}
	for _, pack := range rules.Names() {
		cases, err := PackEpisodes(rules.Files(), pack)
		if err != nil {
			t.Fatal(err)
		}
		RunEpisodes(t, e, cases, nil)
	}
}
