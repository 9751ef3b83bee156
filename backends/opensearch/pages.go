package opensearch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

const (
	pageRecords = 5_000
	pageBytes   = 32 << 20  // the longest answer that is taken, unless it is of one record
	recordBytes = 128 << 20 // OpenSearch takes records of up to 100 MB (http.max_content_length)
	otherBytes  = 1 << 20   // of an answer that holds no records

	firstKeep  = time.Minute     // how long a point in time waits for its first page: the answer that names it may be lost
	laterKeep  = 5 * time.Minute // how long it waits between pages, the time of a request not counted
	closeTries = 10 * time.Second
)

// pointInTime is a state of indexes that pages are read from.
type pointInTime struct {
	ID     string `json:"pit_id"`
	Shards shards `json:"_shards"`
}

// shards counts the shards of an answer.
type shards struct {
	Total      int            `json:"total"`
	Successful int            `json:"successful"`
	Failed     int            `json:"failed"`
	Failures   []shardFailure `json:"failures"`
}

type shardFailure struct {
	Shard  int    `json:"shard"`
	Index  string `json:"index"`
	Reason cause  `json:"reason"`
}

// page is an answer of a search.
type page struct {
	ID       string  `json:"pit_id"`
	Took     int64   `json:"took"` // milliseconds
	TimedOut bool    `json:"timed_out"`
	Shards   *shards `json:"_shards"`
	Hits     struct {
		Hits []hit `json:"hits"`
	} `json:"hits"`
}

// hit is a record that a search found.
type hit struct {
	Index   string          `json:"_index"`
	ID      string          `json:"_id"`
	Source  json.RawMessage `json:"_source"`
	Sort    json.RawMessage `json:"sort"` // as sent: numbers are longer than a double
	Matched []string        `json:"matched_queries"`
}

// open makes a point in time of the indexes that a pattern names; it is to be
// closed. A pattern that names none is an error.
func (c *client) open(ctx context.Context, indexes string) (*pointInTime, error) {
	pit := &pointInTime{}
	err := c.call(ctx, request{
		method: http.MethodPost, path: "/" + escape(indexes) + "/_search/point_in_time", limit: otherBytes,
		params: url.Values{"keep_alive": {millis(firstKeep)}, "allow_partial_pit_creation": {"false"}, "allow_no_indices": {"false"}},
	}, pit)
	if f := (*Failure)(nil); errors.As(err, &f) && f.noIndex() {
		return nil, fmt.Errorf("no index matches %s: %w", indexes, err)
	}
	if err == nil && pit.ID == "" {
		err = errors.New("opensearch: a point in time has no id")
	}
	return pit, err
}

// close ends a point in time, also when ctx is over. One that cannot be ended
// expires: there is nothing that a caller could do, so there is no error.
func (c *client) close(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTries)
	defer cancel()
	var ignored json.RawMessage
	_ = c.call(ctx, request{
		method: http.MethodDelete, path: "/_search/point_in_time", limit: otherBytes, body: object{"pit_id": []string{id}},
	}, &ignored)
}

// reading is one reading of all that a query finds.
type reading struct {
	client  *client
	query   map[string]json.RawMessage // the body of the query
	sort    []any
	instant string          // the field of dates that the sort begins with; empty: it begins with none
	pit     string          // changes with the pages
	size    int             // records of a page
	limit   int64           // bytes of a page, unless it is of one record
	after   json.RawMessage // the sort values of the last record read
	in      stretch         // where the next page is looked for
}

