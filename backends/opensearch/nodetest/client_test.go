package nodetest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sigmahunt/sigmahunt/backends/opensearch/nodetest"
)

// within is a context that a request that hangs does not outlive.
func within(t *testing.T) context.Context {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(stop)
	return ctx
}

// index is a new one, named after the test, of one shard and these mappings.
func index(t *testing.T, s *nodetest.Server, mappings string) string {
	t.Helper()
	name := fmt.Sprintf("nodetest-%s-%d", strings.ReplaceAll(strings.ToLower(t.Name()), "/", "-"), time.Now().UnixNano())
	s.Index(t, name, `{"settings":{"number_of_shards":1,"number_of_replicas":0},"mappings":`+mappings+`}`)
	return name
}

func load(t *testing.T, s *nodetest.Server, index string, ids []string, docs ...string) []nodetest.Refusal {
	t.Helper()
	var raw [][]byte
	for _, doc := range docs {
		raw = append(raw, []byte(doc))
	}
	refused, err := s.Bulk(within(t), index, ids, raw)
	if err != nil {
		t.Fatal(err)
	}
	return refused
}

func TestDocumentsKeepTheirSpelling(t *testing.T) {
	s := nodetest.Start(t)
	name := index(t, s, `{"enabled":false}`)
	want := `{"a": 1.0, "b":1E2,"c":123456789012345678901234567890,"d":"é\u00e9<\n"}`
	lines := "{\n \"a\": 1.0,\r\n\t\"d\": \"\\u00e9 <\"\n}"
	if refused := load(t, s, name, []string{"one", "lines"}, want, lines); refused != nil {
		t.Fatal(refused)
	}
	for id, want := range map[string]string{"one": want, "lines": `{"a":1.0,"d":"\u00e9 <"}`} {
		got, err := s.Do(within(t), http.MethodGet, "/"+name+"/_source/"+id, nil)
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", id, got, err, want)
		}
	}
}

