package opensearch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/sigmahunt/sigmahunt/backends"
	"github.com/sigmahunt/sigmahunt/compiler"
)

// countPage is an answer of a search that counts.
type countPage struct {
	ID           string  `json:"pit_id"`
	Took         int64   `json:"took"`
	TimedOut     bool    `json:"timed_out"`
	Shards       *shards `json:"_shards"`
	Aggregations struct {
		Cells *struct {
			After   json.RawMessage `json:"after_key"`
			Buckets []countBucket   `json:"buckets"`
		} `json:"cells"`
	} `json:"aggregations"`
}

type countBucket struct {
	Key   map[string]json.RawMessage `json:"key"`
	Count int64                      `json:"doc_count"`
	Rules struct {
		Buckets map[string]struct {
			Count int64 `json:"doc_count"`
		} `json:"buckets"`
	} `json:"rules"`
}

// count reads the buckets of a search page by page, from one state of the indexes.
// An answer that is not of all shards, or of a part of the time, is an error: what
// it did not count would be taken for nothing.
func (x *executor) count(ctx context.Context, q backends.CountQuery) iter.Seq2[compiler.Count, error] {
	return func(yield func(compiler.Count, error) bool) {
		fail := func(err error) { yield(compiler.Count{}, err) }
		c := &counting{client: x.client, query: q}
		if err := c.read(); err != nil {
			fail(err)
			return
		}
		x.stats.Statements++
		defer x.tracker.Ended()
		pit, err := x.client.open(ctx, q.Table)
		if err != nil {
			fail(err)
			return
		}
		c.pit = pit.ID
		defer func() { x.client.close(ctx, c.pit) }()
		if err := whole(q.Table, &pit.Shards, false); err != nil {
			fail(err)
			return
		}
		for {
			page, err := c.next(ctx)
			if err != nil {
				fail(err)
				return
			}
			x.stats.Engine += time.Duration(page.Took) * time.Millisecond
			x.tracker.Rows(len(page.Aggregations.Cells.Buckets))
			for _, b := range page.Aggregations.Cells.Buckets {
				if !c.counts(b, yield) {
					return
				}
			}
			if c.after == nil {
				return
			}
		}
	}
}

// counting is one reading of all buckets of a search.
type counting struct {
	client *client
	query  backends.CountQuery
	body   object // of the query
	pit    string
	size   int             // buckets of a page
	after  json.RawMessage // the key of the last bucket read; nil: none is left
}

// composite returns the aggregation whose pages are read.
func (c *counting) composite() object {
	return c.body["aggs"].(object)[countedCells].(object)["composite"].(object)
}

func (c *counting) read() error {
	if err := json.Unmarshal([]byte(c.query.Text), &c.body); err != nil {
		return fmt.Errorf("opensearch: the query is no JSON object: %w", err)
	}
	size, _ := c.composite()["size"].(float64)
	c.size = max(int(size), 1)
	return nil
}

// next requests the page after the last, of fewer buckets where it is too large.
func (c *counting) next(ctx context.Context) (*countPage, error) {
	for {
		c.composite()["size"] = c.size
		if c.after != nil {
			c.composite()["after"] = c.after
		}
		c.body["pit"] = object{"id": c.pit, "keep_alive": millis(laterKeep + c.client.timeout)}
		limit := int64(pageBytes)
		if c.size == 1 {
			limit = recordBytes
		}
		page, f := &countPage{}, (*Failure)(nil)
		err := c.client.call(ctx, request{
			method: http.MethodPost, path: "/_search", limit: limit, body: c.body,
			params: url.Values{"allow_partial_search_results": {"false"}},
		}, page)
		switch {
		case err == nil:
			return page, c.advance(page)
		case errors.As(err, &f) && f.tooLarge() && c.size > 1:
			c.size /= 2
		default:
			return nil, err
		}
	}
}

// advance goes on to the place after a page.
func (c *counting) advance(p *countPage) error {
	if p.Shards == nil || p.Aggregations.Cells == nil {
		return errors.New("opensearch: an answer holds no shards or no cells, so it is not that of a search that counts")
	}
	if err := whole(c.query.Table, p.Shards, p.TimedOut); err != nil {
		return err
	}
	if p.ID != "" {
		c.pit = p.ID
	}
	cells := p.Aggregations.Cells
	if len(cells.Buckets) > 0 && cells.After == nil || len(cells.Buckets) > c.size || cells.After != nil && string(cells.After) == string(c.after) {
		return fmt.Errorf("opensearch: a page of %d cells ends at %.100s: the next page cannot be requested", len(cells.Buckets), cells.After)
	}
	if c.after = cells.After; len(cells.Buckets) == 0 {
		c.after = nil
	}
	return nil
}

// whole returns an error where an answer is not complete.
func whole(table string, s *shards, timedOut bool) error {
	switch {
	case timedOut:
		return fmt.Errorf("opensearch: counting in %s ran out of time", table)
	case len(s.Failures) > 0:
		return fmt.Errorf("opensearch: only %d of %d shards of %s counted: %s", s.Successful, s.Total, table, s.Failures[0].Reason)
	case s.Failed > 0 || s.Successful < s.Total:
		return fmt.Errorf("opensearch: only %d of %d shards of %s counted", s.Successful, s.Total, table)
	default:
		return nil
	}
}

// counts yields what a bucket counts of each rule.
func (c *counting) counts(b countBucket, yield func(compiler.Count, error) bool) bool {
	n, err := c.key(b.Key)
	if err != nil {
		yield(compiler.Count{}, err)
		return false
	}
	for i, leaf := range c.query.Leaves {
		n.Leaf, n.N = leaf, b.Count
		if len(c.query.Leaves) > 1 {
			rule, ok := b.Rules.Buckets[strconv.Itoa(i)]
			if !ok {
				yield(compiler.Count{}, errors.New("opensearch: a cell does not count each rule"))
				return false
			}
			n.N = rule.Count
		}
		if n.N > 0 && !yield(n, nil) {
			return false
		}
	}
	return true
}

// key reads the group and the cell of a bucket.
func (c *counting) key(key map[string]json.RawMessage) (compiler.Count, error) {
	n := compiler.Count{Group: make([]*string, len(c.query.Of.Groups))}
	bad := func(name string) error {
		return fmt.Errorf("opensearch: a cell has no %s that can be read", name)
	}
	for i := range n.Group {
		if text, ok := key[groupSource(i)]; !ok || json.Unmarshal(text, &n.Group[i]) != nil {
			return n, bad(groupSource(i))
		}
	}
	cell := c.query.Of.Cell.Milliseconds()
	if cell == 0 {
		return n, nil
	}
	var at *int64
	if text, ok := key[cellSource]; !ok || json.Unmarshal(text, &at) != nil {
		return n, bad(cellSource)
	}
	if at != nil {
		if n.Cell, n.Dated = *at/cell, true; *at%cell != 0 {
			return n, bad(cellSource)
		}
	}
	return n, nil
}
