package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sigmahunt/sigmahunt/backends/files"
	"github.com/sigmahunt/sigmahunt/backends/opensearch"
	"github.com/sigmahunt/sigmahunt/backends/opensearch/nodetest"
	"github.com/sigmahunt/sigmahunt/compiler/record"
	"github.com/sigmahunt/sigmahunt/compiler/schema"
)

// searchable stands below a path, in front of the node that tests share, and
// shows of it the indexes of one test alone, whoever else has indexes that the
// program's patterns name.
type searchable struct {
	*httptest.Server
	indexes map[string]string // by pattern
	lame    bool              // a shard does not answer
}

// sampleIndexes makes an index a source, and loads the sample's trail.
func sampleIndexes(t *testing.T, node *nodetest.Server) *searchable {
	t.Helper()
	s := &searchable{indexes: map[string]string{}}
	for _, name := range schema.Names() {
		layout := schema.LayoutsOf(opensearch.Layouts, name)[0]
		index := fmt.Sprintf("scan-%s-%d", name, time.Now().UnixNano())
		body := opensearch.Template(layout)["template"].(map[string]any)
		body["settings"].(map[string]any)["index"].(map[string]any)["number_of_replicas"] = 0
		node.Index(t, index, body)
		s.indexes[layout.Table] = index
	}
	list, _ := files.Find([]string{sampleTrail})
	worker := func() func(*record.Record, files.Position) ([]byte, bool) {
		return func(rec *record.Record, _ files.Position) ([]byte, bool) {
			return record.AppendCompact(nil, rec.Raw), true
		}
	}
	var ids []string
	var docs [][]byte
	if _, err := files.Scan(t.Context(), list, files.Options{Workers: 1}, worker, func(line []byte) error {
		ids, docs = append(ids, strconv.Itoa(len(ids))), append(docs, line)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if refused, err := node.Bulk(t.Context(), s.indexes[schema.LayoutsOf(opensearch.Layouts, "cloudtrail")[0].Table], ids, docs); err != nil || len(refused) > 0 {
		t.Fatal(refused, err)
	}
	to, err := url.Parse(node.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			path := strings.TrimPrefix(r.In.URL.Path, "/below")
			for pattern, index := range s.indexes {
				path = strings.Replace(path, "/"+pattern+"/", "/"+index+"/", 1)
			}
			r.Out.URL.Path, r.Out.URL.RawPath = path, ""
			r.Out.Header.Del("Accept-Encoding")
		},
		ModifyResponse: func(r *http.Response) error { return s.modify(r) },
	}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "ada" || password != "hunter2" {
			http.Error(w, "Unauthorized", http.StatusUnauthorized)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// modify takes a shard from an answer of a search.
func (s *searchable) modify(r *http.Response) error {
	if !s.lame || !strings.HasSuffix(r.Request.URL.Path, "/_search") {
		return nil
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(bytes.Replace(text, []byte(`"failed":0`), []byte(`"failed":1`), 1)))
	return nil
}

// inStages tells the findings of the sample's correlations some of whose rules
// report nothing themselves: a trail stopped, and user data by a rare launcher.
func inStages(line string) bool {
	return strings.HasPrefix(line, "e08137f3-3a08-4ec9-9f95-e90587134be1 ") || strings.HasPrefix(line, "f41fae4a-5518-483d-a986-47fe161b80de ")
}

func TestScanOnOpenSearchFindsWhatAScanOfTheFilesFinds(t *testing.T) {
	node := nodetest.Start(t)
	server := sampleIndexes(t, node)
	t.Setenv("SIGMAHUNT_OPENSEARCH_USER", "ada")
	t.Setenv("SIGMAHUNT_OPENSEARCH_PASSWORD", "hunter2")
	on := []string{"scan", "aws", "--on", "opensearch", "--endpoint", server.URL + "/below", "--format", "jsonl"}
	whole := []string{"--from", "2026-03-01", "--to", "2026-04-01"}
	for _, window := range [][]string{whole, {"--from", "2026-03-10T13:39:27Z", "--to", "2026-03-10T14:14:20Z"}} {
		want, _ := run(t, 0, append([]string{"scan", "aws", sampleTrail, "--format", "jsonl"}, window...)...)
		got, talk := run(t, 0, slices.Concat(on, window)...)
		if len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%v: %d findings on OpenSearch, %d from the files", window, len(got), len(want))
		}
		if !strings.Contains(talk, "statements answered with") || strings.Contains(talk, "$") || strings.Contains(talk, "problems") {
			t.Errorf("%v: said %s", window, talk)
		}
	}
	want, _ := run(t, 0, append([]string{"scan", "aws", sampleTrail, "--format", "jsonl"}, whole...)...)
	checkPart := func(what, said string) {
		got, talk := run(t, 4, slices.Concat(on, whole)...)
		if !slices.Equal(got, want) || !strings.Contains(talk, said) {
			t.Errorf("%s: %d findings of %d, and %s", what, len(got), len(want), talk)
		}
	}
	server.lame = true
	all := want
	want = slices.DeleteFunc(slices.Clone(all), inStages)
	if len(all)-len(want) != 2 {
		t.Errorf("%d findings are of correlations in two stages, want 2", len(all)-len(want))
	}
	checkPart("a shard that does not answer", "cloudtrail-*: only 1 of 1 shards answered")
	checkPart("a shard that does not count", "aws_signin_guessed_password.yml:1:8: it was not run, since its events could not be had: opensearch: only 1 of 1 shards of cloudtrail-* counted")
	server.lame, want = false, all
	server.indexes["guardduty-*"] = "scan-nowhere-*"
	checkPart("no findings of GuardDuty", "no index matches guardduty-*")

	t.Setenv("SIGMAHUNT_OPENSEARCH_PASSWORD", "wrong")
	_, talk := run(t, 4, slices.Concat(on, whole, []string{"--insecure"})...)
	if !strings.Contains(talk, "401 Unauthorized") || !strings.Contains(talk, "the server's certificate is not verified") || strings.Contains(talk, "wrong") {
		t.Errorf("with a wrong password: %s", talk)
	}
}