// pages yields the pages of a query in order, one of them at least; the last may
// be empty. A page that fails is requested again from the same place, so no
// record is missing or given twice. An error ends them. While a page is read, the
// next is requested.
func (r *reading) pages(ctx context.Context) iter.Seq2[*page, error] {
	return func(yield func(*page, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		coming := r.request(ctx)
		for {
			p := <-coming
			if p.more {
				coming = r.request(ctx)
			}
			if !yield(p.page, p.err) || !p.more {
				cancel()
				if p.more {
					<-coming // r is the asker's until then
				}
				return
			}
		}
	}
}

// pageOrError is a page, or why there is none.
type pageOrError struct {
	page *page
	err  error
	more bool // pages may follow
}

// request fetches the next page, and does not touch r once it has answered.
func (r *reading) request(ctx context.Context) <-chan pageOrError {
	answer := make(chan pageOrError, 1)
	go func() {
		in := r.in
		p, err := r.next(ctx)
		answer <- pageOrError{p, err, err == nil && (in != (stretch{}) || !p.last(r.size))}
	}()
	return answer
}

// last holds for the page that no other follows. One that shards are missing
// from is shorter than the query's records may be.
func (p *page) last(size int) bool {
	found := len(p.Hits.Hits)
	return found == 0 || found < size && p.Shards.Failed == 0 && !p.TimedOut
}

// next requests the page after the last, of fewer records where it is too large.
func (r *reading) next(ctx context.Context) (*page, error) {
	for {
		limit := r.limit
		if r.size == 1 {
			limit = recordBytes
		}
		p, f := &page{}, (*Failure)(nil)
		err := r.client.call(ctx, request{
			method: http.MethodPost, path: "/_search", limit: limit, body: r.body(),
			params: url.Values{"allow_partial_search_results": {"true"}},
		}, p)
		switch {
		case err == nil:
			return p, r.advance(p)
		case errors.As(err, &f) && f.tooLarge() && r.size > 1:
			r.size /= 2
		case errors.As(err, &f) && f.expired():
			return nil, fmt.Errorf("opensearch: the state that was being read has expired, and records after these are missing: %w", err)
		default:
			return nil, err
		}
	}
}

func (r *reading) body() object {
	body := object{
		"pit":  object{"id": r.pit, "keep_alive": millis(laterKeep + r.client.timeout)},
		"size": r.size, "sort": r.sort, "track_total_hits": false,
		"timeout": millis(r.client.timeout * 9 / 10), // so that what was found by then arrives
	}
	for name, value := range r.query {
		body[name] = value
	}
	if r.in != (stretch{}) {
		body["query"] = r.in.within(r.instant, r.query["query"])
	}
	if r.after != nil {
		body["search_after"] = r.after
	}
	return body
}

// advance goes on to the place after a page.
func (r *reading) advance(p *page) error {
	if p.Shards == nil || p.Hits.Hits == nil {
		return errors.New("opensearch: an answer holds no shards or no hits, so it is not that of a search")
	}
	if p.ID != "" {
		r.pit = p.ID
	}
	n := len(p.Hits.Hits)
	r.in = stretch{}
	if n == 0 {
		return nil
	}
	last := p.Hits.Hits[n-1].Sort
	if len(last) == 0 || n > r.size || bytes.Equal(last, r.after) {
		return fmt.Errorf("opensearch: a page of %d records ends at %s after %s: the next page cannot be requested", n, last, r.after)
	}
	r.after = last
	if r.instant != "" {
		r.in = stretchAfter(p.Hits.Hits, r.size)
	}
	return nil
}

// sortBy orders records by the event's time, those without one last, and at the
// same time by their place in the indexes.
func (b backend) sortBy(s *schema.Source) []any {
	var by []any
	x := b.index(s.Name)
	name, ok := x.instant()
	if !ok {
		name, ok = x.written()
	}
	if ok {
		by = append(by, object{name: object{"order": "asc", "unmapped_type": "date", "missing": "_last"}})
	}
	return append(by, object{"_shard_doc": object{"order": "asc"}})
}

// millis writes a length of time as OpenSearch reads it.
func millis(d time.Duration) string { return fmt.Sprintf("%dms", d.Milliseconds()) }

// escape writes a pattern of index names as a part of a path. Stars and commas
// stay: escaped, they would be escaped twice in the text that AWS signs.
func escape(indexes string) string {
	return strings.NewReplacer("%2A", "*", "%2C", ",").Replace(url.PathEscape(indexes))
}
