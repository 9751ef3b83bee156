package nodetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
)

const (
	// bulkBytes bounds the body of a _bulk request, unless one document is larger.
	bulkBytes = 5_000_000
	// pageSize is the most hits that OpenSearch returns at once.
	pageSize = 10_000
)

// Index creates an index from the body of a create-index request, settings and
// mappings, and deletes it when the test ends.
func (s *Server) Index(t testing.TB, name string, body any) {
	t.Helper()
	if _, err := s.Do(t.Context(), http.MethodPut, indexPath(name, ""), body); err != nil {
		t.Fatalf("creating the index %s: %v", name, err)
	}
	t.Cleanup(func() {
		if _, err := s.Do(context.Background(), http.MethodDelete, indexPath(name, ""), nil); err != nil {
			t.Errorf("deleting the index %s: %v", name, err)
		}
	})
}

// Mapping returns the mappings of one index, dynamic fields included.
func (s *Server) Mapping(ctx context.Context, index string) (json.RawMessage, error) {
	answer, err := s.Do(ctx, http.MethodGet, indexPath(index, "/_mapping"), nil)
	if err != nil {
		return nil, err
	}
	var of map[string]struct {
		Mappings json.RawMessage `json:"mappings"`
	}
	if err := json.Unmarshal(answer, &of); err != nil {
		return nil, fmt.Errorf("opensearch: the mapping of %s: %w", index, err)
	}
	if len(of) != 1 {
		return nil, fmt.Errorf("opensearch: %s names %d indices", index, len(of))
	}
	for _, one := range of {
		return one.Mappings, nil
	}
	return nil, nil
}

// Refusal is a document that was not indexed.
type Refusal struct{ ID, Type, Reason string }

// Bulk indexes documents under ids and makes them searchable. Documents travel
// byte for byte; one that has several lines loses the white space between its
// tokens, and numbers and texts keep their spelling. What is rejected is in the
// order of the documents; an error means that the rest may not be indexed.
func (s *Server) Bulk(ctx context.Context, index string, ids []string, docs [][]byte) ([]Refusal, error) {
	if len(ids) != len(docs) {
		return nil, fmt.Errorf("opensearch: %d ids for %d documents", len(ids), len(docs))
	}
	var refused []Refusal
	var body bytes.Buffer
	count := 0
	flush := func() error {
		some, err := s.bulk(ctx, index, count, body.Bytes())
		refused, count = append(refused, some...), 0
		body.Reset()
		return err
	}
	for i, doc := range docs {
		lines, err := bulkLines(ids[i], doc)
		if err != nil {
			return refused, err
		}
		if count > 0 && body.Len()+len(lines) > bulkBytes {
			if err := flush(); err != nil {
				return refused, err
			}
		}
		body.Write(lines)
		count++
	}
	if count == 0 {
		return refused, nil
	}
	err := flush()
	return refused, err
}

// bulkLines are the action and the document.
func bulkLines(id string, doc []byte) ([]byte, error) {
	action, err := json.Marshal(map[string]any{"index": map[string]string{"_id": id}})
	if err != nil {
		return nil, err
	}
	lines := bytes.NewBuffer(append(action, '\n'))
	if bytes.IndexByte(doc, '\n') < 0 {
		lines.Write(doc)
	} else if err := json.Compact(lines, doc); err != nil {
		return nil, fmt.Errorf("opensearch: document %q has several lines and is not JSON: %w", id, err)
	}
	lines.WriteByte('\n')
	return lines.Bytes(), nil
}

// bulk makes one request of count documents.
func (s *Server) bulk(ctx context.Context, index string, count int, body []byte) ([]Refusal, error) {
	answer, err := s.send(ctx, http.MethodPost, indexPath(index, "/_bulk?refresh=true"), "application/x-ndjson", body)
	if err != nil {
		return nil, err
	}
	var done struct {
		Items []struct {
			Index struct {
				ID    string `json:"_id"`
				Error *cause `json:"error"`
			} `json:"index"`
		} `json:"items"`
	}
	if err := json.Unmarshal(answer, &done); err != nil {
		return nil, fmt.Errorf("opensearch: an answer to _bulk: %w", err)
	}
	if len(done.Items) != count {
		return nil, fmt.Errorf("opensearch: %d answers to %d documents", len(done.Items), count)
	}
	var refused []Refusal
	for _, item := range done.Items {
		if why := item.Index.Error; why != nil {
			refused = append(refused, Refusal{ID: item.Index.ID, Type: why.Type, Reason: why.String()})
		}
	}
	return refused, nil
}

// IDs returns the _id of every document that a query finds, sorted. The query is
// the object below "query", as Do takes a body; nil finds all. A shard that
// fails is an error.
func (s *Server) IDs(ctx context.Context, index string, query any) ([]string, error) {
	search := map[string]any{"size": pageSize, "_source": false, "sort": []string{"_id"}, "track_total_hits": false}
	clause, err := encode(query)
	if err != nil {
		return nil, fmt.Errorf("opensearch: a query: %w", err)
	}
	if clause != nil {
		search["query"] = json.RawMessage(clause)
	}
	path := indexPath(index, "/_search?allow_partial_search_results=false")
	var ids []string
	for {
		answer, err := s.Do(ctx, http.MethodPost, path, search)
		if err != nil {
			return nil, err
		}
		var page struct {
			Hits struct {
				Hits []struct {
					ID string `json:"_id"`
				} `json:"hits"`
			} `json:"hits"`
		}
		if err := json.Unmarshal(answer, &page); err != nil {
			return nil, fmt.Errorf("opensearch: an answer to _search: %w", err)
		}
		for _, hit := range page.Hits.Hits {
			ids = append(ids, hit.ID)
		}
		if len(page.Hits.Hits) < pageSize {
			slices.Sort(ids)
			return ids, nil
		}
		search["search_after"] = []string{ids[len(ids)-1]}
	}
}
