package opensearch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// mappingBytes is the longest answer of mappings that is read: thousands of
// indexes have as many.
const mappingBytes = 256 << 20

// readMappings reads how the indexes of each source are mapped. A
// source that has none is skipped: a search for its events then fails by itself.
func readMappings(ctx context.Context, c *backends.Config) error {
	b, err := newBackend(*c)
	if err != nil {
		return misconfigured(err)
	}
	client, err := newClient(ctx, remoteOf(*c), backends.WallClock{})
	if err != nil {
		return err
	}
	defer client.Close()
	c.Mappings = map[string][]byte{}
	for _, s := range schema.Sources {
		text, err := client.mapping(ctx, b.(backend).index(s.Name).layout.Table)
		if err != nil {
			return err
		}
		if text != nil {
			c.Mappings[s.Name] = text
		}
	}
	return nil
}

// mapping returns what the indexes of a pattern have in common, as newIndex reads
// it; nil where there is no index.
func (c *client) mapping(ctx context.Context, pattern string) ([]byte, error) {
	mapped, settings := map[string]body{}, map[string]body{}
	if err := c.get(ctx, pattern, "_mapping", &mapped); err != nil || len(mapped) == 0 {
		return nil, err
	}
	if err := c.get(ctx, pattern, "_settings", &settings); err != nil {
		return nil, err
	}
	var all *body
	for _, name := range slices.Sorted(maps.Keys(mapped)) {
		one := body{Mappings: mapped[name].Mappings, Settings: settings[name].Settings}
		one.Mappings = one.holds()
		if all == nil {
			all = &one
			continue
		}
		all.Mappings = merge(all.Mappings, one.Mappings, true, true)
		all.Settings.Index.Analysis = common(all.Settings.Index.Analysis, one.Settings.Index.Analysis)
	}
	text, err := json.Marshal(all)
	if err != nil {
		return nil, fmt.Errorf("opensearch: the mapping of %s: %w", pattern, err)
	}
	return text, nil
}

// holds returns the mapping of an index with what its settings change of it.
func (b body) holds() property {
	p := b.Mappings.unfold()
	if b.Settings.Index.Mapping.Malformed {
		p = p.leavingOut()
	}
	if !flattensLists(b.Settings.Index.Version.Created) {
		p = p.losingLists()
	}
	return p
}

// flattensLists reports whether an index that disables objects has held the elements
// of lists from its first document on. Up to 3.7 OpenSearch takes them and leaves
// them out. Versions are written as their number and a bit that marks OpenSearch's.
func flattensLists(created string) bool {
	const mark, first = 1 << 27, 3_08_00_00
	id, err := strconv.Atoi(created)
	return err == nil && id&mark != 0 && id^mark >= first
}

func (c *client) get(ctx context.Context, pattern, what string, into any) error {
	err := c.call(ctx, request{method: http.MethodGet, path: "/" + escape(pattern) + "/" + what, limit: mappingBytes}, into)
	if f := (*Failure)(nil); errors.As(err, &f) && f.noIndex() {
		return nil
	}
	return err
}

// common returns the normalizers and filters of two indexes. One that they define
// in two ways is one of which nothing is known.
func common(a, b analysis) analysis {
	return analysis{Normalizer: agreed(a.Normalizer, b.Normalizer), CharFilter: agreed(a.CharFilter, b.CharFilter)}
}

func agreed(a, b map[string]json.RawMessage) map[string]json.RawMessage {
	out := maps.Clone(a)
	if out == nil {
		out = map[string]json.RawMessage{}
	}
	for name, text := range b {
		if other, ok := out[name]; ok && !bytes.Equal(other, text) {
			text = json.RawMessage("{}")
		}
		out[name] = text
	}
	return out
}