func TestRejectedDocumentsAreNamed(t *testing.T) {
	s := nodetest.Start(t)
	name := index(t, s, `{"dynamic":"strict","properties":{"n":{"type":"long"}}}`)
	refused := load(t, s, name, []string{"a", "b", "c", "d"}, `{"n":1}`, `{"n":"x"}`, `{"m":1}`, `{"n":2}`)
	var got [][2]string
	for _, one := range refused {
		got = append(got, [2]string{one.ID, one.Type})
		if one.Reason == "" {
			t.Errorf("%+v gives no reason", one)
		}
	}
	want := [][2]string{{"b", "mapper_parsing_exception"}, {"c", "strict_dynamic_mapping_exception"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	ids, err := s.IDs(within(t), name, nil)
	if diff := cmp.Diff([]string{"a", "d"}, ids); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestEveryHitIsFound(t *testing.T) {
	s := nodetest.Start(t)
	name := index(t, s, `{"properties":{"k":{"type":"keyword"}}}`)
	const count = 20_000 // two full pages
	var ids, docs, even []string
	for i := range count {
		ids = append(ids, fmt.Sprintf("é%05d", i))
		docs = append(docs, fmt.Sprintf(`{"k":"%d"}`, i%2))
		if i%2 == 0 {
			even = append(even, ids[i])
		}
	}
	if refused := load(t, s, name, ids, docs...); refused != nil {
		t.Fatal(refused)
	}
	for _, test := range []struct {
		query any
		want  []string
	}{
		{nil, ids},
		{`{"term":{"k":"0"}}`, even},
		{map[string]any{"term": map[string]string{"k": "0"}}, even},
		{[]byte(`{"term":{"k":"<"}}`), nil},
	} {
		got, err := s.IDs(within(t), name, test.query)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %.500s", test.query, diff)
		}
	}
}

func TestTheMappingGrows(t *testing.T) {
	s := nodetest.Start(t)
	name := index(t, s, `{"properties":{"k":{"type":"keyword"}}}`)
	load(t, s, name, []string{"a"}, `{"n":1}`)
	got, err := s.Mapping(within(t), name)
	want := `{"properties":{"k":{"type":"keyword"},"n":{"type":"long"}}}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestAnIndexEndsWithItsTest(t *testing.T) {
	s := nodetest.Start(t)
	var name string
	t.Run("index", func(t *testing.T) { name = index(t, s, `{}`) })
	_, err := s.Mapping(within(t), name)
	var failed *nodetest.Error
	if !errors.As(err, &failed) || failed.Status != 404 || failed.Type != "index_not_found_exception" {
		t.Errorf("got %v", err)
	}
}

func TestAFailureIsTyped(t *testing.T) {
	s := nodetest.Start(t)
	name := index(t, s, `{"properties":{"ip":{"type":"ip"}}}`)
	load(t, s, name, []string{"a"}, `{"ip":"10.0.0.1"}`)
	for query, want := range map[string]string{
		`{"nonsense":{}}`:     "parsing_exception",
		`{"term":{"ip":"x"}}`: "query_shard_exception",
	} {
		_, err := s.IDs(within(t), name, query)
		var failed *nodetest.Error
		if !errors.As(err, &failed) {
			t.Errorf("%s: %v is not an *Error", query, err)
			continue
		}
		if failed.Status != 400 || failed.Type != want || failed.Reason == "" || !json.Valid(failed.Body) {
			t.Errorf("%s: got %d %s", query, failed.Status, failed)
		}
	}
}

// fake is a node with prepared answers.
func fake(t *testing.T, answer http.HandlerFunc) *nodetest.Server {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return &nodetest.Server{URL: server.URL}
}

func TestAFailureNeedsNoJSON(t *testing.T) {
	for body, kind := range map[string]string{
		`{"error":"no handler found","status":400}`: "",
		`<html>`: "",
		``:       "",
		`{"error":{"type":"outer","reason":"r","root_cause":[]}}`: "outer",
	} {
		s := fake(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(body))
		})
		_, err := s.Do(within(t), http.MethodGet, "/", nil)
		var failed *nodetest.Error
		if !errors.As(err, &failed) || failed.Status != 400 || failed.Type != kind || string(failed.Body) != body {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

func TestBulkRequestsAreBounded(t *testing.T) {
	var sizes, counts []int
	s := fake(t, func(w http.ResponseWriter, r *http.Request) {
		body := new(strings.Builder)
		if err := r.Write(body); err != nil {
			t.Error(err)
		}
		count := strings.Count(body.String(), `{"index":`)
		sizes, counts = append(sizes, int(r.ContentLength)), append(counts, count)
		items := strings.TrimSuffix(strings.Repeat(`{"index":{"_id":"x"}},`, count), ",")
		_, _ = w.Write([]byte(`{"items":[` + items + `]}`))
	})
	var ids, docs []string
	for _, size := range []int{2_000_000, 2_000_000, 2_000_000, 7_000_000, 10, 10} {
		ids, docs = append(ids, "x"), append(docs, `{"a":"`+strings.Repeat("a", size)+`"}`)
	}
	load(t, s, "i", ids, docs...)
	if diff := cmp.Diff([]int{2, 1, 1, 2}, counts); diff != "" {
		t.Errorf("%v\n%s", sizes, diff)
	}
	load(t, s, "i", nil)
	if len(counts) != 4 {
		t.Error("no documents make a request")
	}
}

func TestOnlyThisMachineIsUsed(t *testing.T) {
	for url, path := range map[string]string{
		"http://example.org": "/", "http://127.0.0.1:1": "@example.org/", "http://127.0.0.1": ".example.org/", "http://[::1]": "/",
	} {
		s := nodetest.Server{URL: url}
		if _, err := s.Do(within(t), http.MethodGet, path, nil); err == nil || !strings.Contains(err.Error(), "not on 127.0.0.1") {
			t.Errorf("%s%s: got %v", url, path, err)
		}
	}
}
